"""Clients that take their time, at the real server: they wait for themselves alone, everybody else is served."""

from contextlib import ExitStack

import pytest
import requests

from tests.hostile.raw import read_all
from tests.races.conftest import PROCESSES

THREADS = 8  # of each process, config/gunicorn.py
PATIENCE = 3  # seconds; whoever is not served by then never is, while the crowd stays
CROWD = 2 * PROCESSES * THREADS
HEAD = b"POST /api/v1/bookings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

pytestmark = pytest.mark.system

SLOW = {
    "nothing": b"",
    "a letter": b"P",
    "half a line": b"POST /api/v1/boo",
    "half the headers": HEAD,
    "headers and no body": HEAD + b"Content-Length: 60000\r\n\r\n",
    "half a body": HEAD + b"Content-Length: 60000\r\n\r\n" + b" " * 30_000,
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n{",
    "an expectation": HEAD + b"Content-Length: 60000\r\nExpect: 100-continue\r\n\r\n",
    "a request and half another": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + HEAD,
}


@pytest.mark.parametrize("sent", SLOW.values(), ids=SLOW)
def test_a_crowd_that_sends_slowly_is_nobodys_business(server, sent):
    with ExitStack() as crowd:
        connections = [crowd.enter_context(server.connect()) for _ in range(CROWD)]
        for connection in connections:
            connection.sendall(sent)

        for _ in range(10):
            assert served(server)


def served(server):
    try:
        return requests.get(f"{server.address}/healthz", timeout=PATIENCE).ok
    except requests.RequestException:
        return False


@pytest.mark.parametrize("sent", [pytest.param(sent, id=name) for name, sent in SLOW.items()])
def test_who_hangs_up_is_forgotten(server, sent):
    """Half a request and a closed line leave nothing behind: no answer of ours fails, the threads are free again."""
    told = len(server.failures())
    for _ in range(CROWD):
        with server.connect() as connection:
            connection.sendall(sent)

    assert served(server)
    assert server.failures()[told:] == []


def test_who_reads_slowly_is_nobodys_business(server):
    """Answers are small enough for the buffers between the machines, so nobody waits for a reader."""
    ask = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as crowd:
        for _ in range(CROWD):
            connection = crowd.enter_context(server.connect())
            connection.sendall(ask)

        for _ in range(10):
            assert served(server)


def test_who_stays_connected_is_nobodys_business(server):
    with ExitStack() as crowd:
        for _ in range(CROWD):
            connection = crowd.enter_context(server.connect())
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")

        assert served(server)


def test_a_request_in_many_pieces_is_a_request(server):
    whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server.connect() as connection:
        for letter in whole:
            connection.sendall(bytes([letter]))

        assert read_all(connection).startswith(b"HTTP/1.1 200")
