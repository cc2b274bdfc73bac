"""Events: verified, then fresh, then read, and only for what they are about: whoever gets one asks before acting.

https://docs.stripe.com/webhooks
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shop.gateways.errors import NoticeFault, NoticeRefused
from shop.gateways.fields import Fields, Malformed, find_object, find_text, get_text, parse_object
from shop.gateways.payment import Notice, NoticeKind, Subject
from shop.gateways.stripe.client import API_VERSION
from shop.gateways.stripe.fields import choose, find_id, find_number, get_flag
from shop.gateways.stripe.refunds import find_transaction
from shop.gateways.stripe.settings import StripeSettings

LARGEST_NOTICE = 256 * 1024
TOLERANCE_SECONDS = 300  # before and after: the library's own check lets any future pass
_SECONDS = re.compile(r"[0-9]{1,12}")

SESSION_ENDS = frozenset(
    f"checkout.session.{end}" for end in ("completed", "async_payment_succeeded", "async_payment_failed", "expired")
)
REFUND_CHANGES = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
DISPUTE_CHANGES = frozenset(
    f"charge.dispute.{change}" for change in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
FACTS = ("id", "status", "payment_status", "amount_total", "amount", "amount_refunded", "currency")


def read_notice(headers: Mapping[str, str], body: bytes, now: datetime, *, settings: StripeSettings) -> Notice:
    """The message in a callback. Of another mode or account than ours, it is about nothing of ours.

    Raises:
        NoticeRefused: it is not genuine, not fresh, or not well formed.
    """
    if len(body) > LARGEST_NOTICE:
        raise NoticeRefused("malformed")
    lowered = {name.lower(): value for name, value in headers.items()}
    if fault := find_fault(lowered.get("stripe-signature", ""), body, settings.webhook_secret, now):
        raise NoticeRefused(fault)
    try:
        return _read(parse_object(body), is_live=settings.is_live)
    except Malformed:
        raise NoticeRefused("malformed") from None


def find_fault(header: str, body: bytes, secret: str, now: datetime) -> NoticeFault | None:
    """Why a message is not to be trusted; None if it is genuine and fresh.

    https://docs.stripe.com/webhooks#verify-manually
    """
    if not header:
        return "missing-header"
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    signatures = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not signatures:
        return "malformed"
    if abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:
        return "stale"
    expected = hmac.digest(secret.encode(), times[0].encode() + b"." + body, "sha256").hex().encode()
    # While a secret is being replaced, Stripe signs with the old and the new one.
    if not any(hmac.compare_digest(expected, signature.encode()) for signature in signatures):
        return "bad-signature"
    return None


def _read(event: Fields, *, is_live: bool) -> Notice:
    event_id, event_type = get_text(event, "id"), get_text(event, "type")
    version = find_text(event, "api_version")
    facts: dict[str, Any] = {"livemode": get_flag(event, "livemode"), "api_version": version}
    if facts["livemode"] != is_live or event.get("account") is not None:
        return Notice(event_id, event_type, "other", None, facts | {"merchant_is_ours": False})
    about = find_object(find_object(event, "data"), "object")
    try:
        kind, subject = _subject(event_type, about)
    except Malformed:
        if version == API_VERSION:
            raise
        kind, subject = "other", None
    if version == API_VERSION:
        facts |= choose(about, *FACTS)
    if subject:
        facts |= {name: value for name, value in vars(subject).items() if value}
    return Notice(event_id, event_type, kind, None, facts, subject=subject, harmless=subject is None)


def _subject(event_type: str, about: Fields) -> tuple[NoticeKind, Subject | None]:
    """What must be asked about. Sessions and payments that others opened in our account are not ours to ask about."""
    if event_type in SESSION_ENDS:
        number = find_text(about, "client_reference_id")
        return ("payment", Subject(payment_number=number)) if number else ("other", None)
    if event_type.startswith("payment_intent."):
        number = find_number(about)
        return "payment", Subject(payment_number=number, transaction_id=get_text(about, "id"))
    if event_type == "charge.refunded":
        return "refund", Subject(transaction_id=find_id(about, "payment_intent") or get_text(about, "id"))
    if event_type in REFUND_CHANGES:
        return "refund", Subject(transaction_id=find_transaction(about), refund_id=get_text(about, "id"))
    if event_type in DISPUTE_CHANGES:
        return "dispute", Subject(transaction_id=find_transaction(about), dispute_id=get_text(about, "id"))
    return "other", None
