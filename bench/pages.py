"""How long each page of the back office takes, and each read of the API, on whatever the database holds."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import requests
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from shop.core import clock
from shop.core.db import db, transaction
from shop.customers import services as customers
from shop.staff import rules
from shop.staff.models import StaffMember
from shop.staff.services import accounts, sign_in

ROLES: tuple[rules.Role, ...] = ("manager", "stock", "cashier", "guide")
FOR_EACH_ROLE = ("/staff/", "/staff/door/")
# The arguments of pages, each found in the database: something that lies in the middle, or is still to come.
ARGUMENTS = {
    "order": "SELECT number FROM orders WHERE status = 'paid' AND created_at > :middle ORDER BY created_at LIMIT 1",
    "order_id": "SELECT id FROM orders WHERE status = 'paid' AND created_at > :middle ORDER BY created_at LIMIT 1",
    "in_review": "SELECT number FROM orders WHERE status = 'in_review' LIMIT 1",
    "pending": "SELECT number FROM orders WHERE status = 'pending' LIMIT 1",
    "ahead": "SELECT o.number FROM departures d JOIN bookings b ON b.departure_id = d.id AND b.status = 'confirmed'"
    " JOIN orders o ON o.id = b.order_id WHERE d.starts_at > :now AND o.status = 'paid' ORDER BY d.starts_at LIMIT 1",
    "booking": "SELECT b.id FROM bookings b JOIN orders o ON o.id = b.order_id WHERE o.number = :ahead",
    "name": "SELECT contact ->> 'name' FROM orders WHERE number = :order",
    "email": "SELECT contact ->> 'email' FROM orders WHERE number = :order",
    "phone": "SELECT right(contact ->> 'phone', 9) FROM orders WHERE number = :order",
    "payment": "SELECT p.number FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.number = :order LIMIT 1",
    "document": "SELECT d.number FROM documents d JOIN orders o ON o.id = d.order_id WHERE o.number = :order LIMIT 1",
    "document_code": "SELECT d.code FROM documents d JOIN orders o ON o.id = d.order_id WHERE o.number = :order",
    "refund": "SELECT number FROM refunds WHERE created_at > :middle AND status = 'succeeded' LIMIT 1",
    "request": "SELECT id FROM refund_requests WHERE status = 'waiting' ORDER BY id LIMIT 1",
    "asked_for": "SELECT o.number FROM refund_requests r JOIN orders o ON o.id = r.order_id WHERE r.id = :request",
    "departure": "SELECT id FROM departures WHERE starts_at > :now AND status = 'open' ORDER BY starts_at LIMIT 1",
    "past": "SELECT id FROM departures WHERE starts_at > :middle AND status = 'open' ORDER BY starts_at LIMIT 1",
    "called_off": "SELECT departure_id FROM date_changes WHERE kind = 'cancelled' ORDER BY done_at DESC LIMIT 1",
    "tour": "SELECT t.id FROM departures d JOIN tours t ON t.id = d.tour_id WHERE d.id = :departure",
    "slug": "SELECT t.slug FROM departures d JOIN tours t ON t.id = d.tour_id WHERE d.id = :departure",
    "customer": "SELECT customer_id FROM orders WHERE number = :order",
    "member": "SELECT id FROM staff WHERE role = 'guide' ORDER BY email LIMIT 1",
    "gateway": "SELECT gateway FROM reconciliations ORDER BY day DESC LIMIT 1",
    "day": "SELECT day FROM reconciliations ORDER BY day DESC LIMIT 1",
    "month": "SELECT to_char(CAST(:middle AS timestamptz), 'YYYY-MM')",
    "middle_day": "SELECT to_char(CAST(:middle AS timestamptz), 'YYYY-MM-DD')",
    "month_later": "SELECT to_char(CAST(:middle AS timestamptz) + interval '30 days', 'YYYY-MM-DD')",
    "ticket": "SELECT code FROM tickets t JOIN orders o ON o.id = t.order_id WHERE o.number = :ahead LIMIT 1",
}
STAFF_PAGES = (
    "/staff/",
    "/staff/numbers",
    "/staff/numbers?from={middle_day}&to={month_later}",
    "/staff/numbers/weeks.csv",
    "/staff/books",
    "/staff/books?period=month",
    "/staff/books/day",
    "/staff/books/day?on={middle_day}",
    "/staff/books/documents",
    "/staff/books/documents?q={order}",
    "/staff/books/documents/{document}.pdf",
    "/staff/books/exports",
    "/staff/books/exports/journal.csv?from={middle_day}&to={middle_day}",
    "/staff/books/exports/day.csv?on={middle_day}",
    "/staff/books/exports/fec?from={middle_day}&to={middle_day}",
    "/staff/books/check",
    "/staff/reconciliation",
    "/staff/reconciliation/{gateway}/{day}",
    "/staff/reconciliation/{gateway}/{day}/again",
    "/staff/orders",
    "/staff/orders?q={order}",
    "/staff/orders?q={name}",
    "/staff/orders?q={email}",
    "/staff/orders?q={phone}",
    "/staff/orders?q={payment}",
    "/staff/orders?status=refunded",
    "/staff/orders?ordered_on={middle_day}",
    "/staff/orders?tour_on={middle_day}",
    "/staff/orders?status=expired&ordered_on={middle_day}",
    "/staff/orders/{order}",
    "/staff/orders/{order}/refund",
    "/staff/orders/{order}/tickets",
    "/staff/orders/{in_review}/review",
    "/staff/orders/{asked_for}/requests/{request}",
    "/staff/orders/{pending}/cash",
    "/staff/orders/{ahead}/bookings/{booking}/date",
    "/staff/counter",
    "/staff/counter/{departure}",
    "/staff/money",
    "/staff/refunds/{refund}",
    "/staff/attention",
    "/staff/dates/{departure}/cancel",
    "/staff/dates/{departure}/move",
    "/staff/dates/{called_off}/progress",
    "/staff/door/",
    "/staff/door/worker.js",
    "/staff/door/{departure}",
    "/staff/door/{departure}/state",
    "/staff/door/{departure}/manifest",
    "/staff/door/{departure}/manifest.pdf",
    "/staff/sign-in",
    "/staff/confirm",
    "/staff/welcome/nothing",
    "/staff/account",
    "/staff/account/password",
    "/staff/account/second-factor",
    "/staff/people",
    "/staff/people/new",
    "/staff/people/{member}",
    "/staff/acts",
    "/staff/tours",
    "/staff/tours/{tour}",
    "/staff/tours/{tour}/preview",
    "/staff/tours/new",
    "/staff/tours/{tour}/edit",
    "/staff/tours/{tour}/picture",
    "/staff/tours/{tour}/history",
    "/staff/tours/file",
    "/staff/tours/file/00000000-0000-7000-8000-000000000000",
    "/staff/tours/export",
    "/staff/calendar",
    "/staff/calendar?month={month}",
    "/staff/calendar/new",
    "/staff/calendar/guides",
    "/staff/calendar/minimums",
    "/staff/calendar/minimums/{slug}",
    "/staff/departures/{departure}",
    "/staff/departures/{past}",
    "/staff/departures/{departure}/edit",
    "/staff/privacy",
    "/staff/privacy/people/{customer}",
    "/staff/privacy/people/{customer}/export",
    "/staff/privacy/people/{customer}/erase",
    "/staff/privacy/retention",
)
API_READS = (
    "/api/v1/tours",
    "/api/v1/tours/{slug}",
    "/api/v1/tours/{slug}/departures",
    "/api/v1/me",
    "/api/v1/me/consents",
    "/api/v1/me/export",
    "/api/v1/orders",
    "/api/v1/orders/{order_id}",
    "/api/v1/orders/{order_id}/tickets",
    "/api/v1/orders/{order_id}/documents",
    "/api/v1/orders/{order_id}/cancellation",
    "/tickets/{ticket}.svg",
    "/documents/{document_code}.pdf",
    "/readyz",
    "/metrics",
)
_HALF = sa.text("SELECT to_timestamp(avg(extract(epoch FROM created_at))) FROM orders TABLESAMPLE SYSTEM (1)")
_SOME = sa.text("SELECT max(created_at) - (max(created_at) - min(created_at)) / 2 FROM orders")


@dataclass(frozen=True)
class Measured:
    """A page and how long it took.

    Args:
        name: its address with the arguments left open.
        milliseconds: the median.
    """

    name: str
    role: str
    status: int
    milliseconds: float


def measure(app: Flask, *, times: int = 9, base_url: str | None = None) -> Sequence[Measured]:
    """Read every page so many times, once before to warm up; the slowest first.

    Colleagues and a customer's sign-in that this needs are made in the app's database, and stay there.

    Args:
        base_url: of a running server with the same database and secret key; the app itself is asked if it is None.
    """
    visits = Visits(app, base_url=base_url)
    found = [visits.measure(page, role, times) for page, role in visits.wanted()]
    return sorted(found, key=lambda one: -one.milliseconds)


def arguments(app: Flask) -> dict[str, str]:
    """What the addresses of pages are filled with; something that is nowhere is told as `-`."""
    found: dict[str, Any] = {}
    with app.app_context(), db.engine.connect() as connection:
        middle = connection.scalar(_SOME)
        known: dict[str, Any] = {"now": clock.now(), "middle": middle}
        for name, statement in ARGUMENTS.items():
            needed = sa.text(statement)
            found[name] = connection.scalar(needed, {key: known[key] for key in needed.compile().params})
            known[name] = found[name]
    return {name: "-" if value is None else str(value) for name, value in found.items()}


class Visits:
    """Colleagues of every role and a customer, all signed in, who read pages.

    Args:
        base_url: as `measure`.
    """

    def __init__(self, app: Flask, *, base_url: str | None = None) -> None:
        self.app, self._base_url = app, base_url
        self._client = app.test_client(use_cookies=False)
        self.arguments = arguments(app)
        self._headers: dict[str, dict[str, str]] = {role: self._colleague(role) for role in ROLES}
        self._headers["customer"] = self._customer()

    def wanted(self) -> Iterator[tuple[str, str]]:
        """Every page with who reads it."""
        for page in STAFF_PAGES:
            roles = [role for role in ROLES if role in self._roles(page)] or ["manager"]
            yield from ((page, role) for role in (roles if page in FOR_EACH_ROLE else roles[:1]))
        for read in API_READS:
            yield read, "customer"

    def read(self, page: str, role: str) -> int:
        """Read a page once; the status of the answer."""
        return self._reader(page, role)()

    def measure(self, page: str, role: str, times: int) -> Measured:
        """The median of reading a page so many times."""
        read, took = self._reader(page, role), []
        status = read()
        for _ in range(times):
            began = time.perf_counter()
            status = read()
            took.append(time.perf_counter() - began)
        return Measured(page, role, status, 1000 * statistics.median(took))

    def _reader(self, page: str, role: str) -> Callable[[], int]:
        address = page.format(**{name: quote(value, safe="") for name, value in self.arguments.items()})
        headers = self._headers[role]
        if self._base_url is None:
            return lambda: self._ask(address, headers)
        session = requests.Session()
        return lambda: int(
            session.get(f"{self._base_url}{address}", headers=headers, timeout=60, allow_redirects=False).status_code
        )

    def _ask(self, address: str, headers: Mapping[str, str]) -> int:
        answer = self._client.get(address, headers=headers)
        answer.get_data()
        answer.close()
        return answer.status_code

    def _roles(self, page: str) -> frozenset[str]:
        rule = rule_of(self.app, page, self.arguments)
        return getattr(self.app.view_functions[rule.endpoint], "roles", frozenset()) if rule else frozenset()

    def _colleague(self, role: rules.Role) -> dict[str, str]:
        email, now = f"{role}-who-measures@history.example", clock.now()
        with self.app.app_context(), transaction():
            member = db.session.scalar(sa.select(StaffMember).where(StaffMember.email == email))
            if member is None:
                member, _ = accounts.invite(email=email, name=role.title(), role=role, locale="fr", now=now)
            if rules.needs_second_factor(role):
                member.totp_secret = rules.seal(rules.new_totp_secret(), self.app.extensions["settings"].secret_key)
            token = sign_in.open_session(member, address="192.0.2.7", agent="bench", now=now)
        client = self.app.test_client()
        with client.session_transaction(path="/staff") as cookie:
            cookie["token"] = token
        kept = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"], path="/staff")
        assert kept is not None
        return {"Cookie": f"{kept.key}={kept.value}"}

    def _customer(self) -> dict[str, str]:
        with self.app.app_context(), transaction():
            row = db.session.execute(
                sa.text("SELECT app_id, openid, locale FROM customers WHERE id = CAST(:id AS uuid)"),
                {"id": self.arguments["customer"]},
            ).one()
            signed_in = customers.sign_in(
                **row._mapping, secret_key=self.app.extensions["settings"].secret_key, now=clock.now()
            )
            return {"Authorization": f"Bearer {signed_in.token}", "Accept-Language": "zh-CN"}


def rule_of(app: Flask, page: str, known: Mapping[str, str]) -> Rule | None:
    """Which of the app's rules serves a page."""
    path = page.partition("?")[0].format(**known)
    rule, _ = app.url_map.bind("localhost").match(path, method="GET", return_rule=True)
    return rule
