"""What a browser sends from the pages about tours."""

import html
import io
import re
import zipfile
from typing import Any

import sqlalchemy as sa
import yaml
from PIL import Image as Pillow

from shop.catalogue.models import Tour, TourVersion
from shop.core.db import db
from tests.factories.colleagues import Colleague

FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:input|textarea|select|button)\b|\Z)", re.DOTALL)


def fields_of(page: str) -> dict[str, Any]:
    """The fields of a page's forms as a browser would send them, but for files and buttons."""
    found: dict[str, Any] = {}
    for kind, attributes, rest in FIELD.findall(page):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        name, value = named.get("name"), html.unescape(named.get("value", ""))
        if not name or named.get("type") == "file" or name in {"csrf_token", "next"}:
            continue
        if named.get("type") == "checkbox" and not re.search(r"\bchecked\b", attributes):
            continue
        if kind == "textarea":
            value = html.unescape(rest.split("</textarea>")[0].removeprefix("\n"))
        if kind == "select":
            chosen = re.search(r'<option value="([^"]*)" selected', rest) or re.search(r'<option value="([^"]*)"', rest)
            value = chosen[1] if chosen else ""
        if named.get("type") == "checkbox":
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def id_of(app, slug: str) -> str:
    """The id of a tour."""
    with app.app_context():
        return str(db.session.scalar(sa.select(Tour.id).where(Tour.slug == slug)))


def tour_now(app, slug: str) -> Tour:
    """A tour as it stands, with its units."""
    with app.app_context():
        found = db.session.scalar(sa.select(Tour).where(Tour.slug == slug))
        assert found is not None
        list(found.units)
        db.session.expunge_all()
        return found


def versions_of(app, slug: str) -> list[tuple[int, str, str | None]]:
    """Number, act and who of each version."""
    with app.app_context():
        rows = db.session.execute(
            sa.select(TourVersion.number, TourVersion.act, TourVersion.who)
            .join(Tour, Tour.id == TourVersion.tour_id)
            .where(Tour.slug == slug)
            .order_by(TourVersion.number)
        )
        return [tuple(row) for row in rows]


def edited(someone: Colleague, tour_id: str, **changes: Any):
    """The form of a tour, opened, changed and sent."""
    path = f"/staff/tours/{tour_id}/edit"
    return someone.post(path, **fields_of(someone.get(path).text) | dotted(changes))


def dotted(changes: dict[str, Any]) -> dict[str, Any]:
    """`title__zh_CN` stands for `title.zh-CN`."""
    return {name.replace("zh_CN", "zh-CN").replace("__", "."): value for name, value in changes.items()}


def drawn(kind: str = "PNG", size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    """A picture."""
    written = io.BytesIO()
    Pillow.new("RGB", size, (200, 30, 60)).save(written, kind, **how)
    return written.getvalue()


def archived(files: dict[str, bytes | dict[str, Any]]) -> bytes:
    """A ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(
                name, yaml.safe_dump(content, allow_unicode=True) if isinstance(content, dict) else content
            )
    return packed.getvalue()


def send_heavy(someone: Colleague, path: str, content: bytes, name: str, **fields: str):
    """A form with a heavy file, put together in memory."""
    someone.get("/staff/account")
    parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in {"csrf_token": someone.token, **fields}.items()]
    parts.append(f'name="file"; filename="{name}"\r\n\r\n'.encode() + content)
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return someone.client.post(path, data=body, content_type="multipart/form-data; boundary=x")
