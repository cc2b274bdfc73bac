"""Pictures of tours that colleagues send, kind and hostile."""

import io
import struct
import zlib

import pytest
from PIL import Image as Pillow

from shop.catalogue import pictures
from shop.catalogue.errors import PictureUnfit
from tests.catalogue.files import SVG
from tests.catalogue.forms import drawn, fields_of, id_of, send_heavy, tour_now, versions_of
from tests.factories import rows

FR = {"alt.fr": "Un bouddha assis"}


def send(someone, tour_id, picture=None, name="picture.png", **fields):
    path = f"/staff/tours/{tour_id}/picture"
    sent = fields_of(someone.get(path).text) | fields
    if picture is not None:
        sent["file"] = (io.BytesIO(picture), name)
    return someone.post(path, **sent)


def shown(app, slug):
    """What everybody gets of a tour's picture."""
    digest = tour_now(app, slug).image_digest
    return app.test_client().get(f"/images/{digest}")


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_made_anew_without_what_the_camera_wrote(app, catalogue, colleague, kind, media_type):
    slug = catalogue.tour(slug="walk")
    exif = Pillow.Exif()
    exif[0x010E] = "taken at home, 48.82 N"
    exif[0x0112] = 6  # lies on its side
    someone = colleague("stock")
    answer = send(someone, id_of(app, slug), drawn(kind, (2000, 1000), exif=exif), **FR)

    assert answer.status_code == 303, answer.text
    picture = shown(app, slug)
    assert picture.mimetype == media_type
    assert b"taken at home" not in picture.data
    with Pillow.open(io.BytesIO(picture.data)) as opened:
        assert opened.size == (800, 1600)
        assert not opened.getexif()
    tour = tour_now(app, slug)
    assert tour.image_alt == {"fr": "Un bouddha assis"}
    assert tour.image_file == f"walk{pictures.Picture(b'', media_type).suffix}"
    assert versions_of(app, slug)[-1][1] == "picture"


def test_what_hides_behind_a_picture_does_not_come_with_it(app, catalogue, colleague):
    slug = catalogue.tour()
    hidden = b"<script>alert(1)</script>PK\x03\x04<?php system($_GET[0]); ?>"
    for kind in ("PNG", "JPEG", "WEBP"):
        assert (
            send(
                colleague("stock", email=f"{kind}@example.com"), id_of(app, slug), drawn(kind) + hidden, **FR
            ).status_code
            == 303
        )
        assert b"script" not in shown(app, slug).data


def test_a_harmless_drawing_stays_as_it_is(app, catalogue, colleague):
    slug = catalogue.tour()

    assert send(colleague("stock"), id_of(app, slug), SVG, "drawing.svg", **FR).status_code == 303
    assert (shown(app, slug).data, shown(app, slug).mimetype) == (SVG, "image/svg+xml")


def bomb(width=50_000, height=50_000):
    """A PNG of a few bytes that would be gigabytes of points."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rest = chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rest


UNFIT = {
    "empty": b"",
    "not a picture": b"hello",
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a bomb": bomb(),
    "many points": bomb(9000, 9000),
    "a thread": bomb(30_000, 10),
    "broken": drawn()[:60],
    "a gif": drawn("GIF"),
    "a head alone": b"\x89PNG\r\n\x1a\n",
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a drawing that acts": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a drawing with entities": b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>',
    "a drawing and a page": SVG + b"<script>alert(1)</script>",
    "a drawing of many comments": b"<!-- a -->" * 2000,
    "a heavy drawing": SVG.replace(b"<path", b"<!--" + b"x" * 500_001 + b"--><path"),
    "too heavy": b"\x89PNG\r\n\x1a\n" + b"\0" * pictures.MAX_UPLOAD,
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_no_fit_picture_is_refused(name):
    with pytest.raises(PictureUnfit):
        pictures.made_anew(UNFIT[name])


def test_a_refused_picture_changes_nothing_and_says_why(app, catalogue, colleague):
    slug = catalogue.tour()
    answer = send(colleague("stock"), id_of(app, slug), UNFIT["a bomb"], **FR)

    assert answer.status_code == 422
    assert "40 million points" in answer.text
    assert "Un bouddha assis" in answer.text
    assert tour_now(app, slug).image_digest is None


def test_a_body_beyond_all_measure_is_not_read(app, catalogue, colleague):
    slug = catalogue.tour()
    path = f"/staff/tours/{id_of(app, slug)}/picture"
    answer = send_heavy(colleague("stock"), path, b"\0" * (pictures.MAX_UPLOAD + 300_000), "x.png")

    assert answer.status_code == 413


def test_a_photograph_in_full_size_becomes_light_enough(app):
    noise = Pillow.effect_noise((1200, 900), 90).convert("RGB")
    for kind in ("PNG", "JPEG"):
        written = io.BytesIO()
        noise.save(written, kind)
        assert len(pictures.made_anew(written.getvalue()).content) <= pictures.MAX_IMAGE_BYTES


def test_a_transparent_picture_stays_transparent(app):
    written = io.BytesIO()
    Pillow.new("RGBA", (10, 10), (0, 0, 0, 0)).save(written, "PNG")
    with Pillow.open(io.BytesIO(pictures.made_anew(written.getvalue()).content)) as opened:
        assert opened.mode == "RGBA"


def test_a_picture_on_sale_has_words_in_french(app, catalogue, colleague):
    slug = catalogue.tour()
    draft = catalogue.tour(status="draft")
    someone = colleague("stock")

    refused = send(someone, id_of(app, slug), drawn(), **{"alt.en": "A Buddha"})
    assert refused.status_code == 422
    assert "Picture · Description of the picture · French" in refused.text
    assert send(someone, id_of(app, draft), drawn(), **{"alt.en": "A Buddha"}).status_code == 303
    assert someone.post(f"/staff/tours/{id_of(app, draft)}/status", status="published").status_code == 422


def test_words_alone_change_the_words_and_the_picture_goes_when_asked(app, catalogue, colleague):
    slug = catalogue.tour()
    someone = colleague("stock")
    assert send(someone, id_of(app, slug), **FR).status_code == 422  # there is no picture yet
    send(someone, id_of(app, slug), drawn(), **FR)
    digest = tour_now(app, slug).image_digest

    assert send(someone, id_of(app, slug), **{"alt.zh-CN": "佛"}).status_code == 303
    tour = tour_now(app, slug)
    assert (tour.image_digest, tour.image_alt) == (digest, {"fr": "Un bouddha assis", "zh-CN": "佛"})
    assert someone.post(f"/staff/tours/{id_of(app, slug)}/picture/remove").status_code == 303
    assert tour_now(app, slug).image_digest is None
    someone.post(f"/staff/tours/{id_of(app, slug)}/history/3/restore")
    assert tour_now(app, slug).image_digest == digest
    assert rows.value(app, "SELECT count(*) FROM staff_acts WHERE act = 'tour.picture'") == 3


def test_of_two_pictures_sent_at_once_the_second_is_told(app, catalogue, colleague):
    slug = catalogue.tour()
    first, second = colleague("stock"), colleague("manager")
    path = f"/staff/tours/{id_of(app, slug)}/picture"
    sent = fields_of(second.get(path).text)
    send(first, id_of(app, slug), drawn(), **FR)
    answer = second.post(path, **sent | {"alt.fr": "Autre", "file": (io.BytesIO(drawn("JPEG")), "x.jpg")})

    assert answer.status_code == 409
    assert "Un bouddha assis" in answer.text
    assert "Autre" in answer.text
