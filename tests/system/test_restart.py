"""A new release under load: HUP loads it worker by worker, no request fails; one that does not start is none."""

import http.client
import os
import signal
import socket
import sys
import tempfile
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from shop.development import ports
from shop.development.children import Child
from shop.development.processes import ProcessMark
from tests.factories.waiting import wait_until

pytestmark = pytest.mark.system

CLIENTS = 6
PATHS = ("/healthz", "/api/v1/tours?lang=zh", "/api/v1/terms")
RELEASE = """
from wsgi import app

@app.after_request
def tell(response):
    response.headers["X-Release"] = "{name}"
    return response
"""


class Server:
    """gunicorn as production runs it, with a release that can be exchanged."""

    def __init__(self, folder, here, environ):
        self.port = ports.free_port()
        self._folder = folder
        command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "released:app"]
        self._child = Child("web", command, folder / "web.log")
        self.release("first")
        self._child.start(here, {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **environ})
        self._pid = self._child.pid
        wait_until(lambda: self.stopped() or ports.answers(self.port), seconds=60)

    def release(self, name):
        (self._folder / "released.py").write_text(RELEASE.format(name=name), encoding="utf-8")

    def break_the_release(self):
        (self._folder / "released.py").write_text("import nothing_of_this_name\n", encoding="utf-8")

    def hang_up(self):
        os.kill(self._child.pid, signal.SIGHUP)

    def workers(self):
        pids = Path(f"/proc/{self._child.pid}/task/{self._child.pid}/children").read_text().split()
        return {int(pid) for pid in pids if ProcessMark.of(int(pid))}

    def said(self):
        return self._child.log.read_text(errors="replace")

    def stopped(self):
        return self._child.exit_code() is not None

    def left_behind(self):
        """The folder of the metrics, which must go with the server."""
        places = (Path("/dev/shm"), Path(tempfile.gettempdir()))
        return [found for place in places for found in place.glob(f"insolite-metrics-{self._pid}-*")]

    def stop(self):
        self._child.stop()


@pytest.fixture
def server(app, settings, wechat, here, tmp_path):
    environ = {
        "SHOP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "SHOP_PUBLIC_URL": settings.public_url,
        "SHOP_RATE_LIMITS": "off",
        **wechat.credentials.settings("global", wechat.address),
    }
    running = Server(tmp_path, here, environ)
    yield running
    running.stop()


class Stream:
    """Clients that ask one thing after the other on connections they keep."""

    def __init__(self, port):
        self.releases = []
        self.failures = Counter()
        self._port, self._ended = port, threading.Event()

    @contextmanager
    def flowing(self):
        threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def more(self, answers):
        """Wait for so many more answers."""
        wanted = len(self.releases) + sum(self.failures.values()) + answers
        wait_until(lambda: len(self.releases) + sum(self.failures.values()) >= wanted, seconds=120)

    def _ask(self, number):
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._ended.wait(0.005 * number):  # some without a pause, some with
            try:
                line.request("GET", PATHS[number % len(PATHS)])
                answer = line.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures[type(error).__name__] += 1
                line.close()
                continue
            if answer.status == 200:
                self.releases.append(answer.headers["X-Release"])
            else:
                self.failures[answer.status] += 1
        line.close()


def test_a_new_release_is_loaded_under_load_and_no_request_fails(server):
    with Stream(server.port).flowing() as stream:
        stream.more(100)
        before = server.workers()
        patient = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        server.release("second, which is another")

        server.hang_up()
        wait_until(lambda: not server.workers() & before, seconds=120)
        seen = len(stream.releases)
        stream.more(100)

    assert stream.failures == {}
    assert len(server.workers()) == len(before) == 2
    assert set(stream.releases[:seen]) == {"first", "second, which is another"}
    assert set(stream.releases[seen + CLIENTS :]) == {"second, which is another"}
    patient.close()
    server.stop()
    assert server.left_behind() == []


def test_a_release_that_does_not_start_changes_nothing(server):
    with Stream(server.port).flowing() as stream:
        stream.more(20)
        before = server.workers()
        server.break_the_release()

        server.hang_up()
        wait_until(lambda: "nothing_of_this_name" in server.said() and server.workers() == before, seconds=120)
        stream.more(100)

    assert not server.stopped()
    assert server.workers() == before
    assert stream.failures == {}
    assert set(stream.releases) == {"first"}
