"""Threads only for requests that have arrived: who sends slowly, or nothing, waits without one, and not for long.

gunicorn's threaded worker gives a thread to whoever has sent a first byte and waits there for the rest, so a few
slow clients would keep out everybody else. Here a request is looked at in the socket, without taking it out, until
it is whole. Made for gunicorn 27, whose worker can put a connection back among those that wait.
"""

import re
import select
import socket
import time
from typing import Any

from gunicorn.workers import gthread

LONGEST_ARRIVAL = 10.0  # seconds from the first look to a whole request
MOST_AHEAD = 96 * 1024  # bytes of a head and a body; more than the shop takes of either
_CHUNKED = re.compile(rb"(?im)^transfer-encoding[ \t]*:")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]{1,9})[ \t]*\r?$")
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # only Linux tells that the other half was closed
_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}(?=[;\r \t])")


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, patient without its threads."""

    def handle(self, conn: Any) -> Any:
        """Serve what has arrived; put back what has not; hang up on who takes too long or sends too much."""
        if conn.cfg.is_ssl or conn.is_http2:
            return super().handle(conn)
        state = _arrival(conn)
        if state == "whole":
            conn.began, conn.data_ready = None, True
            return super().handle(conn)
        now = time.monotonic()
        conn.began = getattr(conn, "began", None) or now
        return gthread._DEFER if state == "partly" and now - conn.began < LONGEST_ARRIVAL else False


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
    if waiting == b"" or is_whole(data) or _has_hung_up(conn.sock):
        return "whole"
    if len(data) >= MOST_AHEAD:
        return "too much"
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(waiting or b"") + 1)  # tell me of news only
    return "partly"


def is_whole(data: bytes) -> bool:
    """Whether bytes begin with a whole request, or with one so wrong that it will be refused unread."""
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    if _CHUNKED.search(head):
        return _are_whole_chunks(body)
    length = _LENGTH.search(head)
    return length is None or len(body) >= int(length[1]) or int(length[1]) >= MOST_AHEAD


def _are_whole_chunks(body: bytes) -> bool:
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = _SIZE.match(body, at)
        if size is None:
            return True
        if int(size[0], 16) == 0:
            return b"\r\n\r\n" in body[end:]
        at = end + 2 + int(size[0], 16) + 2
    return False


def _has_hung_up(connection: socket.socket) -> bool:
    """Whether nothing more will come."""
    poll = select.poll()
    poll.register(connection, _HUNG_UP)
    return bool(poll.poll(0))
