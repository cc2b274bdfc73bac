"""Ten times more than the shop can serve: some are served, all others told at once, and money is always let in."""

import re
import threading
from collections import Counter

import pytest
import requests

from tests.factories.waiting import wait_until
from tests.resilience.buyers import Buyer, Figures

THREADS = 8
CROWD = 10 * THREADS * 4  # connections; 32 requests a second are served, each connection asks all the time

pytestmark = pytest.mark.system


class Crowd:
    """Connections that ask for what is slow, again and again, and do as they are told when turned away."""

    def __init__(self, address):
        self.answers = []
        self._address = address
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(CROWD)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self):
        with requests.Session() as session:
            session.trust_env = False
            while not self._ended.is_set():
                try:
                    answer = session.get(f"{self._address}/slow", headers={"Accept-Language": "zh-CN"}, timeout=60)
                except requests.RequestException as error:
                    self.answers.append(type(error).__name__)
                    continue
                self.answers.append(answer)
                if answer.status_code == 503:
                    self._ended.wait(int(answer.headers["Retry-After"]))


def test_beyond_capacity_some_are_served_and_all_others_are_told_at_once(open_site):
    site = open_site(WEB_CONCURRENCY="1")
    site.web._command[-1] = "tests.resilience.slowed:app"
    departure = site.catalogue.departure(capacity=5)
    site.start("wechat", "web")
    buyer = Buyer(site, Figures(), "mei", departure)
    buyer.sign_in()
    buyer.place(buyer.hold())
    payment = buyer.open_payment()

    with Crowd(site.address) as crowd:
        wait_until(lambda: Counter(map(kind, crowd.answers))[503] > CROWD / 2, seconds=60)

        assert [requests.get(f"{site.address}/{probe}", timeout=30).status_code for probe in PROBES] == [200] * 3
        buyer.pay(payment)
        wait_until(lambda: notices(site) == ["delivered"], seconds=30)
        served = Counter(map(kind, crowd.answers))[200]
        wait_until(lambda: Counter(map(kind, crowd.answers))[200] >= served + 50, seconds=60)

    assert set(map(kind, crowd.answers)) == {200, 503}
    for refusal in [answer for answer in crowd.answers if answer.status_code == 503]:
        assert refusal.json()["code"] == "shop-busy"
        assert "请稍后重试" in refusal.json()["detail"]
        assert int(refusal.headers["Retry-After"]) > 0
    assert buyer.look()["status"] == "paid"
    assert requests.get(f"{site.address}/slow", timeout=30).ok
    counted = requests.get(f"{site.address}/metrics", timeout=30).text
    turned_away = Counter(map(kind, crowd.answers))[503]
    assert re.findall(r"(?m)^shop_turned_away_total (.*)$", counted) == [f"{turned_away}.0"]


PROBES = ("healthz", "readyz", "metrics")


def kind(answer):
    return answer if isinstance(answer, str) else answer.status_code


def notices(site):
    """What became of the notices that WeChat Pay sent."""
    orders = requests.get(f"{site.wechat}/control/orders", timeout=30).json()["orders"]
    told = requests.get(f"{site.wechat}/control/orders/{orders[0]['out_trade_no']}", timeout=30).json()["notices"]
    return [notice["state"] for notice in told]
