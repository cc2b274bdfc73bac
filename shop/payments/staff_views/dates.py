"""Pages about dates: cancelling one, moving one, giving an order another."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue.models import Departure
from shop.catalogue.rules import RuleMistaken, to_instant
from shop.core import clock
from shop.core.db import transaction
from shop.core.i18n import pick
from shop.core.input import InvalidInput
from shop.core.money import Money
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.orders.documents.wording import day_and_hour
from shop.orders.texts import DATE_REASONS, GATEWAYS
from shop.payments.services import dates, other_date
from shop.payments.services.dates import Figures
from shop.payments.staff_schemas.dates import CancelDateForm, ChangeDateForm, MoveDateForm
from shop.payments.staff_texts.dates import DATES, FAILURES, OUTCOMES, STATES
from shop.staff.audience import caller_address, current_staff, for_staff, record, record_reading, staff_language
from shop.staff.errors import CodeNotRight, SignInRefused
from shop.staff.forms import Form
from shop.staff.pages import PageLink, StaffPages, page, told
from shop.staff.services import accounts, sign_in

blp = StaffPages(
    "dates",
    "shop.payments",
    static_folder="static",
    static_url_path="/staff/static/dates",
    links=(
        PageLink("departure", "dates.move", DATES["move_date"]),
        PageLink("departure", "dates.cancel", DATES["cancel_date"], "outline-danger"),
        PageLink("cancelled departure", "dates.progress", DATES["see_progress"]),
        PageLink("booking", "dates.change", DATES["change_date"]),
    ),
)


# ---- Cancelling a date


@blp.route("/staff/dates/<departure_id>/cancel", methods=["GET", "POST"])
@for_staff("manager", "stock", fresh=True)
def cancel(departure_id: str) -> Response | BaseResponse:
    """Rehearse the cancelling of a date, then cancel it."""
    departure = dates.get_date(opaque(departure_id))
    form = Form(CancelDateForm, reason="weather", offer="date", days=7)
    if departure.status == "cancelled" and not form.sent:
        return redirect(url_for("dates.progress", departure_id=departure_id), 303)
    if form.done(lambda **given: _cancel(departure.id, **given), own_transactions=True):
        return told(DATES["cancelled"], url_for("dates.progress", departure_id=departure_id))
    departure = dates.get_date(opaque(departure_id))
    record_reading("date.rehearsed", _subject(departure))
    rehearsal = dates.rehearse(departure)
    return form.page(
        "dates/cancel.html",
        DATES,
        departure=departure,
        rehearsal=rehearsal,
        shown=rehearsal.people[: dates.MOST_SHOWN],
        named=current_staff().role in {"manager", "cashier"},  # as at the desk of orders
        agreed=rehearsal.figures.mark(departure.id, settings().secret_key),
        asks_code=rehearsal.figures.total > settings().second_factor_limit,
        **_wording(departure),
    )


def _cancel(
    departure_id: UUID, *, reason: str, note: str | None, offer: str, days: int, agreed: str, code: str
) -> None:
    me, attempt = current_staff(), None
    if code:
        with transaction():
            attempt = sign_in.begin_attempt(
                me.email, browser=str(me.session_id), address=caller_address(), now=clock.now()
            )
    with transaction():
        subject = _subject(dates.get_date(departure_id))
        change, figures = dates.cancel_date(
            departure_id,
            agreed=agreed,
            secret_key=settings().secret_key,
            reason=reason,
            note=note,
            offer=timedelta(days=days) if offer == "date" else None,
            by=me.email,
            now=clock.now(),
        )
        _confirm_again(figures, code)
        if attempt is not None:
            sign_in.forget_attempt(attempt)
        after = {"reason": reason, "bookings": figures.bookings, "people": figures.people, "refunds": figures.refunds}
        until = change.choose_until.isoformat() if change.choose_until else None
        record("date.cancelled", subject, after={**after, "offered_until": until})


def _confirm_again(figures: Figures, code: str) -> None:
    """Ask for the code of the second factor once more where much money goes back; each is good once.

    Raises:
        CodeNotRight: it is not the one of this moment, or the account has none.
    """
    limit = settings().second_factor_limit
    if figures.total <= limit:
        return
    member = accounts.get_member(current_staff().id, lock=True)
    if not member.has_second_factor:
        raise CodeNotRight
    try:
        sign_in.use_code(member, code, secret_key=settings().secret_key, now=clock.now())
    except SignInRefused:
        raise CodeNotRight from None


@blp.get("/staff/dates/<departure_id>/progress")
@for_staff("manager", "stock", "cashier")
def progress(departure_id: str) -> Response:
    """How far a cancelled date has come."""
    departure = dates.get_date(opaque(departure_id))
    found = dates.progress(departure)
    return page(
        "dates/progress.html",
        DATES,
        departure=departure,
        progress=found,
        shown=found.steps[: dates.MOST_SHOWN],
        states=dates.STATES,
        state_name=lambda state: STATES[state].to(staff_language()),
        outcome=lambda step: OUTCOMES[step.outcome].to(staff_language()),
        failure=lambda step: FAILURES[step.failure].to(staff_language()) if step.failure in FAILURES else step.failure,
        **_wording(departure),
    )


# ---- Moving a date


@blp.route("/staff/dates/<departure_id>/move", methods=["GET", "POST"])
@for_staff("manager", "stock", fresh=True)
def move(departure_id: str) -> Response | BaseResponse:
    """Give a date another start; those who have booked are told, and may leave free of charge for a while."""
    departure = dates.get_date(opaque(departure_id))
    form = Form(
        MoveDateForm,
        starts_at=departure.local_start.strftime("%Y-%m-%dT%H:%M"),
        language=departure.language,
        reason="guide",
        days=7,
    )
    if form.done(lambda **given: _move(departure, **given)):
        return told(DATES["moved"], url_for("dates.move", departure_id=departure_id))
    departure = dates.get_date(opaque(departure_id))
    figures = dates.rehearse(departure).figures
    return form.page(
        "dates/move.html",
        DATES,
        departure=departure,
        figures=figures,
        languages_of_guides=[(one, one) for one in sorted({*departure.tour.guide_languages, departure.language})],
        **_wording(departure),
    )


def _move(departure: Departure, *, starts_at: Any, language: str, reason: str, note: str | None, days: int) -> None:
    if language not in {*departure.tour.guide_languages, departure.language}:
        raise InvalidInput(errors={"language": [DATES["not_a_language"].to(staff_language())]})
    try:
        moment = to_instant(starts_at, departure.tour.zone)
    except RuleMistaken as mistaken:
        raise InvalidInput(errors={"starts_at": [mistaken.text.to(staff_language())]}) from mistaken
    subject, before = _subject(departure), {"starts_at": departure.starts_at.isoformat(), "in": departure.language}
    dates.move_date(
        departure.id,
        starts_at=moment,
        language=language,
        reason=reason,
        note=note,
        free_for=timedelta(days=days),
        by=current_staff().email,
        now=clock.now(),
    )
    record("date.moved", subject, before=before, after={"starts_at": moment.isoformat(), "in": language})


# ---- Another date for an order


@blp.route("/staff/orders/<number>/bookings/<booking_id>/date", methods=["GET", "POST"])
@for_staff("manager", "cashier")
def change(number: str, booking_id: str) -> Response | BaseResponse:
    """Give a booking of an order another date of the same tour."""
    order, booking = other_date.find_booking(number, opaque(booking_id))
    form = Form(ChangeDateForm)

    def give(departure_id: UUID, waive: bool) -> None:
        before = {"departure": str(booking.departure_id), "starts_at": booking.departure.starts_at.isoformat()}
        moved = other_date.give_other_date(
            order.id,
            booking.id,
            departure_id,
            waive=waive,
            by=current_staff().email,
            now=clock.now(),
        )
        after = {"departure": str(moved.departure_id), "starts_at": moved.departure.starts_at.isoformat()}
        record("date.changed", order.spoken_number, before=before, after={**after, "waived": waive})

    if form.done(give):
        return told(DATES["changed"], url_for("dates.change", number=number, booking_id=booking_id))
    order, booking = other_date.find_booking(number, opaque(booking_id))
    record_reading("date.order-read", order.spoken_number)
    return form.page(
        "dates/change.html",
        DATES,
        order=order,
        booking=booking,
        difference=lambda one: other_date.price_difference(booking, one),
        others=other_date.other_dates(booking, now=clock.now()),
        **_wording(booking.departure),
    )


def _subject(departure: Departure) -> str:
    """A date as the trail of acts names it."""
    return f"{departure.tour.slug} {departure.local_start:%Y-%m-%d %H:%M}"


def _wording(departure: Departure) -> dict[str, Any]:
    language = staff_language()
    return {
        "title": pick(departure.tour.title, language),
        "when": lambda moment: day_and_hour(moment.astimezone(departure.tour.zone), language),
        "reasons": [(key, text.to(language)) for key, text in DATE_REASONS.items()],
        "gateway": lambda name: GATEWAYS[name].to(language) if name in GATEWAYS else name,
        "money": lambda amount, currency: Money(amount, currency).to(language),
    }
