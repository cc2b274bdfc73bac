"""Connections are shared out among the workers of a server: in their arithmetic, and as gunicorn serves."""

import os
import signal
import socket
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench import servers
from config import fairness
from config.fairness import LONGEST_LEFT, NOBODY_CAME, Share
from tests.factories.waiting import wait_until

CROWD = 60
CROWDS = 20  # one alone is often shared out by chance


@pytest.fixture
def two():
    shares = [Share(age) for age in (1, 2)]
    yield shares
    for share in shares:
        share.give_up()


def test_who_has_more_leaves_it_to_who_has_fewer(two):
    one, other = two
    other.tell(3)

    assert not one.leaves_it(4, now=0.0)
    assert one.leaves_it(5, now=0.0)
    assert not other.leaves_it(3, now=0.0)


def test_what_nobody_takes_is_taken_all_the_same(two):
    one, other = two
    assert one.leaves_it(9, now=0.0)
    assert one.waits(LONGEST_LEFT / 2)
    other.tell(0)

    assert not one.leaves_it(9, now=LONGEST_LEFT)
    assert one.leaves_it(10, now=LONGEST_LEFT)


def test_nobody_waits_for_longer_than_is_felt_nor_too_short_for_another_to_wake():
    assert 0.005 <= LONGEST_LEFT <= 0.05


def test_to_those_that_hang_nothing_is_left_for_a_while(two):
    one, _ = two
    assert one.leaves_it(9, now=0.0)

    assert not one.leaves_it(9, now=LONGEST_LEFT)
    assert not one.leaves_it(10, now=LONGEST_LEFT + NOBODY_CAME / 2)
    assert one.leaves_it(11, now=LONGEST_LEFT + NOBODY_CAME)


def test_one_that_hangs_does_not_hide_behind_one_that_lives(two):
    """What counts is whether those who should take it do anything."""
    one, lives = two
    lives.tell(9)
    hangs = Share(3)
    try:
        assert one.leaves_it(9, now=0.0)
        lives.tell(9)

        assert not one.leaves_it(9, now=LONGEST_LEFT)
        assert not one.leaves_it(10, now=LONGEST_LEFT)
    finally:
        hangs.give_up()


def test_who_is_alone_takes_all(two):
    one, other = two
    other.give_up()

    assert not one.leaves_it(500, now=0.0)


def test_who_ended_without_a_word_is_not_waited_for(two):
    one, _ = two
    fairness.give_up(2)

    assert not one.leaves_it(500, now=0.0)


@contextmanager
def crowd(address):
    """As many connections as the crowd, all opened before the first asks."""
    place = urlsplit(address)
    with ExitStack() as all_of_them:
        connections = [
            all_of_them.enter_context(socket.create_connection((place.hostname, place.port), timeout=20))
            for _ in range(CROWD)
        ]
        for connection in connections:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        yield [connection.recv(4096)[:12] for connection in connections]


def open_sockets(pid):
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            found += os.readlink(link).startswith("socket:")
    return found


@pytest.mark.system
def test_a_crowd_is_shared_out(tmp_path):
    with servers.gunicorn("tests.core.unhurried:app", {}, log=tmp_path / "log", ready="/") as server:
        workers = server.children()
        before = [open_sockets(pid) for pid in workers]
        for _ in range(CROWDS):
            with crowd(server.base) as answers:
                held = [open_sockets(pid) - known for pid, known in zip(workers, before, strict=True)]
            wait_until(lambda: [open_sockets(pid) for pid in workers] == before)

            assert answers == [b"HTTP/1.1 200"] * CROWD
            assert sum(held) == CROWD
            assert min(held) >= CROWD / len(workers) / 2, held


@pytest.mark.system
def test_a_worker_that_hangs_or_ends_is_not_waited_for_long(tmp_path):
    with servers.gunicorn("bench.bare:app", {}, log=tmp_path / "log", ready="/") as server:
        hanging = server.children()[0]
        os.kill(hanging, signal.SIGSTOP)
        try:
            with crowd(server.base) as answers:
                assert answers == [b"HTTP/1.1 200"] * CROWD
        finally:
            os.kill(hanging, signal.SIGKILL)
        with crowd(server.base) as answers:
            assert answers == [b"HTTP/1.1 200"] * CROWD
