"""Threads only for requests that have arrived, and a queue for them that ends.

Who sends or reads slowly waits without a thread, and not for long; who would wait too long for one is told so at once.

gunicorn's threaded worker gives a thread to whoever has sent a first byte, waits there for the rest, and again for
whoever does not read the answer: a few slow clients would keep out everybody else. Here a request is looked at in
the socket, without taking it out, until it is whole; and no thread waits for one read or write longer than
LONGEST_WAIT. Nor does gunicorn's queue for threads end: under more than it can serve it answers everybody late, when
nobody listens any more. Here a newcomer who would wait too long gets a 503 that says when to come back.

And of connections that come together gunicorn lets the first worker awake take all, for as long as they last: one core
works and the others look on. Here a worker leaves a connection to another that has fewer (fairness.py).

Made for gunicorn 27: all but the work itself happens in the thread that watches the connections.
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
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from gunicorn.workers import gthread

from config import fairness

LONGEST_ARRIVAL = 10.0  # seconds from the first look to a whole request
LONGEST_PARTING = 2.0  # seconds for a client to hang up after its last answer
LONGEST_WAIT = 10  # seconds a thread waits for a client to take, or to send, anything
LONGEST_QUEUE = 2.0  # seconds that the queue may take to be served; beyond, a newcomer is told that the shop is busy
SOME_MAY_WAIT = 64  # always, for each process: a crowd is no overload; 1.6 s at the slowest usual request of 25 ms
LONGEST_WAIT_FOR_A_THREAD = 5.0  # seconds, when nothing moves; then busy as well
USUAL_PACE = 0.005  # seconds from one answer to the next, until it is known
MEMORY = 20  # answers that the pace is the mean of
AT_HAND = 4  # requests beyond those that have a thread, so that one who is done need not be handed the next
URGENT_THREADS = 4  # of their own, for callbacks of gateways and for probes: no crowd keeps them waiting
MOST_AHEAD = 96 * 1024  # bytes of a head and a body; more than the shop takes of either
ROOM = 256 * 1024  # bytes of answers that the system keeps for a client, so that no thread waits for it
MOST_UNTAKEN = 64 * 1024  # bytes of earlier answers; who has not taken them gets no other
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = re.compile(rb"(?im)^transfer-encoding[ \t]*:")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*([0-9]+)[ \t]*\r?$")
_EXPECT = re.compile(rb"(?im)^expect:[ \t]*100-continue[ \t]*\r?$")
_SIZE = re.compile(rb"[0-9a-fA-F]+(?=[;\r \t])")
# What is never turned away: money that came, and whoever asks whether we live.
_URGENT = re.compile(rb"[A-Z]+ /(?:callbacks/[^ ?]*|healthz|readyz|metrics)[ ?]")
_HUNG_UP = getattr(select, "POLLRDHUP", select.POLLHUP)  # only Linux tells that the other half was closed
_TIMEVAL = struct.pack("@ll", LONGEST_WAIT, 0)


class PatientWorker(gthread.ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker, patient without its threads, and with a queue that ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parting: deque[Any] = deque()  # connections that were answered for the last time
        self.queue = Queue(self.cfg.threads)
        self.turn_away: Callable[[bytes], bytes] | None = None  # gives the answer for a head
        self.share: fairness.Share | None = None  # from its first turn to its last

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """The usual threads; beside them some for what must get through."""
        self.urgent = ThreadPoolExecutor(max_workers=URGENT_THREADS)
        return ThreadPoolExecutor(max_workers=self.cfg.threads)

    def load_wsgi(self) -> None:
        """Load the shop, and its words for those who are turned away; both are the new code's after a HUP."""
        super().load_wsgi()
        from shop.core.overload import busy_answer

        self.turn_away = busy_answer

    def run(self) -> None:
        """Serve until the end, counted among those who do."""
        self.share = fairness.Share(self.age)
        try:
            super().run()
        finally:
            self.share.give_up()

    def give_up_place(self) -> None:
        """For the process that started this worker: it has ended, maybe without a word."""
        fairness.give_up(self.age)

    def accept(self, listener: Any) -> None:
        """Take a connection, unless it is rather another worker's."""
        if self.share is not None and self.share.leaves_it(self.nr_conns, time.monotonic()):
            self.set_accept_enabled(False)
        else:
            super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen, or not; not while a connection is left to another."""
        waits = self.share is not None and self.share.waits(time.monotonic())
        super().set_accept_enabled(enabled and not waits)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for events, but no longer than a connection is left to others; tell them how many are held here."""
        if self.share is None:
            super().wait_for_and_dispatch_events(timeout)
            return
        left, listens = self.share.left_at, self._accepting
        waits = left is not None and not listens and self.alive
        super().wait_for_and_dispatch_events(min(timeout, fairness.AGAIN) if waits else timeout)
        if self.alive:
            self.share.tell(self.nr_conns)
        else:
            self.share.give_up()  # it takes no connection any more, and finishes what it has
        if listens and self.share.left_at == left:
            self.share.left_at = None  # what had been left is gone: another has taken it

    def enqueue_req(self, conn: Any) -> None:
        """Let a whole request wait its turn; put back what has not arrived; hang up on who takes or sends too much."""
        conn.is_queued = False
        if conn.cfg.is_ssl or conn.is_http2:
            super().enqueue_req(conn)
            return
        state = self._look(conn)
        if state == "whole":
            conn.began, conn.is_told_to_go_on, conn.data_ready = None, False, True
            self._admit(conn)
        elif state == "partly" and self._may_wait(conn):
            self._wait(conn, self.pending_conns, self.on_pending_socket_readable, conn.began + LONGEST_ARRIVAL)
        else:
            self._part(conn)

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        """Give the thread to whoever waits; let the client read its last answer without one."""
        if conn.is_queued:
            self.queue.leave(time.monotonic())
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self._part(conn)
        self._hand_out()

    def _look(self, conn: Any) -> str:
        try:
            if not hasattr(conn, "began"):
                conn.began, conn.is_told_to_go_on, conn.is_too_long = None, False, False
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL)
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL)
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
            state = _arrival(conn)
        except OSError:
            return "gone"
        conn.began = conn.began or time.monotonic()
        return state

    def _admit(self, conn: Any) -> None:
        if _URGENT.match(conn.first_bytes):
            work = self.urgent.submit(self.handle, conn)
            work.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        elif self.queue.is_full():
            self._refuse(conn)
        else:
            self.queue.join(conn, time.monotonic())
            self._hand_out()

    def _hand_out(self) -> None:
        """Give waiting requests to the threads that are free; those that have waited too long are told to go."""
        for conn in self.queue.take_late(time.monotonic()):
            self._refuse(conn)
        for conn in self.queue.take():
            conn.is_queued = True
            super().enqueue_req(conn)

    def _refuse(self, conn: Any) -> None:
        """Answer that the shop is busy, at once and without a thread."""
        if self.turn_away is not None:
            with contextlib.suppress(OSError):
                conn.sock.send(self.turn_away(_ahead(conn, MOST_AHEAD)), socket.MSG_DONTWAIT)
        self._part(conn)

    def murder_pending(self) -> None:
        """Hang up on those that have waited long enough; they do not stand in the order of their ends."""
        now = time.monotonic()
        self._hand_out()
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


class Queue:
    """Whole requests that wait for a thread, and how many have one. Used by one thread alone.

    Up to SOME_MAY_WAIT may always wait. Beyond, a newcomer is admitted only while the queue, at the pace at which it
    moved so far, would be served within LONGEST_QUEUE; so a slower shop has a shorter queue.
    """

    def __init__(self, threads: int) -> None:
        self.places = threads + AT_HAND
        self.pace = USUAL_PACE  # seconds from one answer to the next, while others wait
        self._waiting: deque[Any] = deque()
        self._taken = 0
        self._last: float | None = None  # when an answer was given while others waited

    def is_full(self) -> bool:
        """Whether who comes now would wait too long."""
        waiting = len(self._waiting)
        return waiting >= SOME_MAY_WAIT and waiting * self.pace > LONGEST_QUEUE

    def join(self, conn: Any, now: float) -> None:
        """Wait for a thread."""
        conn.joined = now
        self._waiting.append(conn)

    def take(self) -> Iterator[Any]:
        """Those who can have a thread now, in the order in which they came."""
        while self._waiting and self._taken < self.places:
            self._taken += 1
            yield self._waiting.popleft()

    def take_late(self, now: float) -> Iterator[Any]:
        """Those who have waited so long that whoever asked has gone, or asks again."""
        while self._waiting and now - self._waiting[0].joined > LONGEST_WAIT_FOR_A_THREAD:
            yield self._waiting.popleft()

    def leave(self, now: float) -> None:
        """Give a thread back."""
        self._taken -= 1
        if self._last is not None:
            self.pace += (min(now - self._last, 1.0) - self.pace) / MEMORY
        self._last = now if self._waiting else None


def _arrival(conn: Any) -> str:
    """How much of the next request is here: `whole` (or as whole as it will ever be), `partly`, `too much`, `gone`."""
    ahead = _taken_ahead(conn)
    waiting: bytes | None
    try:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        waiting = conn.sock.recv(MOST_AHEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        waiting = None
    except OSError:
        return "gone"
    data = ahead + (waiting or b"")
    if waiting == data == b"":
        return "gone"
    if _untaken(conn.sock) > MOST_UNTAKEN:
        return "too much"
    conn.first_bytes, conn.is_too_long = data[:256], is_too_long(data)
    if waiting == b"" or conn.is_too_long or is_whole(data) or _has_hung_up(conn.sock):
        return "whole"
    if len(data) >= MOST_AHEAD:
        return "too much"
    if not conn.is_told_to_go_on and _EXPECT.search(data.partition(b"\r\n\r\n")[0]) and b"\r\n\r\n" in data:
        conn.is_told_to_go_on = True
        conn.sock.send(CONTINUE, socket.MSG_DONTWAIT)
    conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(waiting or b"") + 1)  # tell me of news only
    return "partly"


def _taken_ahead(conn: Any) -> bytes:
    """What gunicorn has read of the next request with the last one."""
    return bytes(conn.parser.unreader.buf.getvalue()) if conn.parser is not None else b""


def _ahead(conn: Any, most: int) -> bytes:
    """The first bytes of the next request."""
    taken: bytes = _taken_ahead(conn)[:most]
    with contextlib.suppress(OSError):
        taken += conn.sock.recv(most, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return taken


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
