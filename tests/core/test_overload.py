"""Too many at once: who may wait, who is turned away, and what they read."""

import json
from types import SimpleNamespace

import pytest

from config import patience
from config.patience import LONGEST_QUEUE, LONGEST_WAIT_FOR_A_THREAD, SOME_MAY_WAIT, Queue
from shop.core import metrics
from shop.core.overload import busy_answer
from shop.core.problems import ShopBusy

THREADS = 2


@pytest.fixture
def queue():
    return Queue(THREADS)


def join(queue, count, *, at=0.0):
    conns = [SimpleNamespace(number=number) for number in range(count)]
    for conn in conns:
        queue.join(conn, at)
    return conns


def test_threads_are_given_in_the_order_of_asking(queue):
    conns = join(queue, queue.places + 2)

    assert list(queue.take()) == conns[: queue.places]
    assert list(queue.take()) == []
    queue.leave(now=1.0)
    assert list(queue.take()) == [conns[queue.places]]


def test_a_crowd_may_wait_and_beyond_it_only_who_would_be_served_in_time(queue):
    join(queue, SOME_MAY_WAIT - 1)
    queue.pace = 10.0
    assert not queue.is_full()

    join(queue, 1)
    assert queue.is_full()

    queue.pace = LONGEST_QUEUE / SOME_MAY_WAIT / 2
    assert not queue.is_full()
    join(queue, 2 * SOME_MAY_WAIT)
    assert queue.is_full()


def test_the_pace_is_that_of_the_answers_while_others_wait(queue):
    join(queue, 200)
    now = 0.0
    while list(queue.take()) and now < 45:
        now += 0.3
        queue.leave(now)

    assert queue.pace == pytest.approx(0.3, rel=0.05)


def test_a_pause_in_which_nobody_waits_is_no_slowness(queue):
    usual = queue.pace
    for now in (0.0, 100.0, 200.0):
        join(queue, 1, at=now)
        assert len(list(queue.take())) == 1
        queue.leave(now + 1)

    assert queue.pace == usual


def test_who_has_waited_too_long_is_told_to_go_and_nobody_else(queue):
    late = join(queue, 2, at=0.0)
    in_time = join(queue, 1, at=3.0)

    assert list(queue.take_late(LONGEST_WAIT_FOR_A_THREAD + 0.1)) == late
    assert list(queue.take()) == in_time


@pytest.mark.parametrize(
    ("line", "urgent"),
    [
        (b"POST /callbacks/wechat-pay HTTP/1.1", True),
        (b"GET /callbacks/wechat?echostr=1 HTTP/1.1", True),
        (b"GET /healthz HTTP/1.1", True),
        (b"GET /readyz HTTP/1.1", True),
        (b"POST /api/v1/bookings HTTP/1.1", False),
        (b"GET /healthzzz HTTP/1.1", False),
        (b"GET /api/v1/tours?q=/healthz HTTP/1.1", False),
    ],
)
def test_money_and_probes_are_urgent(line, urgent):
    assert bool(patience._URGENT.match(line)) is urgent


def read(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/api/v1/tours", "zh-CN,zh;q=0.9", "zh-CN"),
        ("/api/v1/tours", "de;q=0.9, en;q=0.5", "en"),
        ("/api/v1/tours?theme=x&lang=en", "zh-CN", "en"),
        ("/api/v1/tours?lang=fr", "zh-CN", "fr"),
        ("/api/v1/tours?lang=xx", "zh-CN", "zh-CN"),
        ("/api/v1/tours", "zh;q=0", "fr"),
        ("/api/v1/tours", None, "fr"),
        ("/api/v1/tours", "\xff\xfe;q=x,,;", "fr"),
    ],
)
def test_who_is_turned_away_reads_it_in_their_language(path, accepted, language):
    header = f"Accept-Language: {accepted}\r\n" if accepted else ""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{header}\r\n".encode("latin-1")

    status, headers, body = read(busy_answer(request))

    problem = json.loads(body)
    assert status == "HTTP/1.1 503 Service Unavailable"
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Content-Language"] == language
    assert int(headers["Content-Length"]) == len(body)
    assert headers["Connection"] == "close"
    assert (problem["code"], problem["status"]) == ("shop-busy", 503)
    assert problem["detail"] == ShopBusy.detail.to(language)


def test_the_answer_of_a_busy_worker_is_that_of_a_busy_database(global_app):
    from shop.core.problems import refused

    with global_app.test_request_context(headers={"Accept-Language": "en"}):
        usual = refused(ShopBusy())
    _, headers, body = read(busy_answer(b"GET / HTTP/1.1\r\nAccept-Language: en\r\n\r\n"))

    assert json.loads(body) == usual.json
    assert headers["Content-Type"] == usual.content_type
    assert headers["Cache-Control"] == usual.headers["Cache-Control"]


def test_a_crowd_that_is_turned_away_does_not_come_back_together():
    waits = {int(read(busy_answer(b"GET / HTTP/1.1\r\n\r\n"))[1]["Retry-After"]) for _ in range(200)}

    assert waits == set(range(ShopBusy.retry_after, 2 * ShopBusy.retry_after + 1))


def test_who_asks_for_a_head_alone_gets_no_body():
    assert read(busy_answer(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"))[2] == b""


def test_those_turned_away_are_counted():
    before = metrics.TURNED_AWAY._value.get()
    busy_answer(b"GET / HTTP/1.1\r\n\r\n")

    assert metrics.TURNED_AWAY._value.get() == before + 1
