"""Carrying notices to the merchant, again and again until one is acknowledged.

Retry schedule and the five seconds: https://pay.weixin.qq.com/doc/v3/merchant/4012791861
"""

import heapq
import threading
import time
from dataclasses import dataclass

import requests

from shop.simulator.credentials import Credentials
from shop.simulator.notices import Notice, Notices
from shop.simulator.signing import signed_headers

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

    def __init__(self, notices: Notices, credentials: Credentials, *, time_scale: float) -> None:
        """Args: time_scale: multiplies the documented waits between two attempts."""
        self._notices = notices
        self._credentials = credentials
        self._time_scale = time_scale
        self._changed = threading.Condition()
        self._due: list[tuple[float, str]] = []
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

    def add(self, event_id: str, *, after_seconds: float = 0) -> None:
        """Deliver this notice once so much time has passed."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + after_seconds, event_id))
            self._changed.notify()

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

    def _carry(self) -> None:
        while (event_id := self._next()) is not None:
            self._deliver(event_id)

    def _next(self) -> str | None:
        with self._changed:
            while not self._stopped:
                if self._paused or not self._due:
                    self._changed.wait()
                    continue
                wait = self._due[0][0] - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._due)[1]
                self._changed.wait(wait)
        return None

    def _deliver(self, event_id: str) -> None:
        notice = self._notices.get(event_id)
        reception = post(notice.notify_url, notice.body, self._headers(notice))
        attempts = notice.attempts + 1
        state = "waiting"
        if reception.is_acknowledged:
            state = "delivered"
        elif attempts > len(RETRY_SECONDS):
            state = "given-up"
        answer = f"{reception.status or ''} {reception.body[:200]}".strip()
        self._notices.record(event_id, attempts=attempts, state=state, last_answer=answer)
        if state == "waiting":
            self.add(event_id, after_seconds=RETRY_SECONDS[attempts - 1] * self._time_scale)

    def _headers(self, notice: Notice) -> dict[str, str]:
        return signed_headers(self._credentials.accounts[notice.mode].platform.current, notice.body)
