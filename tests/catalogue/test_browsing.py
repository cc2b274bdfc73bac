"""Finding tours and departures."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from shop.catalogue import rules
from tests.core.watching import queries_of

TOURS = "/api/v1/tours"
NOW = datetime(2027, 4, 1, 8, 0, tzinfo=UTC)  # 10:00 in Paris, after the change to summer time
UNIT = {"code": "adult", "kind": "ADULT", "label": {"fr": "Plein tarif"}, "price": 1900}


@pytest.fixture(autouse=True)
def april():
    """A moment that stands still."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(app):
    return app.test_client()


def found(client, **asked):
    answer = client.get(TOURS, query_string=asked)
    assert answer.status_code == 200, answer.text
    return [tour["slug"] for tour in answer.json["items"]]


def departures(client, slug, **asked):
    answer = client.get(f"{TOURS}/{slug}/departures", query_string=asked)
    assert answer.status_code == 200, answer.text
    return answer.json["items"]


def starts(client, slug, **asked):
    return [entry["starts_at"] for entry in departures(client, slug, **asked)]


# ---- what is shown


def test_a_tour_in_the_list_says_what_the_contract_says(client, catalogue):
    catalogue.departure(catalogue.tour(slug="leshan"), starts_at=datetime(2027, 5, 1, 12, 30, tzinfo=UTC))

    (tour,) = client.get(f"{TOURS}?lang=en").json["items"]

    departure = tour.pop("next_departure")
    assert tour == {
        "slug": "leshan",
        "title": "The Leshan Buddha",
        "summary": "A walk.",
        "themes": ["sculpture"],
        "duration_minutes": 90,
        "guide_languages": ["fr", "zh"],
        "image": None,
        "price_from": {"amount": 900, "currency": "EUR"},
    }
    assert departure.pop("id")
    assert departure == {
        "starts_at": "2027-05-01T14:30:00+02:00",
        "ends_at": "2027-05-01T16:00:00+02:00",
        "language": "zh",
        "capacity": 20,
        "seats_left": 20,
        "status": "open",
    }


def test_a_tour_on_its_own_page_says_more(client, catalogue):
    slug = catalogue.tour()

    tour = client.get(f"{TOURS}/{slug}?lang=en").json

    assert set(tour) == {
        *("slug", "title", "summary", "themes", "duration_minutes", "guide_languages", "image", "price_from"),
        *("next_departure", "description", "meeting_point", "accessibility", "units", "booking", "cancellation"),
    }
    assert tour["units"][2] == {
        "code": "infant",
        "kind": "INFANT",
        "label": "Bébé",
        "price": {"amount": 0, "currency": "EUR"},
        "seats": 0,
        "min_age": None,
        "max_age": 3,
    }
    assert tour["meeting_point"] == {"name": "Parc Rodin", "address": "Issy", "latitude": 48.82, "longitude": 2.26}
    assert tour["booking"] == {"min_party": 1, "max_party": 8, "cutoff_minutes": 120}
    assert tour["cancellation"] == [{"until_hours": 48, "refund_percent": 100}]
    assert (tour["accessibility"], tour["next_departure"]) == (None, None)


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_not_published_is_not_seen(client, tourist, catalogue, status):
    slug = catalogue.tour(status=status)
    departure = catalogue.departure(slug)

    assert found(client) == []
    assert client.get(f"{TOURS}/{slug}").json["code"] == "tour-not-found"
    assert client.get(f"{TOURS}/{slug}/departures").json["code"] == "tour-not-found"
    assert tourist.hold(departure).json["code"] == "departure-not-found"


def test_a_tour_that_is_not_there_is_404(client):
    for path in ("/none", "/none/departures"):
        answer = client.get(TOURS + path)
        assert (answer.status_code, answer.json["code"]) == (404, "tour-not-found")


def test_a_picture_that_is_not_there_is_404(client):
    answer = client.get("/images/none")

    assert (answer.status_code, answer.json["code"]) == (404, "image-not-found")


def test_the_price_from_is_that_of_the_cheapest_unit_that_takes_a_seat(client, catalogue):
    cheap = UNIT | {"code": "cheap", "price": 700}
    free = UNIT | {"code": "free", "price": 0, "seats": 0}
    catalogue.tour(units=[UNIT, cheap, free])
    catalogue.tour(units=[free])
    catalogue.tour(units=[])

    prices = [tour["price_from"] for tour in client.get(TOURS).json["items"]]

    assert prices == [{"amount": 700, "currency": "EUR"}, None, None]


# ---- filters


def test_words_are_found_in_any_language_whatever_their_case_and_accents(client, catalogue):
    catalogue.tour(slug="fort", title={"fr": "Le Fort d’Issy, côté secret", "zh-CN": "伊西要塞", "en": "The Fort"})
    catalogue.tour(slug="leshan", title={"fr": "Le Bouddha", "zh-CN": "乐山大佛之旅"})

    assert found(client, q="COTE") == ["fort"]
    assert found(client, q="côté") == ["fort"]
    assert found(client, q="co\u0302te\u0301") == ["fort"]
    assert found(client, q="secret fort") == ["fort"]
    assert found(client, q="大佛") == ["leshan"]
    assert found(client, q="要塞 fort") == ["fort"]
    assert found(client, q="要塞\u3000ＦＯＲＴ") == ["fort"]
    assert found(client, q="the fort") == ["fort"]
    assert found(client, q="fort bouddha") == []
    assert found(client, q="  ") == ["fort", "leshan"]
    assert found(client, q="") == ["fort", "leshan"]


@pytest.mark.parametrize("q", ["%", "_", "\\", "%fort%", "'", '"'])
def test_signs_are_only_signs(client, catalogue, q):
    catalogue.tour(title={"fr": "Le fort"})

    assert found(client, q=q) == []


@pytest.mark.parametrize("q", ["d'Issy", "d’Issy", "D'ISSY"])
def test_the_apostrophe_of_a_keyboard_finds_the_printed_one(client, catalogue, q):
    catalogue.tour(slug="fort", title={"fr": "Le fort d’Issy"})

    assert found(client, q=q) == ["fort"]


def test_letters_written_as_one_are_found_as_two(client, catalogue):
    catalogue.tour(slug="works", title={"fr": "Les chefs-d’œuvre"})

    assert found(client, q="oeuvre") == ["works"]
    assert found(client, q="ŒUVRE") == ["works"]


def test_each_filter_alone_and_all_together(client, catalogue):
    catalogue.departure(
        catalogue.tour(slug="a", themes=["sculpture", "fort"], guide_languages=["fr", "zh"], title={"fr": "Bouddha A"}),
        language="zh",
        starts_at=NOW + timedelta(days=3),
    )
    catalogue.departure(
        catalogue.tour(slug="b", themes=["sculpture"], guide_languages=["fr"], title={"fr": "Bouddha B"}),
        language="fr",
        starts_at=NOW + timedelta(days=3),
    )
    catalogue.tour(slug="c", themes=["fort"], guide_languages=["zh"], title={"fr": "Autre"})

    assert found(client, theme="sculpture") == ["a", "b"]
    assert found(client, theme="fort") == ["a", "c"]
    assert found(client, theme="sculp") == []
    assert found(client, language="zh") == ["a", "c"]
    assert found(client, q="bouddha") == ["a", "b"]
    assert found(client, **{"from": "2027-04-02"}) == ["a", "b"]
    together = {"q": "bouddha", "theme": "sculpture", "language": "zh", "from": "2027-04-04", "to": "2027-04-04"}
    assert found(client, **together) == ["a"]
    for name, other in {"q": "autre", "theme": "x", "language": "de", "from": "2027-04-05", "to": "2027-04-03"}.items():
        assert found(client, **together | {name: other}) == []


def test_a_date_in_the_wanted_language_is_meant(client, catalogue):
    slug = catalogue.tour(guide_languages=["fr", "zh"])
    catalogue.departure(slug, language="fr", starts_at=NOW + timedelta(days=1))

    assert found(client, language="fr", to="2027-04-30") == [slug]
    assert found(client, language="zh", to="2027-04-30") == []
    assert found(client, language="zh") == [slug]


def test_days_are_those_of_the_place_and_whole(client, catalogue):
    paris = catalogue.tour()
    catalogue.departure(paris, starts_at=datetime(2027, 4, 9, 22, 0, tzinfo=UTC))  # the 10th, 00:00
    chengdu = catalogue.tour(timezone="Asia/Shanghai")
    catalogue.departure(chengdu, starts_at=datetime(2027, 4, 10, 15, 59, tzinfo=UTC))  # the 10th, 23:59

    assert found(client, **{"from": "2027-04-10", "to": "2027-04-10"}) == [paris, chengdu]
    assert found(client, to="2027-04-09") == []
    assert found(client, **{"from": "2027-04-11"}) == []
    for slug in (paris, chengdu):
        assert len(departures(client, slug, **{"from": "2027-04-10", "to": "2027-04-10"})) == 1
        assert departures(client, slug, to="2027-04-09") == []
        assert departures(client, slug, **{"from": "2027-04-11"}) == []


def test_moments_are_exact(client, catalogue):
    slug = catalogue.tour()
    catalogue.departure(slug, starts_at=datetime(2027, 4, 10, 12, 0, tzinfo=UTC))

    for asked, seen in [
        ({"from": "2027-04-10T14:00:00+02:00"}, True),
        ({"from": "2027-04-10T14:00:01+02:00"}, False),
        ({"to": "2027-04-10T12:00:00Z"}, True),
        ({"to": "2027-04-10T11:59:59Z"}, False),
        ({"from": "2027-04-10T12:00Z", "to": "2027-04-10T12:00Z"}, True),
    ]:
        assert found(client, **asked) == ([slug] if seen else [])
        assert len(departures(client, slug, **asked)) == seen


def test_a_plus_sign_that_was_not_encoded_is_understood(client, catalogue):
    slug = catalogue.tour()
    catalogue.departure(slug, starts_at=datetime(2027, 4, 10, 12, 0, tzinfo=UTC))

    answer = client.get(f"{TOURS}/{slug}/departures?from=2027-04-10T14:00:00+02:00")

    assert len(answer.json["items"]) == 1


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_only_open_dates_make_a_tour_be_found_by_date(client, catalogue, status):
    catalogue.departure(catalogue.tour(), status=status)

    assert found(client, to="2027-04-30") == []


def test_a_date_that_has_begun_is_not_found(client, catalogue):
    catalogue.departure(catalogue.tour(), starts_at=NOW - timedelta(minutes=1))

    assert found(client, **{"from": "2027-04-01", "to": "2027-04-01"}) == []


@pytest.mark.parametrize(
    "asked", [{"from": "soon"}, {"to": "2027-04-31"}, {"from": "2027-04-01T10:00"}, {"seats": "0"}, {"seats": "x"}]
)
def test_departures_are_not_asked_for_in_vain(client, catalogue, asked):
    slug = catalogue.tour()

    answer = client.get(f"{TOURS}/{slug}/departures", query_string=asked)

    assert (answer.status_code, list(answer.json["errors"])) == (422, list(asked))


# ---- departures


def test_departures_are_listed_from_now_on_by_start(client, catalogue):
    slug = catalogue.tour(cutoff_minutes=0)
    for minutes in (30, -1, 10, 0, 20):
        catalogue.departure(slug, starts_at=NOW + timedelta(minutes=minutes))
    catalogue.departure(starts_at=NOW + timedelta(minutes=15))

    assert starts(client, slug) == [f"2027-04-01T10:{minute}:00+02:00" for minute in (10, 20, 30)]


def test_a_departure_says_whether_it_can_be_booked(client, catalogue):
    slug = catalogue.tour(cutoff_minutes=120)
    late = {"status": "open", "capacity": 20}
    for minutes, changes in enumerate(
        [{}, {"seats_taken": 20}, {"status": "closed"}, {"status": "cancelled", "seats_taken": 3}, {"capacity": 0}]
    ):
        departure = catalogue.departure(slug, starts_at=NOW + timedelta(days=1, minutes=minutes))
        catalogue.change(departure, **late | changes)
    catalogue.departure(slug, starts_at=NOW + timedelta(minutes=119))
    catalogue.departure(slug, starts_at=NOW + timedelta(minutes=120))

    told = [(entry["status"], entry["seats_left"]) for entry in departures(client, slug)]

    assert told == [
        ("closed", 20),
        ("open", 20),
        ("open", 20),
        ("sold_out", 0),
        ("closed", 20),
        ("cancelled", 0),
        ("sold_out", 0),
    ]


def test_a_departure_that_is_shown_open_can_be_booked_to_the_last_moment(client, tourist, catalogue, april):
    slug = catalogue.tour(cutoff_minutes=120)
    departure = catalogue.departure(slug, starts_at=NOW + timedelta(minutes=120))
    assert departures(client, slug)[0]["status"] == "open"
    assert tourist.hold(departure).status_code == 201

    april.shift(1)
    assert departures(client, slug)[0]["status"] == "closed"
    assert tourist.hold(departure).json["code"] == "departure-closed"


def test_with_seats_wanted_only_what_can_be_booked_is_listed(client, catalogue):
    slug = catalogue.tour(cutoff_minutes=120)
    room = catalogue.departure(slug, capacity=3, starts_in=timedelta(days=1))
    full = catalogue.departure(slug, capacity=3, starts_in=timedelta(days=2))
    catalogue.change(full, seats_taken=2)
    catalogue.departure(slug, capacity=9, starts_in=timedelta(days=3), status="closed")
    catalogue.departure(slug, capacity=9, starts_in=timedelta(minutes=119))

    assert [entry["id"] for entry in departures(client, slug, seats=1)] == [str(room), str(full)]
    assert [entry["id"] for entry in departures(client, slug, seats=3)] == [str(room)]
    assert departures(client, slug, seats=4) == []
    assert len(departures(client, slug)) == 4


def test_the_hours_are_those_of_the_place_on_either_side_of_the_change(client, catalogue, april):
    april.move_to(datetime(2027, 3, 1, tzinfo=UTC))
    slug = catalogue.tour()
    catalogue.departure(slug, starts_at=datetime(2027, 3, 27, 13, 30, tzinfo=UTC))
    catalogue.departure(slug, starts_at=datetime(2027, 3, 28, 12, 30, tzinfo=UTC))

    assert starts(client, slug) == ["2027-03-27T14:30:00+01:00", "2027-03-28T14:30:00+02:00"]


# ---- the next departure


def test_the_next_departure_is_the_first_that_can_be_booked(client, catalogue):
    slug = catalogue.tour(cutoff_minutes=120)
    catalogue.departure(slug, starts_at=NOW - timedelta(days=1))
    catalogue.departure(slug, starts_at=NOW + timedelta(minutes=119))
    catalogue.departure(slug, starts_at=NOW + timedelta(days=1), status="cancelled")
    catalogue.change(catalogue.departure(slug, starts_at=NOW + timedelta(days=2)), seats_taken=20)
    first = catalogue.departure(slug, starts_at=NOW + timedelta(days=3))
    catalogue.departure(slug, starts_at=NOW + timedelta(days=4))

    assert client.get(f"{TOURS}/{slug}").json["next_departure"]["id"] == str(first)
    assert client.get(TOURS).json["items"][0]["next_departure"]["id"] == str(first)


def test_each_tour_has_its_own_cutoff(client, catalogue):
    patient = catalogue.tour(cutoff_minutes=0)
    strict = catalogue.tour(cutoff_minutes=1440)
    for slug in (patient, strict):
        catalogue.departure(slug, starts_at=NOW + timedelta(minutes=5))

    nexts = {tour["slug"]: tour["next_departure"] for tour in client.get(TOURS).json["items"]}

    assert nexts[patient] is not None
    assert nexts[strict] is None


# ---- how much is asked of the database


def queries_for(app, path):
    app.test_client().get(path)
    with queries_of(app) as sent:
        assert app.test_client().get(path).status_code == 200
    return len(sent)


def test_more_tours_are_no_more_queries(app, catalogue):
    for _ in range(2):
        catalogue.departure(catalogue.tour())
    few = queries_for(app, TOURS)
    for _ in range(10):
        catalogue.departure(catalogue.tour())

    assert queries_for(app, TOURS) == few <= 4


def test_more_departures_are_no_more_queries(app, catalogue):
    slug = catalogue.tour()
    catalogue.departure(slug)
    few = queries_for(app, f"{TOURS}/{slug}/departures")
    for day in range(20):
        catalogue.departure(slug, starts_in=timedelta(days=day + 10))

    assert queries_for(app, f"{TOURS}/{slug}/departures") == few <= 4
    assert queries_for(app, f"{TOURS}/{slug}") <= 4


# ---- rules


def test_a_text_is_folded_for_searching():
    assert rules.fold("ÉTÉ") == "ete"
    assert rules.fold("ＡＢＣ") == "abc"
    assert rules.fold("Straße") == "strasse"
    assert rules.title_words({"fr": "Été", "zh-CN": "夏天"}) == "ete\n夏天"
