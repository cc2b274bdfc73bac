"""The catalogue from a file and to a file."""

import copy
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
import yaml

from shop.catalogue.commands import DEMONSTRATION
from shop.catalogue.models import Departure, Tour
from shop.core.db import db, transaction
from shop.core.i18n import LANGUAGES
from tests.catalogue.files import SVG, TOUR, catalogue_of, tour_of
from tests.factories.people import Tourist

EARLY = datetime(2027, 1, 1, tzinfo=UTC)


def starts(app, slug="leshan-buddha-walk"):
    """The starts of a tour's departures on the clocks of the place."""
    with app.app_context():
        found = db.session.scalars(sa.select(Departure).join(Departure.tour).where(Tour.slug == slug))
        return sorted(departure.local_start.strftime("%Y-%m-%dT%H:%M") for departure in found)


def with_departures(*departures, **changes):
    return catalogue_of(tour_of(departures=list(departures), **changes))


def departure(starts_at="2027-05-01T14:30", **changes):
    return {"starts_at": starts_at, "capacity": 20, "language": "fr"} | changes


# ---- what it brings


@time_machine.travel(EARLY)
def test_a_file_brings_its_tours_and_departures(app, desk, settings):
    result = desk.loaded(catalogue_of())

    assert result.output == "Imported: 1 tours, 2 departures.\n"
    client = app.test_client()
    tour = client.get("/api/v1/tours/leshan-buddha-walk?lang=en").json
    assert (tour["title"], tour["price_from"]) == ("The Buddha", {"amount": 900, "currency": "EUR"})
    assert [unit["code"] for unit in tour["units"]] == ["adult", "child", "infant"]
    assert tour["booking"] == {"min_party": 1, "max_party": 8, "cutoff_minutes": 120}
    assert tour["meeting_point"]["latitude"] == 48.82
    assert tour["image"]["alt"] == "A Buddha"
    picture = client.get(tour["image"]["url"].removeprefix(settings.public_url))
    assert (picture.data, picture.mimetype) == (SVG, "image/svg+xml")
    listed = client.get("/api/v1/tours/leshan-buddha-walk/departures").json["items"]
    assert [(entry["starts_at"], entry["status"]) for entry in listed] == [
        ("2027-05-01T14:30:00+02:00", "open"),
        ("2027-05-02T14:30:00+02:00", "closed"),
    ]


@pytest.mark.parametrize(("language", "words"), [("fr", "Importé"), ("zh-CN", "已导入"), ("en", "Imported")])
def test_the_command_speaks_three_languages(desk, language, words):
    assert words in desk.load(catalogue_of(), language).output


def test_the_same_file_twice_changes_nothing(desk):
    desk.loaded(catalogue_of())
    before = desk.exported()
    desk.loaded(catalogue_of())

    assert desk.exported() == before


def test_a_start_in_the_hour_that_comes_twice_can_be_imported_twice(app, desk):
    """The clocks show 02:30 twice on that night: the first of the two is meant, each time."""
    content = with_departures(departure("2027-10-31T02:30"))

    desk.loaded(content)
    desk.loaded(content)

    assert starts(app) == ["2027-10-31T02:30"]


def test_what_is_absent_from_a_later_file_stays(app, desk):
    desk.loaded(catalogue_of(tour_of(), tour_of(slug="other")))
    smaller = tour_of(departures=[])
    for name in ("image", "accessibility", "cancellation", "departures"):
        del smaller[name]
    smaller["units"] = smaller["units"][:1]

    desk.loaded(catalogue_of(smaller))

    kept = {tour["slug"]: tour for tour in desk.export()["tours"]}
    assert set(kept) == {"leshan-buddha-walk", "other"}
    tour = kept["leshan-buddha-walk"]
    assert tour["image"] == TOUR["image"]
    assert tour["accessibility"] == TOUR["accessibility"]
    assert tour["cancellation"] == TOUR["cancellation"]
    assert len(tour["departures"]) == 2
    assert [unit["code"] for unit in tour["units"]] == ["adult", "child", "infant"]


def test_what_is_given_changes(desk):
    desk.loaded(catalogue_of())
    changed = tour_of(title={"fr": "Autre titre"}, status="archived", duration_minutes=60)
    changed["units"][0]["price"] = 2100
    changed["departures"][0]["capacity"] = 5
    desk.loaded(catalogue_of(changed))

    (tour,) = desk.export()["tours"]
    assert (tour["title"], tour["status"], tour["duration_minutes"]) == ({"fr": "Autre titre"}, "archived", 60)
    assert tour["units"][0]["price"] == 2100
    assert tour["departures"][0]["capacity"] == 5


def test_a_date_the_staff_cancelled_stays_cancelled_unless_the_file_says_otherwise(app, desk):
    desk.loaded(with_departures(departure()))
    with app.app_context(), transaction():
        db.session.execute(sa.update(Departure).values(status="cancelled"))

    desk.loaded(with_departures(departure(capacity=9)))
    (found,) = desk.export()["tours"][0]["departures"]
    assert (found["status"], found["capacity"]) == ("cancelled", 9)

    desk.loaded(with_departures(departure(status="open")))
    assert desk.export()["tours"][0]["departures"][0]["status"] == "open"


def test_one_start_in_two_languages_is_two_departures(desk):
    desk.loaded(with_departures(departure(language="fr"), departure(language="zh")))

    assert len(desk.export()["tours"][0]["departures"]) == 2


def test_a_new_tour_is_published_unless_the_file_says_otherwise(desk):
    desk.loaded(catalogue_of(tour_of(), tour_of(slug="later", status="draft")))

    assert [tour["status"] for tour in desk.export()["tours"]] == ["published", "draft"]


# ---- all or nothing


def test_one_mistake_and_nothing_is_kept(desk):
    told = desk.refused(catalogue_of(tour_of(), tour_of(slug="other", departures=[departure("2027-03-28T02:30")])))

    assert len(told) == 1
    assert desk.export()["tours"] == []


def test_every_mistake_is_told_at_once_where_it_stands(desk):
    text = """timezone: Europe/Pariss
currency: USD
tours:
  - slug: Leshan Walk
    title: {zh-CN: "乐山"}
    summary: {fr: ""}
    description: {fr: "x", de: "y"}
    themes: [Sculpture]
    duration_minutes: 0
    guide_languages: []
    meeting_point: {name: {fr: "Parc"}, address: "Issy", latitude: 95}
    image: {file: ../leshan.svg, alt: {fr: "x"}}
    status: hidden
    booking: {min_party: 3, max_party: 2, cutoff_minutes: -1}
    cancellation: [{until_hours: 48, refund_percent: 101}]
    units:
      - {code: adult, kind: GROWNUP, label: {fr: "x"}, price: 19.5, vat: FR_STD_20, seats: 1}
      - code: child
        kind: CHILD
        label: {fr: "x"}
        price: -1
        vat: FR_20
        seats: 1
        min_age: 12
        max_age: 4
    departures:
      - {starts_at: "2027-05-01", capacity: 20, language: Français}
      - {starts_at: "2027-05-01T10:00", capacity: 99999, language: fr, status: gone}
    guide: "somebody"
"""
    told = desk.refused(text)
    places = {tuple(line.split(": ")[:2]) for line in told}

    assert places >= {
        ("catalogue.yaml:1", "timezone"),
        ("catalogue.yaml:2", "currency"),
        ("catalogue.yaml:4", "tours[0].slug"),
        ("catalogue.yaml:5", "tours[0].title"),
        ("catalogue.yaml:8", "tours[0].themes[0]"),
        ("catalogue.yaml:9", "tours[0].duration_minutes"),
        ("catalogue.yaml:10", "tours[0].guide_languages"),
        ("catalogue.yaml:11", "tours[0].meeting_point.latitude"),
        ("catalogue.yaml:12", "tours[0].image.file"),
        ("catalogue.yaml:13", "tours[0].status"),
        ("catalogue.yaml:14", "tours[0].booking.cutoff_minutes"),
        ("catalogue.yaml:15", "tours[0].cancellation[0].refund_percent"),
        ("catalogue.yaml:17", "tours[0].units[0].kind"),
        ("catalogue.yaml:17", "tours[0].units[0].price"),
        ("catalogue.yaml:21", "tours[0].units[1].price"),
        ("catalogue.yaml:22", "tours[0].units[1].vat"),
        ("catalogue.yaml:27", "tours[0].departures[0].starts_at"),
        ("catalogue.yaml:27", "tours[0].departures[0].language"),
        ("catalogue.yaml:28", "tours[0].departures[1].capacity"),
        ("catalogue.yaml:28", "tours[0].departures[1].status"),
        ("catalogue.yaml:29", "tours[0].guide"),
    }
    assert {line.split(":")[1] for line in told} >= {"6", "7"}
    assert all(line.count(": ") >= 2 for line in told)


def broken(change):
    content = catalogue_of()
    change(content, content["tours"][0])
    return content


def set_in(*path):
    *way, last, value = path

    def change(content, _tour):
        target = content
        for step in way:
            target = target[step]
        target[last] = value

    return change


def without(*path):
    *way, last = path

    def change(content, _tour):
        target = content
        for step in way:
            target = target[step]
        del target[last]

    return change


T = ("tours", 0)
U = (*T, "units", 0)
D = (*T, "departures", 0)
MISTAKES = [
    (without("timezone"), "timezone", "required"),
    (without("tours"), "tours", "required"),
    (set_in("tours", None), "tours", "null"),
    (set_in("tours", "none"), "tours", "list"),
    (set_in("tours", ["one"]), "tours[0]", "object"),
    (set_in("timezone", "Paris"), "timezone", "time zone"),
    (set_in("timezone", 1), "timezone", "text"),
    (set_in(*T, "slug", "a_b"), "tours[0].slug", "Lower-case"),
    (set_in(*T, "slug", "x" * 81), "tours[0].slug", "Lower-case"),
    (set_in(*T, "title", {"en": "Only English"}), "tours[0].title", "French"),
    (set_in(*T, "title", {"fr": "a\x07b"}), "tours[0].title", "Characters"),
    (set_in(*T, "title", "Un titre"), "tours[0].title", "object"),
    (set_in(*T, "title", "fr", "x" * 201), "tours[0].title", "Length"),
    (set_in(*T, "meeting_point", "longitude", 181.0), "tours[0].meeting_point.longitude", "from -180 to 180"),
    (set_in(*T, "meeting_point", "address", "a\x1bb"), "tours[0].meeting_point.address", "Characters"),
    (set_in(*T, "image", "file", "leshan.gif"), "tours[0].image.file", ".svg"),
    (set_in(*T, "image", "file", "/etc/passwd.svg"), "tours[0].image.file", ".svg"),
    (set_in(*T, "booking", {"min_party": 3, "max_party": 2, "cutoff_minutes": 0}), "tours[0].booking.min_party", "max"),
    (set_in(*T, "units", []), "tours[0].units", "from 1 to 30"),
    (
        set_in(*T, "units", [dict(TOUR["units"][0], label={"fr": name}) for name in "ab"]),
        "tours[0].units[1].code",
        "twice",
    ),
    (set_in(*U, "price", "19.00"), "tours[0].units[0].price", "whole"),
    (set_in(*U, "price", True), "tours[0].units[0].price", "whole"),
    (set_in(*U, "price", 10**12), "tours[0].units[0].price", "from 0"),
    (set_in(*T, "units", 1, "min_age", 12), "tours[0].units[1].min_age", "max_age"),
    (set_in(*D, "starts_at", "2027-02-30T10:00"), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "starts_at", "2027-05-01T10:00+02:00"), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "starts_at", "2027-05-01T10:00:30"), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "starts_at", "1999-05-01T10:00"), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "starts_at", 20270501), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "starts_at", "2027-03-28T02:30"), "tours[0].departures[0].starts_at", "no such time"),
    (set_in(*D, "starts_at", "+3T14:30"), "tours[0].departures[0].starts_at", "local time"),
    (set_in(*D, "capacity", -1), "tours[0].departures[0].capacity", "from 0"),
    (set_in(*D, "rrule", ""), "tours[0].departures[0].rrule", "Length"),
    (set_in(*T, "departures", 1, "starts_at", "2027-05-01T14:30"), "tours[0].departures[1].starts_at", "given above"),
]


@pytest.mark.parametrize(
    ("change", "field", "words"), MISTAKES, ids=[f"{m[1]} {m[2]} {n}" for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_told_with_its_line_and_field(desk, change, field, words):
    content = broken(change)

    told = desk.refused(content)

    file, line, named, message = told[0].replace(": ", ":", 2).split(":", 3)
    assert file == "catalogue.yaml"
    assert int(line) >= 1
    assert named.startswith(field)
    assert words in message
    assert desk.export()["tours"] == []


def test_a_slug_given_twice_is_a_mistake_of_the_second(desk):
    (told,) = desk.refused(catalogue_of(tour_of(), tour_of()))

    assert "tours[1].slug: This value is given twice." in told


RULES = {
    "FREQ=WEEKLY": "COUNT",
    "FREQ=WEEKLY;COUNT=2;UNTIL=20270601T000000": "one of the two",
    "FREQ=WEEKLY;COUNT=0": "COUNT=0",
    "FREQ=WEEKLY;COUNT=2;INTERVAL=0": "INTERVAL=0",
    "FREQ=WEEKLY;COUNT=2;INTERVAL=-1": "INTERVAL=-1",
    "FREQ=WEEKLY;UNTIL=20270601T000000Z": "UNTIL=20270601T000000Z",
    "FREQ=WEEKLY;UNTIL=20271399": "not understood",
    "FREQ=MONTHLY;BYDAY=9MO;COUNT=2": "BYDAY=9MO",
    "FREQ=MONTHLY;BYDAY=0MO;COUNT=2": "BYDAY=0MO",
    "FREQ=WEEKLY;BYDAY=1SA;COUNT=2": "BYDAY",
    "FREQ=DAILY;BYDAY=-1SU;COUNT=2": "BYDAY",
    "FREQ=HOURLY;COUNT=2": "FREQ=HOURLY",
    "FREQ=SECONDLY;COUNT=2": "FREQ=SECONDLY",
    "FREQ=WEEKLY;COUNT=2;COUNT=3": "COUNT=3",
    "COUNT=2": "FREQ",
    "freq=weekly;count=2": "freq=weekly",
    "weekly": "weekly",
    "RRULE:FREQ=WEEKLY;COUNT=2": "RRULE",
    "DTSTART:20270101T000000\nRRULE:FREQ=WEEKLY;COUNT=2": "DTSTART",
    "FREQ=DAILY;COUNT=501": "from 1 to 500",
    "FREQ=DAILY;UNTIL=20290101T000000": "from 1 to 500",
    "FREQ=DAILY;UNTIL=20270430T000000": "from 1 to 500",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1": "from 1 to 500",
    "FREQ=WEEKLY;BYMONTHDAY=3;COUNT=1": "BYMONTHDAY",
    "FREQ=DAILY;COUNT=2;BYHOUR=3": "BYHOUR=3",
    "": "Length",
}


@pytest.mark.parametrize("rule", RULES, ids=[rule or "empty" for rule in RULES])
def test_a_rule_that_gives_no_sure_dates_is_refused(desk, rule):
    (told, *_) = desk.refused(with_departures(departure(rrule=rule)))

    assert "tours[0].departures[0].rrule: " in told
    assert RULES[rule] in told


def test_a_rule_keeps_the_hour_when_the_clocks_change(app, desk):
    desk.loaded(with_departures(departure("2027-03-20T14:30", rrule="FREQ=WEEKLY;BYDAY=SA;COUNT=3")))

    assert starts(app) == ["2027-03-20T14:30", "2027-03-27T14:30", "2027-04-03T14:30"]
    with app.app_context():
        hours = sorted({found.astimezone(UTC).hour for found in db.session.scalars(sa.select(Departure.starts_at))})
    assert hours == [12, 13]


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("FREQ=DAILY;COUNT=2", ["2027-05-01", "2027-05-02"]),
        ("FREQ=DAILY;INTERVAL=2;UNTIL=20270505T143000", ["2027-05-01", "2027-05-03", "2027-05-05"]),
        ("FREQ=MONTHLY;BYDAY=1SA;COUNT=2", ["2027-05-01", "2027-06-05"]),
        ("FREQ=MONTHLY;BYDAY=-1SU;COUNT=2", ["2027-05-30", "2027-06-27"]),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1;COUNT=2", ["2027-05-01", "2027-06-05"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["2027-05-31", "2027-06-30"]),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=3SA;COUNT=1;WKST=SU", ["2027-09-18"]),
    ],
)
def test_a_rule_gives_its_dates(app, desk, rule, dates):
    desk.loaded(with_departures(departure(rrule=rule)))

    assert starts(app) == [f"{date}T14:30" for date in dates]


def test_five_hundred_dates_are_admitted(app, desk):
    desk.loaded(with_departures(departure(rrule="FREQ=DAILY;COUNT=500")))

    assert len(starts(app)) == 500


def test_a_rule_that_meets_an_hour_the_clocks_skip_is_refused(desk):
    (told,) = desk.refused(with_departures(departure("2027-03-26T02:30", rrule="FREQ=DAILY;COUNT=5")))

    assert "rrule: There is no such time" in told
    assert "2027-03-28 02:30" in told


# ---- what was sold


@time_machine.travel(EARLY)
def test_a_capacity_under_the_seats_taken_is_refused_naming_the_bookings(app, desk, wechat):
    desk.loaded(with_departures(departure()))
    tourist = Tourist(app, wechat, "mei").sign_in()
    with app.app_context():
        booked = db.session.scalar(sa.select(Departure.id))
    booking = tourist.held(booked, adults=3)

    (told,) = desk.refused(with_departures(departure(capacity=2)))

    assert "tours[0].departures[0].capacity: 3 seats are taken already" in told
    assert booking["id"] in told
    assert desk.export()["tours"][0]["departures"][0]["capacity"] == 20
    desk.loaded(with_departures(departure(capacity=3)))


@time_machine.travel(EARLY)
@pytest.mark.parametrize(("field", "value"), [("kind", "SENIOR"), ("seats", 2), ("min_age", 18), ("max_age", 60)])
def test_another_meaning_of_a_unit_that_was_sold_is_refused_naming_the_bookings(app, desk, wechat, field, value):
    desk.loaded(with_departures(departure()))
    tourist = Tourist(app, wechat, "mei").sign_in()
    with app.app_context():
        booked = db.session.scalar(sa.select(Departure.id))
    booking = tourist.held(booked)
    before = desk.exported()
    changed = with_departures(departure())
    changed["tours"][0]["units"][0][field] = value

    (told,) = desk.refused(changed)

    assert f"tours[0].units[0].{field}: " in told
    assert booking["id"] in told
    assert desk.exported() == before
    changed["tours"][0]["units"][0] = TOUR["units"][0] | {"price": 2500, "label": {"fr": "Adulte"}, "vat": "FR_RED_10"}
    desk.loaded(changed)


def test_a_unit_that_was_never_sold_may_change_its_meaning(desk):
    desk.loaded(catalogue_of())
    changed = tour_of()
    changed["units"][1] |= {"kind": "YOUTH", "max_age": 17}

    desk.loaded(catalogue_of(changed))

    assert desk.export()["tours"][0]["units"][1]["kind"] == "YOUTH"


@pytest.mark.parametrize("terms", [{"currency": "CNY"}, {"timezone": "Asia/Shanghai"}])
def test_the_currency_and_the_time_zone_of_a_tour_do_not_change(desk, terms):
    desk.loaded(catalogue_of())

    assert "does not change" in desk.refused(catalogue_of(**terms))[0]


@pytest.mark.parametrize("terms", [{"currency": "CNY"}, {"timezone": "Asia/Shanghai"}])
def test_a_file_that_is_exported_holds_tours_of_one_currency_and_one_time_zone(desk, terms):
    """Otherwise tours of another would come out with other prices and hours."""
    desk.loaded(catalogue_of(tour_of(slug="here"), tour_of(slug="there")))
    desk.loaded(catalogue_of(tour_of(slug="elsewhere"), **terms))

    assert [tour["slug"] for tour in desk.export()["tours"]] == ["here", "there"]


# ---- files that are none

NOT_A_CATALOGUE = {
    "nothing": "",
    "a comment": "# nothing\n",
    "a text": "hello",
    "a list": "- a\n- b\n",
    "a number": "12",
    "unclosed": "tours: [",
    "tabs": "tours:\n\t- slug: x\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "an alias bomb": "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntours: *c\n",
    "an anchor alone": "timezone: &zone Europe/Paris\n",
    "an object of Python": "tours: !!python/object/apply:os.system [echo]\n",
    "an unknown tag": "tours: !secret x\n",
    "deep": "tours: " + "[" * 600 + "]" * 600,
    "deep objects": "tours: " + "{a: " * 400 + "1" + "}" * 400,
    "binary": bytes(range(256)) * 10,
    "UTF-16": "timezone: Europe/Paris\n".encode("utf-16"),
    "latin-1": "timezone: é\n".encode("latin-1"),
    "NUL": "timezone: a\x00b\n",
    "escape": "timezone: \x1b[2J\n",
    "huge": "# " + "x" * 2_000_000,
    "a key twice": "timezone: Europe/Paris\ntimezone: Europe/Paris\n",
    "thousands of digits": "tours: " + "9" * 5000,
    "a key that is a list": "? [a, b]\n: 1\n",
    "a key that is an object": "? {a: b}\n: 1\n",
    "a key that is nothing": "~: 1\n",
    "a key that is a number": "1: 1\n",
    "a key that is a decimal": "1.5: 1\n",
    "a key that is true": "true: 1\n",
    "merged": "<<: {timezone: Europe/Paris}\n",
    "a bad merge": "<<: 5\n",
    "bytes": "timezone: !!binary aGVsbG8=\n",
    "bytes of no text": "timezone: !!binary //79\n",
    "bad bytes": "timezone: !!binary é\n",
    "a set": "tours: !!set {a, b}\n",
    "not a number": "tours: [{meeting_point: {latitude: .nan}}]\n",
    "a date": "tours: !!timestamp 2027-05-01\n",
    "a date that is none": "tours: !!timestamp 2027-99-99\n",
    "a bad number": "tours: !!int abc\n",
}


@pytest.mark.parametrize("content", NOT_A_CATALOGUE.values(), ids=NOT_A_CATALOGUE)
def test_a_file_that_is_no_catalogue_is_refused_in_words(desk, content):
    told = desk.refused(content)

    assert told
    assert all(line.startswith("catalogue.yaml:") for line in told)
    assert int(told[0].split(":")[1]) >= 1


def test_a_key_given_twice_is_told_where_it_stands(desk):
    text = desk.write(catalogue_of()).read_text() + "currency: EUR\n"

    (told,) = desk.refused(text)

    assert told == f"catalogue.yaml:{len(text.splitlines())}: currency: This key is given twice."


def test_a_file_that_is_absent_or_a_folder_is_refused(desk, tmp_path):
    absent = desk.command("import", str(tmp_path / "absent.yaml"), "--lang", "en")
    folder = desk.command("import", str(tmp_path), "--lang", "en")

    assert (absent.exit_code, folder.exit_code) == (1, 1)
    assert absent.stderr == "absent.yaml:1: -: The file cannot be read: No such file or directory\n"
    assert "cannot be read" in folder.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistakes_are_told_in_the_language_of_the_reader(desk, language):
    told = desk.load(with_departures(departure(rrule="FREQ=WEEKLY")), language).stderr

    assert {"fr": "La règle doit finir", "zh-CN": "规则必须以", "en": "The rule must end"}[language] in told


# ---- pictures


def test_a_picture_that_is_missing_is_told(desk):
    (desk.folder / "leshan.svg").unlink()

    (told,) = desk.refused(catalogue_of())

    assert "tours[0].image.file: There is no such file." in told


def test_a_picture_that_was_brought_before_need_not_come_again(desk):
    desk.loaded(catalogue_of())
    (desk.folder / "leshan.svg").unlink()

    desk.loaded(catalogue_of())

    assert desk.export()["tours"][0]["image"]["file"] == "leshan.svg"


def test_a_changed_picture_has_another_address(app, desk):
    def address():
        return app.test_client().get("/api/v1/tours/leshan-buddha-walk").json["image"]["url"]

    desk.loaded(catalogue_of())
    before = address()
    (desk.folder / "leshan.svg").write_bytes(SVG.replace(b"0 0 1 1", b"0 0 2 2"))
    desk.loaded(catalogue_of())

    assert address() != before


UNFIT = {
    "script": b"<svg><script>alert(1)</script></svg>",
    "script of another prefix": b'<svg xmlns:s="http://www.w3.org/2000/svg"><s:script>alert(1)</s:script></svg>',
    "handler": b'<svg onload="alert(1)"></svg>',
    "handler after a line": b'<svg\nonclick = "alert(1)"></svg>',
    "link": b'<svg><a href="https://elsewhere.example">x</a></svg>',
    "outside image": b'<svg><image xlink:href="//elsewhere.example/x.png"/></svg>',
    "javascript": b'<svg><set to="javascript:alert(1)"/></svg>',
    "foreign": b"<svg><foreignObject/></svg>",
    "entity": b'<!DOCTYPE svg [<!ENTITY x "y">]><svg></svg>',
    "import": b'<svg><style>@import "x";</style></svg>',
    "outside style": b"<svg><style>a{fill:url(https://elsewhere.example)}</style></svg>",
    "page": b"<html><svg></svg></html>",
    "nothing": b"",
    "picture of another kind": b"\x89PNG\r\n\x1a\n",
    "too heavy": b"<svg>" + b" " * 500_001,
}


@pytest.mark.parametrize("picture", UNFIT.values(), ids=UNFIT)
def test_a_picture_that_could_do_harm_is_refused(desk, picture):
    (desk.folder / "leshan.svg").write_bytes(picture)

    (told,) = desk.refused(catalogue_of())

    assert "tours[0].image.file: Not a picture that is admitted" in told
    assert desk.export()["tours"] == []


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG\r\n\x1a\n"), ("a.jpg", b"\xff\xd8\xff"), ("a.webp", b"RIFF1234WEBP")]
)
def test_pictures_of_other_kinds_are_what_their_name_says(app, desk, settings, name, start):
    (desk.folder / name).write_bytes(start + b"rest")
    desk.loaded(catalogue_of(tour_of(image={"file": name, "alt": {"fr": "Une image"}})))

    url = app.test_client().get("/api/v1/tours/leshan-buddha-walk").json["image"]["url"]
    picture = app.test_client().get(url.removeprefix(settings.public_url))
    assert picture.mimetype.startswith("image/")
    assert picture.data == start + b"rest"
    assert "immutable" in picture.headers["Cache-Control"]
    assert "sandbox" in picture.headers["Content-Security-Policy"]

    (desk.folder / name).write_bytes(SVG)
    assert "Not a picture" in desk.refused(catalogue_of(tour_of(image={"file": name, "alt": {"fr": "x"}})))[0]


# ---- and back


def test_an_empty_shop_exports_an_empty_catalogue(desk):
    assert desk.export() == {"timezone": "Europe/Paris", "currency": "EUR", "tours": []}


def test_what_is_exported_can_be_imported_again(app, desk, tmp_path):
    plain = tour_of(slug="plain", cancellation=[], themes=[])
    del plain["image"], plain["accessibility"]
    desk.loaded(catalogue_of(tour_of(status="draft"), plain))
    folder = tmp_path / "exported"

    assert desk.command("export", "--folder", str(folder)).exit_code == 0

    text = (folder / "catalogue.yaml").read_text(encoding="utf-8")
    assert text == desk.exported()
    assert "乐山大佛" in text
    assert (folder / "leshan.svg").read_bytes() == SVG
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # some tables refuse to be emptied
        connection.execute(sa.text("TRUNCATE tours, units, departures, images CASCADE"))
    assert desk.command("import", str(folder / "catalogue.yaml")).exit_code == 0
    assert desk.exported() == text


def test_characters_beyond_the_usual_are_exported_as_they_are(desk):
    desk.loaded(catalogue_of(tour_of(summary={"fr": "Sous la ville 🦇", "zh-CN": "𠮷日"})))

    assert "Sous la ville 🦇" in desk.exported()
    assert "𠮷日" in desk.exported()


def test_own_prices_are_exported_with_their_date_alone(desk):
    dates = [{"starts_at": f"2027-05-0{day}T14:30", "capacity": 10, "language": "zh"} for day in (1, 2)]
    dates[1]["prices"] = {"child": 100, "adult": 900}
    desk.loaded(catalogue_of(tour_of(departures=dates)))

    (tour,) = desk.export()["tours"]
    assert [list(one.get("prices", {}).items()) for one in tour["departures"]] == [
        [],
        [("adult", 900), ("child", 100)],
    ]


# ---- the demonstration


DAYS = ["2026-11-22", "2027-03-20", "2027-03-27", "2027-03-28", "2027-10-24", "2027-10-31", "2027-12-31", "2028-02-28"]


@pytest.mark.parametrize("day", DAYS)
def test_the_demonstration_loads_on_any_day(app, desk, day):
    with time_machine.travel(datetime.fromisoformat(f"{day}T09:00+00:00")):
        result = desk.command("demonstration", "--lang", "en")
        assert (result.exit_code, result.stderr) == (0, "")
        tours = app.test_client().get("/api/v1/tours?page_size=100").json["items"]

    assert len(tours) >= 10
    assert all(tour["next_departure"] and tour["image"] for tour in tours)


def test_the_demonstration_is_for_an_empty_shop_only(desk):
    desk.loaded(catalogue_of())

    result = desk.command("demonstration", "--lang", "en")

    assert (result.exit_code, "not empty" in result.output) == (0, True)
    assert len(desk.export()["tours"]) == 1


def test_the_demonstration_exports_what_can_be_imported_again(app, desk, tmp_path):
    assert desk.command("demonstration").exit_code == 0
    before = desk.exported()
    folder = tmp_path / "exported"
    assert desk.command("export", "--folder", str(folder)).exit_code == 0

    assert desk.command("import", str(folder / "catalogue.yaml")).exit_code == 0

    assert desk.exported() == before


def texts_of(value, place=""):
    if isinstance(value, dict):
        if "fr" in value:
            yield place, value
        else:
            for name, inner in value.items():
                yield from texts_of(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts_of(inner, f"{place}[{index}]")


def test_every_text_of_the_demonstration_is_in_three_languages():
    content = yaml.safe_load(DEMONSTRATION.read_text(encoding="utf-8").replace("+", "in "))
    found = list(texts_of(copy.deepcopy(content)))

    assert len(found) > 50
    for place, texts in found:
        assert set(texts) == set(LANGUAGES), place
        assert all(text.strip() for text in texts.values()), place
