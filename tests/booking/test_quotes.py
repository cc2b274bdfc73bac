"""What parties cost is worked out once; what is answered is the same as if it were written anew."""

import json
from datetime import timedelta

import pytest

from shop.booking.errors import PartySize, UnknownUnit
from shop.booking.models import Booking
from shop.booking.schemas import BookingView
from shop.booking.services import quotes
from shop.catalogue.services.offers import get_offer
from shop.core import clock
from shop.core.db import db
from shop.core.idempotency import written

LANGUAGES = ("fr", "zh-CN", "en")


@pytest.fixture
def offer(app, catalogue):
    with app.app_context():
        yield get_offer(catalogue.departure())


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_is_what_the_booking_is(app, catalogue, tourist, language):
    departure = catalogue.departure()
    for party in ({"adult": 2}, {"child": 2, "adult": 1, "infant": 1}, {"adult": 2}):
        units = [{"code": code, "quantity": quantity} for code, quantity in party.items()]
        answered = tourist.post(f"/bookings?lang={language}", {"departure_id": str(departure), "units": units})
        with app.test_request_context(f"/?lang={language}"):
            booking = db.session.get_one(Booking, answered.json["id"])
            assert answered.text == written(BookingView, booking), party


def test_what_was_asked_before_is_not_worked_out_again(offer):
    first = quotes.quoted(offer, {"adult": 2})

    assert quotes.quoted(offer, {"adult": 2}) is first
    assert quotes.quoted(offer, {"adult": 3}) is not first


def test_remembered_are_not_more_than_so_many(offer, monkeypatch):
    monkeypatch.setattr(quotes, "MOST", 2)
    for quantity in (1, 2, 3, 1, 2, 3):
        assert quotes.quoted(offer, {"adult": quantity}).seats == quantity
        assert len(offer.aside) <= 2


@pytest.mark.parametrize(("wanted", "refusal"), [({"elephant": 1}, UnknownUnit), ({"adult": 900}, PartySize)])
def test_a_party_that_is_refused_is_not_remembered(offer, wanted, refusal):
    for _ in range(2):
        with pytest.raises(refusal):
            quotes.quoted(offer, wanted)
    assert not offer.aside


def test_an_answer_that_does_not_hold_what_is_its_own_is_a_mistake_of_ours(offer):
    quote = quotes.quoted(offer, {"adult": 1})

    with pytest.raises(ValueError, match="unpack"):
        quote.answer("fr", lambda booking: f"{booking.id} {booking.id}")


def test_an_array_is_read_back_as_it_was(app):
    said = ["FR_STD_20", 'a "b"', "c\\d", "", "{e,f}", "é 中"]
    with app.app_context():
        read = db.session.execute(db.text("SELECT CAST(:said AS text[])"), {"said": quotes._array(said)}).scalar()
    assert read == said


def test_an_expiry_is_told_on_the_clocks_of_the_place(app, offer):
    quote = quotes.quoted(offer, {"adult": 1})
    with app.test_request_context("/?lang=en"):
        answer = quote.answer("en", lambda booking: written(BookingView, booking))
    at = clock.now() + timedelta(minutes=15)

    told = json.loads(answer.of(offer.departure.id, at))["expires_at"]
    assert told == at.astimezone(offer.departure.tour.zone).isoformat()
