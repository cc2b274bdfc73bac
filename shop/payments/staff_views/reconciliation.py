"""The nightly proof: what the gateways' statements say beside the shop, day by day."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from dateutil.relativedelta import relativedelta
from flask import Response, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from shop.books.rules import read_day
from shop.core import clock
from shop.core.db import transaction
from shop.core.errors import Refusal
from shop.core.locales import LOCALES
from shop.core.money import Money
from shop.core.problems import status_of
from shop.core.settings import settings
from shop.gateways.errors import PaymentProviderDown, StatementNotReady
from shop.gateways.payment import PaymentGateway
from shop.payments.errors import GatewayNotSetUp, StatementNotPublished, StatementOutOfReach
from shop.payments.methods import gateway_named, gateways
from shop.payments.models import Reconciliation
from shop.payments.reconcile import DAYS_BACK, reconcile
from shop.payments.services import matching
from shop.payments.staff_texts.reconciliation import RECONCILIATION
from shop.staff.audience import for_staff, record, staff_language
from shop.staff.forms import Form, Nothing
from shop.staff.pages import StaffPages, page, told

STATES = ("clean", "waiting", "differences", "none", "future")

blp = StaffPages(
    "reconciliation", __name__, static_folder="static", static_url_path="/staff/static/payments/reconciliation"
)


@dataclass(frozen=True)
class Day:
    """One day of one gateway, as the strip shows it."""

    day: date
    state: str  # one of STATES
    differences: int
    words: str  # all of it, for who does not see the strip


@dataclass(frozen=True)
class Strip:
    """A month of one gateway."""

    gateway: str
    days: list[Day]
    fees: list[str]


@blp.get("/staff/reconciliation")
@for_staff("manager", "cashier")
def month() -> Response:
    """A month of every gateway, day by day."""
    asked = request.args.get("month", "")
    try:
        first = read_day(f"{asked}-01") if asked else clock.now().astimezone(_zone()).date().replace(day=1)
    except Refusal as refusal:
        return _page("month", status=status_of(type(refusal)), refused=refusal.explain(staff_language()), asked=asked)
    last = first + relativedelta(months=1, days=-1)
    rows = {(row.gateway, row.day): row for row in matching.list_days(first, last)}
    began = matching.first_days()
    names = sorted({gateway.name for gateway in gateways().values()} | {gateway for gateway, _ in rows})
    return _page(
        "month",
        refused=None,
        asked=f"{first:%Y-%m}",
        title=_format(first, {"fr": "LLLL y", "zh-CN": "y年M月", "en": "LLLL y"}[staff_language()]),
        earlier=f"{first - timedelta(days=1):%Y-%m}",
        later=f"{last + timedelta(days=1):%Y-%m}",
        strips=[_strip(name, first, last, rows, began.get(name)) for name in names],
        blanks=first.weekday(),
        weekdays=[_format(first - timedelta(days=first.weekday() - day), "ccccc") for day in range(7)],
    )


@blp.get("/staff/reconciliation/<name>/<on>")
@for_staff("manager", "cashier")
def day(name: str, on: str) -> Response:
    """What was found on one day of one gateway, and what to do about it."""
    which = _known(name, on)
    return _day_page("day", name, which)


@blp.route("/staff/reconciliation/<name>/<on>/again", methods=["GET", "POST"])
@for_staff("manager", fresh=True)
def again(name: str, on: str) -> Response | BaseResponse:
    """Compare one day again, now."""
    which = _known(name, on)
    form = Form(Nothing)
    found: list[int] = []
    if form.done(lambda: found.append(_compare(name, which)), own_transactions=True):
        words = RECONCILIATION["done_differs" if found[0] else "done_clean"]
        return told(words, url_for("reconciliation.day", name=name, on=on), **({"count": found[0]} if found[0] else {}))
    return _day_page("again", name, which, form=form)


def _compare(name: str, which: date) -> int:
    """Write down that it was asked for, talk with no transaction open, write down what came of it."""
    subject = f"{name} {which}"
    gateway = gateway_named(name)
    if gateway is None:
        raise GatewayNotSetUp(gateway=_named(name))
    with transaction():
        record("reconciliation.asked", subject)
    due = gateway.statement_due(which)
    if due > clock.now():
        raise _not_published(gateway, which, "not-due")
    try:
        differences = reconcile(gateway, which)
    except StatementNotReady as failure:
        raise _not_published(gateway, which, failure.reason) from None
    except PaymentProviderDown:
        raise StatementOutOfReach(gateway=_named(name)) from None
    with transaction():
        record("reconciliation.done", subject, after={"differences": len(differences)})
    return len(differences)


def _not_published(gateway: PaymentGateway, which: date, reason: str) -> StatementNotPublished:
    due = _moment(gateway.statement_due(which))
    return StatementNotPublished(gateway=_named(gateway.name), day=which.isoformat(), reason=reason, due=due)


def _known(name: str, on: str) -> date:
    """The day of an address; nothing is there of a gateway that was never heard of, or of no day."""
    try:
        which = read_day(on)
    except Refusal:
        raise NotFound from None
    if not re.fullmatch(r"[a-z_]{1,40}", name):
        raise NotFound
    if gateway_named(name) is None and matching.find_day(name, which) is None:
        raise NotFound
    return which


def _day_page(template: str, name: str, which: date, **facts: Any) -> Response:
    row = matching.find_day(name, which)
    language = staff_language()
    began = matching.first_days().get(name)
    form: Form | None = facts.pop("form", None)
    shown = {
        "gateway": name,
        "on": which.isoformat(),
        "told": _format(which, "full"),
        "row": row,
        "state": _state(name, which, row, began),
        "fees": _money(row.fees) if row else [],
        "sentences": [matching.explain(one, language) for one in matching.kept(row)] if row else [],
        "form": form,
        "month": f"{which:%Y-%m}",
    }
    status = status_of(type(form.refusal)) if form and form.refusal else 200
    return _page(template, status=status, **shown, **facts)


def _page(template: str, *, status: int = 200, **facts: Any) -> Response:
    words = {"moment": _moment, "named": _named, "marks": MARKS, "states": STATES}
    return page(f"reconciliation/{template}.html", RECONCILIATION, status=status, **words, **facts)


MARKS = {  # Bootstrap's colours and icons: neither says anything that the other does not
    "clean": ("success", "check-lg"),
    "waiting": ("warning", "hourglass-split"),
    "differences": ("danger", "exclamation-triangle-fill"),
    "none": ("light", "dash"),
    "future": ("light", "three-dots"),
}


def _strip(
    name: str, first: date, last: date, rows: dict[tuple[str, date], Reconciliation], began: datetime | None
) -> Strip:
    days, fees = [], Counter[str]()
    for place in range((last - first).days + 1):
        which = first + timedelta(days=place)
        row = rows.get((name, which))
        state = _state(name, which, row, began)
        found = len(row.differences) if row else 0
        fees.update(row.fees if row else {})
        words = RECONCILIATION[state].to(staff_language())
        if found:
            words = RECONCILIATION["count"].to(staff_language(), count=found)
        days.append(Day(which, state, found, f"{_format(which, 'long')} – {words}"))
    return Strip(name, days, _money(fees))


def _state(name: str, which: date, row: Reconciliation | None, began: datetime | None) -> str:
    """How a day stands; one that has not been compared waits, unless there is no reason to compare it."""
    if row is not None:
        return row.status
    gateway = gateway_named(name)
    now = clock.now()
    if gateway is None:
        return "none"
    if gateway.statement_due(which) > now:
        return "future"
    today = now.astimezone(gateway.zone).date()
    expected = began is not None and began.astimezone(gateway.zone).date() <= which
    return "waiting" if expected and (today - which).days <= DAYS_BACK else "none"


def _money(fees: dict[str, int] | Counter[str]) -> list[str]:
    return [Money(amount, currency).to(staff_language()) for currency, amount in sorted(fees.items())]


def _named(name: str) -> str:
    return RECONCILIATION[name].to(staff_language()) if name in RECONCILIATION else name


def _zone() -> ZoneInfo:
    return ZoneInfo(settings().timezone)


def _format(which: date, pattern: str) -> str:
    return str(format_date(which, pattern, locale=LOCALES[staff_language()]))


def _moment(at: datetime) -> str:
    return str(format_datetime(at.astimezone(_zone()), "medium", locale=LOCALES[staff_language()]))
