"""Tokens: what is signed, and for how long; what a customer may agree to. No database, no clock."""

from datetime import timedelta
from typing import Literal, get_args
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

TOKEN_LIFE = timedelta(days=7)
ERASED = "erased:"  # how the openid of a customer who is gone begins; WeChat's never do

Purpose = Literal["reminders", "news", "partners", "abroad"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
Origin = Literal["customer", "office"]
CONSENT_VERSION = "2026-11"  # of the texts of all purposes; another wording is another version


def sign_token(session_id: UUID, secret_key: str) -> str:
    """A bearer token for a sign-in."""
    return str(_serializer(secret_key).dumps(session_id.hex))


def read_token(token: str, secret_key: str) -> UUID | None:
    """The sign-in a token stands for; None if the token is not one of ours."""
    try:
        session_id = UUID(hex=_serializer(secret_key).loads(token))
        return session_id if token == sign_token(session_id, secret_key) else None  # one token has one spelling
    except (BadData, ValueError, TypeError, AttributeError):
        return None


def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="customer-session")
