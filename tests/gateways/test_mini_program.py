import logging
import traceback
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from shop.gateways.errors import WeChatCodeRefused, WeChatUnavailable
from shop.gateways.mini_program import CONNECT_AND_READ_SECONDS, LARGEST_ANSWER, MiniProgram, WeChatIdentity

from .counterpart import Reply, encode

APP_ID, SECRET, CODE = "wxa0000000000000a0", "the-secret-of-the-app", "the-code-of-the-visitor"


@pytest.fixture
def program(counterpart):
    return MiniProgram(counterpart.base + "/", APP_ID, SECRET, timeout=(1.0, 1.0))


def test_a_visitor_signs_in(counterpart, program):
    counterpart.say(Reply(200, encode({"openid": "o-1", "unionid": "u-1", "session_key": "secret=="})))

    assert program.sign_in(CODE) == WeChatIdentity("o-1", "u-1")
    asked = urlsplit(counterpart.requests[0].target)
    assert (counterpart.requests[0].method, asked.path) == ("GET", "/sns/jscode2session")
    assert parse_qs(asked.query) == {
        "appid": [APP_ID],
        "secret": [SECRET],
        "js_code": [CODE],
        "grant_type": ["authorization_code"],
    }


@pytest.mark.parametrize("unionid", [{}, {"unionid": None}, {"unionid": ""}])
def test_a_visitor_may_have_no_name_beyond_this_program(counterpart, program, unionid):
    counterpart.say(Reply(200, encode({"errcode": 0, "openid": "o-1", "session_key": "s"} | unionid)))

    assert program.sign_in(CODE) == WeChatIdentity("o-1", None)


def test_the_session_key_is_not_kept(counterpart, program):
    counterpart.say(Reply(200, encode({"openid": "o-1", "session_key": "the-session-key"})))
    identity = program.sign_in(CODE)

    assert "the-session-key" not in repr(identity) + repr(vars(program))


@pytest.mark.parametrize("errcode", [40029, 40163, 40226, 41008])
def test_a_code_wechat_does_not_accept_is_refused(counterpart, program, errcode):
    counterpart.say(Reply(200, encode({"errcode": errcode, "errmsg": "invalid code"})))

    with pytest.raises(WeChatCodeRefused):
        program.sign_in(CODE)


@pytest.mark.parametrize("code", ["", "a" * 129, "a\nb", "\ud800", "\x00"])
def test_what_no_code_looks_like_is_refused_without_asking(counterpart, program, code):
    with pytest.raises(WeChatCodeRefused):
        program.sign_in(code)
    assert counterpart.requests == []


@pytest.mark.parametrize("errcode", [-1, 45011, 40125, 40013, 40164, 99999])
def test_a_refusal_that_is_not_the_visitors_fault_is_unavailability(counterpart, program, errcode):
    counterpart.say(Reply(200, encode({"errcode": errcode, "errmsg": f"rid secret={SECRET} code={CODE}"})))
    with capture_logs() as logs, pytest.raises(WeChatUnavailable):
        program.sign_in(CODE)

    assert logs == [{"event": "wechat_unavailable", "log_level": "warning", "reason": "refused", "errcode": errcode}]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b""),
        Reply(200, b"<html>"),
        Reply(200, b"null"),
        Reply(200, b"[]"),
        Reply(200, b"[" * 60_000),
        Reply(200, b"\xff\xfe"),
        Reply(200, b"{}"),
        Reply(200, encode({"openid": 5})),
        Reply(200, encode({"openid": ""})),
        Reply(200, encode({"openid": "o\x00"})),
        Reply(200, encode({"openid": "o" * 129})),
        Reply(200, encode({"openid": "o-1", "unionid": 5})),
        Reply(200, encode({"openid": "o-1", "unionid": []})),
        Reply(200, encode({"openid": "o-1", "errcode": "40029"})),
        Reply(200, encode({"openid": "o-1", "errcode": True})),
        Reply(200, encode({"openid": "o-1", "errcode": None})),
        Reply(200, b" " * (LARGEST_ANSWER + 1)),
        Reply(200, b'{"openid":', claims=50),
        Reply(302, encode({"openid": "o-1"}), {"Location": "/elsewhere"}),
        Reply(404, encode({"openid": "o-1"})),
        Reply(500, encode({"errcode": 40029})),
        Reply(502, b"Bad gateway"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_unavailability(counterpart, program, reply):
    counterpart.say(reply)

    with pytest.raises(WeChatUnavailable):
        program.sign_in(CODE)
    assert len(counterpart.requests) == 1


@pytest.mark.parametrize("reply", [Reply(silent=True), Reply(200, encode({"openid": "o-1"}), slow="head")])
def test_silence_is_unavailability(counterpart, reply):
    counterpart.say(reply)

    with pytest.raises(WeChatUnavailable):
        MiniProgram(counterpart.base, APP_ID, SECRET, timeout=(1.0, 0.05)).sign_in(CODE)


def test_waiting_has_an_end():
    assert CONNECT_AND_READ_SECONDS == (3, 5)


def test_the_secret_and_the_code_appear_in_no_trace_and_no_log(counterpart, caplog):
    caplog.set_level(logging.DEBUG)
    counterpart.say(Reply(200, encode({"openid": "o-of-somebody", "session_key": "the-session-key"})))
    MiniProgram(counterpart.base, APP_ID, SECRET).sign_in(CODE)
    counterpart.stop()
    with capture_logs() as logs, pytest.raises(WeChatUnavailable) as failure:
        MiniProgram("http://127.0.0.1:9", APP_ID, SECRET, timeout=(1.0, 1.0)).sign_in(CODE)

    shown = "".join(traceback.format_exception(failure.value)) + repr(logs) + caplog.text
    for secret in (SECRET, CODE, "o-of-somebody", "the-session-key"):
        assert secret not in shown
    assert logs[0]["reason"] == "no-answer"


def test_connections_are_reused(counterpart, program):
    for _ in range(3):
        counterpart.say(Reply(200, encode({"openid": "o-1"})))
        program.sign_in(CODE)

    assert len({request.port for request in counterpart.requests}) == 1
