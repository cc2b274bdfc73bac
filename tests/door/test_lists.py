"""Departures to check in at, lists by name, manifests on screen and paper."""

import io
from datetime import timedelta

import pypdf
import pytest

from tests.core.watching import queries_of
from tests.door.conftest import act, tell
from tests.factories.catalogue import ADULT, INFANT
from tests.factories.people import Tourist
from tests.factories.rows import change, rows


def test_the_departures_of_today_and_its_neighbours_are_listed(catalogue, colleague, departure, tickets):
    free = [{**ADULT, "price": 0}, INFANT]
    catalogue.departure(units=free, starts_in=timedelta(days=4), title={"fr": "Bien plus tard"})
    guide = colleague("guide")
    tell(guide, departure, act(entry=tickets[0]["code"]))

    page = guide.get("/staff/door/").text

    assert "1 here of 3 expected" in page
    assert "Bien plus tard" not in page
    later = (rows(guide.app, "SELECT max(starts_at)::date AS day FROM departures")[0]["day"]).isoformat()
    assert "Bien plus tard" in guide.get("/staff/door/", day=later).text
    for odd in ("x", "0001-01-01", "9999-12-31", "2026-13-45", "\u0000"):
        assert guide.get("/staff/door/", day=odd).status_code == 200


def test_reading_names_is_recorded(app, colleague, departure, tickets):
    guide = colleague("guide")
    for path in ("", "/manifest", "/manifest.pdf", "/state"):
        assert guide.get(f"/staff/door/{departure}{path}").status_code == 200

    acts = [one["act"] for one in rows(app, "SELECT act FROM staff_acts ORDER BY id")]
    assert acts == ["door.list-read", "door.manifest-read", "door.manifest-read"]


@pytest.mark.parametrize(("role", "seen"), [("manager", True), ("cashier", True), ("guide", False)])
def test_phones_are_seen_by_who_may_call(colleague, departure, tickets, role, seen):
    someone = colleague(role)

    assert ("13800138000" in someone.get(f"/staff/door/{departure}/manifest").text.replace(" ", "")) is seen
    pdf = text_of(someone.get(f"/staff/door/{departure}/manifest.pdf"))
    assert ("13800138000" in pdf.replace(" ", "")) is seen
    assert "8001" not in someone.get(f"/staff/door/{departure}").text.replace(" ", "").split("<script")[0] or seen


@pytest.mark.parametrize(
    ("locale", "title"), [("fr", "Liste des participants"), ("zh-CN", "参加者名单"), ("en", "Manifest")]
)
def test_the_manifest_is_printed_in_three_languages_without_boxes_for_letters(
    app, colleague, departure, tickets, locale, title
):
    manager = colleague("manager", locale=locale)
    tell(manager, departure, act(entry=tickets[0]["code"]))

    answer = manager.get(f"/staff/door/{departure}/manifest.pdf")

    assert answer.mimetype == "application/pdf"
    text = text_of(answer)
    assert title in text
    assert "王小梅" in text
    assert tickets[0]["reference"].split("/")[0] in text
    assert "□" not in text


def test_a_long_manifest_goes_over_several_pages(app, wechat, colleague, catalogue):
    departure = catalogue.departure(
        capacity=200, max_party=40, units=[{**ADULT, "price": 0}, INFANT], starts_in=timedelta(hours=3)
    )
    crowd(app, wechat, departure, 25)
    change(app, 'UPDATE orders SET contact = contact || \'{"name": "%s"}\'' % ("很长的名字" * 12))

    answer = colleague("guide").get(f"/staff/door/{departure}/manifest.pdf")

    pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    assert len(pages) >= 2
    assert sum(text_on(page).count("2 × Plein tarif") for page in pages) == 25


def test_the_number_of_queries_does_not_grow_with_the_people(app, wechat, colleague, catalogue):
    departure = catalogue.departure(capacity=200, units=[{**ADULT, "price": 0}, INFANT], starts_in=timedelta(hours=3))
    door = colleague("cashier")
    paths = (
        "/staff/door/",
        *(f"/staff/door/{departure}{page}" for page in ("", "/state", "/manifest", "/manifest.pdf")),
    )

    def counted():
        found = []
        for path in paths:
            with queries_of(app) as sent:
                door.get(path)
            found.append(len(sent))
        return found

    crowd(app, wechat, departure, 1)
    before = counted()
    crowd(app, wechat, departure, 6)

    assert counted() == before
    assert max(before) <= 12


def test_hostile_names_are_shown_as_they_are_and_do_nothing(app, colleague, departure, tickets):
    change(
        app, "UPDATE orders SET contact = contact || jsonb_build_object('name', '</script><script>alert(1)</script>')"
    )
    guide = colleague("guide")

    for page in ("", "/manifest"):
        assert "<script>alert(1)" not in guide.get(f"/staff/door/{departure}{page}").text


def test_stock_has_nothing_to_do_at_the_door(colleague, departure):
    stock = colleague("stock")

    assert stock.get(f"/staff/door/{departure}").status_code == 403
    assert "/staff/door/" not in stock.get("/staff/").text


def test_the_worker_is_served_where_its_scope_begins(app):
    answer = app.test_client().get("/staff/door/worker.js")

    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"


def crowd(app, wechat, departure, count):
    someone = Tourist(app, wechat, "mei").sign_in()
    for _ in range(count):
        someone.ordered(departure, adults=2)


def text_of(answer):
    assert answer.status_code == 200
    return "".join(text_on(page) for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)


def text_on(page):
    return page.extract_text().replace("\0", "").replace("\u00a0", " ")
