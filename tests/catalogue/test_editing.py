"""Tours changed by hand, on the pages of the staff."""

import threading

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Departure
from shop.core.db import db
from shop.core.i18n import LANGUAGES
from tests.catalogue.forms import dotted, edited, fields_of, id_of, tour_now, versions_of
from tests.core.watching import queries_of
from tests.factories import rows

HOSTILE = "\"><script>alert(1)</script>'{{7*7}}"


def offers(app, slug):
    return rows.value(
        app, "SELECT sum(offer) FROM departures JOIN tours ON tours.id = tour_id WHERE slug = :slug", slug=slug
    )


# ---- reading


def test_the_list_says_what_is_missing_in_which_language(app, catalogue, colleague):
    catalogue.tour(slug="walk", description={"fr": "Longue."}, title={"fr": "La marche", "en": "The walk"})
    page = colleague("guide").get("/staff/tours").text

    assert "The walk" in page
    assert "5 missing" in page
    assert "New tour" not in page


def test_the_list_asks_as_much_of_the_database_for_many_tours_as_for_one(app, catalogue, colleague):
    someone = colleague("stock")
    catalogue.tour()
    someone.get("/staff/tours")
    with queries_of(app) as few:
        someone.get("/staff/tours")
    for _ in range(8):
        catalogue.tour()
    with queries_of(app) as many:
        someone.get("/staff/tours")

    assert len(many) == len(few)


def test_a_tour_that_is_not_there_is_told_as_such(colleague):
    someone = colleague("manager")

    for path in ("", "/edit", "/picture", "/preview", "/history"):
        for name in ("none", "00000000-0000-0000-0000-000000000001"):
            assert someone.get(f"/staff/tours/{name}{path}").status_code == 404


# ---- changing


def test_texts_in_three_languages_rules_terms_and_units_change_at_once(app, catalogue, colleague):
    slug = catalogue.tour(slug="walk")
    catalogue.departure(slug)
    someone = colleague("stock")
    before = offers(app, slug)
    answer = edited(
        someone,
        id_of(app, slug),
        title__zh_CN="新标题",
        summary__en="Another walk.",
        accessibility__fr="De plain-pied.",
        themes="art, twin-cities",
        duration_minutes="75",
        guide_languages=["fr", "zh", "en"],
        booking__cutoff_minutes="30",
        meeting_point__latitude="48,8211",
        cancellation__0__until_hours="24",
        cancellation__0__refund_percent="50",
        cancellation__1__until_hours="72",
        cancellation__1__refund_percent="100",
        units__0__price="21,50",
        units__0__position="2",
        units__1__position="1",
        units__3__code="senior",
        units__3__kind="SENIOR",
        units__3__label__fr="Senior",
        units__3__price="12",
        units__3__seats="1",
        units__3__position="9",
    )

    assert (answer.status_code, answer.location) == (303, f"/staff/tours/{id_of(app, slug)}")
    tour = tour_now(app, slug)
    assert (tour.title["zh-CN"], tour.summary["en"]) == ("新标题", "Another walk.")
    assert tour.accessibility == {"fr": "De plain-pied."}
    assert (tour.themes, tour.duration_minutes) == (["art", "twin-cities"], 75)
    assert tour.guide_languages == ["fr", "zh", "en"]
    assert (tour.cutoff_minutes, tour.meeting_point["latitude"]) == (30, 48.8211)
    assert [step["until_hours"] for step in tour.cancellation] == [72, 24]
    assert [(unit.code, unit.price) for unit in tour.units] == [
        ("child", 900),
        ("adult", 2150),
        ("infant", 0),
        ("senior", 1200),
    ]
    assert offers(app, slug) > before
    assert "新标题".casefold() in tour.title_words
    act = rows.rows(app, "SELECT * FROM staff_acts WHERE act = 'tour.edited'")[0]
    assert (act["subject"], act["before"]["units.adult.price"], act["after"]["units.adult.price"]) == (
        "walk",
        "19.00",
        "21.50",
    )
    assert versions_of(app, slug) == [(1, "before", None), (2, "edited", "stock@example.com")]


def test_a_form_sent_as_it_was_changes_nothing(app, catalogue, colleague):
    slug = catalogue.tour()
    before = tour_now(app, slug)
    answer = edited(colleague("manager"), id_of(app, slug))
    after = tour_now(app, slug)

    assert answer.status_code == 303
    assert versions_of(app, slug) == []
    for column in sa.inspect(type(before)).columns.keys():  # noqa: SIM118
        if column != "accessibility":
            assert getattr(after, column) == getattr(before, column), column


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"units__0__price": "free"}, "units.0.price"),
        ({"units__0__price": "19.999"}, "units.0.price"),
        ({"units__0__price": "-1"}, "units.0.price"),
        ({"units__1__min_age": "12"}, "units.1.min_age"),
        ({"units__3__label__fr": "Nouveau"}, "units.3.code"),
        ({"units__3__code": "adult", "units__3__price": "1", "units__3__seats": "1"}, "units.3.code"),
        ({"units__0__position": "9", "units__0__price": "x"}, "units.0.price"),
        ({"units__0__seats": "1" * 40}, "units.0.seats"),
        ({"duration_minutes": "0"}, "duration_minutes"),
        ({"duration_minutes": ""}, "duration_minutes"),
        ({"themes": "UPPER"}, "themes"),
        ({"guide_languages": ["<b>"]}, "guide_languages"),
        ({"title__fr": "x" * 201}, "title.fr"),
        ({"title__fr": "", "title__en": "", "title__zh_CN": ""}, "title.fr"),
        ({"meeting_point__latitude": "91"}, "meeting_point.latitude"),
        ({"meeting_point__longitude": "nan"}, "meeting_point.longitude"),
        ({"booking__min_party": "9"}, "booking.min_party"),
        ({"cancellation__1__until_hours": "48", "cancellation__1__refund_percent": "1"}, "cancellation.1.until_hours"),
        ({"cancellation__1__until_hours": "4"}, "cancellation.1.refund_percent"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_kept(app, catalogue, colleague, change, name):
    slug = catalogue.tour()
    answer = edited(colleague("stock"), id_of(app, slug), summary__en="typed already", **change)

    assert answer.status_code == 422
    assert f'id="{name}-wrong"' in answer.text
    assert "typed already" in answer.text
    assert versions_of(app, slug) == []


@pytest.mark.parametrize("name", ["title", "units", "units.0", "units.0.label", "booking", "version", "title.fr.x.y.z"])
def test_names_that_no_form_of_ours_has_break_nothing(app, catalogue, colleague, name):
    slug = catalogue.tour()
    path = f"/staff/tours/{id_of(app, slug)}/edit"
    someone = colleague("stock")
    sent = fields_of(someone.get(path).text)

    for fields in ({name: "x", **sent}, {**sent, name: "x"}, {name: "x"}):
        assert someone.post(path, **fields).status_code in {303, 422}


@pytest.mark.parametrize("text", ["nul\x00here", "\x01"])
def test_characters_that_cannot_be_kept_are_refused(app, catalogue, colleague, text):
    slug = catalogue.tour()

    assert edited(colleague("stock"), id_of(app, slug), summary__fr=text).status_code == 422


def test_the_second_of_two_colleagues_is_told_and_sees_both(app, catalogue, colleague):
    slug = catalogue.tour()
    first, second = colleague("stock"), colleague("manager")
    path = f"/staff/tours/{id_of(app, slug)}/edit"
    sent = fields_of(second.get(path).text)
    assert edited(first, id_of(app, slug), summary__en="The first one’s words.").status_code == 303

    answer = second.post(path, **sent | dotted({"summary__en": "The second one’s words."}))

    assert answer.status_code == 409
    assert "stock@example.com" in answer.text
    assert "The first one’s words." in answer.text
    assert "The second one’s words." in answer.text
    assert tour_now(app, slug).summary["en"] == "The first one’s words."
    again = second.post(path, **fields_of(answer.text))
    assert again.status_code == 303
    assert tour_now(app, slug).summary["en"] == "The second one’s words."


def test_of_many_who_save_at_once_one_does(app, catalogue, colleague):
    slug = catalogue.tour()
    path = f"/staff/tours/{id_of(app, slug)}/edit"
    people = [colleague("stock", email=f"{n}@example.com") for n in range(4)]
    forms = [(one, fields_of(one.get(path).text) | {"summary.en": one.email}) for one in people]
    answers = []
    threads = [
        threading.Thread(target=lambda one=one, sent=sent: answers.append(one.post(path, **sent).status_code))
        for one, sent in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [303, 409, 409, 409]
    assert [number for number, _, _ in versions_of(app, slug)] == [1, 2]


def test_a_unit_that_was_sold_neither_changes_its_meaning_nor_goes(app, catalogue, colleague, tourist):
    slug = catalogue.tour()
    tourist.held(catalogue.departure(slug))
    someone = colleague("stock")

    for change in ({"units__0__seats": "2"}, {"units__0__kind": "OTHER"}, {"units__0__remove": "on"}):
        answer = edited(someone, id_of(app, slug), **change)
        assert answer.status_code == 409, change
        assert "already sold" in answer.text
    assert edited(someone, id_of(app, slug), units__0__price="25", units__0__label__fr="Adulte").status_code == 303
    assert edited(someone, id_of(app, slug), units__1__remove="on", units__2__seats="1").status_code == 303
    assert [(unit.code, unit.price, unit.seats) for unit in tour_now(app, slug).units] == [
        ("adult", 2500, 1),
        ("infant", 0, 1),
    ]


def test_who_holds_after_a_change_pays_the_new_price(app, catalogue, colleague, tourist):
    slug = catalogue.tour()
    departure = catalogue.departure(slug)
    edited(colleague("stock"), id_of(app, slug), units__0__price="30")

    assert tourist.held(departure, adults=1)["total"]["amount"] == 3000


def test_an_edit_renews_the_offer_of_every_departure(app, catalogue, colleague):
    slug = catalogue.tour()
    ids = [catalogue.departure(slug, language=language) for language in ("fr", "zh", "en")]
    edited(colleague("stock"), id_of(app, slug), title__en="Other")
    with app.app_context():
        found = [db.session.get_one(Departure, one).offer for one in ids]

    assert found == [2, 2, 2]


# ---- beginning, publishing, archiving


def test_a_tour_goes_from_draft_to_sale_when_nothing_is_missing(app, colleague):
    someone = colleague("stock")
    made = someone.post("/staff/tours/new", slug="new-walk", currency="EUR", **{"title.fr": "Neuve"})
    tour_id = id_of(app, "new-walk")

    assert made.location == f"/staff/tours/{tour_id}/edit"
    refused = someone.post(f"/staff/tours/{tour_id}/status", status="published")
    assert refused.status_code == 422
    for words in ("Summary · French", "Description · French", "Meeting point · Place · French", "Units"):
        assert words in refused.text
    answer = edited(
        someone,
        tour_id,
        summary__fr="Courte.",
        description__fr="Longue.",
        meeting_point__name__fr="Ici",
        meeting_point__address="1 rue d’Ici",
        guide_languages=["fr"],
        units__0__code="adult",
        units__0__label__fr="Adulte",
        units__0__price="10",
        units__0__seats="1",
    )
    assert answer.status_code == 303, answer.text
    assert app.test_client().get("/api/v1/tours/new-walk").status_code == 404
    assert someone.post(f"/staff/tours/{tour_id}/status", status="published").status_code == 303
    assert app.test_client().get("/api/v1/tours/new-walk?lang=zh-CN").json["title"] == "Neuve"
    assert someone.post(f"/staff/tours/{tour_id}/status", status="archived").status_code == 303
    assert app.test_client().get("/api/v1/tours/new-walk").status_code == 404
    assert [act for _, act, _ in versions_of(app, "new-walk")] == ["created", "edited", "status", "status"]


def test_a_name_in_addresses_is_taken_once_and_plain(app, catalogue, colleague):
    catalogue.tour(slug="taken")
    someone = colleague("manager")

    def tried(slug):
        return someone.post("/staff/tours/new", slug=slug, currency="EUR", **{"title.fr": "Une"}).status_code

    assert tried("taken") == 409
    assert [tried(slug) for slug in ("With Capitals", "a/b", "x" * 81, "")] == [422] * 4


def test_a_tour_on_sale_keeps_what_it_must_have(app, catalogue, colleague):
    slug = catalogue.tour()
    someone = colleague("stock")
    answer = edited(someone, id_of(app, slug), summary__fr="", units__0__remove="on", units__1__remove="on")

    assert answer.status_code == 422
    assert "Summary · French" in answer.text
    assert tour_now(app, slug).summary["fr"]


def test_a_draft_with_dates_loses_nothing_people_may_have_bought(app, catalogue, colleague):
    slug = catalogue.tour(status="draft")
    someone = colleague("stock")
    assert edited(someone, id_of(app, slug), description__fr="").status_code == 303
    catalogue.departure(slug)

    assert edited(someone, id_of(app, slug), summary__fr="").status_code == 422
    assert edited(someone, id_of(app, slug), summary__en="").status_code == 303


@pytest.mark.parametrize("status", ["gone", "", "<script>"])
def test_there_are_three_statuses(app, catalogue, colleague, status):
    slug = catalogue.tour()

    assert colleague("stock").post(f"/staff/tours/{id_of(app, slug)}/status", status=status).status_code == 422


# ---- preview, hostile texts


def test_a_draft_is_previewed_in_each_language_as_a_visitor_sees_it(app, catalogue, colleague):
    slug = catalogue.tour(status="draft")
    catalogue.departure(slug)
    someone = colleague("guide")
    pages = {to: someone.get(f"/staff/tours/{id_of(app, slug)}/preview", **{"in": to}).text for to in LANGUAGES}

    assert "乐山大佛之旅" in pages["zh-CN"]
    assert "20 seats left" in pages["en"]
    assert "Une longue promenade." in pages["en"]  # not translated
    assert "19,00" in pages["fr"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_tour_becomes_part_of_a_page(app, catalogue, colleague, language):
    slug = catalogue.tour()
    someone = colleague("manager", locale=language)
    texts = ("title", "summary", "description", "accessibility", "meeting_point.name", "units.0.label")
    sent = {f"{name}.{to}": HOSTILE for name in texts for to in LANGUAGES}
    answer = edited(someone, id_of(app, slug), **sent, **{"meeting_point.address": HOSTILE})

    assert answer.status_code == 303
    tour_id = id_of(app, slug)
    for path in ("", "/edit", "/preview", "/history", "/picture"):
        page = someone.get(f"/staff/tours/{tour_id}{path}").text
        assert "<script>alert" not in page, path
        assert "49" not in page or "{{7*7}}" in page, path
    for path in ("/staff/tours", "/staff/acts", f"/staff/tours/{tour_id}/preview?in={language}"):
        assert "<script>alert" not in someone.get(path).text, path
    conflicted = someone.post(
        f"/staff/tours/{tour_id}/edit",
        **fields_of(someone.get(f"/staff/tours/{tour_id}/edit").text) | {"version": "1", "title.fr": "x"},
    )
    assert conflicted.status_code == 409
    assert "<script>alert" not in conflicted.text


# ---- versions


def test_the_history_tells_who_changed_what_and_brings_it_back(app, catalogue, colleague):
    slug = catalogue.tour()
    someone = colleague("stock")
    tour_id = id_of(app, slug)
    edited(someone, tour_id, summary__fr="Deux.", duration_minutes="60")
    edited(
        someone,
        tour_id,
        summary__fr="Trois.",
        units__3__code="new",
        units__3__price="5",
        units__3__seats="1",
        units__3__label__fr="Neuf",
    )
    page = someone.get(f"/staff/tours/{tour_id}/history").text

    for words in ("version 3", "stock@example.com", "Summary · French", "Deux.", "Trois.", "Units · new · Price"):
        assert words in page
    answer = someone.post(f"/staff/tours/{tour_id}/history/1/restore")
    assert answer.status_code == 303
    tour = tour_now(app, slug)
    assert (tour.summary["fr"], tour.duration_minutes, tour.version) == ("Une promenade.", 90, 4)
    assert [unit.code for unit in tour.units] == ["adult", "child", "infant", "new"]
    assert someone.post(f"/staff/tours/{tour_id}/history/99/restore").status_code == 404
    assert someone.post(f"/staff/tours/{tour_id}/history/x/restore").status_code == 404


def test_an_older_version_never_changes_what_was_sold_nor_the_status(app, catalogue, colleague, tourist):
    slug = catalogue.tour()
    departure = catalogue.departure(slug)
    someone = colleague("stock")
    tour_id = id_of(app, slug)
    edited(someone, tour_id, units__0__price="25", units__0__seats="2", units__1__price="7")
    tourist.held(departure, adults=1)
    someone.post(f"/staff/tours/{tour_id}/status", status="archived")

    assert someone.post(f"/staff/tours/{tour_id}/history/1/restore").status_code == 303
    tour = tour_now(app, slug)
    assert [(unit.code, unit.price, unit.seats) for unit in tour.units] == [
        ("adult", 2500, 2),
        ("child", 900, 1),
        ("infant", 0, 0),
    ]
    assert tour.status == "archived"


def test_a_long_history_comes_in_pages(app, catalogue, colleague):
    slug = catalogue.tour()
    someone = colleague("stock")
    for n in range(24):
        edited(someone, id_of(app, slug), summary__en=f"Words {n}.")
    first = someone.get(f"/staff/tours/{id_of(app, slug)}/history").text
    second = someone.get(f"/staff/tours/{id_of(app, slug)}/history", before="6").text

    assert "before=6" in first
    assert "Words 23." in first
    assert "before there were versions" in second
    assert someone.get(f"/staff/tours/{id_of(app, slug)}/history", before="²x").status_code == 200
