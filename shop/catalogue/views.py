"""The catalogue over HTTP, for everybody."""

from typing import Any

from flask import Response

from shop.catalogue.errors import ImageNotFound, TourNotFound
from shop.catalogue.schemas import DepartureFilter, DepartureList, TourDetail, TourFilter, TourList
from shop.catalogue.services import browse, proofs
from shop.core import clock
from shop.core.api import PREFIX, Blueprint
from shop.core.caching import kept
from shop.core.caller import public
from shop.core.input import InvalidInput

blp = Blueprint("catalogue", __name__, url_prefix=PREFIX, description="Tours and their departures.")
images = Blueprint("images", __name__, description="Pictures of tours.")

_RARELY_ASKED = {"q", "from", "to"}  # and the last two change with the hour in ways that no proof tells


@blp.get("/tours")
@public
@kept(proofs.of_tours, 30, not_for=_RARELY_ASKED)
@blp.arguments(TourFilter, location="query")
@blp.response(200, TourList)
@blp.alt_response(304, description="As it was when the ETag sent was given.")
@blp.refuses(InvalidInput)
def list_tours(wanted: dict[str, Any]) -> Any:
    """List the tours on sale."""
    return browse.list_tours(**wanted, now=clock.now())


@blp.get("/tours/<slug>")
@public
@kept(proofs.of_tour, 30)
@blp.response(200, TourDetail)
@blp.alt_response(304, description="As it was when the ETag sent was given.")
@blp.refuses(TourNotFound)
def show_tour(slug: str) -> Any:
    """Show one tour."""
    return browse.get_tour(slug, now=clock.now())


@blp.get("/tours/<slug>/departures")
@public
@kept(proofs.of_departures, 0)
@blp.arguments(DepartureFilter, location="query")
@blp.response(200, DepartureList)
@blp.alt_response(304, description="As it was when the ETag sent was given.")
@blp.refuses(TourNotFound, InvalidInput)
def list_departures(wanted: dict[str, Any], slug: str) -> Any:
    """List the departures of a tour, from now on."""
    return browse.list_departures(slug, **wanted, now=clock.now())


@images.get("/images/<digest>")
@public
@images.response(200, content_type="image/svg+xml")
@images.refuses(ImageNotFound)
def show_image(digest: str) -> Response:
    """Show a picture; its address never changes meaning, so it may be kept for ever."""
    image = browse.get_image(digest)
    response = Response(image.content, mimetype=image.media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
