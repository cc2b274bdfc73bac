"""A dump of a running shop, restored elsewhere, is a whole shop: it passes the audit, and sells on."""

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from config.default import read
from shop.app import create_app
from shop.core import clock
from shop.core.db import db
from shop.development.postgres import _binary
from shop.payments.sweep import sweep
from shop.staff.services.attention import open_attention
from tests.factories.crowd import violations
from tests.factories.rows import value
from tests.factories.waiting import wait_until
from tests.resilience.buyers import Buyer, Figures
from tests.resilience.database import SteadyPostgres
from tests.resilience.money import paid_at_wechat, unaccounted
from tests.resilience.site import FLASK, Site

pytestmark = pytest.mark.system


def run(*command: object, **environ: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def elsewhere(tmp_path_factory):
    """Another server, empty."""
    server = SteadyPostgres(tmp_path_factory.mktemp("elsewhere"))
    yield server.start()
    server.stop()


def on_the_way(site: Site, figures: Figures, name: str, departure) -> tuple[Buyer, dict]:
    """A customer with an order, and the payment's page before them."""
    buyer = Buyer(site, figures, name, departure)
    buyer.sign_in()
    buyer.place(buyer.hold())
    return buyer, buyer.open_payment()


def test_a_dump_of_a_running_shop_restored_elsewhere_is_a_whole_shop(open_site, elsewhere, tmp_path):
    site, figures, dump = open_site(), Figures(), tmp_path / "shop.dump"
    departure = site.catalogue.departure(capacity=200)
    site.start()
    asked_about, its_payment = on_the_way(site, figures, "paid-before-the-crash", departure)
    patient, later_payment = on_the_way(site, figures, "pays-after-the-restore", departure)
    crowd = [Buyer(site, figures, f"buyer-{n}", departure) for n in range(24)]
    with ThreadPoolExecutor(6) as pool:
        purchases = [pool.submit(buyer.buy) for buyer in crowd]
        wait_until(lambda: sum(purchase.done() for purchase in purchases) >= 6, seconds=60)

        run(_binary("pg_dump"), "--format=custom", f"--file={dump}", site.environ["DATABASE_URL"])
    assert [purchase.exception() for purchase in purchases if purchase.exception()] == []
    unknown, unknown_payment = on_the_way(site, figures, "ordered-after-the-dump", departure)
    site.control("/notices/pause")
    asked_about.pay(its_payment)
    unknown.pay(unknown_payment)
    site.web.kill()
    site.worker.kill()
    site.postgres.kill()

    run(_binary("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={elsewhere}", dump)
    site.environ["DATABASE_URL"] = elsewhere
    assert "migrations" not in run(*FLASK, "db", "current", **site.environ)
    run(*FLASK, "audit", **site.environ)

    site.start("web")
    restored = create_app(read(site.environ))
    at_the_dump = value(restored, "SELECT count(*) FROM orders WHERE status = 'paid'")
    assert 6 <= at_the_dump < 24
    with time_machine.travel(clock.now() + timedelta(minutes=2)), restored.app_context():
        sweep()
    assert asked_about.look()["status"] == "paid"
    assert len(asked_about.tickets()) == 2
    site.control("/notices/resume")
    patient.pay(later_payment)
    wait_until(lambda: patient.look()["status"] == "paid")
    assert len(patient.tickets()) == 2

    def unmatched() -> list[str]:
        with restored.app_context():
            return [entry.subject for entry in open_attention() if entry.kind == "unmatched-payment"]

    wait_until(lambda: len(unmatched()) == 1)  # the notice that nobody had acknowledged before the crash
    assert violations(restored) == []
    # What was ordered, paid and acknowledged between dump and crash: only WeChat Pay still knows of it.
    missing = unaccounted(restored, site.folder / "wechat")
    assert all(line.endswith("the shop has None") for line in missing)
    known = value(restored, "SELECT count(*) FROM orders WHERE status = 'paid'")
    assert known >= at_the_dump + 2
    assert len(paid_at_wechat(site.folder / "wechat")) == known + len(unmatched()) + len(missing)
    with restored.app_context():
        db.engine.dispose()
