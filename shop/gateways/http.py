"""HTTP to other people's systems: pooled, without cookies, redirects or answers without end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

CONNECTIONS = 16
SLOTS = 6  # of a web process's eight threads; the others must be free for callbacks and the catalogue
PATIENCE = 2.0  # seconds to wait for a slot

_slots = threading.BoundedSemaphore(SLOTS)


class TooBusy(requests.RequestException):
    """So many calls are under way already that another would keep the shop from everything else."""


class TooLong(requests.RequestException):
    """The answer is larger than any honest answer is."""


@contextmanager
def slot() -> Iterator[None]:
    """One of the few calls that a process makes at once.

    Raises:
        TooBusy: none was free in time.
    """
    if not _slots.acquire(timeout=PATIENCE):
        raise TooBusy("too many calls at once")
    try:
        yield
    finally:
        _slots.release()


def pooled_session() -> requests.Session:
    """A session whose connections are shared by threads; it keeps no cookie and repeats nothing by itself."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0))
    return session


def read_body(response: requests.Response, largest: int) -> bytes:
    """The body of a streamed answer.

    Raises:
        TooLong: it has more than `largest` bytes.
        RequestException: the network failed in the middle.
    """
    received = bytearray()
    for chunk in response.iter_content(64 * 1024):
        received += chunk
        if len(received) > largest:
            raise TooLong(f"more than {largest} bytes")
    return bytes(received)
