"""HTTP to other people's systems: pooled, without cookies, redirects or answers without end."""

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

CONNECTIONS = 16


class TooLong(requests.RequestException):
    """The answer is larger than any honest answer is."""


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
