"""The page a buyer who paid in a browser comes back to. It knows nothing of them; their order tells what happened."""

from flask import Blueprint, Response, render_template

from shop.core.caller import public
from shop.core.i18n import LANGUAGES
from shop.core.language import request_language
from shop.payments.texts import RETURNED, RETURNED_TITLE

blp = Blueprint("returning", __name__, template_folder="templates")


@blp.get("/paid")
@public
def returned() -> Response:
    """Lead a buyer back to the shop."""
    language = request_language()
    texts = {one: (RETURNED_TITLE.to(one), RETURNED.to(one)) for one in LANGUAGES}
    html = render_template("returned.html", language=language, languages=LANGUAGES, texts=texts)
    response = Response(html, mimetype="text/html")
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return response
