"""The public keys that make an answer or a callback genuine, each found by its serial.

Why one ring: while a merchant moves from certificates to a public key, WeChat Pay signs with either.
https://pay.weixin.qq.com/doc/v3/merchant/4012154180
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shop.core import clock as shop_clock
from shop.gateways.errors import PaymentProviderDown

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
RELOAD_EVERY = timedelta(seconds=5)
FETCH_EVERY = timedelta(seconds=60)
LONGEST_WAIT = 2.0  # seconds for keys that somebody else is reading
_PUBLIC_KEY_ID = re.compile(PUBLIC_KEY_PREFIX + r"[0-9A-Za-z]{1,64}")
_CERTIFICATE_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")
_NEVER = datetime.max.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TrustedKey:
    """A public key of WeChat Pay, and until when it counts."""

    public_key: RSAPublicKey
    expires_at: datetime


class KeySource(Protocol):
    """Where keys come from, as PEM by serial."""

    remote: bool

    def load(self) -> Mapping[str, str]:
        """What is at hand, without an outbound call."""
        ...

    def fetch(self) -> Mapping[str, str]:
        """What is valid now, asked for where it is decided, and kept so that `load` gives it.

        Raises:
            PaymentProviderDown: it cannot be had.
        """
        ...


class KeyRing:
    """The keys trusted now, read and replaced by any number of threads."""

    def __init__(self, source: KeySource, clock: Callable[[], datetime] = shop_clock.now) -> None:
        self._source = source
        self._clock = clock
        self._keys: Mapping[str, TrustedKey] = {}
        self._reloads = _Pace(RELOAD_EVERY)
        self._reloading = threading.Lock()
        self._reads = 0
        self._fetches = _Pace(FETCH_EVERY)

    @property
    def public_key_id(self) -> str | None:
        """The public key to name in requests so that answers are signed with it, if there is any."""
        if not self._keys:
            self._reload()
        return max((name for name in self._keys if name.startswith(PUBLIC_KEY_PREFIX)), default=None)

    def find(self, serial: str) -> RSAPublicKey | None:
        """The unexpired key of this serial; never calls out.

        A serial that is not in memory is looked up again where keys are kept, at most every five seconds.
        """
        name = canonical(serial)
        if name is None:
            return None
        if name not in self._keys:
            self._reload()
        key = self._keys.get(name)
        return key.public_key if key and key.expires_at > self._clock() else None

    def refresh(self, *, force: bool = False) -> bool:
        """Fetch the keys now; at most once a minute unless forced.

        Returns:
            False if it was too soon.

        Raises:
            PaymentProviderDown: they cannot be had; those known are kept.
        """
        if not self._fetches.take(self._clock(), force=force):
            return False
        self._fetch()
        return True

    def refresh_soon(self) -> None:
        """Have a thread of its own fetch the keys; at most one a minute, none where no call is needed."""
        if self._source.remote and self._fetches.take(self._clock()):
            threading.Thread(target=self._fetch_quietly, name="wechat-pay-keys", daemon=True).start()

    def _reload(self) -> None:
        """Read the keys again; who comes while they are being read waits for them: theirs may be among them."""
        now, reads = self._clock(), self._reads
        if not self._reloading.acquire(timeout=LONGEST_WAIT):
            return
        try:
            if reads == self._reads and self._reloads.take(now):
                self._replace(self._load())
                self._reads += 1
        finally:
            self._reloading.release()

    def _load(self) -> Mapping[str, str]:
        try:
            return self._source.load()
        except BaseException:
            self._reloads.give_back()  # the next may have more luck
            raise

    def _fetch(self) -> None:
        self._replace(self._source.fetch())

    def _fetch_quietly(self) -> None:
        try:
            self._fetch()
        except PaymentProviderDown:
            log.warning("wechat_pay_keys_not_refreshed")
        except Exception:  # whatever went wrong with new keys, the known ones must go on verifying
            log.exception("wechat_pay_keys_not_refreshed")

    def _replace(self, pems: Mapping[str, str]) -> None:
        if found := read_keys(pems):
            self._keys = found


def canonical(serial: str) -> str | None:
    """One spelling for each serial; None if it names neither a certificate nor a public key."""
    if _PUBLIC_KEY_ID.fullmatch(serial):
        return serial
    if _CERTIFICATE_SERIAL.fullmatch(serial):
        return f"{int(serial, 16):X}"
    return None


def read_keys(pems: Mapping[str, str]) -> dict[str, TrustedKey]:
    """The keys among the PEM texts; what is not what its serial says is left out and logged."""
    keys: dict[str, TrustedKey] = {}
    for serial, pem in pems.items():
        name = canonical(serial)
        key = _read_key(name, pem) if name else None
        if name is None or key is None:
            log.warning("wechat_pay_key_unreadable", serial=serial[:80])
            continue
        keys[name] = key
    return keys


def _read_key(name: str, pem: str) -> TrustedKey | None:
    try:
        if name.startswith(PUBLIC_KEY_PREFIX):
            found, expires_at = load_pem_public_key(pem.encode()), _NEVER
        else:
            certificate = x509.load_pem_x509_certificate(pem.encode())
            if certificate.serial_number != int(name, 16):
                return None
            found, expires_at = certificate.public_key(), certificate.not_valid_after_utc
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
    return TrustedKey(found, expires_at) if isinstance(found, RSAPublicKey) else None


class _Pace:
    """Grants a turn at most once per period, to one thread."""

    def __init__(self, period: timedelta) -> None:
        self._period = period
        self._lock = threading.Lock()
        self._last: datetime | None = None

    def take(self, now: datetime, *, force: bool = False) -> bool:
        with self._lock:
            if not force and self._last is not None and timedelta(0) <= now - self._last < self._period:
                return False
            self._last = now
            return True

    def give_back(self) -> None:
        """Undo the last turn: nothing came of it."""
        with self._lock:
            self._last = None
