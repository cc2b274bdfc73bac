"""Callbacks: verified, then fresh, then decrypted, then read, in that order and no other.

https://pay.weixin.qq.com/doc/v3/merchant/4012075249
"""

from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidTag

from shop.gateways.errors import NoticeRefused, NoticeUnreadable
from shop.gateways.fields import Fields, Malformed, find_object, find_text, get_text, parse_object
from shop.gateways.payment import Notice
from shop.gateways.wechat_pay import signing
from shop.gateways.wechat_pay.dialect import Dialect
from shop.gateways.wechat_pay.keyring import KeyRing
from shop.gateways.wechat_pay.refunds import read_refund
from shop.gateways.wechat_pay.transactions import read_transaction
from shop.gateways.wechat_pay.trust import find_fault, read_seal

LARGEST_NOTICE = 64 * 1024


def read_notice(
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    *,
    keyring: KeyRing,
    api_v3_key: str,
    dialect: Dialect,
) -> Notice:
    """The message in a callback. Signature probes are refused like any false signature.

    A serial nobody knows has the keys refreshed in the background; WeChat Pay sends again in 15 seconds.

    Raises:
        NoticeRefused: it is not genuine, not fresh, or not well formed.
        NoticeUnreadable: it is genuine, but the APIv3 key does not open it.
    """
    if len(body) > LARGEST_NOTICE:
        raise NoticeRefused("malformed")
    fault = find_fault(read_seal(headers), body, keyring.find, now)
    if fault == "unknown-key":
        keyring.refresh_soon()
    if fault:
        raise NoticeRefused(fault)
    try:
        return _read(parse_object(body), api_v3_key, dialect)
    except Malformed:
        raise NoticeRefused("malformed") from None


def _read(envelope: Fields, api_v3_key: str, dialect: Dialect) -> Notice:
    event_id, event_type = get_text(envelope, "id"), get_text(envelope, "event_type")
    if get_text(envelope, "resource_type") != "encrypt-resource":
        raise Malformed("resource_type")
    resource = find_object(envelope, "resource")
    plaintext = _decrypt(resource, api_v3_key)
    if event_type == "TRANSACTION.SUCCESS" and find_text(resource, "original_type") == "transaction":
        payment = read_transaction(parse_object(plaintext), dialect)
        return Notice(event_id, event_type, "payment", payment, payment.facts, sealed=True)
    if event_type.startswith("REFUND.") and find_text(resource, "original_type") == "refund":
        refund = read_refund(parse_object(plaintext), dialect, names_merchant=True)
        return Notice(event_id, event_type, "refund", None, refund.facts, refund=refund, sealed=True)
    return Notice(event_id, event_type, "other", None, sealed=True)


def _decrypt(resource: Fields, api_v3_key: str) -> bytes:
    if get_text(resource, "algorithm") != signing.ALGORITHM:
        raise Malformed("algorithm")
    try:
        return signing.decrypt(
            api_v3_key,
            nonce=get_text(resource, "nonce"),
            associated_data=find_text(resource, "associated_data") or "",
            ciphertext=get_text(resource, "ciphertext"),
        )
    except ValueError:
        raise Malformed("ciphertext") from None
    except InvalidTag:
        raise NoticeUnreadable from None
