"""Ticket codes: what a QR code holds, signed so that a door can check it without the network.

`INS1` and base32 of: version (1 byte), ticket (16), departure (16), Ed25519 signature of all that (64). Capital
letters and digits only, which a QR code holds densely. Knowing one code tells nothing about another: tickets
are random numbers, and signatures cannot be made without the key, which is derived from SECRET_KEY.
"""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "INS1"
_VERSION = b"\x01"
_LENGTH = 1 + 16 + 16 + 64


@dataclass(frozen=True)
class TicketCode:
    """What a code says once its signature is checked."""

    ticket_id: UUID
    departure_id: UUID


@lru_cache(maxsize=4)
def signing_key(secret_key: str) -> Ed25519PrivateKey:
    """The key that signs tickets; its public half is all a door needs. Remembered: to derive it costs more than a
    signature."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"insolite ticket codes").derive(secret_key.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)


def make_code(ticket_id: UUID, departure_id: UUID, key: Ed25519PrivateKey) -> str:
    """The code of a ticket."""
    content = _VERSION + ticket_id.bytes + departure_id.bytes
    return PREFIX + _encoded(content + key.sign(content))


def _encoded(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def read_code(code: str, key: Ed25519PublicKey) -> TicketCode | None:
    """What a code says; None if it is not one of ours."""
    text = code.removeprefix(PREFIX)
    if text == code or len(text) > 200:
        return None
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
        if len(raw) != _LENGTH or raw[:1] != _VERSION or _encoded(raw) != text:
            return None  # one ticket has one spelling
        key.verify(raw[33:], raw[:33])
    except (binascii.Error, ValueError, InvalidSignature):
        return None
    return TicketCode(UUID(bytes=raw[1:17]), UUID(bytes=raw[17:33]))
