"""What is measured: each a load on the shop as a tourist, or a gateway, would make it."""

import math
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from statistics import median
from uuid import UUID

from bench import load, steady
from bench.load import Request
from bench.servers import Server
from bench.stage import Stage

CHINESE = {"Accept-Language": "zh-CN"}
BUYERS, SEATS = 2000, 100
LONGEST_RUSH = 15  # seconds; wrk waits for their end
RESTART = 25.0  # seconds of load around a restart, which takes half of that


@dataclass
class Yardsticks:
    """What rates are compared with.

    Args:
        h, p, v: a second.
        p50: of H asked by a single client; p99: of H at half its most; in milliseconds.
        memory: a bare worker's MiB.
        h_now, p_now, p50_now: measure them again, for so many seconds.
    """

    h: float
    p: float
    v: float
    p50: float
    p99: float
    memory: float
    h_now: Callable[[float], float]
    p_now: Callable[[float], float]
    p50_now: Callable[[float], float]


@dataclass(frozen=True)
class Rated:
    """A rate, and what it is of H, compared with H just before and after it; or the medians of several.

    Args:
        rate: a second; of_h: the ratio; h: what H was meanwhile.
    """

    rate: float
    of_h: float
    h: float

    def __str__(self) -> str:
        return f"{self.rate:,.0f}/s, H {self.h:,.0f}/s"


@dataclass
class Row:
    """One line of the table."""

    what: str
    measured: str
    ratio: str
    least: str
    aim: str
    verdict: str

    @classmethod
    def of(
        cls, what: str, measured: str, parts: Iterable[tuple[float, float, float, str]], *, most: bool = False
    ) -> "Row":
        """A row whose verdict follows from its ratios.

        Args:
            parts: ratio, at least (or at most), aim, unit of each.
            most: small is good.
        """
        parts = list(parts)
        reached = [
            (ratio <= least if most else ratio >= least, ratio <= aim if most else ratio >= aim)
            for ratio, least, aim, _ in parts
        ]
        print(f"{what}: {measured}", file=sys.stderr, flush=True)  # should the run end before its table
        verdict = "aim" if all(aim for _, aim in reached) else "yes" if all(least for least, _ in reached) else "**no**"
        return cls(
            what,
            measured,
            ", ".join(f"{ratio:.2f} {unit}" for ratio, _, _, unit in parts),
            ", ".join(f"{least:g} {unit}" for _, least, _, unit in parts),
            ", ".join(f"{aim:g} {unit}" for _, _, aim, unit in parts),
            verdict,
        )


@dataclass
class Bench:
    """One run against one server."""

    server: Server
    stage: Stage
    yardsticks: Yardsticks
    seconds: float
    times: int
    slugs: list[str]
    many: list[UUID]  # a hundred departures with room for everybody
    one: list[UUID]
    rates: dict[str, Rated] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def reads(self) -> list[Row]:
        """The catalogue, as everybody reads it."""
        tour = f"/api/v1/tours/{self.slugs[3]}"
        asked = {
            "`GET /tours`, 20 tours, zh-CN": ("/api/v1/tours?page_size=20", 0.65, 0.80),
            "`GET /tours/{slug}`": (tour, 0.65, 0.80),
            "`GET /tours/{slug}/departures`, 30 dates": (f"{tour}/departures", 0.50, 0.70),
        }
        rows = []
        for what, (path, least, aim) in asked.items():
            rows.append(self._read(what, Request(path, headers=CHINESE), least, aim))
            if aim == 0.80:
                known = Request(path, headers={**CHINESE, "If-None-Match": self._etag(path)})
                rows.append(self._read(f"{what}, 304", known, 0.70, 0.90))
        return rows

    def holds(self) -> list[Row]:
        """Seats taken, by as many customers as requests."""
        many = self._write("`POST /bookings`, 100 departures", 0.4, lambda count: self.stage.holds(self.many, count))
        before = self.yardsticks.p_now(self.seconds)
        one = self._write("`POST /bookings`, one departure", 0.4, lambda count: self.stage.holds(self.one, count))
        p = (before + self.yardsticks.p_now(self.seconds)) / 2
        hot = [(one.of_h, 0.17, 0.25, "H"), (one.rate / p, 0.35, 0.5, "P")]
        return [
            Row.of("`POST /bookings`, 100 departures", str(many), [(many.of_h, 0.20, 0.30, "H")]),
            Row.of("`POST /bookings`, one departure", str(one), hot),
        ]

    def sales(self) -> list[Row]:
        """Orders, payments and the notices that confirm them, each of another order."""
        placed = self._write("`POST /orders`", 0.2, lambda count: self.stage.orders(self.many, count))
        opened = self._write("`POST /orders/{id}/payments`", 0.16, lambda count: self.stage.payments(self.many, count))
        told = self._write("`POST /callbacks/wechat-pay`", 0.24, lambda count: self.stage.notices(self.many, count))
        return [
            Row.of("`POST /orders`", str(placed), [(placed.of_h, 0.06, 0.12, "H")]),
            Row.of("`POST /orders/{id}/payments`, gateway 20 ms", str(opened), [(opened.of_h, 0.06, 0.12, "H")]),
            Row.of("`POST /callbacks/wechat-pay`, 2 tickets each", str(told), [(told.of_h, 0.12, 0.20, "H")]),
        ]

    def rush(self) -> Row:
        """Two thousand buyers at a hundred seats."""
        took, ratios = [], []
        for _ in range(self.times):
            departure, *_others = self.stage.departures(4, SEATS)
            buyers = list(self.stage.holds([departure], BUYERS))
            self.stage.settle_down()
            before = self._h()
            ran = load.fire(self.server.base, buyers, seconds=LONGEST_RUSH, looked_for='"alternatives": [{')
            self._wait_until_idle()
            h = (before + self._h()) / 2
            sold = self.stage.count("SELECT seats_taken FROM departures WHERE id = %s", departure)
            if (sold, ran.statuses.get("201"), ran.found) != (SEATS, SEATS, BUYERS - SEATS) or ran.broken:
                self.failures.append(f"rush: {sold} sold, {dict(ran.statuses)}, {ran.found} with alternatives")
            took.append(ran.seconds)
            ratios.append(ran.seconds / (BUYERS / h))
        said = f"{median(took):.2f} s, exactly {SEATS} sold" if not self.failures else self.failures[-1]
        return Row.of(
            "2,000 buyers, 100 seats, 64 connections", said, [(median(ratios), 6, 3, "× 2000/H s")], most=True
        )

    def half_loads(self) -> list[Row]:
        """The slowest of a hundred answers at half of each maximum."""
        tour = f"/api/v1/tours/{self.slugs[3]}"
        reads = {
            "`GET /tours`, 20 tours, zh-CN": Request("/api/v1/tours?page_size=20", headers=CHINESE),
            "`GET /tours/{slug}`": Request(tour, headers=CHINESE),
            "`GET /tours/{slug}/departures`, 30 dates": Request(f"{tour}/departures", headers=CHINESE),
        }
        writes: dict[str, Callable[[int], Iterable[Request]]] = {
            "`POST /bookings`, 100 departures": lambda count: self.stage.holds(self.many, count),
            "`POST /bookings`, one departure": lambda count: self.stage.holds(self.one, count),
            "`POST /orders`": lambda count: self.stage.orders(self.many, count),
            "`POST /orders/{id}/payments`": lambda count: self.stage.payments(self.many, count),
            "`POST /callbacks/wechat-pay`": lambda count: self.stage.notices(self.many, count),
        }
        rows = []
        for what, most in self.rates.items():
            if what not in reads and what not in writes:
                continue
            half, runs = most.rate / 2, []
            for _ in range(self.times):
                count = steady.needed(half, 2 * self.seconds)
                requests = [reads[what]] if what in reads else list(writes[what](count))
                self.stage.settle_down()
                runs.append(
                    steady.fire(self.server.base, requests, rate=half, seconds=2 * self.seconds, repeat=what in reads)
                )
            ran = sorted(runs, key=lambda run: run.p99)[len(runs) // 2]
            if any(run.refused for run in runs):
                self.failures.append(f"half load, {what}: refused answers")
            said = f"{ran.p99:.1f} ms at {ran.rate:.0f}/s ({ran.p99 / self.yardsticks.p99:.1f} × the p99 of H)"
            rows.append(
                Row.of(
                    f"p99 at half load, {what}", said, [(ran.p99 / self.yardsticks.p50, 15, 8, "p50 of H")], most=True
                )
            )
        return rows

    def memory(self) -> Row:
        """The larger of the workers, after all that."""
        used = self.server.memory()
        return Row.of(
            "memory (PSS) of a web worker",
            f"{used:.0f} MiB",
            [(used / self.yardsticks.memory, 5, 3.5, "bare")],
            most=True,
        )

    def restart(self) -> Row:
        """A new release is loaded, worker after worker, while people ask."""
        path, before = f"/api/v1/tours/{self.slugs[3]}", set(self.server.children())
        with ThreadPoolExecutor(1) as pool:
            rate = self.rates["`GET /tours/{slug}`"].rate / 2
            asking = pool.submit(
                steady.fire, self.server.base, [Request(path)], rate=rate, seconds=RESTART, repeat=True
            )
            time.sleep(steady.WARM_UP + 1)
            self.server.process.send_signal(signal.SIGHUP)
            ran = asking.result()
        if left := before & set(self.server.children()):
            self.failures.append(f"restart: {len(left)} workers of {len(before)} are still the old ones")
        said = f"{ran.refused} of {ran.requests:,} requests failed at {ran.rate:.0f}/s"
        return Row.of("restart under load (HUP)", said, [(ran.refused, 0, 0, "failed")], most=True)

    def _read(self, what: str, request: Request, least: float, aim: float) -> Row:
        found = self._rate(what, lambda: [request], repeat=True)
        return Row.of(what, str(found), [(found.of_h, least, aim, "H")])

    def _write(self, what: str, share: float, make: Callable[[int], Iterable[Request]]) -> Rated:
        count = math.ceil(self.yardsticks.h * share * self.seconds)
        return self._rate(what, lambda: list(make(count)))

    def _rate(self, what: str, requests: Callable[[], list[Request]], *, repeat: bool = False) -> Rated:
        """Measure a load as often as asked, each time between two looks at H."""
        runs = []
        for _ in range(self.times):
            made = requests()
            if not repeat:
                self.stage.settle_down()
            before = self._h()
            ran = load.fire(self.server.base, made, seconds=self.seconds, repeat=repeat)
            self._wait_until_idle()
            h = (before + self._h()) / 2
            if ran.refused or ran.broken or not ran.requests:
                self.failures.append(f"{what}: {ran.requests} answers, {ran.refused} refused, {ran.broken} broken")
            runs.append(Rated(ran.rate, ran.rate / h, h))
        found = self.rates[what] = Rated(*(median(part) for part in zip(*map(astuple, runs), strict=True)))
        return found

    def _h(self) -> float:
        return self.yardsticks.h_now(self.seconds / 2)

    def _wait_until_idle(self) -> None:
        """Until the shop has answered those that wrk left behind."""
        used = -1.0
        while self.server.cpu() - used > 0.01:
            used = self.server.cpu()
            time.sleep(0.2)

    def _etag(self, path: str) -> str:
        asked = urllib.request.Request(self.server.base + path, headers=CHINESE)  # noqa: S310 -- loopback
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            return str(answer.headers["ETag"])
