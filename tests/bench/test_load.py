"""The generator of the benchmark's load sends each request once, and none twice."""

from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench import load

pytestmark = pytest.mark.system


@pytest.fixture
def asked():
    """What a server was asked for, by path, and its address."""
    seen = Counter()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen[self.path] += 1
            self.send_response(200 if len(self.path) < 4 else 409)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok" if len(self.path) < 4 else b"no")

        def log_message(self, *_facts):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # all connections of a load come at once

    server = Server(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield seen, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("count", [40, 700])
def test_each_request_is_sent_once(asked, count):
    seen, base = asked
    paths = [f"/{number}" for number in range(count)]

    ran = load.fire(base, [load.Request(path) for path in paths], seconds=4, looked_for="no")

    few = sum(len(path) < 4 for path in paths)
    assert seen == Counter(paths)
    assert (ran.requests, ran.broken, ran.found) == (count, 0, count - few)
    assert dict(ran.statuses) == {"200": few} | ({"409": count - few} if count > few else {})
