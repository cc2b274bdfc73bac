"""Pictures of tours: files beside a catalogue, checked before they are kept and shown to anyone."""

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from shop.catalogue import svg
from shop.catalogue.errors import PictureUnfit
from shop.catalogue.file import MAX_IMAGE_BYTES, CatalogueContent, Place
from shop.catalogue.file_schemas import IMAGE_TYPES
from shop.catalogue.models import Image, Tour
from shop.core import late
from shop.core.db import db
from shop.core.i18n import Text

Pillow, ImageOps = late.module("PIL.Image"), late.module("PIL.ImageOps")
_MISSING = Text(fr="Ce fichier n’existe pas.", zh="该文件不存在。", en="There is no such file.")
_UNFIT = Text(
    fr="Ce n’est pas une image admise : trop lourde, d’un autre type que son nom, ou SVG avec des scripts, des "
    "styles, des animations ou des références extérieures (à exporter en « SVG simple »).",
    zh="图片不符合要求：过大、类型与文件名不符，或 SVG 中含脚本、样式表、动画或外部引用（请导出为“纯 SVG”）。",
    en="Not a picture that is admitted: too heavy, of another type than its name says, or SVG with scripts, "
    "style sheets, animations or outside references (export it as plain SVG).",
)

MAX_UPLOAD = 8_000_000  # bytes
MAX_POINTS = 40_000_000
LONGEST_SIDE = 1600  # points, of a picture made anew
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
_HOW: dict[str, dict[str, Any]] = {
    "image/png": {},
    "image/jpeg": {"quality": 84, "optimize": True, "progressive": True},
    "image/webp": {"quality": 84},
}
_STARTS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/svg+xml": re.compile(
        rb"\s*(<\?xml[^>]*\?>\s*)?(<!--((?!-->).)*-->\s*|<!DOCTYPE svg[^\[>]*>\s*)*<svg[\s>]",
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
    tour.image_digest, tour.image_file = _keep(picture, media_type), name


def give_picture(tour: Tour, raw: bytes) -> None:
    """Give a tour a picture somebody sent: made anew of its points alone, so that nothing else comes with it.

    Raises:
        PictureUnfit: it is none, or too large.
    """
    picture = made_anew(raw)
    tour.image_digest = _keep(picture.content, picture.media_type)
    tour.image_file = f"{tour.slug}{picture.suffix}"


def _keep(content: bytes, media_type: str) -> str:
    digest = hashlib.sha256(content).hexdigest()
    db.session.execute(
        insert(Image).values(digest=digest, media_type=media_type, content=content).on_conflict_do_nothing()
    )
    return digest


def is_kept(content: bytes) -> bool:
    """Whether the shop has exactly this picture already."""
    return db.session.get(Image, hashlib.sha256(content).hexdigest()) is not None


@dataclass(frozen=True)
class Picture:
    """A picture fit to be shown."""

    content: bytes
    media_type: str

    @property
    def suffix(self) -> str:
        """The end of its file's name."""
        return next(suffix for suffix, kind in IMAGE_TYPES.items() if kind == self.media_type)


def made_anew(raw: bytes) -> Picture:
    """A picture of the same kind made of the points of another: turned upright, without metadata, not too large.

    Raises:
        PictureUnfit: it is none that can be read, or has more bytes or points than anybody needs.
    """
    if len(raw) > MAX_UPLOAD:
        raise PictureUnfit
    kind = next((kind for kind, start in _STARTS.items() if start.match(raw)), None)
    if kind == "image/svg+xml":
        if len(raw) > MAX_IMAGE_BYTES or not svg.is_harmless(raw):
            raise PictureUnfit
        return Picture(raw, kind)
    if kind is None:
        raise PictureUnfit
    try:
        with Pillow.open(io.BytesIO(raw), formats=[_FORMATS[kind]]) as opened:
            if opened.width * opened.height > MAX_POINTS or max(opened.size) > 20_000:
                raise PictureUnfit
            points = ImageOps.exif_transpose(opened)
            points = points.convert("RGBA" if points.has_transparency_data and kind != "image/jpeg" else "RGB")
    except (OSError, ValueError, SyntaxError, EOFError, Pillow.DecompressionBombWarning, Pillow.DecompressionBombError):
        raise PictureUnfit from None  # what Pillow raises of broken files
    return Picture(_small_enough(points, kind), kind)


def _small_enough(points: Any, kind: str) -> bytes:
    side = LONGEST_SIDE
    while side > 16:
        points.thumbnail((side, side))
        fresh = Pillow.new(points.mode, points.size)
        fresh.paste(points)
        written = io.BytesIO()
        fresh.save(written, _FORMATS[kind], **_HOW[kind])
        if written.tell() <= MAX_IMAGE_BYTES:
            return written.getvalue()
        side = int(max(points.size) * 0.9 * (MAX_IMAGE_BYTES / written.tell()) ** 0.5)
    raise PictureUnfit


def is_fit(picture: bytes, media_type: str) -> bool:
    """Whether a picture is what its name says, and harmless."""
    if not _STARTS[media_type].match(picture):
        return False
    return media_type != "image/svg+xml" or svg.is_harmless(picture)


def pictures_by_file() -> dict[str, bytes]:
    """Every tour's picture under the name its catalogue gives it."""
    rows = db.session.execute(sa.select(Tour.image_file, Image.content).join(Image, Image.digest == Tour.image_digest))
    return {str(name): content for name, content in rows}
