"""Bytes to the server and back, past every library that would tidy them."""

import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

LONGEST = 20  # seconds; nobody's patience is measured here, a server that hangs is only cut off


@dataclass(frozen=True)
class Server:
    """Where it listens, and what it logs."""

    address: str
    log: Path

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.address)
        assert parts.hostname is not None
        assert parts.port is not None
        return parts.hostname, parts.port

    def connect(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=LONGEST)

    def send(self, *pieces: bytes, end: bool = True) -> list[int]:
        """Send bytes on a connection of their own and read until the server closes it.

        Args:
            end: nothing more will come, so a server that waits for more need not.

        Returns:
            The status of each answer; none if the server closed without one.
        """
        return statuses(self.answer(*pieces, end=end))

    def answer(self, *pieces: bytes, end: bool = True) -> bytes:
        """The same; gives all that the server wrote."""
        received = b""
        with self.connect() as connection, suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
            if end:
                with suppress(OSError):  # closed already, by a server that has read enough
                    connection.shutdown(socket.SHUT_WR)
            received = read_all(connection)
        return received

    def serves(self) -> bool:
        """Whether somebody else is served."""
        return requests.get(f"{self.address}/api/v1/tours", timeout=LONGEST).status_code == 200

    def failures(self) -> list[str]:
        """What the server itself logged as an error."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(r"\[ERROR\]|\[CRITICAL\]|Traceback|\"request_failed\"", line)]


def read_all(connection: socket.socket) -> bytes:
    received = b""
    deadline = time.monotonic() + LONGEST
    with suppress(ConnectionError):
        while chunk := connection.recv(65536):
            received += chunk
            assert time.monotonic() < deadline, "the server neither answers nor closes"
    return received


def statuses(received: bytes) -> list[int]:
    """The statuses of the answers in a stream, bodies skipped by their length."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        status = re.match(rb"HTTP/1\.[012] (\d{3}) ", head)
        assert status, received[:200]
        found.append(int(status[1]))
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        received = rest[int(length[1]) :] if length else b""
    return found
