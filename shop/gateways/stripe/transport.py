"""HTTP for the library `stripe`, in place of its own: with our patience, pool and places."""

import logging
from collections.abc import Mapping

import requests
import stripe

from shop.gateways.http import TooBusy, TooLong, pooled_session, read_body, slot

CONNECT_AND_READ_SECONDS = (3.0, 10.0)  # a buyer waits; and four calls may follow each other
LARGEST_ANSWER = 8 * 1024 * 1024  # a hundred movements with all that Stripe knows of each

# The library tells bodies, which hold names and addresses of buyers, and sends how long its calls took.
logging.getLogger("stripe").setLevel(logging.WARNING)
stripe.enable_telemetry = False


class Transport(stripe.HTTPClient):
    """Sends for the library; thread-safe, its connections are pooled. The library decides what is sent again.

    Args:
        timeout: seconds to connect, and for the whole answer.
    """

    name = "requests"

    def __init__(self, timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS) -> None:
        super().__init__()
        self._timeout = timeout
        self._session = pooled_session()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: str | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send once; redirects are not followed.

        Raises:
            stripe.APIConnectionError: the network failed, no place was free, or the answer has no end.
        """
        try:
            with (
                slot(),
                self._session.request(
                    method,
                    url,
                    data=post_data,
                    headers={**(headers or {}), "Accept-Encoding": "identity"},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body = read_body(response, LARGEST_ANSWER)
                return body.decode("utf-8", "replace"), response.status_code, response.headers
        except requests.RequestException as failure:
            again = not isinstance(failure, TooBusy | TooLong)
            raise stripe.APIConnectionError(  # type: ignore[no-untyped-call]
                type(failure).__name__, should_retry=again
            ) from None
