"""Calls to WeChat Pay whose answers can be believed."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import structlog

from shop.gateways.errors import NoticeFault, PaymentProviderDown
from shop.gateways.wechat_pay.keyring import KeyRing
from shop.gateways.wechat_pay.transport import LARGEST_ANSWER, Answer, NoAnswer, Transport
from shop.gateways.wechat_pay.trust import Seal, find_fault, read_seal

Method = Literal["GET", "POST"]
Covered = Callable[[Answer], bytes | None]
LARGEST_FILE = 64 * 1024 * 1024

log = structlog.get_logger(__name__)


class Client:
    """Sends, tries once more where that may help, and believes no success that is not signed."""

    def __init__(self, transport: Transport, keyring: KeyRing, clock: Callable[[], datetime]) -> None:
        self._transport = transport
        self._keyring = keyring
        self._clock = clock

    def call(self, method: Method, target: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Make one call, repeatable by nature, with at most two requests of the same bytes.

        Returns:
            A verified 2xx, or a 4xx, which WeChat Pay does not always sign.

        Raises:
            PaymentProviderDown: no answer, none that can be trusted, or one of 3xx, 429 or 5xx.
        """
        body = _encode(fields) if fields is not None else b""
        try:
            return self._attempt(method, target, body)
        except _Passing as passing:
            log.info("wechat_pay_call_repeated", target=_without_query(target), **passing.facts)
        try:
            return self._attempt(method, target, body)
        except _Passing as passing:
            log.warning("wechat_pay_call_failed", target=_without_query(target), **passing.facts)
            raise PaymentProviderDown from None

    def download(self, target: str, covered: Covered) -> Answer:
        """Fetch a file, of which WeChat Pay signs something else than the bytes, or nothing.

        Args:
            covered: what is signed of the answer; None for an answer that is not signed, whose digest its caller knows.

        Raises:
            PaymentProviderDown: as `call`.
        """
        try:
            return self._attempt("GET", target, b"", covered, largest=LARGEST_FILE)
        except _Passing as passing:
            log.warning("wechat_pay_call_failed", target=_without_query(target), **passing.facts)
            raise PaymentProviderDown from None

    def _attempt(
        self,
        method: Method,
        target: str,
        body: bytes,
        covered: Covered = lambda answer: answer.body,
        largest: int = LARGEST_ANSWER,
    ) -> Answer:
        try:
            answer = self._transport.send(
                method, target, body, signed_with=self._keyring.public_key_id, largest=largest
            )
        except NoAnswer as failure:
            raise _Passing(reason="no-answer", failure=str(failure)) from None
        facts = {"status": answer.status, "request_id": answer.request_id}
        if answer.status == 429 or answer.status >= 500:
            raise _Passing(reason="refused", code=answer.code, **facts)
        if answer.status >= 400:
            return answer
        fault: NoticeFault | Literal["unexpected-status"] | None = "unexpected-status"
        if 200 <= answer.status < 300:
            signed = covered(answer)
            if signed is None:
                return answer
            seal = read_seal(answer.headers)
            fault = self._find_fault(seal, signed)
            if fault and seal.is_probe:
                raise _Passing(reason="probe", **facts)
        if fault:
            log.warning("wechat_pay_answer_not_trusted", target=_without_query(target), fault=fault, **facts)
            raise PaymentProviderDown
        return answer

    def _find_fault(self, seal: Seal, body: bytes) -> NoticeFault | None:
        fault = find_fault(seal, body, self._keyring.find, self._clock())
        if fault == "unknown-key" and not seal.is_probe and self._keyring.refresh():
            fault = find_fault(seal, body, self._keyring.find, self._clock())
        return fault


class _Passing(Exception):
    """Something that may be over by now."""

    def __init__(self, **facts: object) -> None:
        super().__init__()
        self.facts = facts


def _encode(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _without_query(target: str) -> str:
    return target.partition("?")[0]
