"""HTTP to other people's systems: pooled, without cookies, redirects or answers without end."""

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

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


class _Patience(io.RawIOBase):
    """Reads from a connection until its timeout has passed in all, not anew for every few bytes."""

    def __init__(self, connection: socket.socket, reader: io.RawIOBase) -> None:
        self._connection = connection
        self._reader = reader
        self._until = time.monotonic() + (connection.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole of the answer takes too long")
        self._connection.settimeout(left)
        return self._reader.readinto(buffer)

    def close(self) -> None:
        self._reader.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Patience(sock, self.fp.detach()))


class _Plain(HTTPConnection):
    response_class = _Response


class _Encrypted(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


class _Adapter(HTTPAdapter):
    """Connections whose read timeout is the time for a whole answer, its headers included."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> PoolManager:
        manager: PoolManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
        return manager


class _Session(requests.Session):
    """Asks the environment once how each host is reached: it is the same as long as a process runs, and reading it for
    every call costs more than signing the call does."""

    def __init__(self) -> None:
        super().__init__()
        self._ways: dict[tuple[str, str], Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Proxies, certificates and the like of a call that names none of its own."""
        if proxies or verify is not None or cert is not None:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        host = urlsplit(url)[:2]
        if host not in self._ways:
            self._ways[host] = super().merge_environment_settings(url, {}, None, None, None)
        known = self._ways[host]
        return known | {"proxies": dict(known["proxies"]), "stream": self.stream if stream is None else stream}


def pooled_session() -> requests.Session:
    """A session whose connections are shared by threads; it keeps no cookie and repeats nothing by itself.

    Its read timeout is the time for a whole answer.
    """
    session = _Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_maxsize=CONNECTIONS, max_retries=0))
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
