"""Web, worker and PostgreSQL are killed at random moments while people buy; nothing is lost, nothing sold twice."""

import os
import random
import subprocess
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from shop.core import clock
from shop.payments.sweep import sweep
from tests.factories.crowd import violations
from tests.factories.rows import rows, value
from tests.resilience.buyers import Buyer, Figures
from tests.resilience.money import paid_at_wechat, unaccounted
from tests.resilience.site import FLASK, Site

pytestmark = pytest.mark.system

PURCHASES = int(os.environ.get("KILLS_PURCHASES") or 200)
SEED = int(os.environ.get("KILLS_SEED") or 20261122)
BUYERS_AT_ONCE = 16
DEPARTURES = 8
BETWEEN_KILLS = 10  # purchases, on average
KINDS = ("web process", "web server", "worker", "one process of PostgreSQL", "PostgreSQL")


class Reaper:
    """Kills one thing after the other, at random moments, and is the supervisor that starts it again."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self._site, self._chance = site, chance
        self._next: list[str] = []

    def reap_until_done(self, purchases: list[Future[None]]) -> None:
        due = self._chance.randint(1, BETWEEN_KILLS)
        while not all(purchase.done() for purchase in purchases):
            self._pause(0, 1)
            if sum(purchase.done() for purchase in purchases) < due:
                continue
            due += self._chance.randint(1, 2 * BETWEEN_KILLS)
            if not self._next:
                self._next = self._chance.sample(KINDS, len(KINDS))
            self._kill(self._next.pop())
            self._site.start_what_is_dead()

    def _kill(self, kind: str) -> None:
        site = self._site
        if kind == "web process":
            self.kills[kind] += site.kill_a_web_process(self._chance)
            return
        if kind == "one process of PostgreSQL":
            site.postgres.kill_one_process(self._chance)
        elif kind == "PostgreSQL":
            site.postgres.kill()
            self._pause(0, 1)
            site.postgres.restart()
        else:
            program = site.web if kind == "web server" else site.worker
            program.kill()
            self._pause(0, 0.5)
        self.kills[kind] += 1

    def _pause(self, least: float, most: float) -> None:
        time.sleep(self._chance.uniform(least, most))


def test_nothing_is_lost_whatever_is_killed(open_site, capsys):
    site = open_site(durable=True)
    each = -(-PURCHASES // DEPARTURES)
    slug = site.catalogue.tour()
    days = [timedelta(days=7 + day) for day in range(DEPARTURES)]
    departures = [site.catalogue.departure(slug, capacity=2 * each, starts_in=day) for day in days]
    site.start()
    figures, began = Figures(), time.monotonic()
    buyers = [Buyer(site, figures, f"buyer-{n}", departures[n % DEPARTURES]) for n in range(PURCHASES)]
    reaper = Reaper(site, random.Random(SEED))

    with ThreadPoolExecutor(BUYERS_AT_ONCE) as crowd:
        purchases = [crowd.submit(buyer.buy) for buyer in buyers]
        reaper.reap_until_done(purchases)
    bought_in = time.monotonic() - began
    at_wechat = site.folder / "wechat"

    site.start_what_is_dead()
    with time_machine.travel(clock.now() + timedelta(minutes=4)), site.app.app_context():
        sweep()

    gave_up = [str(purchase.exception()) for purchase in purchases if purchase.exception()]
    assert (gave_up, figures.failures) == ([], [])
    assert violations(site.app) == []
    environ = {**os.environ, **site.environ}
    audit = subprocess.run([*FLASK, "audit"], env=environ, capture_output=True, text=True, check=False)
    assert audit.returncode == 0, audit.stdout
    assert unaccounted(site.app, at_wechat) == []
    with ThreadPoolExecutor(BUYERS_AT_ONCE) as crowd:
        list(crowd.map(has_what_was_paid_for, buyers))
    assert seats_sold(site) == {departure: 2 * n for departure, n in Counter(b.departure_id for b in buyers).items()}
    with capsys.disabled():
        kills = ", ".join(f"{reaper.kills[kind]} × {kind}" for kind in KINDS)
        print(
            f"\n  seed {SEED}: {PURCHASES} purchases in {bought_in:.0f} s; killed: {kills}\n"
            f"  {figures.answers} answers, {figures.cut_off} requests cut off, {figures.asked_to_come_back} told to"
            f" come back, {figures.replays} replayed by their key, {len(figures.failures)} failures\n"
            f"  {len(paid_at_wechat(at_wechat))} payments taken by WeChat Pay, all accounted for;"
            f" {value(site.app, 'SELECT count(*) FROM refunds')} refunds owed"
        )


def has_what_was_paid_for(buyer: Buyer) -> None:
    """Whoever paid has the tickets and is shown the money."""
    order = buyer.look()
    assert order["status"] == "paid", (buyer.name, order)
    assert [ticket["status"] for ticket in buyer.tickets()] == ["valid", "valid"]
    succeeded = [payment["amount"] for payment in order["payments"] if payment["status"] == "succeeded"]
    assert succeeded == [order["total"]], (buyer.name, order)


def seats_sold(site: Site) -> dict[str, int]:
    """The places that valid tickets give, by departure."""
    sold = rows(
        site.app,
        "SELECT departure_id, count(*) AS seats FROM tickets JOIN bookings ON bookings.id = tickets.booking_id"
        " WHERE tickets.status = 'valid' GROUP BY 1",
    )
    return {str(row["departure_id"]): row["seats"] for row in sold}
