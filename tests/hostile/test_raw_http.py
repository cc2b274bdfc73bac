"""Bytes that no honest client sends, to the real server: refused in words or by closing, never a failure of ours,
nothing written, and everybody else still served."""

import re

import pytest

from tests.core.test_input import NOT_JSON, NOT_VALID, POSTS
from tests.hostile import messages
from tests.hostile.raw import statuses

TRANSFER_CODING_UNKNOWN = 501  # RFC 9112, 6.1


@pytest.fixture
def fill(server, shelf):
    """Completes a message: this server, a customer's token, and a booking that could be made."""
    body = messages.VALID.replace(b"@DEPARTURE@", shelf.departure_id.encode())
    blanks = {
        b"@HOST@": server.host.encode(),
        b"@TOKEN@": shelf.token.encode(),
        b"@BODY@": body,
        b"@LENGTH@": b"%d" % len(body),
        b"@HEXLENGTH@": b"%x" % len(body),
        b"@DEPARTURE@": shelf.departure_id.encode(),
    }

    def complete(message):
        return re.sub(rb"@[A-Z]+@", lambda found: blanks[found[0]], message)

    return complete


@pytest.fixture
def untouched(server, shelf):
    """Nothing is written by any of it, and the server is well afterwards."""
    before, told = shelf.contents(), len(server.failures())
    yield
    assert shelf.contents() == before
    assert server.serves()
    assert server.failures()[told:] == []


def test_the_messages_are_such_that_a_careless_server_would_book(server, shelf, fill):
    """They are hostile by one thing each: without it the booking is made."""
    before = shelf.contents()["bookings"]["rows"]
    chunked = messages.POST + messages.CHUNKED + b"Connection: close\r\n" + messages.END + messages.CHUNKS

    assert server.send(fill(messages.SECOND), end=True) == [201]
    assert server.send(fill(chunked)) == [201]
    assert shelf.contents()["bookings"]["rows"] == before + 2


@pytest.mark.parametrize("table", ["AMBIGUOUS", "ODD_LINES", "BODIES"])
def test_what_is_not_to_be_understood_is_refused(server, fill, untouched, subtests, table):
    for name, message in getattr(messages, table).items():
        with subtests.test(name=name):
            given = server.send(fill(message))

            assert all(400 <= status < 500 or status == TRANSFER_CODING_UNKNOWN for status in given), given


def test_chunks_that_are_none_are_refused(server, fill, shelf):
    before = shelf.contents()
    given = {name: server.send(fill(message)) for name, message in messages.BROKEN_CHUNKS.items()}

    assert shelf.contents() == before
    assert {status for answers in given.values() for status in answers} <= {400, 413, 431}, given


def test_a_body_that_breaks_off_is_no_request(server, fill, shelf):
    """Although what came of it is JSON by itself: its sender said that more belongs to it."""
    before = shelf.contents()
    length = b"Content-Length: 60000\r\n\r\n"

    assert server.send(fill(messages.POST + length + messages.BODY)) in ([], [400])
    assert shelf.contents() == before


def test_what_is_merely_odd_is_answered(server, fill, untouched, subtests):
    for name, message in messages.MERELY_ODD.items():
        with subtests.test(name=name):
            answer = server.answer(fill(message))

            assert statuses_of_one(answer) < 500
            assert b"elsewhere" not in answer
            assert b"root:" not in answer


def statuses_of_one(answer):
    found = re.match(rb"HTTP/1\.[012] (\d{3}) ", answer)
    assert found, answer[:200]
    return int(found[1])


def test_hostile_json_is_refused_at_every_door(server, shelf, untouched, subtests):
    for method, path in POSTS:
        for name, body in (NOT_JSON | NOT_VALID).items():
            head = f"{method} /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shelf.token}\r\n"
            head += f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            with subtests.test(path=path, body=name):
                (status,) = server.send(head.encode() + body)
                bare = path.endswith("/cancel") and not body.strip()
                assert status == (404 if bare else 400 if name in NOT_JSON else 422)


def test_two_requests_in_one_breath_are_two_requests(server, shelf, fill, untouched):
    """Each stands for itself: the second does not inherit who the first was."""
    first = b"GET /api/v1/me HTTP/1.1\r\n" + messages.HOST + messages.TOKEN + messages.END
    second = b"GET /api/v1/me HTTP/1.1\r\n" + messages.HOST + b"Connection: close\r\n\r\n"

    answer = server.answer(fill(first + second), end=False)

    assert statuses(answer) == [200, 401]


def test_a_body_that_nobody_asked_for_is_no_request(server, shelf, fill, untouched):
    inner = fill(messages.SECOND)
    outer = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(inner)

    assert server.send(outer + inner) == [401]


def test_refusals_of_the_server_itself_tell_nothing_of_the_inside(server, fill):
    for message in (*messages.AMBIGUOUS.values(), *messages.ODD_LINES.values()):
        answer = server.answer(fill(message)).lower()
        for word in (b"traceback", b"/site-packages", b".py", b"python/", b"werkzeug", b"psycopg", b"secret"):
            assert word not in answer, answer
