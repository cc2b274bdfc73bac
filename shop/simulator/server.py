"""Serving the simulated WeChat on the loopback interface."""

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from shop.simulator.application import make_app
from shop.simulator.credentials import Credentials
from shop.simulator.simulation import Simulation

ADDRESS = "127.0.0.1"
POLL_SECONDS = 0.02


class QuietHandler(WSGIRequestHandler):
    """Serves without a line for each request: tokens and openids stay out of logs."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Server(ThreadedWSGIServer):
    """A threaded server that can also hang up on connections still open."""

    request_queue_size = 512

    def __init__(self, port: int, app: Any) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(ADDRESS, port, app, handler=QuietHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection while it lives."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every connection still open."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):  # it may have ended by itself
                connection.shutdown(socket.SHUT_RDWR)


class SimulatedWeChat:
    """WeChat and WeChat Pay in this process, remembering in a folder; may be started again after a stop."""

    def __init__(self, folder: Path, *, time_scale: float = 0.02) -> None:
        """Args: time_scale: multiplies the documented waits between two attempts of a notice."""
        self._folder = folder
        self._time_scale = time_scale
        self._simulation: Simulation | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def credentials(self) -> Credentials:
        """What the merchant was given."""
        return Credentials.load_or_make(self._folder)

    @property
    def simulation(self) -> Simulation:
        """What is served, for who runs in the same process.

        Raises:
            RuntimeError: it is not running.
        """
        if self._simulation is None:
            raise RuntimeError("the simulated WeChat is not running")
        return self._simulation

    def start(self, port: int = 0) -> str:
        """Serve in the background; gives the base address. Port 0 takes a free one."""
        if self._server is not None:
            raise RuntimeError("the simulated WeChat is running already")
        simulation = Simulation(self._folder, time_scale=self._time_scale)
        try:
            self._server = Server(port, make_app(simulation))
        except BaseException:
            simulation.close()
            raise
        self._simulation = simulation
        simulation.start()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)
        self._thread.start()
        return f"http://{ADDRESS}:{self._server.server_port}"

    def stop(self) -> None:
        """Stop serving; what was ordered and not yet told is kept. Does nothing if not running."""
        if self._server is None or self._simulation is None or self._thread is None:
            return
        self._simulation.stop()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        self._simulation.close()
        self._server = self._simulation = self._thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
