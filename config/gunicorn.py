"""How gunicorn serves the shop: `gunicorn --config config/gunicorn.py wsgi:app`."""

import os
import shutil
import tempfile
from typing import Any

# Metrics of several processes add up in a folder of this server's own; set before the shop is loaded. In memory where
# there is a place for it: the files are mapped, and a full disk would end every process that counts something.
in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- mkdtemp makes its own folder there
made_here = None
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    made_here = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="insolite-metrics-", dir=in_memory)

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "config.patience.PatientWorker"
threads = 8  # one waits for WeChat Pay while the others serve
timeout = 60
graceful_timeout = 25  # requests under way are finished before a worker ends
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
limit_request_fields = 60
control_socket_disable = True
accesslog = None  # the shop logs requests itself, without secrets


def child_exit(_server: Any, worker: Any) -> None:
    """Let a process that ended stop counting."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave nothing behind that was made here."""
    if made_here:
        shutil.rmtree(made_here, ignore_errors=True)
