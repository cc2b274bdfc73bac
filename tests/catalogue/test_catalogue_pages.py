"""The catalogue file in and out by the pages of the staff."""

import copy
import io
import struct
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
import yaml

from shop.catalogue.models import Departure
from shop.core import clock
from shop.core.db import db, transaction
from tests.catalogue.files import SVG, TOUR, catalogue_of, tour_of
from tests.catalogue.forms import archived, drawn, edited, id_of, send_heavy, tour_now, versions_of
from tests.factories import rows

EARLY = datetime(2027, 1, 1, tzinfo=UTC)
PLAIN = {name: value for name, value in TOUR.items() if name != "image"}


def text(content):
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode()


def send(someone, content, name="catalogue.yaml"):
    """A file sent, and what the page says it would do."""
    if len(content) > 400_000:
        answer = send_heavy(someone, "/staff/tours/file", content, name)
    else:
        answer = someone.post("/staff/tours/file", file=(io.BytesIO(content), name))
    return someone.get(answer.location) if answer.status_code == 303 else answer


def agreed(someone, page):
    """The file whose rehearsal a page shows, imported."""
    return someone.post(f"{page.request.path}/import")


def imported(someone, content):
    answer = agreed(someone, send(someone, content))
    assert (answer.status_code, answer.location) == (303, "/staff/tours"), answer.text


def tours(app):
    return rows.value(app, "SELECT count(*) FROM tours")


@time_machine.travel(EARLY)
def test_a_file_is_rehearsed_first_and_imported_when_agreed(app, colleague):
    someone = colleague("stock")
    page = send(someone, text(catalogue_of(PLAIN)))

    assert page.status_code == 200
    assert "New tours: 1" in page.text
    assert "Dates: 2 new, 0 changed, 2 in the file." in page.text
    assert tours(app) == 0
    answer = agreed(someone, page)
    assert (answer.status_code, answer.location) == (303, "/staff/tours")
    assert tours(app) == 1
    assert versions_of(app, "leshan-buddha-walk") == [(1, "imported", "stock@example.com")]
    assert rows.value(app, "SELECT count(*) FROM catalogue_uploads") == 0
    again = agreed(someone, page)
    assert (again.status_code, "imported already" in again.text) == (404, True)  # the first press did it


@time_machine.travel(EARLY)
def test_the_rehearsal_shows_field_by_field_what_would_change(app, colleague):
    someone = colleague("stock")
    imported(someone, text(catalogue_of(PLAIN)))
    changed = copy.deepcopy(PLAIN) | {"summary": {"fr": "Une autre promenade."}}
    changed["units"][0]["price"] = 2000
    changed["departures"][0]["capacity"] = 30
    changed["departures"].append({"starts_at": "2027-06-01T10:00", "capacity": 5, "language": "fr"})
    before = rows.rows(app, "SELECT * FROM tours JOIN departures ON tour_id = tours.id ORDER BY departures.id")
    page = send(someone, text(catalogue_of(changed))).text

    for words in ("Tours changed: 1", "Une promenade.", "Une autre promenade.", "Units · adult · Price", "20.00"):
        assert words in page
    assert "Dates: 1 new, 1 changed, 3 in the file." in page
    assert rows.rows(app, "SELECT * FROM tours JOIN departures ON tour_id = tours.id ORDER BY departures.id") == before


@time_machine.travel(EARLY)
def test_mistakes_are_shown_with_their_line_where_they_stand(app, colleague):
    content = (
        text(catalogue_of(PLAIN))
        .decode()
        .replace("price: 1900", "price: dear")
        .replace("latitude: 48.82", "latitude: 148")
    )
    line = 1 + next(n for n, one in enumerate(content.split("\n")) if "price: dear" in one)
    page = send(colleague("stock"), content.encode())

    assert page.status_code == 200
    assert f"line {line}" in page.text
    assert "tours[0].units[0].price" in page.text
    assert "price: dear" in page.text
    assert "tours[0].meeting_point.latitude" in page.text
    assert "Import now" not in page.text
    assert agreed(colleague("manager"), page).status_code == 404  # not theirs
    assert tours(app) == 0


def test_a_file_with_mistakes_cannot_be_imported_past_its_rehearsal(app, colleague):
    someone = colleague("stock")
    page = send(someone, text(catalogue_of(PLAIN | {"title": {"en": "No French"}})))
    answer = agreed(someone, page)

    assert answer.status_code == 422
    assert "tours[0].title" in answer.text
    assert tours(app) == 0


def test_what_was_sold_stands_in_the_way_of_a_file_and_is_named(app, colleague, tourist):
    someone = colleague("stock")
    imported(someone, text(catalogue_of(PLAIN)))
    with app.app_context():
        departure = db.session.scalar(sa.select(Departure.id).where(Departure.status == "open"))
    booking = tourist.held(departure, adults=3)
    changed = copy.deepcopy(PLAIN)
    changed["units"][0]["seats"] = 2
    changed["departures"][0]["capacity"] = 2
    page = send(someone, text(catalogue_of(changed))).text

    assert page.count(booking["id"]) == 2
    assert "tours[0].units[0].seats" in page


def test_a_file_cancels_no_date_that_is_booked_and_reopens_none_that_was_called_off(app, colleague, tourist):
    someone = colleague("stock")
    imported(someone, text(catalogue_of(PLAIN)))
    with app.app_context():
        departure = db.session.scalar(sa.select(Departure.id).where(Departure.status == "open"))
    tourist.held(departure, adults=1)
    changed = copy.deepcopy(PLAIN)
    changed["departures"][0]["status"] = "cancelled"
    page = send(someone, text(catalogue_of(changed)))
    assert "cancel this date on its page" in page.text
    assert agreed(someone, page).status_code == 422

    with app.app_context(), transaction():
        db.session.get_one(Departure, departure).status = "cancelled"
        db.session.get_one(Departure, departure).cancelled_by = "anne@example.com"
    imported(someone, text(catalogue_of(PLAIN)))
    with app.app_context():
        assert db.session.get_one(Departure, departure).status == "cancelled"


def test_a_file_is_its_senders_and_kept_for_a_day(app, colleague):
    someone = colleague("stock")
    page = send(someone, text(catalogue_of(PLAIN)))

    assert colleague("manager").get(page.request.path).status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        assert someone.signed_in().get(page.request.path).status_code == 404
    send(someone, text(catalogue_of(PLAIN)))
    assert rows.value(app, "SELECT count(*) FROM catalogue_uploads") == 1


@time_machine.travel(EARLY)
def test_an_archive_brings_its_pictures_made_anew(app, colleague):
    someone = colleague("stock")
    picture = drawn("JPEG", (300, 200)) + b"<script>alert(1)</script>"
    content = catalogue_of(tour_of(image={"file": "photo.jpg", "alt": {"fr": "Une photo"}}))
    files = {"folder/catalogue.yaml": content, "folder/photo.jpg": picture, "__MACOSX/folder/._photo.jpg": b"x"}
    imported(someone, archived(files))

    shown = app.test_client().get(f"/images/{tour_now(app, 'leshan-buddha-walk').image_digest}")
    assert shown.mimetype == "image/jpeg"
    assert b"script" not in shown.data


@time_machine.travel(EARLY)
def test_what_is_taken_out_can_be_brought_back_and_changes_nothing(app, colleague):
    someone = colleague("stock")
    imported(someone, archived({"catalogue.yaml": catalogue_of(), "leshan.svg": SVG}))
    edited(someone, id_of(app, "leshan-buddha-walk"), title__en="Another title")
    picture = drawn("JPEG", (300, 200))
    path = f"/staff/tours/{id_of(app, 'leshan-buddha-walk')}/picture"
    assert (
        someone.post(path, version="2", file=(io.BytesIO(picture), "x.jpg"), **{"alt.fr": "Une photo"}).status_code
        == 303
    )
    out = someone.get("/staff/tours/export")

    assert out.mimetype == "application/zip"
    assert 'filename="catalogue-EUR-2027-01-01.zip"' in out.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(out.data)) as archive:
        assert sorted(archive.namelist()) == ["catalogue.yaml", "leshan-buddha-walk.jpg"]
    page = send(someone, out.data, "catalogue.zip").text
    assert "Tours unchanged: 1" in page
    assert "Dates: 0 new, 0 changed, 2 in the file." in page
    alone = someone.get("/staff/tours/export", format="yaml", currency="EUR")
    assert yaml.safe_load(alone.data)["tours"][0]["title"]["en"] == "Another title"
    assert "Tours unchanged: 1" in send(someone, alone.data).text


def test_a_draft_that_could_not_come_back_is_not_taken_out(app, catalogue, colleague):
    someone = colleague("stock")
    catalogue.tour(slug="whole")
    someone.post("/staff/tours/new", slug="half", currency="EUR", **{"title.fr": "Moitié"})

    assert [
        tour["slug"] for tour in yaml.safe_load(someone.get("/staff/tours/export", format="yaml").data)["tours"]
    ] == ["whole"]
    assert "half" in someone.get("/staff/tours/file").text


# ---- hostile


def lying_archive():
    """An archive whose YAML says it is small and is not."""
    packed = bytearray(archived({"catalogue.yaml": b"a: " + b"x" * 5_000_000}))
    at = packed.rindex(b"PK\x01\x02")
    packed[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(packed)


def encrypted_archive():
    packed = bytearray(archived({"catalogue.yaml": b"a: 1"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(mark) + offset] |= 1
    return bytes(packed)


UNFIT = {
    "nothing": b"",
    "no archive": b"PK not really",
    "two catalogues": archived({"a.yaml": b"a: 1", "b.yaml": b"a: 1"}),
    "no catalogue": archived({"a.png": drawn()}),
    "a way out": archived({"catalogue.yaml": b"a: 1", "../../tmp/evil.svg": SVG}),
    "a way out to the left": archived({"catalogue.yaml": b"a: 1", "..\\evil.svg": SVG}),
    "a bomb": archived({"catalogue.yaml": b"a: 1", "a.png": b"\0" * 70_000_000}),
    "a liar": lying_archive(),
    "a catalogue too long": archived({"catalogue.yaml": b"# " + b"x" * 2_000_001}),
    "a crowd": archived({"catalogue.yaml": b"a: 1"} | {f"{n}.txt": b"" for n in range(1300)}),
    "a secret": encrypted_archive(),
    "a broken one": archived({"catalogue.yaml": b"a: 1" * 50})[:-30],
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_archive_that_means_harm_is_refused(app, colleague, name):
    answer = send(colleague("stock"), UNFIT[name], "catalogue.zip")

    assert answer.status_code == 422
    assert "archive-unfit" in answer.text or "A YAML file is expected" in answer.text


YAML_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    "content",
    [
        YAML_BOMB,
        b"!!python/object/apply:os.system ['true']",
        b"[" * 10_000,
        b"\xff\xfe\x00",
        b"a: " + b"9" * 100_000,
        b"- 1",
        b"<script>alert(1)</script>: {a: 1}",
        b"tours: {'<script>alert(1)</script>': 1}",
        b"# " + b"x" * 2_000_001,
    ],
)
def test_a_text_that_means_harm_is_told_as_a_mistake(colleague, content):
    page = send(colleague("stock"), content)

    assert page.status_code == 200
    assert "cannot be imported" in page.text
    assert "<script>alert" not in page.text


@time_machine.travel(EARLY)
@pytest.mark.parametrize("name", ["<script>alert(1)</script>.yaml", "a\x01\n b.yaml", "x" * 500, "../../etc/passwd"])
def test_the_name_of_a_file_is_only_shown(app, colleague, name):
    someone = colleague("manager")
    page = send(someone, text(catalogue_of(PLAIN)), name)

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert agreed(someone, page).status_code == 303
    assert "<script>alert" not in someone.get("/staff/acts").text


def test_pictures_of_an_archive_that_are_none_are_told_by_name(app, colleague):
    content = catalogue_of(tour_of(image={"file": "photo.jpg", "alt": {"fr": "Une photo"}}))
    page = send(colleague("stock"), archived({"catalogue.yaml": content, "photo.jpg": b"<script>"})).text

    assert "tours[0].image.file" in page


def test_a_file_that_is_not_sent_is_asked_for(colleague):
    assert colleague("stock").post("/staff/tours/file").status_code == 422
    assert colleague("stock", email="b@example.com").post("/staff/tours/file", file="text").status_code == 422


@pytest.mark.parametrize("role", ["cashier", "guide"])
def test_who_only_reads_changes_nothing(app, catalogue, colleague, role):
    slug = catalogue.tour()
    someone = colleague(role)
    tour_id = id_of(app, slug)

    assert someone.get(f"/staff/tours/{tour_id}").status_code == 200
    for path in ("edit", "status", "picture", "picture/remove", "history/1/restore"):
        assert someone.post(f"/staff/tours/{tour_id}/{path}", status="archived").status_code == 403
    for path in ("new", "file", "file/x/import"):
        assert someone.post(f"/staff/tours/{path}").status_code == 403
    assert someone.get("/staff/tours/export").status_code == 403
    assert (tour_now(app, slug).status, versions_of(app, slug)) == ("published", [])
