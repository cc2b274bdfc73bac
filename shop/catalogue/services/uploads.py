"""Catalogue files sent from a page: a YAML file, or a ZIP archive of one with its pictures. The caller owns the
transaction.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from uuid import UUID

import sqlalchemy as sa

from shop.catalogue import file, pictures
from shop.catalogue.errors import ArchiveUnfit, CatalogueMistaken, PictureUnfit, UploadNotFound
from shop.catalogue.file import CatalogueContent, Mistake, Mistakes
from shop.catalogue.file_schemas import IMAGE_TYPES
from shop.catalogue.models import CatalogueUpload
from shop.catalogue.services import exchange
from shop.catalogue.services.exchange import ImportReport
from shop.core.db import db
from shop.core.i18n import Language

MOST_BYTES = 20_000_000  # of what is sent
MOST_UNPACKED = 60_000_000  # bytes
MOST_FILES = 600
KEPT = timedelta(days=1)
_PLAIN = re.compile(r"[^/\\\x00-\x1f:]{1,100}")


def keep_upload(*, name: str, content: bytes, staff_id: UUID, now: datetime) -> CatalogueUpload:
    """Keep what somebody sent until they import it; what they sent before, and what is old, goes.

    Raises:
        ArchiveUnfit: it is empty or too large.
    """
    if not 0 < len(content) <= MOST_BYTES:
        raise ArchiveUnfit
    old = sa.or_(CatalogueUpload.staff_id == staff_id, CatalogueUpload.created_at < now - KEPT)
    db.session.execute(sa.delete(CatalogueUpload).where(old))
    upload = CatalogueUpload(staff_id=staff_id, created_at=now, name=name[-100:] or "-", content=content)
    db.session.add(upload)
    db.session.flush()
    return upload


def get_upload(upload_id: UUID, *, staff_id: UUID, now: datetime, lock: bool = False) -> CatalogueUpload:
    """What somebody sent, while it is kept; their own only.

    Raises:
        UploadNotFound: it is gone.
    """
    found = sa.select(CatalogueUpload).where(
        CatalogueUpload.id == upload_id,
        CatalogueUpload.staff_id == staff_id,
        CatalogueUpload.created_at >= now - KEPT,
    )
    upload = db.session.scalar(found.with_for_update() if lock else found)
    if upload is None:
        raise UploadNotFound
    return upload


@dataclass(frozen=True)
class Rehearsal:
    """What an import would do, or why it cannot be done: each mistake with the line it stands on."""

    report: ImportReport | None
    mistakes: list[tuple[Mistake, str]]


def rehearse(upload: CatalogueUpload, *, language: Language, now: datetime) -> Rehearsal:
    """Find out what an import would do; nothing is kept.

    Raises:
        ArchiveUnfit: it is an archive, but none that can be unpacked.
    """
    report = None
    with _opened(upload, language) as (content, mistakes, lines):
        with suppress(CatalogueMistaken):  # every mistake stands in `mistakes`
            report = exchange.rehearse_import(content, now=now, may_cancel=False) if content else None
        found = sorted(mistakes.found, key=lambda mistake: mistake.line)
        told = [(mistake, lines[mistake.line - 1] if mistake.line <= len(lines) else "") for mistake in found]
    return Rehearsal(report, told)


def carry_out(upload: CatalogueUpload, *, language: Language, who: str, now: datetime) -> ImportReport:
    """Import what was sent, and let go of it.

    Raises:
        ArchiveUnfit: it is an archive, but none that can be unpacked.
        CatalogueMistaken: it has mistakes; the caller's transaction must be given up.
    """
    with _opened(upload, language) as (content, mistakes, _):
        if content is None:
            raise CatalogueMistaken(mistakes=[str(mistake) for mistake in mistakes.found])
        report = exchange.import_catalogue(content, now=now, who=who, may_cancel=False)
    db.session.delete(upload)
    return report


@contextmanager
def _opened(
    upload: CatalogueUpload, language: Language
) -> Iterator[tuple[CatalogueContent | None, Mistakes, list[str]]]:
    """What was sent, read and checked, and its lines; its pictures lie beside it as long as this lasts."""
    with TemporaryDirectory(prefix="catalogue-") as name:
        folder = Path(name)
        path = folder / "catalogue.yaml"
        if upload.content.startswith(b"PK"):
            _unpack(upload.content, folder, path)
        else:
            path.write_bytes(upload.content)
        lines = [line[:300] for line in path.read_text("utf-8", errors="replace").split("\n")]
        yield *file.read_file(path, language=language), lines


def _unpack(content: bytes, folder: Path, catalogue: Path) -> None:
    """Unpack by names of our choosing: no entry can say where it goes, nor grow beyond what was announced."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not _is_clutter(entry)]
            if len(archive.infolist()) > 2 * MOST_FILES or len(entries) > MOST_FILES:
                raise ArchiveUnfit
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
                raise ArchiveUnfit
            if any("\\" in name or ".." in PurePosixPath(name).parts for name in archive.namelist()):
                raise ArchiveUnfit
            texts = [entry for entry in entries if PurePosixPath(entry.filename).suffix in {".yaml", ".yml"}]
            if len(texts) != 1:
                raise ArchiveUnfit
            catalogue.write_bytes(_read(archive, texts[0], file.MAX_BYTES))
            beside = PurePosixPath(texts[0].filename).parent
            for entry in entries:
                path = PurePosixPath(entry.filename)
                if path.parent == beside and path.suffix in IMAGE_TYPES and _PLAIN.fullmatch(path.name):
                    (folder / path.name).write_bytes(_picture(_read(archive, entry, pictures.MAX_UPLOAD)))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        raise ArchiveUnfit from None  # what zipfile raises of broken, encrypted and exotic archives


def _is_clutter(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return entry.is_dir() or "__MACOSX" in parts or (bool(parts) and parts[-1].startswith("."))


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(entry) as packed:
        content = packed.read(most + 1)
    if len(content) > most:
        raise ArchiveUnfit
    return content


def _picture(raw: bytes) -> bytes:
    """A picture made anew, unless the shop made it itself; what is none is left for the import to refuse by name."""
    if pictures.is_kept(raw):
        return raw
    try:
        return pictures.made_anew(raw).content
    except PictureUnfit:
        return b""


def export_archive(timezone: str, currency: str) -> bytes:
    """The catalogue file with its pictures, as a ZIP archive."""
    tours = exchange.export_catalogue(timezone, currency)
    wanted = {tour["image"]["file"] for tour in tours if "image" in tour}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("catalogue.yaml", file.write(timezone, currency, tours))
        for name, content in pictures.pictures_by_file().items():
            if name in wanted:
                archive.writestr(PurePosixPath(name).name, content)
    return packed.getvalue()
