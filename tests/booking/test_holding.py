"""Holding seats, over HTTP."""

from datetime import timedelta

import psycopg
import pytest

from tests.booking.conftest import MORNING
from tests.factories.catalogue import ADULT, CHILD, INFANT
from tests.factories.rows import rows


def hold(tourist, departure, *units, **headers):
    wanted = [{"code": code, "quantity": quantity} for code, quantity in units]
    return tourist.post("/bookings", {"departure_id": str(departure), "units": wanted}, **headers)


def test_a_hold_looks_as_the_contract_says(morning, tourist, catalogue):
    slug = catalogue.tour(title={"fr": "Le Bouddha", "zh-CN": "乐山大佛之旅", "en": "The Leshan Buddha"})
    departure = catalogue.departure(slug, starts_at=MORNING.replace(month=5, day=1, hour=14, minute=30))

    answer = hold(tourist, departure, ("adult", 2))

    assert answer.status_code == 201
    assert answer.content_type == "application/json"
    booking = answer.json
    assert booking.pop("id")
    assert booking["departure"].pop("ends_at") == "2027-05-01T16:00:00+02:00"
    assert booking["departure"].pop("language") == "zh"
    assert booking["units"][0].pop("label") == "Plein tarif"
    assert booking == {
        "status": "held",
        "departure": {
            "id": str(departure),
            "tour": slug,
            "title": "The Leshan Buddha",
            "starts_at": "2027-05-01T14:30:00+02:00",
        },
        "units": [{"code": "adult", "quantity": 2, "cancelled": 0, "price": {"amount": 1900, "currency": "EUR"}}],
        "seats": 2,
        "total": {"amount": 3800, "currency": "EUR"},
        "expires_at": "2027-04-30T10:15:00+02:00",
    }


def test_a_hold_is_shown_again_as_it_was_answered(morning, tourist, catalogue):
    booking = tourist.held(catalogue.departure())

    assert tourist.get(f"/bookings/{booking['id']}").json == booking


def test_the_title_and_the_units_are_told_in_the_callers_language(tourist, catalogue):
    booking = tourist.held(catalogue.departure())

    shown = tourist.get(f"/bookings/{booking['id']}?lang=zh-CN").json
    assert shown["departure"]["title"] == "乐山大佛之旅"
    assert shown["units"][0]["label"] == "成人"


def test_the_total_is_the_sum_of_the_party_in_the_order_it_was_asked_for(tourist, catalogue):
    departure = catalogue.departure()

    booking = hold(tourist, departure, ("child", 3), ("adult", 2)).json

    assert booking["total"] == {"amount": 3 * 900 + 2 * 1900, "currency": "EUR"}
    assert booking["seats"] == 5
    assert [(unit["code"], unit["quantity"]) for unit in booking["units"]] == [("child", 3), ("adult", 2)]
    assert catalogue.seats_taken(departure) == 5


def test_an_infant_takes_no_seat(tourist, catalogue):
    departure = catalogue.departure(capacity=1)

    booking = hold(tourist, departure, ("adult", 1), ("infant", 2)).json

    assert (booking["seats"], booking["total"]["amount"]) == (1, 1900)
    assert {unit["code"]: unit["quantity"] for unit in booking["units"]} == {"adult": 1, "infant": 2}
    assert catalogue.seats_taken(departure) == 1


def test_a_unit_may_take_several_seats(tourist, catalogue):
    family = {"code": "family", "kind": "FAMILY", "label": {"fr": "Famille"}, "price": 4900, "seats": 4}
    departure = catalogue.departure(units=[ADULT, family])

    booking = hold(tourist, departure, ("family", 1), ("adult", 1)).json

    assert (booking["seats"], booking["total"]["amount"]) == (5, 6800)
    assert catalogue.seats_taken(departure) == 5


def test_a_unit_asked_for_twice_is_asked_for_together(tourist, catalogue):
    departure = catalogue.departure()

    booking = hold(tourist, departure, ("adult", 1), ("child", 1), ("adult", 2)).json

    assert [(unit["code"], unit["quantity"]) for unit in booking["units"]] == [("adult", 3), ("child", 1)]
    assert catalogue.seats_taken(departure) == 4


def test_none_of_a_unit_is_like_not_asking_for_it(tourist, catalogue):
    booking = hold(tourist, catalogue.departure(), ("adult", 1), ("child", 0)).json

    assert [unit["code"] for unit in booking["units"]] == ["adult"]


def test_none_of_an_unknown_unit_is_still_unknown(tourist, catalogue):
    answer = hold(tourist, catalogue.departure(), ("adult", 1), ("dog", 0))

    assert (answer.status_code, answer.json["code"]) == (422, "unknown-unit")


def test_an_unknown_unit_is_refused_by_name(tourist, catalogue):
    departure = catalogue.departure()

    answer = hold(tourist, departure, ("adult", 1), ("dog{unit}" + "g" * 80, 1))

    assert (answer.status_code, answer.json["code"]) == (422, "unknown-unit")
    assert answer.json["unit"] == ("dog{unit}" + "g" * 80)[:40]
    assert answer.content_type == "application/problem+json"
    assert catalogue.seats_taken(departure) == 0


def test_a_unit_of_another_tour_is_unknown(tourist, catalogue):
    catalogue.tour(units=[{**ADULT, "code": "senior"}])

    assert hold(tourist, catalogue.departure(), ("senior", 1)).json["code"] == "unknown-unit"


@pytest.mark.parametrize(("seats", "status"), [(1, 422), (2, 201), (4, 201), (5, 422)])
def test_a_party_is_admitted_from_the_least_to_the_most(tourist, catalogue, seats, status):
    departure = catalogue.departure(min_party=2, max_party=4)

    answer = hold(tourist, departure, ("adult", seats))

    assert answer.status_code == status
    if status == 422:
        assert answer.json["code"] == "party-size"
        assert {name: answer.json[name] for name in ("seats", "min_party", "max_party")} == {
            "seats": seats,
            "min_party": 2,
            "max_party": 4,
        }
    assert catalogue.seats_taken(departure) == (seats if status == 201 else 0)


def test_a_party_counts_seats_not_heads(tourist, catalogue):
    departure = catalogue.departure(max_party=2)

    assert hold(tourist, departure, ("adult", 2), ("infant", 3)).status_code == 201


@pytest.mark.parametrize("units", [[("infant", 1)], [("adult", 0)], [("adult", 0), ("infant", 0)]])
def test_a_party_without_a_seat_is_no_party(tourist, catalogue, units):
    answer = hold(tourist, catalogue.departure(), *units)

    assert (answer.status_code, answer.json["code"]) == (422, "party-size")


def test_repeating_a_unit_does_not_get_around_the_most_of_it(tourist, catalogue):
    """The most that may be asked for of a unit holds for all its mentions together."""
    departure = catalogue.departure(units=[ADULT, INFANT])

    assert hold(tourist, departure, ("adult", 1), ("infant", 1001)).status_code == 422
    assert hold(tourist, departure, ("adult", 1), ("infant", 1000), ("infant", 1)).status_code == 422


@pytest.mark.parametrize(
    "units",
    [
        None,
        [],
        {},
        "adult",
        [{}],
        ["adult"],
        [{"code": "adult"}],
        [{"quantity": 1}],
        [{"code": "", "quantity": 1}],
        [{"code": "a" * 101, "quantity": 1}],
        [{"code": 1, "quantity": 1}],
        [{"code": "adult", "quantity": -1}],
        [{"code": "adult", "quantity": 1.5}],
        [{"code": "adult", "quantity": "2"}],
        [{"code": "adult", "quantity": True}],
        [{"code": "adult", "quantity": 1001}],
        [{"code": "adult", "quantity": 2**62}],
        [{"code": "adult", "quantity": 1, "price": 0}],
        [{"code": "adult", "quantity": 0}] * 31,
    ],
)
def test_units_that_mean_nothing_are_invalid_input(tourist, catalogue, units):
    departure = catalogue.departure()

    answer = tourist.post("/bookings", {"departure_id": str(departure), "units": units})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert "units" in answer.json["errors"]
    assert catalogue.seats_taken(departure) == 0


def test_a_body_that_is_not_json_is_refused(tourist):
    answer = tourist.client.post("/api/v1/bookings", data="{", headers=tourist.headers)

    assert (answer.status_code, answer.json["code"]) == (400, "malformed-json")


@pytest.mark.parametrize("departure_id", ["", "x", "0" * 36, "00000000-0000-0000-0000-000000000000", "é" * 36])
def test_an_id_that_names_no_departure_is_not_found(tourist, departure_id):
    answer = hold(tourist, departure_id, ("adult", 1))

    assert (answer.status_code, answer.json["code"]) == (404, "departure-not-found")


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_departure_of_a_tour_that_is_not_published_is_not_found(tourist, catalogue, status):
    departure = catalogue.departure(catalogue.tour(status=status))

    answer = hold(tourist, departure, ("adult", 1))

    assert (answer.status_code, answer.json["code"]) == (404, "departure-not-found")
    assert catalogue.seats_taken(departure) == 0


def test_nobody_holds_seats_without_signing_in(app, catalogue):
    wanted = {"departure_id": str(catalogue.departure()), "units": [{"code": "adult", "quantity": 1}]}

    answer = app.test_client().post("/api/v1/bookings", json=wanted)

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_a_departure_that_is_closed_or_cancelled_cannot_be_booked(tourist, catalogue, status):
    departure = catalogue.departure(status=status)

    answer = hold(tourist, departure, ("adult", 1))

    assert (answer.status_code, answer.json["code"]) == (409, "departure-closed")
    assert catalogue.seats_taken(departure) == 0


@pytest.mark.parametrize(("seconds_before", "status"), [(1, 201), (0, 201), (-1, 409), (-3600 * 3, 409)])
def test_booking_ends_to_the_second_at_the_cutoff(morning, tourist, catalogue, seconds_before, status):
    departure = catalogue.departure(starts_at=MORNING + timedelta(hours=2), cutoff_minutes=120)
    morning.move_to(MORNING - timedelta(seconds=seconds_before))

    answer = hold(tourist, departure, ("adult", 1))

    assert answer.status_code == status
    if status == 409:
        assert answer.json["code"] == "departure-closed"
        assert "alternatives" not in answer.json


def test_the_same_key_holds_seats_once(tourist, catalogue):
    departure = catalogue.departure()

    first = hold(tourist, departure, ("adult", 2), Idempotency_Key="k1")
    again = hold(tourist, departure, ("adult", 2), Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert catalogue.seats_taken(departure) == 2


def test_a_key_being_worked_on_stands_in_no_other_customers_and_no_other_routes_way(
    settings, tourist, other_tourist, catalogue
):
    departure = catalogue.departure()
    held = tourist.held(departure)
    with psycopg.connect(settings.database_url) as working:
        name = f"{tourist.id} bookings.create_booking k1"
        working.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        answers = [
            tourist.hold(departure, Idempotency_Key="k1"),
            other_tourist.hold(departure, Idempotency_Key="k1"),
            tourist.place(held["id"], Idempotency_Key="k1"),
        ]

    assert [answer.status_code for answer in answers] == [409, 201, 201]


def test_the_same_key_with_another_party_is_refused(tourist, catalogue):
    departure = catalogue.departure()
    hold(tourist, departure, ("adult", 2), Idempotency_Key="k1")

    answer = hold(tourist, departure, ("adult", 1), Idempotency_Key="k1")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency-key-reused")
    assert catalogue.seats_taken(departure) == 2


def test_a_refusal_is_not_kept_under_its_key(tourist, catalogue):
    departure = catalogue.departure(status="closed")
    assert hold(tourist, departure, ("adult", 1), Idempotency_Key="k1").status_code == 409
    catalogue.change(departure, status="open")

    assert hold(tourist, departure, ("adult", 1), Idempotency_Key="k1").status_code == 201


def test_the_vat_and_price_of_each_line_are_kept_with_the_booking(app, tourist, catalogue):
    departure = catalogue.departure(units=[{**ADULT, "vat": "FR_RED_10"}, {**CHILD, "price": 0}])
    booking = hold(tourist, departure, ("adult", 2), ("child", 1)).json

    lines = rows(
        app,
        "SELECT position, quantity, price, vat, currency FROM booking_lines WHERE booking_id = :id ORDER BY position",
        id=booking["id"],
    )
    assert lines == [
        {"position": 1, "quantity": 2, "price": 1900, "vat": "FR_RED_10", "currency": "EUR"},
        {"position": 2, "quantity": 1, "price": 0, "vat": "FR_STD_20", "currency": "EUR"},
    ]


def test_a_hold_of_someone_else_is_not_found(tourist, other_tourist, catalogue):
    departure = catalogue.departure()
    booking = other_tourist.held(departure)

    for answer in (
        tourist.get(f"/bookings/{booking['id']}"),
        tourist.delete(f"/bookings/{booking['id']}"),
        tourist.post(f"/bookings/{booking['id']}/extend"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "booking-not-found")
    assert other_tourist.get(f"/bookings/{booking['id']}").json == booking
    assert catalogue.seats_taken(departure) == 2


@pytest.mark.parametrize("booking_id", ["x", "1", "0" * 36, "%20", "é" * 36, "a" * 500, "-" * 36])
def test_a_malformed_id_is_answered_like_one_that_names_nothing(tourist, booking_id):
    nothing = tourist.get("/bookings/019a0000-0000-7000-8000-000000000000")
    assert (nothing.status_code, nothing.json["code"]) == (404, "booking-not-found")

    for answer in (
        tourist.get(f"/bookings/{booking_id}"),
        tourist.delete(f"/bookings/{booking_id}"),
        tourist.post(f"/bookings/{booking_id}/extend"),
    ):
        assert (answer.status_code, answer.json) == (404, nothing.json)


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("delete", ""), ("post", "/extend")])
def test_a_hold_is_shown_to_nobody_who_is_not_signed_in(app, tourist, catalogue, method, path):
    booking = tourist.held(catalogue.departure())

    answer = app.test_client().open(f"/api/v1/bookings/{booking['id']}{path}", method=method.upper())

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")
