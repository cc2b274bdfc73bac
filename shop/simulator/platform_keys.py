"""The keys WeChat Pay signs with: platform certificates, the newest in use, and one public key."""

import json
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from shop.simulator import keys

PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
WHOLE = 10_000


@dataclass(frozen=True)
class SigningKey:
    """A key of WeChat Pay and the serial merchants know it by."""

    serial: str
    key: RSAPrivateKey


@dataclass(frozen=True)
class PlatformCertificate(SigningKey):
    """A signing key published as a certificate."""

    certificate: x509.Certificate


class PlatformKeys:
    """What one merchant account sees of WeChat Pay's keys, kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._index = folder / "index.json"
        if not self._index.exists():
            self._make_first()
        index: dict[str, list[str]] = json.loads(self._index.read_text())
        self._certificates = [self._read_certificate(serial) for serial in index["certificates"]]
        public_key_id = index["public_keys"][0]
        self.public_key = SigningKey(public_key_id, keys.read_private_key(self._private_path(public_key_id)))
        self._share = 0
        self._notices_signed = 0

    @property
    def published(self) -> Path:
        """The folder a merchant is given: the first certificate and the public key, by their serials."""
        return self._folder / "published"

    @property
    def certificates(self) -> list[PlatformCertificate]:
        """Every platform certificate, oldest first."""
        with self._lock:
            return list(self._certificates)

    @property
    def current(self) -> PlatformCertificate:
        """The certificate that signs now."""
        return self.certificates[-1]

    def rotate(self) -> PlatformCertificate:
        """Add a certificate and sign with it from now on; the published folder stays as it is."""
        with self._lock:
            added = self._make_certificate()
            self._certificates.append(added)
            self._write_index([one.serial for one in self._certificates], self.public_key.serial)
        return added

    def signer_for(self, requested_serial: str) -> SigningKey:
        """The key that answers a request: the public-key one only where the request names it."""
        return self.public_key if requested_serial == self.public_key.serial else self.current

    def switch(self, share: float) -> None:
        """Sign this share of notices with the public key from now on, the first of them at once."""
        with self._lock:
            self._share, self._notices_signed = round(share * WHOLE), 0

    def notice_signer(self) -> SigningKey:
        """The key that signs the next notice, in the middle of a switch now this one and now that."""
        with self._lock:
            before = self._notices_signed * self._share
            self._notices_signed += 1
        by_public_key = -(-before // WHOLE) < -(-(before + self._share) // WHOLE)
        return self.public_key if by_public_key else self.current

    def knows(self, serial: str) -> bool:
        """Whether a merchant may name this serial."""
        return serial == self.public_key.serial or any(serial == one.serial for one in self.certificates)

    def _make_first(self) -> None:
        certificate = self._make_certificate()
        public_key = keys.new_key()
        day = time.strftime("%y%m%d", time.gmtime())
        public_key_id = f"{PUBLIC_KEY_PREFIX}01{secrets.randbelow(10**10):010d}20{day}{secrets.randbelow(10**14):014d}"
        keys.write_private(self._private_path(public_key_id), keys.private_pem(public_key))
        self.published.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = keys.certificate_pem(certificate.certificate)
        keys.write_private(self.published / f"{certificate.serial}.pem", pem)
        keys.write_private(self.published / f"{public_key_id}.pem", keys.public_pem(public_key.public_key()))
        self._write_index([certificate.serial], public_key_id)

    def _make_certificate(self) -> PlatformCertificate:
        key = keys.new_key()
        certificate = keys.make_certificate(key, "Simulated WeChat Pay platform")
        serial = keys.serial_of(certificate)
        keys.write_private(self._private_path(serial), keys.private_pem(key))
        keys.write_private(self._certificate_path(serial), keys.certificate_pem(certificate))
        return PlatformCertificate(serial, key, certificate)

    def _read_certificate(self, serial: str) -> PlatformCertificate:
        certificate = x509.load_pem_x509_certificate(self._certificate_path(serial).read_bytes())
        return PlatformCertificate(serial, keys.read_private_key(self._private_path(serial)), certificate)

    def _write_index(self, certificates: list[str], public_key_id: str) -> None:
        index = {"certificates": certificates, "public_keys": [public_key_id]}
        keys.write_private(self._index, json.dumps(index).encode())

    def _private_path(self, serial: str) -> Path:
        return self._folder / f"{serial}.key.pem"

    def _certificate_path(self, serial: str) -> Path:
        return self._folder / f"{serial}.certificate.pem"
