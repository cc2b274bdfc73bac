"""Pictures of tours: files beside a catalogue, checked before they are kept and shown to anyone."""

import hashlib
import re
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.catalogue import svg
from shop.catalogue.file import MAX_IMAGE_BYTES, CatalogueContent, Place
from shop.catalogue.file_schemas import IMAGE_TYPES
from shop.catalogue.models import Image, Tour
from shop.core.db import db
from shop.core.i18n import Text

_MISSING = Text(fr="Ce fichier n’existe pas.", zh="该文件不存在。", en="There is no such file.")
_UNFIT = Text(
    fr="Ce n’est pas une image admise : trop lourde, d’un autre type que son nom, ou SVG avec des scripts, des "
    "styles, des animations ou des références extérieures (à exporter en « SVG simple »).",
    zh="图片不符合要求：过大、类型与文件名不符，或 SVG 中含脚本、样式表、动画或外部引用（请导出为“纯 SVG”）。",
    en="Not a picture that is admitted: too heavy, of another type than its name says, or SVG with scripts, "
    "style sheets, animations or outside references (export it as plain SVG).",
)

_STARTS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/svg+xml": re.compile(
        rb"\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*|<!DOCTYPE svg[^\[>]*>\s*)*<svg[\s>]",
        re.DOTALL,
    ),
}


def keep_picture(content: CatalogueContent, tour: Tour, entry: dict[str, Any], place: Place) -> None:
    """Give a tour the picture of its entry; without its file, the one it has under that name stays."""
    name = entry["file"]
    tour.image_alt = entry["alt"]
    path = content.folder / name
    if not path.is_file():
        if tour.image_file != name:
            content.mistakes.add(place, _MISSING)
        return
    picture = path.read_bytes() if path.stat().st_size <= MAX_IMAGE_BYTES else b""
    media_type = IMAGE_TYPES[PurePosixPath(name).suffix]
    if not is_fit(picture, media_type):
        content.mistakes.add(place, _UNFIT)
        return
    digest = hashlib.sha256(picture).hexdigest()
    db.session.execute(
        insert(Image).values(digest=digest, media_type=media_type, content=picture).on_conflict_do_nothing()
    )
    tour.image_digest, tour.image_file = digest, name


def is_fit(picture: bytes, media_type: str) -> bool:
    """Whether a picture is what its name says, and harmless."""
    if not _STARTS[media_type].match(picture):
        return False
    return media_type != "image/svg+xml" or svg.is_harmless(picture)


def pictures_by_file() -> dict[str, bytes]:
    """Every tour's picture under the name its catalogue gives it."""
    rows = db.session.execute(sa.select(Tour.image_file, Image.content).join(Image, Image.digest == Tour.image_digest))
    return {str(name): content for name, content in rows}
