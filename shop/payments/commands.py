"""What the staff do about money on the command line. Every act names who did it."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

import click
import sqlalchemy as sa
from flask.cli import AppGroup, with_appcontext

from shop.catalogue.models import Departure
from shop.core import clock
from shop.core.commands import language_option
from shop.core.db import db, transaction
from shop.core.errors import Refusal
from shop.core.i18n import Language, Text
from shop.core.money import Money
from shop.core.schemas import opaque
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from shop.orders.models import Order, OrderEvent
from shop.orders.services.story import sentence
from shop.payments import rules, texts
from shop.payments.flows import end_attempts_and_lock
from shop.payments.methods import gateways
from shop.payments.models import Refund
from shop.payments.reconcile import reconcile as reconcile_day
from shop.payments.services import departures, office, refunds
from shop.payments.services.attempts import due_of
from shop.payments.services.matching import explain

order = AppGroup("order", help="An order's story and money.")
refund = AppGroup("refund", help="Refunds that wait for a decision.")
departure = AppGroup("departure", help="Dates.")

by_option = click.option("--by", required=True, metavar="EMAIL", help="Who does it.")
reason_option = click.option("--reason", required=True, help="Why, in the Office's own words.")


@order.command("show")
@click.argument("number")
@language_option
def show_order(number: str, language: Language) -> None:
    """Tell everything that happened to an order, with who did it."""
    found = db.session.get_one(Order, _order_id(number, language))
    click.echo(f"{found.spoken_number}  {found.status}  {found.total.to(language)}")
    events = sa.select(OrderEvent).where(OrderEvent.order_id == found.id).order_by(OrderEvent.id)
    for event in db.session.scalars(events):
        by = event.facts.get("by")
        who = f"  [{by}]" if isinstance(by, str) else ""
        click.echo(f"  {event.at.astimezone(found.zone):%Y-%m-%d %H:%M:%S}  {sentence(event, language)}{who}")


@order.command("accept")
@click.argument("number")
@by_option
@language_option
def accept_order(number: str, by: str, language: Language) -> None:
    """Take what came for an order in review for its payment."""
    _decide(number, language, lambda found: office.accept(found, by=by, now=clock.now()))


@order.command("refuse")
@click.argument("number")
@by_option
@language_option
def refuse_order(number: str, by: str, language: Language) -> None:
    """Give back what came for an order in review, and cancel it."""
    _decide(number, language, lambda found: office.refuse(found, by=by, now=clock.now()))


@order.command("complement")
@click.argument("number")
@by_option
@language_option
def ask_complement(number: str, by: str, language: Language) -> None:
    """Let the customer of an order in review pay what is missing."""
    _decide(number, language, lambda found: office.ask_complement(found, by=by, now=clock.now()))


@order.command("refund")
@click.argument("number")
@click.option("--amount", required=True, help="In the order's currency, such as 9.00.")
@reason_option
@by_option
@language_option
def refund_order(number: str, amount: str, reason: str, by: str, language: Language) -> None:
    """Give back a part of what was paid; the tickets stay as they are."""

    def work(found: Order) -> None:
        money = _money(amount, found.currency, language)
        office.refund_by_goodwill(found, money, by=by, note=reason, now=clock.now())

    _decide(number, language, work)


@order.command("cancel")
@click.argument("number")
@click.option(
    "--ticket", "positions", type=int, multiple=True, help="Its place in the order; again for more; all if left out."
)
@reason_option
@by_option
@language_option
def cancel_order(number: str, positions: tuple[int, ...], reason: str, by: str, language: Language) -> None:
    """Cancel tickets in the Office's name: their whole price goes back."""
    _decide(
        number,
        language,
        lambda found: office.cancel(found, positions or None, by=by, note=reason, now=clock.now()),
    )


@order.command("cash")
@click.argument("number")
@click.option("--amount", required=True, help="What was received, in the order's currency.")
@by_option
@language_option
def take_cash(number: str, amount: str, by: str, language: Language) -> None:
    """Write down that an order was paid in cash at the counter."""
    _at_counter(number, amount, "cash", by, language)


@order.command("give")
@click.argument("number")
@by_option
@language_option
def give_free(number: str, by: str, language: Language) -> None:
    """Let an order be had free of charge."""
    _at_counter(number, None, "free", by, language)


@refund.command("retry")
@click.argument("number")
@by_option
@language_option
def retry_refund(number: str, by: str, language: Language) -> None:
    """Ask again for a refund that failed."""
    _about_refund(number, language, lambda locked: office.ask_again(locked, by=by, now=clock.now()))


@refund.command("paid-out")
@click.argument("number")
@by_option
@language_option
def paid_out(number: str, by: str, language: Language) -> None:
    """Write down that a refund was handed out in cash."""
    _about_refund(number, language, lambda locked: office.hand_out(locked, by=by, now=clock.now()))


@departure.command("cancel")
@click.argument("departure_id")
@by_option
@language_option
def cancel_departure(departure_id: str, by: str, language: Language) -> None:
    """Cancel a date: nobody can book it any more, and all that was paid for it goes back."""
    with transaction():
        found = _departure(departure_id)
        if found is None:
            raise click.ClickException(_no_such(texts.DEPARTURE, departure_id, language))
        found.status, found.cancelled_by = "cancelled", by
    click.echo(texts.CANCELLED.to(language, orders=len(departures.orders_to_end(limit=100_000, now=clock.now()))))


@click.command("reconcile")
@click.option("--gateway", "name", required=True, help="wechat_pay or stripe.")
@click.option("--date", "day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="On the gateway's clocks.")
@language_option
@with_appcontext
def reconcile(name: str, day: datetime, language: Language) -> None:
    """Compare a day's payments and refunds with the gateway's statement; exit 1 if they differ, 2 if there is none."""
    known = {gateway.name: gateway for gateway in gateways().values()}
    gateway = (known | dict(gateways())).get(name.replace("-", "_"))
    if gateway is None:
        words = texts.UNKNOWN_GATEWAY.to(language, gateway=name, known=", ".join(sorted(known)))
        raise click.UsageError(words)
    asked: date = day.date()
    try:
        found = reconcile_day(gateway, asked)
    except (StatementNotReady, PaymentProviderDown) as failure:
        reason = getattr(failure, "reason", None) or getattr(failure, "code", "")
        due = f"{gateway.statement_due(asked):%Y-%m-%d %H:%M %Z}"
        click.echo(texts.NOT_READY.to(language, gateway=gateway.name, day=asked, reason=reason, due=due), err=True)
        raise SystemExit(2) from None
    for one in found:
        click.echo(f"{one.kind}: {explain(one, language)}")
    if found:
        raise SystemExit(1)
    click.echo(texts.CLEAN.to(language, gateway=gateway.name, day=asked))


def _decide(number: str, language: Language, work: Callable[[Order], object]) -> None:
    """Do something with a locked order that nobody can be paying for."""
    order_id = _order_id(number, language)
    try:
        with end_attempts_and_lock(order_id) as found:
            work(found)
    except Refusal as refusal:
        raise click.ClickException(refusal.explain(language)) from None
    click.echo(texts.DONE.to(language))


def _at_counter(number: str, amount: str | None, gateway: str, by: str, language: Language) -> None:
    def work(found: Order) -> None:
        money = _money(amount, found.currency, language) if amount is not None else due_of(found)
        office.take_at_counter(found, money, gateway=gateway, by=by, now=clock.now())

    _decide(number, language, work)


def _about_refund(number: str, language: Language, work: Callable[[Refund], object]) -> None:
    refund_id = office.get_refund_id(number)
    if refund_id is None:
        raise click.ClickException(_no_such(texts.REFUND, number, language))
    try:
        with transaction():
            work(refunds.lock_refund(refund_id))
    except Refusal as refusal:
        raise click.ClickException(refusal.explain(language)) from None
    click.echo(texts.DONE.to(language))


def _order_id(number: str, language: Language) -> UUID:
    found = db.session.scalar(sa.select(Order.id).where(Order.number == number.replace("-", "")))
    if found is None:
        raise click.ClickException(_no_such(texts.ORDER, number, language))
    return found


def _departure(text: str) -> Departure | None:
    return db.session.get(Departure, opaque(text), with_for_update={"of": Departure})


def _no_such(what: Text, number: str, language: Language) -> str:
    return texts.NO_SUCH.to(language, what=what.to(language), number=number)


def _money(text: str, currency: str, language: Language) -> Money:
    minor = rules.minor_units(text, currency)
    if minor is None:
        raise click.ClickException(texts.AMOUNT.to(language, currency=currency))
    return Money(minor, currency)
