"""Tokens: what is signed, and for how long; what a customer may agree to. No database, no clock."""

import hmac
from datetime import timedelta
from functools import cache, lru_cache
from typing import Literal, get_args
from uuid import UUID

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

TOKEN_LIFE = timedelta(days=7)
ERASED = "erased:"  # how the openid of a customer who is gone begins; WeChat's never do

Purpose = Literal["reminders", "news", "partners", "abroad"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
Origin = Literal["customer", "office"]
CONSENT_VERSION = "2026-11"  # of the texts of all purposes; another wording is another version


def sign_token(session_id: UUID, secret_key: str) -> str:
    """A bearer token for a sign-in."""
    return _signer(secret_key).sign(base64_encode(f'"{session_id.hex}"')).decode()


@lru_cache(maxsize=4096)
def read_token(token: str, secret_key: str) -> UUID | None:
    """The sign-in a token stands for; None if the token is not one of ours. One token has one spelling."""
    try:
        session_id = UUID(hex=base64_decode(token.rpartition(".")[0]).decode().strip('"'))
    except (BadData, ValueError):
        return None
    return session_id if hmac.compare_digest(token.encode(), sign_token(session_id, secret_key).encode()) else None


@cache
def _signer(secret_key: str) -> Signer:
    """As `URLSafeSerializer` signs, without trying to make 34 bytes smaller each time."""
    return URLSafeSerializer(secret_key, salt="customer-session").make_signer("customer-session")
