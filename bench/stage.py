"""What stands in the database before a load: a catalogue, customers who are signed in, seats held, orders."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from bench.load import Request
from bench.merchant import APP_ID, Merchant
from shop.core.ids import new_id
from shop.customers.rules import sign_token

TOURS, DATES, CROWDED = 20, 30, 100
LONG = "在塞纳河畔的伊西莱穆利诺，沿着雕塑与花园漫步，听导游讲述这座城市与北京东城、乐山的友谊。"


@dataclass(frozen=True)
class Buyer:
    """A customer with a token."""

    id: UUID
    token: str

    def headers(self) -> dict[str, str]:
        """What each of their requests carries."""
        return {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Accept-Language": "zh-CN",
            "Idempotency-Key": secrets.token_hex(12),
        }


class Stage:
    """Makes rows in the database of a run, quickly, by the rules the shop itself keeps."""

    def __init__(self, url: str, secret_key: str, merchant: Merchant) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._secret_key = secret_key
        self._merchant = merchant
        self.unit = UUID(int=0)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def catalogue(self) -> list[str]:
        """Twenty tours of thirty dates, published together; gives their slugs."""
        slugs = [f"promenade-{number:02}" for number in range(TOURS)]
        with self._connection.transaction():
            for slug in slugs:
                tour = self._tour(slug)
                for day in range(DATES):
                    self._departure(tour, days=day + 2, capacity=20)
        return slugs

    def departures(self, count: int, capacity: int) -> list[UUID]:
        """Departures of one tour, published together, for holds."""
        with self._connection.transaction():
            tour = self._tour(f"foule-{secrets.token_hex(4)}")
            return [self._departure(tour, days=2 + number, capacity=capacity) for number in range(count)]

    def buyers(self, count: int) -> list[Buyer]:
        """Customers who have signed in."""
        now = datetime.now(UTC)
        buyers, sessions = [], []
        for _ in range(count):
            session = new_id()
            buyers.append(Buyer(new_id(), sign_token(session, self._secret_key)))
            sessions.append(session)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy("COPY customers (id, app_id, openid, locale, created_at, seen_at) FROM STDIN") as copy:
                for buyer in buyers:
                    copy.write_row((buyer.id, APP_ID, openid(buyer), "zh-CN", now, now))
            with cursor.copy("COPY customer_sessions (id, customer_id, expires_at) FROM STDIN") as copy:
                for session, buyer in zip(sessions, buyers, strict=True):
                    copy.write_row((session, buyer.id, now + timedelta(days=7)))
        return buyers

    def holds(self, departures: list[UUID], count: int) -> Iterator[Request]:
        """Requests to hold seats, each by another customer."""
        for number, buyer in enumerate(self.buyers(count)):
            departure = departures[number % len(departures)]
            body = f'{{"departure_id": "{departure}", "units": [{{"code": "adult", "quantity": 1}}]}}'
            yield Request("/api/v1/bookings", "POST", buyer.headers(), body)

    def held(self, departures: list[UUID], count: int) -> list[tuple[Buyer, UUID]]:
        """Bookings of two seats, held, each by another customer."""
        now = datetime.now(UTC)
        found = [(buyer, new_id()) for buyer in self.buyers(count)]
        fields = "id, customer_id, departure_id, status, seats, amount, currency, created_at, expires_at"
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(f"COPY bookings ({fields}) FROM STDIN") as copy:
                for number, (buyer, booking) in enumerate(found):
                    departure = departures[number % len(departures)]
                    copy.write_row(
                        (booking, buyer.id, departure, "held", 2, 3800, "CNY", now, now + timedelta(minutes=28))
                    )
            lines = "booking_id, position, unit_id, quantity, price, currency, vat"
            with cursor.copy(f"COPY booking_lines ({lines}) FROM STDIN") as copy:
                for _, booking in found:
                    copy.write_row((booking, 1, self.unit, 2, 1900, "CNY", "FR_STD_20"))
            cursor.execute(
                "UPDATE departures SET seats_taken = seats_taken + held.seats FROM (SELECT departure_id, sum(seats)"
                " AS seats FROM bookings WHERE id = ANY(%s) GROUP BY 1) AS held WHERE id = held.departure_id",
                ([booking for _, booking in found],),
            )
        return found

    def orders(self, departures: list[UUID], count: int) -> Iterator[Request]:
        """Requests to order what is held."""
        contact = '{"name": "王小梅", "email": "mei@example.com", "phone": "+33612345678"}'
        for buyer, booking in self.held(departures, count):
            body = f'{{"booking_ids": ["{booking}"], "contact": {contact}, "accept_terms": true}}'
            yield Request("/api/v1/orders", "POST", buyer.headers(), body)

    def ordered(self, departures: list[UUID], count: int) -> list[tuple[Buyer, UUID]]:
        """Orders that wait for their payment, each by another customer."""
        now = datetime.now(UTC)
        found = [(buyer, booking, new_id()) for buyer, booking in self.held(departures, count)]
        fields = (
            "id, number, customer_id, status, amount, currency, contact, terms_version, locale, created_at, expires_at"
        )
        contact = Jsonb({"name": "王小梅", "email": "mei@example.com", "phone": "+33612345678"})
        numbers = self._numbers(count)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(f"COPY orders ({fields}) FROM STDIN") as copy:
                for (buyer, _, order), number in zip(found, numbers, strict=True):
                    end = now + timedelta(minutes=28)
                    row = (order, number, buyer.id, "pending", 3800, "CNY", contact, "2026-11", "zh-CN", now, end)
                    copy.write_row(row)
            cursor.execute(
                "UPDATE bookings SET order_id = o.id, cancellation = '[]' FROM unnest(%s::uuid[], %s::uuid[])"
                " AS o (booking, id) WHERE bookings.id = o.booking",
                ([booking for _, booking, _ in found], [order for _, _, order in found]),
            )
            cursor.execute(
                "INSERT INTO order_events (order_id, at, event, facts)"
                " SELECT unnest(%s::uuid[]), now(), 'order.placed', '{}'",
                ([order for _, _, order in found],),
            )
        return [(buyer, order) for buyer, _, order in found]

    def _numbers(self, count: int) -> list[str]:
        """Numbers that no order has: of a million taken at random, thousands more hit some."""
        free: set[str] = set()
        while len(free) < count:
            tried = [str(secrets.randbelow(10**10)).zfill(10) for _ in range(count - len(free))]
            taken = self._connection.execute("SELECT number FROM orders WHERE number = ANY(%s)", (tried,)).fetchall()
            free |= set(tried) - {number for (number,) in taken}
        return [*free]

    def payments(self, departures: list[UUID], count: int) -> Iterator[Request]:
        """Requests to pay orders."""
        for buyer, order in self.ordered(departures, count):
            body = '{"method": "wechat_mini_program"}'
            yield Request(f"/api/v1/orders/{order}/payments", "POST", buyer.headers(), body)

    def notices(self, departures: list[UUID], count: int) -> list[Request]:
        """Notices that pending payments were paid, each of another order."""
        now = datetime.now(UTC)
        opened = [(buyer, order, new_id(), secrets.token_hex(14)) for buyer, order in self.ordered(departures, count)]
        fields = (
            "id, order_id, gateway, method, number, status, amount, currency, reference, created_at, expires_at,"
            " checks, next_check_at"
        )
        with self._connection.cursor() as cursor, cursor.copy(f"COPY payments ({fields}) FROM STDIN") as copy:
            for _, order, payment, number in opened:
                kind = ("wechat_pay", "wechat_mini_program", number, "pending", 3800, "CNY", "wx1")
                end = now + timedelta(minutes=28)
                copy.write_row((payment, order, *kind, now, end, 0, end))
        return [self._merchant.notice(number, 3800, openid(buyer)) for buyer, _, _, number in opened]

    def settle_down(self) -> None:
        """Have the planner know the rows that were just made, as autovacuum would within a minute."""
        self._connection.execute("ANALYZE")

    def count(self, sql: str, *parameters: object) -> int:
        """A number the database tells."""
        row = self._connection.execute(sql, parameters).fetchone()
        assert row is not None
        return int(row[0] or 0)

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self._connection.execute(sql)

    def _tour(self, slug: str) -> UUID:
        tour, texts = (
            new_id(),
            {"fr": f"Promenade {slug}, le long des sculptures", "zh-CN": f"雕塑漫步 {slug}", "en": slug},
        )
        description = {"fr": LONG * 4, "zh-CN": LONG * 4, "en": LONG * 4}
        values = {
            "id": tour,
            "slug": slug,
            "title": Jsonb(texts),
            "summary": Jsonb(description),
            "description": Jsonb(description),
            "currency": "CNY",
        }
        self._connection.execute(TOUR, values)
        self.unit = new_id()
        self._connection.execute(UNIT, {"id": self.unit, "tour": tour})
        return tour

    def _departure(self, tour: UUID, *, days: int, capacity: int) -> UUID:
        departure = new_id()
        self._connection.execute(
            "INSERT INTO departures (id, tour_id, starts_at, language, capacity, status)"
            " VALUES (%s, %s, %s, 'zh', %s, 'open')",
            (departure, tour, datetime.now(UTC) + timedelta(days=days), capacity),
        )
        return departure


def openid(buyer: Buyer) -> str:
    """What WeChat calls them."""
    return f"bench-{buyer.id.hex}"


TOUR = """
INSERT INTO tours (id, slug, status, currency, timezone, title, title_words, summary, description, themes,
    guide_languages, duration_minutes, meeting_point, min_party, max_party, cutoff_minutes, cancellation)
VALUES (%(id)s, %(slug)s, 'published', 'CNY', 'Europe/Paris', %(title)s, %(slug)s, %(summary)s, %(description)s,
    ARRAY['sculpture', 'jumelages'], ARRAY['fr', 'zh'], 90,
    '{"name": {"fr": "Devant la mairie", "zh-CN": "市政厅前"}, "address": "62 rue du Général-Leclerc"}', 1, 8, 120,
    '[{"until_hours": 48, "refund_percent": 100}, {"until_hours": 24, "refund_percent": 50}]')
"""
UNIT = """
INSERT INTO units (id, tour_id, position, code, kind, label, price, vat, seats)
VALUES (%(id)s, %(tour)s, 1, 'adult', 'ADULT',
    '{"fr": "Plein tarif", "zh-CN": "成人", "en": "Adult"}', 1900, 'FR_STD_20', 1)
"""
