"""Carrying notices to the merchant, again and again until one is acknowledged.

Retry schedule and the five seconds: https://pay.weixin.qq.com/doc/v3/merchant/4012791861
"""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import requests

from shop.simulator.credentials import Credentials
from shop.simulator.handling import Handling
from shop.simulator.notices import Notice, Notices
from shop.simulator.signing import notice_headers

RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
ANSWER_SECONDS = 5
CARRIERS = 8


@dataclass(frozen=True)
class Reception:
    """What the merchant answered; status None if nothing came back."""

    status: int | None
    body: str

    @property
    def is_acknowledged(self) -> bool:
        """Whether the merchant has taken note."""
        return self.status is not None and 200 <= self.status < 300


class Due(NamedTuple):
    """A notice and when it is to be delivered, by the monotonic clock."""

    at: float
    sequence: int
    event_id: str


def post(notify_url: str, body: bytes, headers: dict[str, str]) -> Reception:
    """Send one notice; redirects are not followed."""
    sent = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "Mozilla/4.0", **headers}
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(notify_url, data=body, headers=sent, timeout=ANSWER_SECONDS, allow_redirects=False)
            return Reception(answer.status_code, answer.text)
    except requests.RequestException as failure:
        return Reception(None, type(failure).__name__)


class Courier:
    """Threads that deliver what is due, by the monotonic clock: moving the time does not stop them."""

    def __init__(
        self, notices: Notices, credentials: Credentials, *, now: Callable[[], float], time_scale: float
    ) -> None:
        """Args: time_scale: multiplies the documented waits between two attempts."""
        self._notices = notices
        self._credentials = credentials
        self._now = now
        self._time_scale = time_scale
        self._changed = threading.Condition()
        self._due: list[Due] = []
        self._sequence = itertools.count()
        self._under_way = 0
        self._handling = Handling()
        self._to_drop = 0
        self._paused = False
        self._stopped = False
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(CARRIERS)]

    def start(self) -> None:
        """Take up what an earlier run left undelivered, and begin."""
        for event_id in self._notices.waiting():
            self.add(event_id)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the deliveries under way; the rest stays written down."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=ANSWER_SECONDS + 1)

    def add(self, event_id: str) -> None:
        """Deliver this new notice once it is due."""
        self._put(event_id, after_seconds=self._handling.delay_seconds)

    @property
    def is_paused(self) -> bool:
        """Whether notices wait until told otherwise."""
        return self._paused

    def pause(self) -> None:
        """Let notices wait."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Let notices go."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    @property
    def handling(self) -> tuple[Handling, int]:
        """How notices are carried, and how many of the next are still to be dropped."""
        with self._changed:
            return self._handling, self._to_drop

    def handle(self, handling: Handling, *, drop: int = 0) -> None:
        """Carry notices so from now on, and drop the next few: they are given up without a delivery."""
        with self._changed:
            self._handling, self._to_drop = handling, drop
            self._changed.notify_all()

    def deliver(self, most: int | None = None) -> list[str]:
        """Make one delivery of each notice that waits, in turn, whether due, paused or neither; gives the event ids."""
        delivered: list[str] = []
        while (most is None or len(delivered) < most) and (event_id := self._take(known=delivered)) is not None:
            self._deliver(event_id)
            delivered.append(event_id)
        return delivered

    def forget(self) -> None:
        """Give up every notice that waits, and let deliveries under way end."""
        with self._changed:
            self._due.clear()
            self._notices.give_up()
            self._changed.wait_for(lambda: not self._under_way, timeout=2 * ANSWER_SECONDS)

    def _put(self, event_id: str, *, after_seconds: float) -> None:
        with self._changed:
            self._due.append(Due(time.monotonic() + after_seconds, next(self._sequence), event_id))
            self._changed.notify()

    def _carry(self) -> None:
        while (event_id := self._next()) is not None:
            self._deliver(event_id)

    def _next(self) -> str | None:
        with self._changed:
            while not self._stopped:
                in_turn = self._handling.turn != "first-first"
                if self._paused or not self._due or (in_turn and self._under_way):
                    self._changed.wait()
                    continue
                now = time.monotonic()
                if ready := [one for one in self._due if one.at <= now]:
                    return self._begin(ready)
                self._changed.wait(min(self._due).at - now)
        return None

    def _take(self, *, known: Sequence[str]) -> str | None:
        with self._changed:
            waiting = [one for one in self._due if one.event_id not in known]
            return self._begin(waiting) if waiting else None

    def _begin(self, waiting: Sequence[Due]) -> str:
        if self._handling.turn == "last-first":
            chosen = max(waiting, key=lambda one: one.sequence)
        elif self._handling.turn == "shuffled":
            chosen = min(waiting, key=lambda one: one.event_id)  # these are random
        else:
            chosen = min(waiting)
        self._due.remove(chosen)
        self._under_way += 1
        return chosen.event_id

    def _deliver(self, event_id: str) -> None:
        try:
            self._attempt(self._notices.get(event_id))
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _attempt(self, notice: Notice) -> None:
        if notice.state != "waiting":  # given up meanwhile
            return
        if self._is_dropped(notice):
            self._notices.record(notice.event_id, attempts=0, state="given-up", last_answer="dropped")
            return
        reception = self._send(notice)
        attempts = notice.attempts + 1
        state = "waiting"
        if reception.is_acknowledged:
            state = "delivered"
        elif attempts > len(RETRY_SECONDS):
            state = "given-up"
        answer = f"{reception.status or ''} {reception.body[:200]}".strip()
        kept = self._notices.record(notice.event_id, attempts=attempts, state=state, last_answer=answer)
        if kept and state == "waiting":
            self._put(notice.event_id, after_seconds=RETRY_SECONDS[attempts - 1] * self._time_scale)

    def _is_dropped(self, notice: Notice) -> bool:
        with self._changed:
            dropped = notice.attempts == 0 and self._to_drop > 0
            self._to_drop -= dropped
        return dropped

    def _send(self, notice: Notice) -> Reception:
        """All letters of one delivery; gives the reception that counts."""
        handling = self._handling
        platform = self._credentials.accounts[notice.mode].platform
        signings = [*handling.beside, *[handling.signing] * handling.copies]

        def send(signing: str | None) -> Reception:
            headers = notice_headers(platform, notice.body, now=self._now(), signing=signing)
            return post(notice.notify_url, notice.body, headers)

        if handling.at_once:
            with ThreadPoolExecutor(max_workers=len(signings)) as threads:
                receptions = list(threads.map(send, signings))
        else:
            receptions = [send(signing) for signing in signings]
        genuine = receptions[len(handling.beside) :]
        return next((one for one in genuine if one.is_acknowledged), genuine[-1])
