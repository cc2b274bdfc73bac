"""Clients that take their time, at the real server: they wait for themselves alone, everybody else is served."""

import socket
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
    "a length with zeros before it": HEAD + b"Content-Length: 0000000060000\r\n\r\n{",
    "a length nobody believes": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{",
    "a body longer than any": b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{",
    "a size with zeros before it": HEAD + b"Transfer-Encoding: chunked\r\n\r\n00000000000ff\r\n{",
    "chunks that seem to end": HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n0\r\n\r\n",
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
    """Whether an ordinary request is; probes have threads of their own."""
    try:
        return requests.get(f"{server.address}/api/v1/terms", timeout=PATIENCE).ok
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


def test_who_asks_for_much_and_reads_nothing_is_nobodys_business(server):
    """One answer has room in the system's buffers, so that no thread waits; and who does not take it gets no other."""
    ask = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as crowd:
        for _ in range(CROWD):
            connection = crowd.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(server.place)
            connection.sendall(ask * 150)

        for _ in range(10):
            assert served(server)


def test_who_stays_connected_is_nobodys_business(server):
    with ExitStack() as crowd:
        for _ in range(CROWD):
            connection = crowd.enter_context(server.connect())
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")

        assert served(server)


def test_who_asks_whether_to_go_on_is_told(server):
    body = b'{"departure_id": "x"}'
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(body))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)

        received = b""
        while b"HTTP/1.1 401 " not in received:
            received += (more := connection.recv(65536))
            assert more, received


def test_a_request_in_many_pieces_is_a_request(server):
    whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server.connect() as connection:
        for letter in whole:
            connection.sendall(bytes([letter]))

        assert read_all(connection).startswith(b"HTTP/1.1 200")
