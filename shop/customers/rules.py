"""Tokens: what is signed, and for how long. No database, no clock."""

from datetime import timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

TOKEN_LIFE = timedelta(days=7)


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
