"""Threads only for requests that have arrived: who sends or reads slowly waits without one, and not for long.

gunicorn's threaded worker gives a thread to whoever has sent a first byte, waits there for the rest, and again for
whoever does not read the answer: a few slow clients would keep out everybody else. Here a request is looked at in
the socket, without taking it out, until it is whole; and no thread waits for one read or write longer than
LONGEST_WAIT. Made for gunicorn 27, whose worker can put a connection back among those that wait.
"""

import contextlib
import fcntl
import re
import select
import selectors
import socket
import struct
import sys
import termios
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers import gthread

LONGEST_ARRIVAL = 10.0  # seconds from the first look to a whole request
LONGEST_PARTING = 2.0  # seconds for a client to hang up after its last answer
LONGEST_WAIT = 10  # seconds a thread waits for a client to take, or to send, anything
MOST_AHEAD = 96 * 1024  # bytes of a head and a body; more than the shop takes of either
ROOM = 256 * 1024  # bytes of answers that the system keeps for a client, so that no thread waits for it
MOST_UNTAKEN = 64 * 1024  # bytes of earlier answers; who has not taken them gets no other
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = re.compile(rb"(?im)^transfer-encoding[ \t]*:")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]+)[ \t]*\r?$")
_EXPECT = re.compile(rb"(?im)^expect:[ \t]*100-continue[ \t]*\r?$")
_SIZE = re.compile(rb"[0-9a-fA-F]+(?=[;\r \t])")
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # only Linux tells that the other half was closed
_TIMEVAL = struct.pack("@ll", LONGEST_WAIT, 0)


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, patient without its threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parting: deque[Any] = deque()  # connections that were answered for the last time

    def handle(self, conn: Any) -> Any:
        """Serve what has arrived; put back what has not; hang up on who takes too long or sends too much."""
        if conn.cfg.is_ssl or conn.is_http2:
            return super().handle(conn)
        if not hasattr(conn, "began"):
            conn.began, conn.is_told_to_go_on, conn.is_too_long = None, False, False
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        state = _arrival(conn)
        if state == "whole":
            conn.began, conn.is_told_to_go_on, conn.data_ready = None, False, True
            return super().handle(conn)
        conn.began = conn.began or time.monotonic()
        return gthread._DEFER if state == "partly" and self._may_wait(conn) else False

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Let a connection wait, also while the worker is stopping: its client may be in the middle of a request."""
        result = None if fs.cancelled() or fs.exception() else fs.result()
        if result is gthread._DEFER:
            self._wait(conn, self.pending_conns, self.on_pending_socket_readable, conn.began + LONGEST_ARRIVAL)
        elif result or fs.cancelled() or fs.exception():
            super().finish_request(conn, fs)
        else:
            self._part(conn)

    def murder_pending(self) -> None:
        """Hang up on those that have waited long enough; they do not stand in the order of their ends."""
        now = time.monotonic()
        for conns in (self.pending_conns, self.parting):
            for conn in [conn for conn in conns if conn.timeout <= now]:
                self._hang_up(conn, conns)

    def murder_keepalived(self, force: bool = False) -> None:
        """Hang up on those that kept a connection for long enough; not on who has just begun to ask again."""
        now = time.monotonic()
        while self.keepalived_conns and (force or self.keepalived_conns[0].timeout <= now):
            conn = self.keepalived_conns[0]
            if not force and _has_news(conn.sock):
                self.on_client_socket_readable(conn, conn.sock)
            else:
                self._hang_up(conn, self.keepalived_conns)

    def _part(self, conn: Any) -> None:
        """Say that nothing more will come, and let the client read what was said: gunicorn stands still for that."""
        with contextlib.suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        self._wait(conn, self.parting, self._listen_no_more, time.monotonic() + LONGEST_PARTING)

    def _listen_no_more(self, conn: Any, client: socket.socket) -> None:
        """Throw away what a client still sends; it has hung up when nothing comes."""
        with contextlib.suppress(BlockingIOError):
            try:
                if client.recv(MOST_AHEAD):
                    return
            except ConnectionError:
                pass
            self._hang_up(conn, self.parting)

    def _wait(self, conn: Any, conns: Any, then: Any, until: float) -> None:
        conn.sock.setblocking(False)
        conn.timeout = until
        conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _hang_up(self, conn: Any, conns: Any) -> None:
        conns.remove(conn)
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def _keepalive_after(self, conn: Any, keepalive: Any) -> bool:
        """Whether the connection serves another request; a body too long to be taken is not waited for."""
        return not conn.is_too_long and bool(super()._keepalive_after(conn, keepalive))

    @staticmethod
    def _may_wait(conn: Any) -> bool:
        return bool(time.monotonic() - conn.began < LONGEST_ARRIVAL)


def _arrival(conn: Any) -> str:
    """How much of the next request is here: `whole` (or as whole as it will ever be), `partly`, or `too much`."""
    ahead = conn.parser.unreader.buf.getvalue() if conn.parser is not None else b""
    waiting: bytes | None
    try:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        waiting = conn.sock.recv(MOST_AHEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        waiting = None
    except OSError:
        return "whole"  # gunicorn says what is wrong
    data = ahead + (waiting or b"")
    if _untaken(conn.sock) > MOST_UNTAKEN:
        return "too much"
    conn.is_too_long = is_too_long(data)
    if waiting == b"" or conn.is_too_long or is_whole(data) or _has_hung_up(conn.sock):
        return "whole"
    if len(data) >= MOST_AHEAD:
        return "too much"
    if not conn.is_told_to_go_on and _EXPECT.search(data.partition(b"\r\n\r\n")[0]) and b"\r\n\r\n" in data:
        conn.is_told_to_go_on = True
        conn.sock.send(CONTINUE, socket.MSG_DONTWAIT)
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(waiting or b"") + 1)  # tell me of news only
    return "partly"


def is_whole(data: bytes) -> bool:
    """Whether bytes begin with a whole request, or with one so wrong that it will be refused unread."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    if _CHUNKED.search(head):
        return _are_whole_chunks(body)
    return len(body) >= _length(head)


def is_too_long(data: bytes) -> bool:
    """Whether bytes begin with a head that announces more than the shop takes: it is refused unread."""
    head, found, _ = data.partition(b"\r\n\r\n")
    return bool(found) and not _CHUNKED.search(head) and _length(head) >= MOST_AHEAD


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    digits = found[1].lstrip(b"0") if found else b""
    return MOST_AHEAD if len(digits) > 9 else int(digits or b"0")


def _are_whole_chunks(body: bytes) -> bool:
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = _SIZE.match(body, at)
        if size is None:
            return True
        digits = size[0].lstrip(b"0")
        if not digits:
            return b"\r\n\r\n" in body[end:]
        at = end + 2 + int(digits[:8], 16) + 2
    return False


def _untaken(connection: socket.socket) -> int:
    """How many bytes have been written that the client has not taken; 0 where the system does not tell."""
    count = bytearray(4)
    try:
        fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, count)
    except OSError:
        return 0
    return int.from_bytes(count, sys.byteorder)


def _has_news(connection: socket.socket) -> bool:
    """Whether something has arrived that nobody has looked at; also that nothing more will."""
    try:
        connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _has_hung_up(connection: socket.socket) -> bool:
    """Whether nothing more will come."""
    poll = select.poll()
    poll.register(connection, _HUNG_UP)
    return bool(poll.poll(0))
