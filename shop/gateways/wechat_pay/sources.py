"""Where the public keys of WeChat Pay come from: a folder, or WeChat Pay itself and what was kept of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shop.gateways.errors import PaymentProviderDown
from shop.gateways.fields import Malformed, find_text, get_text, parse_object
from shop.gateways.wechat_pay import signing
from shop.gateways.wechat_pay.keyring import canonical, read_keys
from shop.gateways.wechat_pay.transport import Answer, NoAnswer, Transport
from shop.gateways.wechat_pay.trust import find_fault, read_seal

log = structlog.get_logger(__name__)


class KeyStore(Protocol):
    """Keeps downloaded certificates so that every process has them.

    Called from any thread, also one that belongs to no request, and in no transaction of the caller's.
    """

    def load(self) -> Mapping[str, str]:
        """PEM by serial; empty if nothing was saved."""
        ...

    def save(self, keys: Mapping[str, str]) -> None:
        """Keep these in place of what was saved before."""
        ...


class FolderKeys:
    """A folder of `<serial or PUB_KEY_ID_…>.pem`, certificates and public keys together."""

    remote = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> Mapping[str, str]:
        """Every PEM file by its name; a file that cannot be read is left out and logged."""
        pems: dict[str, str] = {}
        for path in sorted(self._folder.glob("*.pem")):
            try:
                pems[path.stem] = path.read_text("ascii")
            except (OSError, ValueError) as failure:
                log.warning("wechat_pay_key_file_unreadable", file=path.name, failure=type(failure).__name__)
        return pems

    def fetch(self) -> Mapping[str, str]:
        """The same: the folder is where it is decided."""
        return self.load()


class DownloadedKeys:
    """Platform certificates as WeChat Pay lists them, kept in a store that processes share.

    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_3_8.shtml
    """

    remote = True

    def __init__(
        self, transport: Transport, path: str, api_v3_key: str, store: KeyStore, clock: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._path = path
        self._api_v3_key = api_v3_key
        self._store = store
        self._clock = clock

    def load(self) -> Mapping[str, str]:
        """What was saved, by this process or another."""
        return self._store.load()

    def fetch(self) -> Mapping[str, str]:
        """Download and save the certificates.

        They are genuine because our APIv3 key opens them; the answer is, because one of them signed it.

        Raises:
            PaymentProviderDown: no answer, or none that proves itself.
        """
        try:
            answer = self._transport.send("GET", self._path)
        except NoAnswer as failure:
            raise self._refused(failure=str(failure)) from None
        if answer.status != 200:
            raise self._refused(status=answer.status, code=answer.code, request_id=answer.request_id)
        pems = self._certificates(answer)
        keys = read_keys(pems)

        def find_key(serial: str) -> RSAPublicKey | None:
            key = keys.get(canonical(serial) or "")
            return key.public_key if key and key.expires_at > self._clock() else None

        fault = find_fault(read_seal(answer.headers), answer.body, find_key, self._clock())
        if fault:
            raise self._refused(fault=fault, request_id=answer.request_id)
        self._store.save(pems)
        return pems

    def _certificates(self, answer: Answer) -> dict[str, str]:
        try:
            listed = parse_object(answer.body).get("data")
        except Malformed:
            listed = None
        pems: dict[str, str] = {}
        for entry in listed if isinstance(listed, list) else []:
            try:
                pems[get_text(entry, "serial_no")] = self._open(entry["encrypt_certificate"])
            except (Malformed, InvalidTag, ValueError, TypeError, AttributeError, KeyError) as failure:
                log.warning("wechat_pay_certificate_unreadable", failure=type(failure).__name__)
        return pems

    def _open(self, sealed: Any) -> str:
        plain = signing.decrypt(
            self._api_v3_key,
            nonce=get_text(sealed, "nonce"),
            associated_data=find_text(sealed, "associated_data") or "",
            ciphertext=get_text(sealed, "ciphertext"),
        )
        return plain.decode("ascii")

    @staticmethod
    def _refused(**facts: object) -> PaymentProviderDown:
        log.warning("wechat_pay_certificates_refused", **facts)
        return PaymentProviderDown()
