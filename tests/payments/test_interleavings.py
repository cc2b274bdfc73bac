"""Where two transactions meet: each is stopped before its critical statements while the other runs.

`make interleavings` stops before every statement, plain reads too; here at every fourth one that writes or locks.
"""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from shop.booking import services as booking
from shop.catalogue import file
from shop.catalogue.services.exchange import export_catalogue, import_catalogue
from shop.core import clock
from shop.core.db import db, transaction
from shop.core.errors import Refusal
from shop.orders.services import settle
from shop.orders.services.due import due_orders
from shop.payments.services import attempts
from shop.simulator import notices, refund_notices
from tests.payments.world import twin
from tests.races.interleaving import meet

HOLD = timedelta(minutes=15)


def outcome(answer):
    return answer.status_code if answer.status_code < 400 else answer.json["code"]


class Meeting:
    """Two pieces of work and the stage they meet on, made anew each time."""

    expected = None  # the outcomes there may be; None if any, as long as the books are in order

    def __init__(self, world, tmp_path):
        self.world = world
        self.tmp_path = tmp_path
        self.lei = world.tourist("lei")

    def works(self):
        """Sets the stage; gives both works."""
        raise NotImplementedError

    def check(self, one, other):
        """What must be so when both are done."""

    # What is done

    def hold(self, tourist, departure, adults=2):
        return lambda: outcome(twin(tourist).hold(departure, adults=adults))

    def place(self, held):
        return lambda: outcome(twin(self.world.mei).place(held["id"]))

    def cancel(self, order, tourist=None):
        return lambda: outcome(twin(tourist or self.world.mei).post(f"/orders/{order['id']}/cancel"))

    def open(self, order):
        return lambda: outcome(twin(self.world.mei).open_payment(order["id"]))

    def call_back(self, number, **facts):
        headers, body = self.world.genuine(number, **facts)
        return lambda: (
            self.world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers).status_code
        )

    def call_back_refund(self, number):
        world, desk = self.world, self.world.simulation.refunds
        account, refund = world.simulation.credentials.accounts[world.mode], desk.find(number, world.mode)
        told = refund_notices.notice(refund, desk.order_of(refund), account)
        body = notices.encode(refund_notices.envelope(refund, told, account))
        headers = world.sign(body)
        return lambda: world.app.test_client().post("/callbacks/wechat-pay", data=body, headers=headers).status_code

    def pay_and_call_back(self, number):
        """The money moves now, whatever the shop has just closed."""

        def work():
            self.world.pay(number)
            return self.call_back(number)()

        return work

    def sweep(self):
        self.world.sweep()
        return "swept"

    def change_catalogue(self, slug, change):
        """Import what was exported, changed."""
        app = self.world.app
        with app.app_context():
            (entry,) = [one for one in export_catalogue("Europe/Paris", self.world.currency) if one["slug"] == slug]
            change(entry)
            path = self.tmp_path / f"{slug}.yaml"
            path.write_text(file.write("Europe/Paris", self.world.currency, [entry]), encoding="utf-8")
            content, mistakes = file.read_file(path, language="en")
            assert content is not None, mistakes.found
            db.session.remove()

        def work():
            with app.app_context():
                try:
                    with transaction():
                        import_catalogue(content, now=clock.now())
                except Refusal as refused:
                    return refused.code
                return "imported"

        return work

    # What was found

    def once(self, order, *events):
        told = self.world.story(order)
        assert [told.count(event) for event in events] == [1] * len(events), told

    def paid_or_owed_back(self, order, number):
        """The money is used or goes back; both would be too much."""
        payment = self.world.payment(number)
        assert payment.status == "succeeded"
        kept = self.world.status(order) == "paid"
        assert payment.disposition == ("applied" if kept else "surplus")
        assert len(self.world.refunds(order)) == (0 if kept else 1)
        assert self.world.seats_taken(order) == (2 if kept else 0)


class TwoHoldTheLastSeats(Meeting):
    expected = {(201, "sold-out"), ("sold-out", 201)}

    def works(self):
        self.departure = self.world.departure(capacity=2)
        return self.hold(self.world.mei, self.departure), self.hold(self.lei, self.departure)

    def check(self, one, other):
        assert self.world.catalogue.seats_taken(self.departure) == 2


class AHoldOfSeatsThatAreExpiring(Meeting):
    expected = {(201, "swept"), ("sold-out", "swept")}

    def works(self):
        self.departure = self.world.departure(capacity=2)
        self.world.mei.held(self.departure)
        self.world.later(minutes=16)
        return self.hold(self.lei, self.departure), self.sweep

    def check(self, one, other):
        assert self.world.catalogue.seats_taken(self.departure) == (2 if one == 201 else 0)


class AHoldExtendedAsItExpires(Meeting):
    expected = {("booking-expired", "swept")}

    def works(self):
        held = self.world.mei.held(self.world.departure())
        self.world.later(minutes=16)
        return lambda: outcome(twin(self.world.mei).post(f"/bookings/{held['id']}/extend")), self.sweep


class AHoldOrderedAndReleased(Meeting):
    expected = {(201, "booking-ordered"), ("booking-expired", 204)}

    def works(self):
        self.departure = self.world.departure()
        held = self.world.mei.held(self.departure)
        mei = self.world.mei
        return (
            self.place(held),
            lambda: outcome(twin(mei).delete(f"/bookings/{held['id']}")),
        )

    def check(self, one, other):
        assert self.world.catalogue.seats_taken(self.departure) == (2 if one == 201 else 0)


class AHoldOrderedTwice(Meeting):
    expected = {(201, "booking-ordered"), ("booking-ordered", 201)}

    def works(self):
        held = self.world.mei.held(self.world.departure())
        return self.place(held), self.place(held)


class AHoldOrderedAsItExpires(Meeting):
    expected = {(201, 1), (201, 0), ("booking-expired", 1)}

    def works(self):
        self.departure = self.world.departure()
        held = self.world.mei.held(self.departure)
        ends = clock.now() + HOLD
        mei = self.world.mei

        def expire():
            """A worker whose clock is a little ahead."""
            with self.world.app.app_context(), transaction():
                return booking.expire_due(now=ends + timedelta(seconds=1))

        return lambda: outcome(twin(mei).place(held["id"])), expire

    def check(self, one, other):
        assert self.world.catalogue.seats_taken(self.departure) == (2 if one == 201 else 0)


class AHoldAndAnImportOfItsUnits(Meeting):
    expected = {(201, "imported"), (201, "catalogue-mistaken"), ("unknown-unit", "imported")}

    def works(self):
        slug = self.world.catalogue.tour(currency=self.world.currency)
        self.departure = self.world.departure(slug=slug)

        def change(entry):
            entry["units"][0]["seats"], entry["units"][0]["price"] = 2, 2000

        return self.hold(self.world.mei, self.departure), self.change_catalogue(slug, change)

    def check(self, one, other):
        assert self.world.catalogue.seats_taken(self.departure) == (4 if other == "imported" and one == 201 else 2)


class AHoldAndAnImportThatClosesItsDeparture(Meeting):
    expected = {(201, "imported"), ("departure-closed", "imported")}

    def works(self):
        slug = self.world.catalogue.tour(currency=self.world.currency)
        self.departure = self.world.departure(slug=slug)
        close = self.change_catalogue(slug, lambda entry: entry["departures"][0].update(status="closed"))
        return self.hold(self.world.mei, self.departure), close


class ACallbackOfAnOrderThatExpires(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order, _, self.number = self.world.opened(capacity=2)
        self.world.pay(self.number)
        self.world.go_to(self.order["expires_at"], seconds=1)
        return self.call_back(self.number), self.sweep

    def check(self, one, other):
        assert self.world.status(self.order) == "paid"
        assert self.world.refunds(self.order) == []
        self.once(self.order, "payment.succeeded", "order.paid")


class MoneyThatCrossesWithTheClosing(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order, _, self.number = self.world.opened(capacity=2)
        self.world.go_to(self.order["expires_at"], seconds=1)
        return self.pay_and_call_back(self.number), self.sweep

    def check(self, one, other):
        self.paid_or_owed_back(self.order, self.number)


class ACallbackOfAnOrderBeingCancelled(Meeting):
    expected = {(200, 200), (200, "quote-changed")}

    def works(self):
        self.order, _, self.number = self.world.opened()
        return self.pay_and_call_back(self.number), self.cancel(self.order)

    def check(self, one, other):
        self.paid_or_owed_back(self.order, self.number)
        assert (self.world.status(self.order) == "paid") == (other != 200)


class TheSameCallbackTwice(Meeting):
    expected = {(200, 200)}

    def works(self):
        self.order, _, self.number = self.world.opened()
        self.world.pay(self.number)
        tell = self.call_back(self.number)
        self.before = len(self.world.events())
        return tell, tell

    def check(self, one, other):
        assert self.world.status(self.order) == "paid"
        assert len(self.world.events()) == self.before + 1
        self.once(self.order, "payment.succeeded", "order.paid")


class TwoCallbacksOfOnePayment(TheSameCallbackTwice):
    def works(self):
        tell, _ = super().works()
        self.before += 1
        return tell, self.call_back(self.number)


class TwoPaymentsOfOneOrder(Meeting):
    expected = {(200, 200)}

    def works(self):
        self.order, _, first = self.world.opened()
        self.world.mei.payment(self.order["id"])
        second = self.world.number(self.order)
        assert first != second
        self.world.pay(first)
        self.world.pay(second)
        return self.call_back(first), self.call_back(second)

    def check(self, one, other):
        assert self.world.status(self.order) == "paid"
        assert sorted(payment.disposition for payment in self.world.payments(self.order)) == ["applied", "surplus"]
        assert [reason for _, _, reason in self.world.refunds(self.order)] == ["double"]


class ACallbackWhileTheSweepAsks(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order, _, self.number = self.world.opened()
        self.world.pay(self.number)
        self.world.later(seconds=31)
        return self.call_back(self.number), self.sweep

    def check(self, one, other):
        assert self.world.status(self.order) == "paid"
        self.once(self.order, "payment.succeeded", "order.paid")


class TwoSweeps(Meeting):
    expected = {("swept", "swept")}

    def works(self):
        world = self.world
        self.held = world.departure()
        world.mei.held(self.held)
        self.unpaid, _, _ = world.opened()
        self.paid, _, number = world.opened()
        world.pay(number)
        world.go_to(self.paid["expires_at"], seconds=61)
        return self.sweep, self.sweep

    def check(self, one, other):
        self.world.later(seconds=46)
        self.world.sweep()
        assert (self.world.status(self.unpaid), self.world.status(self.paid)) == ("expired", "paid")
        self.once(self.unpaid, "order.expired", "payment.closed")
        self.once(self.paid, "order.paid")
        assert self.world.catalogue.seats_taken(self.held) == 0


class TwoSweepsOfAReview(Meeting):
    expected = {("swept", "swept")}

    def works(self):
        self.order, _, number = self.world.opened()
        self.world.arrive(number, total=1)
        self.world.later(hours=25)
        return self.sweep, self.sweep

    def check(self, one, other):
        self.once(self.order, "order.given_up", "refund.owed")
        assert self.world.gone(self.order) == 1


class TwoSweepsOfARefund(Meeting):
    expected = {("swept", "swept")}

    def works(self):
        self.order = self.world.late()
        return self.sweep, self.sweep

    def check(self, one, other):
        assert self.world.gone(self.order) == 3800
        self.once(self.order, "refund.owed", "refund.accepted")


class ANoticeOfARefundWhileTheSweepAsks(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order = self.world.late()
        self.world.sweep()
        self.world.later(seconds=31)
        return self.call_back_refund(self.world.refund_row(self.order).number), self.sweep

    def check(self, one, other):
        assert self.world.refund_row(self.order).status == "succeeded"
        self.once(self.order, "refund.accepted", "refund.succeeded")


class APaidOrderCancelledTwice(Meeting):
    expected = {(200, 200)}

    def works(self):
        self.order = self.world.paid()
        return self.cancel(self.order), self.cancel(self.order)

    def check(self, one, other):
        assert [amount for amount, _, _ in self.world.refunds(self.order)] == [3800]
        assert self.world.seats_taken(self.order) == 0
        self.once(self.order, "tickets.cancelled", "refund.owed")


class APaidOrderCancelledByItsCustomerAndWithItsDeparture(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order = self.world.paid()
        departure = UUID(self.order["bookings"][0]["departure"]["id"])
        self.world.catalogue.change(departure, status="cancelled")
        return self.cancel(self.order), self.sweep

    def check(self, one, other):
        assert [amount for amount, _, _ in self.world.refunds(self.order)] == [3800]
        assert self.world.seats_taken(self.order) == 0
        self.once(self.order, "refund.owed")


class TwoPhonesOpenAPayment(Meeting):
    def works(self):
        self.order = self.world.order()
        return self.open(self.order), self.open(self.order)

    def check(self, one, other):
        assert {one, other} <= {201, "payment-in-progress"}
        assert 201 in {one, other}
        payable = [one for one in self.world.payments(self.order) if one.status == "pending"]
        assert len(payable) == 1
        for payment in self.world.payments(self.order):
            if payment.status == "closed":
                assert self.world.at_gateway(payment.number)["state"] in {None, "CLOSED"}


class APaymentOpenedForAnOrderBeingCancelled(Meeting):
    def works(self):
        self.order, _, _ = self.world.opened()
        return self.open(self.order), self.cancel(self.order)

    def check(self, one, other):
        assert one in {201, "order-not-payable", "payment-in-progress"}
        assert other in {200, "payment-in-progress"}
        for payment in self.world.payments(self.order):
            living = self.world.at_gateway(payment.number)["state"] == "NOTPAY"
            assert living == (payment.status == "pending")
        if other == 200:
            assert self.world.status(self.order) == "cancelled"
            assert {payment.status for payment in self.world.payments(self.order)} == {"closed"}


class APaymentOpenedAsAnEarlierOneArrives(Meeting):
    """The earlier attempt was closed here; its money had crossed with that."""

    def works(self):
        self.order, _, self.number = self.world.opened()
        self.world.sql("UPDATE payments SET status = 'closed', closed_at = now() WHERE number = :n", n=self.number)
        return self.open(self.order), self.pay_and_call_back(self.number)

    def check(self, one, other):
        assert (one, other) in {(201, 200), ("order-not-payable", 200)}
        assert self.world.status(self.order) == "paid"
        story = self.world.story(self.order)
        opened = [place for place, event in enumerate(story) if event == "payment.opened"]
        assert max(opened) < story.index("order.paid"), "a payment was opened of an order that was paid"
        self.world.sweep()
        assert all(payment.status != "pending" for payment in self.world.payments(self.order))


class APaymentOpenedAtTheLastMoment(Meeting):
    def works(self):
        self.order = self.world.order()
        self.world.go_to(self.order["expires_at"], seconds=-2)
        return self.open(self.order), self.expire_a_little_early

    def expire_a_little_early(self):
        """A worker whose clock is ahead."""
        ahead = clock.now() + timedelta(seconds=5)
        with self.world.app.app_context():
            for order_id in due_orders(kept=attempts.has_live_payment(), now=ahead):
                db.session.rollback()
                with transaction():
                    order = settle.lock_order(order_id)
                    if not attempts.live_payments(order_id) and order.expires_at <= ahead:
                        settle.expire(order, now=ahead)
        return "expired"

    def check(self, one, other):
        payable = [one for one in self.world.payments(self.order) if one.status == "pending"]
        if one == 201:
            assert (self.world.status(self.order), len(payable)) == ("pending", 1)
        else:
            assert (one, self.world.status(self.order), len(payable)) == ("order-not-payable", "expired", 0)


class AnOrderCancelledAsItExpires(Meeting):
    expected = {(200, "swept")}

    def works(self):
        self.order, _, _ = self.world.opened()
        self.world.go_to(self.order["expires_at"], seconds=1)
        return self.cancel(self.order), self.sweep

    def check(self, one, other):
        assert self.world.status(self.order) in {"cancelled", "expired"}
        assert self.world.seats_taken(self.order) == 0
        self.once(self.order, "payment.closed")


class AnOrderCancelledTwice(Meeting):
    expected = {(200, 200)}

    def works(self):
        self.order = self.world.order()
        return self.cancel(self.order), self.cancel(self.order)

    def check(self, one, other):
        assert self.world.seats_taken(self.order) == 0
        self.once(self.order, "order.cancelled")


class LateMoneyAndTheNextBuyer(Meeting):
    expected = {(200, 201), (200, "sold-out")}

    def works(self):
        self.order, _, self.number = self.world.opened(capacity=2)
        self.world.go_to(self.order["expires_at"], seconds=1)
        self.world.sweep()
        self.world.pay(self.number)
        departure = self.order["bookings"][0]["departure"]["id"]
        return self.call_back(self.number), self.hold(self.lei, departure)

    def check(self, one, other):
        assert self.world.seats_taken(self.order) == 2
        assert self.world.status(self.order) == ("expired" if other == 201 else "paid")
        assert len(self.world.refunds(self.order)) == (1 if other == 201 else 0)


class ADepartureCancelledAsItsOrderIsPaid(Meeting):
    expected = {(200, "imported")}

    def works(self):
        slug = self.world.catalogue.tour(currency=self.world.currency)
        self.order, _, self.number = self.world.opened(slug=slug)
        self.world.pay(self.number)
        cancel = self.change_catalogue(slug, lambda entry: entry["departures"][0].update(status="cancelled"))
        return self.call_back(self.number), cancel

    def check(self, one, other):
        paid = self.world.status(self.order) == "paid"
        assert len(self.world.refunds(self.order)) == (0 if paid else 1)


def every(kind):
    """All meetings, those that build upon others too."""
    return [one for known in kind.__subclasses__() for one in (known, *every(known))]


@pytest.mark.parametrize("turned", [False, True], ids=["stopped", "running"])
@pytest.mark.parametrize("kind", every(Meeting), ids=lambda kind: kind.__name__)
def test_where_two_meet(world, tmp_path, kind, turned, request):
    everywhere = request.config.getoption("--every-statement")
    began = clock.now()
    places = count(1) if everywhere else count(1, 4)
    tried = 0
    for at in places:
        world._time_machine.move_to(began)
        meeting = kind(world, tmp_path)
        one, other = meeting.works()
        pair = (other, one) if turned else (one, other)
        outcomes = meet(world.app, *pair, at=at, everywhere=everywhere)
        if outcomes is None:
            break
        if turned:
            outcomes = outcomes[1], outcomes[0]
        assert meeting.expected is None or outcomes in meeting.expected, (at, outcomes)
        meeting.check(*outcomes)
        assert world.violations() == [], (at, outcomes)
        tried += 1
        world.clear()
    world.clear()
    assert tried
    print(f"{kind.__name__}: stopped at {tried} places")
