"""What can be decided of the staff without a database or a clock: roles, passwords, codes, how often one may try."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from functools import cache
from typing import Literal, get_args

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet
from itsdangerous import BadData, URLSafeSerializer

Role = Literal["manager", "stock", "cashier", "guide"]
ROLES: tuple[Role, ...] = get_args(Role)
EVERYBODY = ROLES
MOVING_MONEY: frozenset[str] = frozenset({"manager", "cashier"})  # see amounts
WITH_SECOND_FACTOR: frozenset[str] = MOVING_MONEY | {"stock"}  # cancelling a date gives money back

SESSION_LIFE = timedelta(hours=14)  # a working day, with the evening tour
LINK_LIFE = timedelta(days=3)
FRESH = timedelta(minutes=10)  # how long a password just given stands for dangerous acts
SEEN_EVERY = timedelta(minutes=1)
SESSION_KEPT = timedelta(days=30)  # after its end

WINDOW = timedelta(minutes=15)
TRIES = 5  # for one account from one browser or address, in the window
TRIES_ANYWHERE = 50  # for one account from browsers that never signed in to it, in the window

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_HASHER = PasswordHasher()  # argon2id with the library's parameters (RFC 9106, low memory)


def digest(secret: str) -> str:
    """What is kept of a token: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def needs_second_factor(role: str) -> bool:
    """Whether a role can make money move."""
    return role in WITH_SECOND_FACTOR


def is_weak(password: str, *, email: str, name: str) -> bool:
    """Whether a password is too short, too long to be one, or made of what everybody knows of its owner."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or len(set(password)) < 5:
        return True
    lowered = password.casefold()
    known = [part for part in (email, email.split("@")[0], name.casefold()) if len(part) > 3]
    return any(part in lowered and len(lowered) - len(part) < SHORTEST_PASSWORD // 2 for part in known)


def hash_password(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a password is the one of a hash; of no hash, none is, after the same time."""
    try:
        return _HASHER.verify(hashed or _nobodys(), password[:LONGEST_PASSWORD]) and hashed is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """The hash that an unknown address is compared with, so that it takes as long as a known one."""
    return hash_password(secrets.token_hex(16))


def new_totp_secret() -> str:
    """A secret for an authenticator application, base32."""
    return pyotp.random_base32()


def totp_address(secret: str, email: str) -> str:
    """What the authenticator application reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Insolite")


def matching_step(secret: str, code: str, *, now: datetime, after: int | None) -> int | None:
    """The half minute a code belongs to, at most one from now; None if it is not right or not newer than `after`.

    Source: RFC 6238 (30 seconds, six digits, SHA-1, as every authenticator application has it).
    """
    totp, digits = pyotp.TOTP(secret), "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    this = int(now.timestamp()) // 30
    steps = (step for step in (this, this - 1, this + 1) if secrets.compare_digest(totp.generate_otp(step), digits))
    step = next(steps, None)
    return step if step is not None and (after is None or step > after) else None


def seal(secret: str, secret_key: str) -> str:
    """A secret as the database keeps it."""
    return _vault(secret_key).encrypt(secret.encode()).decode()


def unseal(sealed: str, secret_key: str) -> str:
    """A secret of the database."""
    return _vault(secret_key).decrypt(sealed.encode()).decode()


def _vault(secret_key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(f"staff-second-factor:{secret_key}".encode()).digest()))


def sign_browser(email: str, secret_key: str) -> str:
    """What a browser keeps once an account was signed in to from it: it is no stranger, whoever else tries."""
    return str(_browsers(secret_key).dumps([digest(email), secrets.token_hex(8)]))


def known_browser(cookie: str | None, email: str, secret_key: str) -> str | None:
    """The name of a browser from which this account was signed in to before; None of a stranger."""
    try:
        account, name = _browsers(secret_key).loads(cookie or "")
    except (BadData, ValueError, TypeError):
        return None
    return str(name) if account == digest(email) else None


def _browsers(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="staff-browser")
