"""Calls to Stripe: an answer of fields, a refusal with its code, or a provider that is down."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import stripe
import structlog

from shop.gateways.errors import PaymentProviderDown
from shop.gateways.fields import Fields, Malformed, get_text
from shop.gateways.stripe.settings import StripeSettings
from shop.gateways.stripe.transport import Transport

API_VERSION = stripe.api_version  # the library's own, sent with every call and awaited in every event
PAGE = 100  # the most that Stripe gives
MOST_PAGES = 1000

log = structlog.get_logger(__name__)


class Refused(Exception):
    """Stripe answered that it will not.

    Args:
        code: Stripe's own, https://docs.stripe.com/error-codes; where it has none, what the refusal is about.
    """

    def __init__(self, code: str, status: int | None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Client:
    """The library, set up so that it says what it sends and repeats a call once at most.

    Args:
        transport: given by tests.
    """

    def __init__(self, settings: StripeSettings, transport: stripe.HTTPClient | None = None) -> None:
        self.api = stripe.StripeClient(
            settings.api_key,
            stripe_version=API_VERSION,
            base_addresses={"api": settings.api_base.rstrip("/")},
            max_network_retries=1,
            http_client=transport or Transport(),
        ).v1

    def call(self, operation: str, subject: str, make: Callable[[], stripe.StripeObject]) -> Fields:
        """Make one call, at most twice, under one idempotency key.

        Args:
            operation, subject: for the log: what is done, and with which number.

        Raises:
            Refused: Stripe understood, and will not.
            PaymentProviderDown: no answer, or none that can be understood.
        """
        try:
            return make().to_dict()
        except stripe.RateLimitError as error:
            raise _refusal(operation, subject, error, "rate_limit") from None
        except (stripe.InvalidRequestError, stripe.CardError) as error:
            raise _refusal(operation, subject, error, error.code or error.param or "invalid_request") from None
        except stripe.StripeError as error:
            facts = {"failure": type(error).__name__, "status": error.http_status, "request_id": error.request_id}
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            facts = {"failure": type(error).__name__, "reason": "not-understood"}
        log.warning("stripe_call_failed", operation=operation, subject=subject, **facts)
        raise PaymentProviderDown

    def ask(self, operation: str, subject: str, make: Callable[[], stripe.StripeObject]) -> Fields:
        """Make a call that has no reason to be refused.

        Raises:
            PaymentProviderDown: it was refused, or not answered.
        """
        try:
            return self.call(operation, subject, make)
        except Refused:
            raise PaymentProviderDown from None

    def pages(
        self, operation: str, subject: str, list_: Callable[[Mapping[str, Any]], stripe.StripeObject]
    ) -> Iterator[Fields]:
        """All entries of a list, in Stripe's order.

        Args:
            list_: makes the call for one page, given what says which.

        Raises:
            Refused: Stripe knows nothing of what is asked about.
            PaymentProviderDown: a page was not answered, or there is no end to them.
        """
        which: dict[str, Any] = {"limit": PAGE}
        for _ in range(MOST_PAGES):
            page = self.call(operation, subject, partial(list_, dict(which)))
            entries, more = page.get("data"), page.get("has_more")
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                raise not_understood(operation, subject, "data")
            yield from entries
            if more is False:
                return
            try:
                which = {"limit": PAGE, "starting_after": get_text(entries[-1] if entries else {}, "id")}
            except Malformed as problem:
                raise not_understood(operation, subject, str(problem)) from None
        raise not_understood(operation, subject, "has_more")


def not_understood(operation: str, subject: str, field: str) -> PaymentProviderDown:
    """An answer that does not say what it should: told in the log, to be raised."""
    log.warning("stripe_not_understood", operation=operation, subject=subject, field=field)
    return PaymentProviderDown()


def _refusal(operation: str, subject: str, error: stripe.StripeError, code: str) -> Refused:
    log.warning(
        "stripe_refused",
        operation=operation,
        subject=subject,
        status=error.http_status,
        code=code,
        request_id=error.request_id,
    )
    return Refused(code, error.http_status)
