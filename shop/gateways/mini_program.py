"""Signing visitors in through the mini-program.

https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session
"""

import json
import logging
from dataclasses import dataclass
from typing import Any, TypeGuard

import requests
import structlog

from shop.gateways.errors import WeChatCodeRefused, WeChatUnavailable
from shop.gateways.http import pooled_session, read_body, slot

CONNECT_AND_READ_SECONDS = (3.0, 5.0)
LARGEST_ANSWER = 64 * 1024
LONGEST_NAME = 128
# Wrong, used, of a blocked user, missing: the visitor gets another code by signing in again.
CODE_REFUSED = frozenset({40029, 40163, 40226, 41008})

log = structlog.get_logger(__name__)


class _NoSecrets(logging.Filter):
    """Drops what the HTTP library would write of addresses that carry the secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "secret=" not in record.getMessage()


for _name in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_name).addFilter(_NoSecrets())


@dataclass(frozen=True)
class WeChatIdentity:
    """Who signed in.

    Args:
        openid: the visitor's name in this mini-program.
        unionid: the visitor's name in all of the owner's accounts, if WeChat tells it.
    """

    openid: str
    unionid: str | None


class MiniProgram:
    """The mini-program at WeChat; thread-safe, its connections are pooled.

    Args:
        timeout: seconds to connect, and for the whole answer.
    """

    def __init__(
        self,
        api_base: str,
        app_id: str,
        app_secret: str,
        timeout: tuple[float, float] = CONNECT_AND_READ_SECONDS,
    ) -> None:
        self._address = f"{api_base.rstrip('/')}/sns/jscode2session"
        self._app_id = app_id
        self._app_secret = app_secret
        self._timeout = timeout
        self._session = pooled_session()

    def sign_in(self, code: str) -> WeChatIdentity:
        """Exchange the code of wx.login for the visitor's identity; a code works once.

        The session key that comes along is not kept.

        Raises:
            WeChatCodeRefused: WeChat does not accept the code.
            WeChatUnavailable: no answer, or a refusal that is not the visitor's fault.
        """
        if not _is_name(code):
            raise WeChatCodeRefused
        answer = self._exchange(code)
        errcode = answer.get("errcode", 0)
        if type(errcode) is not int:
            raise _unavailable(reason="not-understood")
        if errcode in CODE_REFUSED:
            log.info("wechat_code_refused", errcode=errcode)
            raise WeChatCodeRefused
        if errcode != 0:
            raise _unavailable(reason="refused", errcode=errcode)
        openid, unionid = answer.get("openid"), answer.get("unionid")
        if not _is_name(openid) or not (unionid in (None, "") or _is_name(unionid)):
            raise _unavailable(reason="not-understood")
        return WeChatIdentity(openid, unionid or None)

    def _exchange(self, code: str) -> dict[str, Any]:
        parameters = {
            "appid": self._app_id,
            "secret": self._app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        try:
            with (
                slot(),
                self._session.get(
                    self._address,
                    params=parameters,
                    headers={
                        "Accept": "application/json",
                        "Accept-Encoding": "identity",
                        "User-Agent": "Insolite",
                    },
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                status, body = response.status_code, read_body(response, LARGEST_ANSWER)
        except requests.RequestException as failure:
            # Its text holds the address, and that the secret.
            raise _unavailable(reason="no-answer", failure=type(failure).__name__) from None
        if status != 200:
            raise _unavailable(reason="refused", status=status)
        return _parse(body)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _unavailable(reason="not-understood")
    return answer


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _unavailable(**facts: object) -> WeChatUnavailable:
    log.warning("wechat_unavailable", **facts)
    return WeChatUnavailable()
