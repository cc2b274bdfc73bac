"""The orders of a history: each becomes one of the things that can become of an order, with all it leaves behind.

Each kind is a method that tells the same story the shop's services would have told, at moments before now.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.history.forms import DAY, HOUR, MINUTE, NULL, SECOND, Identifiers, at, iso, or_null
from bench.history.journal import BEIJING, COMPARED, GATEWAY, Journal, Movement, Sale
from bench.history.people import People
from bench.history.stock import Date, SoldUnit, guide_id
from shop.orders import rules
from shop.orders.terms import VERSION
from shop.orders.ticket_codes import PREFIX, make_code

HOLD = 15 * MINUTE
KEPT_WHOLE = 390 * DAY  # notices of the gateway
LAST_DAY = DAY
WEIGHTS = {
    "paid": 80.0,
    "expired": 6.0,
    "unpaid": 3.0,
    "cancelled": 3.0,
    "in_part": 2.0,
    "cash": 3.0,
    "goodwill": 0.8,
    "given": 0.5,
    "late": 0.3,
    "double": 0.2,
    "given_up": 0.2,
    "accepted": 0.2,
    "failed_refund": 0.01,
    "refund_under_way": 0.01,
}
_ADULTS = (1, 2, 2, 2, 2, 2, 2, 1, 3, 3, 4, 4)
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_LIKE_BASE32 = str.maketrans("0123456789abcdef", "ABCDEFGHIJKLMNOP")
_DOUBLED = [value * 2 - 9 * (value > 4) for value in range(10)]
_ROUTES = ("bookings.create_booking", "orders.create_order", "payments.create_payment")


@dataclass(slots=True)
class Order:
    """An order while it is being written."""

    sale: Sale
    customer_id: str
    contact: str
    booking_id: str
    held: int
    created: int

    @property
    def id(self) -> str:
        return self.sale.order_id

    @property
    def seats(self) -> int:
        return sum(unit.seats * quantity for unit, quantity in self.sale.units)

    @property
    def tickets(self) -> list[SoldUnit]:
        """What each of its tickets is for."""
        return [unit for unit, quantity in self.sale.units for _ in range(quantity)]

    @property
    def money(self) -> str:
        """Its price as its story keeps it."""
        return _money(self.sale.amount, self.sale.currency)


@dataclass(slots=True)
class Paid:
    """A payment that came."""

    id: str
    number: str
    transaction: str
    came: int
    received: int


class Orders:
    """Writes orders into the lines of their tables."""

    def __init__(
        self,
        lines: dict[str, list[str]],
        journal: Journal,
        people: People,
        chance: Random,
        *,
        now: int,
        staff: list[str],
        key: Ed25519PrivateKey | None,
    ) -> None:
        self._lines, self._journal, self._people, self._chance = lines, journal, people, chance
        self._now, self._staff, self._key = now, staff, key
        self._ids = Identifiers(chance)
        self._placed = self._events = self._redemptions = 0
        self._body = base64.b64encode(chance.randbytes(240)).decode()
        self._kinds = list(WEIGHTS)
        self._weights = [sum(list(WEIGHTS.values())[: number + 1]) for number in range(len(WEIGHTS))]
        self.sample: list[Order] = []  # some, for what is told about orders elsewhere

    def write(self, moment: int, date: Date, special: str | None) -> None:
        """One order that somebody placed at a moment.

        Args:
            special: `pending` or `in_review`, of what has not ended yet; None: as it comes.
        """
        kind = special or self._kind(moment, date)
        order = self._place(moment, date, at_counter=kind in {"cash", "given"})
        if order.sale.amount == 0:
            kind = "free"
        make: Callable[[Order], None] = getattr(self, f"_{kind}")
        make(order)
        if moment > self._now - LAST_DAY:
            self._idempotency(order)
        if self._placed % 40 == 0:
            self.sample.append(order)

    def _kind(self, moment: int, date: Date) -> str:
        if self._placed < len(self._kinds) and date.called_off is None:
            kind = self._kinds[self._placed]  # none is missing, however short the history
        else:
            kind = self._chance.choices(self._kinds, cum_weights=self._weights)[0]
        ends = moment + 2 * HOUR
        if date.called_off is not None:
            return kind if kind in {"expired", "unpaid"} else "called_off"
        if kind in {"cancelled", "in_part"}:
            ends = min(date.starts, self._now)
            return kind if ends - moment > 8 * HOUR else "paid"
        if kind in {"goodwill", "given_up", "accepted", "double", "late"}:
            ends = moment + 3 * DAY
        return kind if ends < self._now else "paid" if moment < self._now - 5 * MINUTE else "unpaid"

    # What becomes of orders

    def _paid(self, order: Order) -> None:
        paid = self._pay(order)
        self._settled(order, paid)
        self._confirmed(order, paid.came)

    def _free(self, order: Order) -> None:
        """It costs nothing."""
        self._event(order, order.created, "order.free", f'{{"tickets":{len(order.tickets)}}}')
        date, nothing, all_of_it = order.sale.date, order.money, range(len(order.tickets))
        if date.called_off is None:
            self._confirmed(order, order.created)
            return
        facts = f'{{"fee":{nothing},"refund":{nothing},"tickets":{len(order.tickets)}}}'
        self._event(order, date.called_off, "departure.cancelled", facts)
        self._row(order, "cancelled", paid=order.created, ended=date.called_off)
        self._booking(order, "cancelled", ended=date.called_off, gone=all_of_it)
        self._tickets(order, order.created, gone=all_of_it)

    def _cash(self, order: Order) -> None:
        self._at_counter(order, "cash")

    def _given(self, order: Order) -> None:
        self._at_counter(order, "free")

    def _expired(self, order: Order) -> None:
        ended = order.held + HOLD + 5 * SECOND
        if self._chance.random() < 0.4:
            self._open(order, order.created + SECOND, status="closed", closed=ended)
            self._event(order, ended, "payment.closed", f'{{"gateway":"{GATEWAY}"}}')
        self._event(order, ended, "order.expired", "{}")
        self._row(order, "expired", ended=ended)
        self._booking(order, "expired", ended=ended)

    def _unpaid(self, order: Order) -> None:
        ended = order.created + round(40 * SECOND * self._chance.random()) + SECOND
        self._event(order, ended, "order.cancelled", "{}")
        self._row(order, "cancelled", ended=ended)
        self._booking(order, "cancelled", ended=ended)

    def _pending(self, order: Order) -> None:
        """Somebody is paying it at this moment."""
        self._open(order, order.created + SECOND, status="pending")
        self._row(order, "pending")
        self._booking(order, "held")

    def _in_review(self, order: Order) -> None:
        paid = self._pay(order, received=order.sale.amount - 100, disposition="review")
        self._doubted(order, paid)
        self._row(order, "in_review", review=paid.came)
        self._booking(order, "held")
        self._attention("amount-mismatch", order.sale.spoken, paid.came, None)

    def _cancelled(self, order: Order) -> None:
        self._given_back(order, range(len(order.tickets)))

    def _in_part(self, order: Order) -> None:
        seated = [index for index, unit in enumerate(order.tickets) if unit.seats]
        self._given_back(order, seated[-1:] if len(seated) > 1 else range(len(order.tickets)))

    def _given_back(self, order: Order, gone: Sequence[int]) -> None:
        """Its customer cancelled some tickets by the terms of the tour."""
        date, sale = order.sale.date, order.sale
        soonest, latest = order.created + 5 * MINUTE, min(date.starts, self._now) - 2 * HOUR
        when = soonest + round((latest - soonest) * self._chance.random() ** 2)
        percent = rules.refund_percent(date.tour.terms, starts_at=at(date.starts), now=at(when))
        shares = [(order.tickets[index], rules.share_back(order.tickets[index].price, percent)) for index in gone]
        back, price = sum(share for _, share in shares), sum(unit.price for unit, _ in shares)
        paid = self._pay(order, refunded=back, sent=when + SECOND if back else None)
        self._settled(order, paid)
        fee, refund = _money(price - back, sale.currency), _money(back, sale.currency)
        self._event(order, when, "tickets.cancelled", f'{{"fee":{fee},"refund":{refund},"tickets":{len(gone)}}}')
        done = None
        if back:
            done = self._refund(order, paid, back, when, reason="cancelled", by="customer")
            self._credit(order, when, "cancelled", [(unit.text, share, unit.vat) for unit, share in shares if share])
        status = "refunded" if back == sale.amount else "partially_refunded" if back else "paid"
        if len(gone) < len(order.tickets):
            self._confirmed(order, paid.came, status=status, gone=gone)
            return
        status = status if back else "cancelled"
        self._row(order, status, paid=paid.came, ended={"refunded": done, "cancelled": when}.get(status))
        self._booking(order, "cancelled", ended=when, gone=gone)
        self._tickets(order, paid.came, gone=gone)

    def _goodwill(self, order: Order) -> None:
        back = max(1, order.sale.amount // 5)
        when = order.created + 2 * DAY + round(self._chance.random() * HOUR)
        paid = self._pay(order, refunded=back, sent=when + SECOND)
        self._settled(order, paid)
        self._confirmed(order, paid.came, status="partially_refunded")
        by = self._chance.choice(self._staff)
        self._refund(order, paid, back, when, reason="goodwill", by=by, note="la pluie")
        text = '{"en":"Goodwill of the office","fr":"Geste commercial","zh-CN":"旅游局酌情退款"}'
        self._credit(order, when, "goodwill", [(text, amount, vat) for vat, amount in _spread(order, back)])

    def _late(self, order: Order) -> None:
        ended = order.held + HOLD + 5 * SECOND
        amount = order.sale.amount
        paid = self._pay(order, came=ended + 30 * SECOND, disposition="surplus", refunded=amount, sent=ended + MINUTE)
        self._event(order, ended, "order.expired", "{}")
        self._came(order, paid, "payment.late")
        self._row(order, "expired", ended=ended)
        self._booking(order, "expired", ended=ended)
        self._refund(order, paid, amount, paid.came, reason="late", by="shop")

    def _double(self, order: Order) -> None:
        first = self._pay(order)
        self._settled(order, first)
        amount = order.sale.amount
        second = self._pay(
            order, came=first.came + MINUTE, disposition="surplus", refunded=amount, sent=first.came + 2 * MINUTE
        )
        self._came(order, second, "payment.double")
        self._refund(order, second, amount, second.came, reason="double", by="shop")
        self._confirmed(order, first.came)

    def _given_up(self, order: Order) -> None:
        received = order.sale.amount + 500
        ended = order.created + DAY + 5 * MINUTE
        paid = self._pay(order, received=received, disposition="surplus", refunded=received, sent=ended + SECOND)
        self._doubted(order, paid)
        self._event(order, ended, "order.given_up", "{}")
        self._row(order, "cancelled", ended=ended, review=paid.came)
        self._booking(order, "cancelled", ended=ended)
        self._refund(order, paid, received, ended, reason="mismatched", by="shop")
        self._attention("amount-mismatch", order.sale.spoken, paid.came, ended)

    def _accepted(self, order: Order) -> None:
        received, when = order.sale.amount + 300, order.created + 5 * HOUR
        paid = self._pay(order, received=received, refunded=300, sent=when + SECOND)
        self._doubted(order, paid)
        by = self._chance.choice(self._staff)
        self._event(order, when, "order.accepted", f'{{"by":"{by}","tickets":{len(order.tickets)}}}')
        self._journal.tell(when, Movement("sale", order.sale))
        self._refund(order, paid, 300, when, reason="excess", by="shop")
        self._confirmed(order, when, review=paid.came)
        self._attention("amount-mismatch", order.sale.spoken, paid.came, when)

    def _called_off(self, order: Order) -> None:
        """The Office cancelled its date, and all of its price went back."""
        date, amount = order.sale.date, order.sale.amount
        assert date.called_off is not None
        when = date.called_off + 5 * SECOND
        paid = self._pay(order, refunded=amount, sent=when + SECOND)
        self._settled(order, paid)
        tickets, by = order.tickets, self._staff[0]
        self._event(
            order,
            when,
            "departure.called_off",
            f'{{"by":"{by}","change":"{date.change}","date":{{"at":"{date.local}"}},"note":"","reason":"weather"}}',
        )
        facts = f'{{"fee":{_money(0, order.sale.currency)},"refund":{order.money},"tickets":{len(tickets)}}}'
        self._event(order, when, "departure.cancelled", facts)
        done = self._refund(order, paid, amount, when, reason="departure", by=by)
        self._credit(order, when, "departure", [(unit.text, unit.price, unit.vat) for unit in tickets if unit.price])
        self._row(order, "refunded", paid=paid.came, ended=done)
        self._booking(order, "cancelled", ended=when, gone=range(len(tickets)))
        self._tickets(order, paid.came, gone=range(len(tickets)))

    def _failed_refund(self, order: Order) -> None:
        self._refund_that_waits(order, "needs_attention")

    def _refund_under_way(self, order: Order) -> None:
        self._refund_that_waits(order, "pending")

    # How they do

    def _place(self, moment: int, date: Date, *, at_counter: bool) -> Order:
        chance, tour = self._chance, date.tour
        person = self._people.at_counter(moment) if at_counter else self._people.somebody(moment)
        units = self._party(date)
        amount = sum(unit.price * quantity for unit, quantity in units)
        held = moment if at_counter else moment - SECOND * 5 - round(chance.random() * 100 * SECOND)
        number = self._number()
        self._placed += 1
        sale = Sale(self._ids.of(moment), number, person.locale, person.client, date, units, amount, tour.currency)
        order = Order(sale, person.id, person.contact, self._ids.of(held), held, moment)
        date.orders += 1
        self._event(order, moment, "order.placed", f'{{"terms":"{VERSION}","total":{order.money}}}')
        return order

    def _party(self, date: Date) -> list[tuple[SoldUnit, int]]:
        chance, tour = self._chance, date.tour
        grown = max(tour.min_party, min(tour.max_party, _ADULTS[int(chance.random() * 12)]))
        units = [(tour.grown, grown)]
        luck = chance.random()
        if luck < 0.2 and tour.young is not None and grown + 2 <= tour.max_party:
            units.append((tour.young, 1 + (luck < 0.1)))
        if luck > 0.93 and tour.infant is not None:
            units.append((tour.infant, 1))
        return units

    def _number(self) -> str:
        """Ten digits like those the shop draws, never the same twice."""
        digits = str(100_000_000 + (self._placed * 618_033_989 + 271_828_182) % 900_000_000)
        total = sum(map(int, digits[1::2])) + sum(_DOUBLED[int(digit)] for digit in digits[::2])
        return f"{digits}{-total % 10}"

    def _row(
        self,
        order: Order,
        status: str,
        *,
        paid: int | None = None,
        ended: int | None = None,
        review: int | None = None,
    ) -> None:
        sale = order.sale
        self._lines["orders"].append(
            f"{order.id}\t{sale.number}\t{order.customer_id}\t{status}\t{sale.amount}\t{sale.currency}"
            f"\t{order.contact}\t{VERSION}\t{sale.locale}\t{iso(order.created)}\t{iso(order.held + HOLD)}"
            f"\t{or_null(paid)}\t{or_null(ended)}\t{or_null(review)}"
        )

    def _booking(self, order: Order, status: str, *, ended: int | None = None, gone: Sequence[int] = ()) -> None:
        sale, left = order.sale, order.seats
        given_back = [order.tickets[index] for index in gone] if gone else ()
        for position, (unit, quantity) in enumerate(sale.units, start=1):
            cancelled = sum(one is unit for one in given_back)
            left -= unit.seats * cancelled
            self._lines["booking_lines"].append(
                f"{order.booking_id}\t{position}\t{unit.id}\t{quantity}\t{unit.price}\t{sale.currency}\t{unit.vat}"
                f"\t{cancelled}"
            )
        if status == "cancelled":
            left = order.seats
        elif status != "expired":
            sale.date.taken += left
        self._lines["bookings"].append(
            f"{order.booking_id}\t{order.customer_id}\t{sale.date.id}\t{order.id}\t{status}\t{left}\t{sale.amount}"
            f"\t{sale.currency}\t{iso(order.held)}\t{iso(order.held + HOLD)}\t{or_null(ended)}"
            f"\t{sale.date.tour.terms_json}"
        )

    def _confirmed(
        self,
        order: Order,
        when: int,
        *,
        status: str = "paid",
        review: int | None = None,
        gone: Sequence[int] = (),
    ) -> None:
        """Its seats are taken, its tickets issued, and used if its date is over."""
        self._row(order, status, paid=when, review=review)
        self._booking(order, "confirmed", gone=gone)
        self._tickets(order, when, gone=gone)

    def _tickets(self, order: Order, when: int, *, gone: Sequence[int] = ()) -> None:
        date, chance = order.sale.date, self._chance
        over = date.starts < self._now
        came = over and date.called_off is None and chance.random() < 0.94
        issued = iso(when)
        for index, unit in enumerate(order.tickets):
            ticket_id = self._ids.by_chance()
            if over or self._key is None:
                code = PREFIX + f"{chance.getrandbits(620):0156x}".translate(_LIKE_BASE32)
            else:
                code = make_code(UUID(ticket_id), UUID(date.id), self._key)
            status = "void" if index in gone else "redeemed" if came else "valid"
            self._lines["tickets"].append(
                f"{ticket_id}\t{order.id}\t{order.booking_id}\t{unit.id}\t{index + 1}\t{code}\t{status}\t{issued}"
            )
            if status == "redeemed":
                self._redemptions += 1
                entered = iso(max(when, date.starts - round(chance.random() * 15 * MINUTE)))
                self._lines["redemptions"].append(
                    f"{self._redemptions}\t{self._ids.by_chance()}\tadmit\tadmitted\t{ticket_id}\t{date.id}"
                    f"\t{guide_id(date.guide)}\tphone-{date.guide}\tf\t{entered}\t{entered}"
                )

    # Money

    def _open(self, order: Order, opened: int, *, status: str, closed: int | None = None) -> None:
        """An attempt to pay of which nothing has come."""
        sale = order.sale
        self._event(order, opened, "payment.opened", f'{{"amount":{order.money},"gateway":"{GATEWAY}"}}')
        self._lines["payments"].append(
            f"{self._ids.of(opened)}\t{order.id}\t{GATEWAY}\twechat_mini_program\t{self._attempt(order)}\t{status}\t\\N"
            f"\t{sale.amount}\t{sale.currency}\twx{self._chance.getrandbits(136):034x}\t\\N\t\\N\t\\N\t{iso(opened)}"
            f"\t{iso(order.held + HOLD)}\t\\N\t{or_null(closed)}\t1\t{iso(opened + 30 * SECOND)}\t0\t\\N\t\\N\t\\N\tt"
        )

    def _pay(
        self,
        order: Order,
        *,
        received: int | None = None,
        came: int | None = None,
        disposition: str = "applied",
        refunded: int = 0,
        sent: int | None = None,
    ) -> Paid:
        """An attempt for which money came over the gateway; nothing is told of that yet."""
        sale, chance = order.sale, self._chance
        received = sale.amount if received is None else received
        opened = order.created + SECOND + round(chance.random() * 4 * SECOND)
        came = came or opened + 8 * SECOND + round(chance.random() * 60 * SECOND)
        number, transaction = self._attempt(order), f"42{chance.getrandbits(86):026}"
        payment_id, asked = self._ids.of(opened), iso(opened)
        if disposition != "surplus" or came - opened < 5 * MINUTE:
            self._event(order, opened, "payment.opened", f'{{"amount":{order.money},"gateway":"{GATEWAY}"}}')
        self._lines["payments"].append(
            f"{payment_id}\t{order.id}\t{GATEWAY}\twechat_mini_program\t{number}\tsucceeded\t{disposition}"
            f"\t{sale.amount}\t{sale.currency}\twx{chance.getrandbits(136):034x}\t{transaction}\t{received}"
            f"\t{sale.currency}\t{asked}\t{iso(order.held + HOLD)}\t{iso(came)}\t\\N\t0\t{iso(opened + 30 * SECOND)}"
            f"\t{refunded}\t{or_null(sent)}\t\\N\t{self._statement_day(came)}\tt"
        )
        facts = (
            f'{{"total":{received},"currency":"{sale.currency}","trade_state":"SUCCESS","out_trade_no":"{number}",'
            f'"transaction_id":"{transaction}"}}'
        )
        self._notice("TRANSACTION.SUCCESS", came, facts, "applied" if disposition == "applied" else "refund-owed")
        self._journal.tell(came, Movement("payment", sale, GATEWAY, received, number))
        return Paid(payment_id, number, transaction, came, received)

    def _settled(self, order: Order, paid: Paid) -> None:
        """The money was what was asked for: the order is paid, and sold."""
        self._came(order, paid, "payment.succeeded")
        self._event(order, paid.came, "order.paid", f'{{"tickets":{len(order.tickets)}}}')
        self._journal.tell(paid.came, Movement("sale", order.sale))

    def _doubted(self, order: Order, paid: Paid) -> None:
        """The money was not what was asked for."""
        self._came(order, paid, "payment.succeeded")
        received = _money(paid.received, order.sale.currency)
        self._event(order, paid.came, "order.in_review", f'{{"received":{received},"total":{order.money}}}')

    def _came(self, order: Order, paid: Paid, told: str) -> None:
        received = _money(paid.received, order.sale.currency)
        self._event(order, paid.came, told, f'{{"gateway":"{GATEWAY}","received":{received}}}')

    def _at_counter(self, order: Order, means: str) -> None:
        sale, by, moment = order.sale, self._chance.choice(self._staff), order.created
        number, when = self._attempt(order), iso(moment)
        self._lines["payments"].append(
            f"{self._ids.of(moment)}\t{order.id}\t{means}\t{means}\t{number}\tsucceeded\tapplied\t{sale.amount}"
            f"\t{sale.currency}\t\\N\t{number}\t{sale.amount}\t{sale.currency}\t{when}\t{when}\t{when}\t\\N\t0\t{when}\t0"
            f"\t\\N\t{by}\t\\N\tt"
        )
        self._journal.tell(moment, Movement("payment", sale, means, sale.amount, number))
        facts = f'{{"by":"{by}","gateway":"{means}","received":{order.money}}}'
        self._event(order, moment, f"payment.{means}", facts)
        self._event(order, moment, "order.paid", f'{{"tickets":{len(order.tickets)}}}')
        self._journal.tell(moment, Movement("sale", sale))
        self._confirmed(order, moment)

    def _refund(
        self, order: Order, paid: Paid, amount: int, when: int, *, reason: str, by: str, note: str | None = None
    ) -> int:
        """Money that is owed, and has gone back; when it had."""
        sale, taken = order.sale, when + 2 * SECOND
        done = taken + 5 * SECOND + round(self._chance.random() * 40 * SECOND)
        number, refund_id = f"{paid.number}-r1", f"50{self._chance.getrandbits(86):026}"
        self._lines["refunds"].append(
            f"{self._ids.of(when)}\t{order.id}\t{paid.id}\t{GATEWAY}\t{number}\tsucceeded\tshop\t{by}\t{reason}"
            f"\t{note or NULL}\t{amount}\t{sale.currency}\t{refund_id}\t\\N\t{iso(when)}\t{iso(when + SECOND)}"
            f"\t{iso(taken)}\t{iso(done)}\t0\t{iso(taken + 30 * SECOND)}\t{self._statement_day(done)}"
        )
        money = _money(amount, sale.currency)
        self._event(order, when, "refund.owed", f'{{"amount":{money},"by":"{by}"}}')
        self._event(order, taken, "refund.accepted", f'{{"amount":{money},"gateway":"{GATEWAY}"}}')
        self._event(order, done, "refund.succeeded", f'{{"amount":{money},"by":"{by}","gateway":"{GATEWAY}"}}')
        facts = (
            f'{{"currency":"{sale.currency}","refund_id":"{refund_id}","out_refund_no":"{number}",'
            f'"refund_status":"SUCCESS","out_trade_no":"{paid.number}"}}'
        )
        self._notice("REFUND.SUCCESS", done, facts, "refunded")
        self._journal.tell(done, Movement("refund", sale, GATEWAY, amount, number))
        return done

    def _refund_that_waits(self, order: Order, status: str) -> None:
        """The Office cancelled it; its money has not gone back."""
        sale, by = order.sale, self._chance.choice(self._staff)
        gone = range(len(order.tickets))
        when = max(order.created + 10 * MINUTE, self._now - 3 * HOUR) if status == "pending" else order.created + HOUR
        paid = self._pay(order, refunded=sale.amount, sent=when + SECOND)
        self._settled(order, paid)
        number, waits = f"{paid.number}-r1", status == "pending"
        self._lines["refunds"].append(
            f"{self._ids.of(when)}\t{order.id}\t{paid.id}\t{GATEWAY}\t{number}\t{status}\tshop\t{by}\toffice\t\\N"
            f"\t{sale.amount}\t{sale.currency}\t50{self._chance.getrandbits(86):026}\t{NULL if waits else 'abnormal'}"
            f"\t{iso(when)}\t{iso(when + SECOND)}\t{iso(when + 2 * SECOND)}\t\\N\t5\t{iso(self._now + 6 * HOUR)}\t\\N"
        )
        facts = f'{{"refund":{order.money},"tickets":{len(gone)}}}'
        self._event(order, when, "office.cancelled", facts)
        self._event(order, when, "refund.owed", f'{{"amount":{order.money},"by":"{by}"}}')
        told = f'{{"amount":{order.money},"gateway":"{GATEWAY}"}}'
        self._event(order, when + 2 * SECOND, "refund.accepted", told)
        if not waits:
            self._event(order, when + MINUTE, "refund.failed", told)
            self._attention("refund-failed", number, when, None)
        self._credit(order, when, "office", [(unit.text, unit.price, unit.vat) for unit in order.tickets if unit.price])
        self._row(order, "paid", paid=paid.came)
        self._booking(order, "cancelled", ended=when, gone=gone)
        self._tickets(order, paid.came, gone=gone)

    def _credit(self, order: Order, when: int, reason: str, lines: list[tuple[str, int, str]]) -> None:
        self._journal.tell(when, Movement("credit", order.sale, credit=tuple(lines), reason=reason))

    def _attempt(self, order: Order) -> str:
        return f"{order.sale.number}-{''.join(self._chance.choices(_LETTERS, k=10))}"

    def _statement_day(self, moment: int) -> str:
        day = (moment + BEIJING) // DAY
        return iso(day * DAY)[:10] if (day + 1) * DAY - BEIJING + COMPARED <= self._now else NULL

    # What is kept of it elsewhere

    def _event(self, order: Order, moment: int, event: str, facts: str) -> None:
        self._events += 1
        self._lines["order_events"].append(f"{self._events}\t{order.id}\t{iso(moment)}\t{event}\t{facts}")

    def _notice(self, kind: str, moment: int, facts: str, outcome: str) -> None:
        headers, body = "{}", ""
        if moment > self._now - KEPT_WHOLE:
            headers = f'{{"Wechatpay-Timestamp":"{moment // SECOND}","Wechatpay-Nonce":"{moment:032x}"}}'
            body = self._body
        event_id = self._ids.by_chance()
        self._lines["gateway_events"].append(
            f"{self._ids.of(moment)}\t{GATEWAY}\t{event_id}\t{kind}\t{iso(moment)}\t{headers}\t{body}\t{facts}\t{outcome}"
        )

    def _attention(self, kind: str, subject: str, moment: int, resolved: int | None) -> None:
        when = iso(moment)
        facts = '{"currency":"EUR"}'
        self._lines["attention"].append(
            f"{self._ids.of(moment)}\t{kind}\t{subject}\t{facts}\t1\t{when}\t{when}\t{or_null(resolved)}"
        )

    def _idempotency(self, order: Order) -> None:
        answer = f'{{"id":"{order.id}","number":"{order.sale.number}"}}'
        for route in _ROUTES:
            key, fingerprint = self._ids.by_chance(), f"{self._chance.getrandbits(256):064x}"
            self._lines["idempotency_keys"].append(
                f"{order.customer_id}\t{route}\t{key}\t{fingerprint}\t201\t{answer}\t{iso(order.created)}"
            )


def _money(amount: int, currency: str) -> str:
    """An amount as an order's story keeps it."""
    return f'{{"amount":{amount},"currency":"{currency}"}}'


def _spread(order: Order, amount: int) -> list[tuple[str, int]]:
    """A part of its price, laid upon its VAT codes by their share."""
    gross: dict[str, int] = {}
    for unit, quantity in order.sale.units:
        if unit.price:
            gross[unit.vat] = gross.get(unit.vat, 0) + unit.price * quantity
    shares = {vat: amount * one // order.sale.amount for vat, one in gross.items()}
    first = next(iter(shares))
    shares[first] += amount - sum(shares.values())
    return [(vat, share) for vat, share in shares.items() if share]
