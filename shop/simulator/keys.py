"""Making and keeping RSA keys and certificates in files only their owner can read."""

import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.x509.oid import NameOID

PLATFORM_CERTIFICATE_LIFE = timedelta(days=5 * 365)


def new_key() -> RSAPrivateKey:
    """A fresh RSA key of the size WeChat Pay uses."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def write_private(path: Path, content: bytes) -> None:
    """Put content in a file that is complete or absent, and readable by its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(path)


def private_pem(key: RSAPrivateKey) -> bytes:
    """The key as unencrypted PKCS#8 PEM, the form WeChat Pay hands out."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(key: RSAPublicKey) -> bytes:
    """The public key as SubjectPublicKeyInfo PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """The certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def read_private_key(path: Path) -> RSAPrivateKey:
    """The RSA key kept in a PEM file. It was made here, so its primes are not tested again, which is slow."""
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{path.name} holds no RSA key")
    return key


def make_certificate(key: RSAPrivateKey, common_name: str) -> x509.Certificate:
    """A self-made certificate for the key, with a serial of 40 hexadecimal digits."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Simulated WeChat Pay"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int("5" + secrets.token_hex(20)[1:], 16))
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + PLATFORM_CERTIFICATE_LIFE)
        .sign(key, hashes.SHA256())
    )


def serial_of(certificate: x509.Certificate) -> str:
    """The certificate's serial as WeChat Pay writes it: upper-case hexadecimal."""
    return f"{certificate.serial_number:X}"
