"""How gunicorn serves the shop: `gunicorn --config config/gunicorn.py wsgi:app`."""

import gc
import os
import shutil
import tempfile
from typing import Any

# Metrics of several processes add up in a folder of this server's own; set before the shop is loaded. In memory where
# there is a place for it: the files are mapped, and a full disk would end every process that counts something.
# This file is read again at each HUP: the folder is then known by the server's number in its name.
in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 -- mkdtemp makes its own folder there
mark = f"insolite-metrics-{os.getpid()}-"
metrics_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix=mark, dir=in_memory)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "config.patience.PatientWorker"
threads = 8  # one waits for WeChat Pay while the others serve
timeout = 60
graceful_timeout = 25  # requests under way are finished before a worker ends
keepalive = 5
# In case something leaks all the same. A worker that is replaced is missing while its successor starts, so not often:
# in a rush this many are half an hour.
max_requests = 2_000_000
max_requests_jitter = 400_000
limit_request_line = 4094
limit_request_fields = 60
control_socket_disable = True
# Each turn of a worker touches a file, to show that it lives: on a disk that waits for the database's writing.
worker_tmp_dir = in_memory
accesslog = None  # the shop logs requests itself, without secrets


def on_starting(server: Any) -> None:
    """Load new code on HUP one worker at a time, so that no request fails and a release that does not start is none."""
    from config.reloading import reload_one_by_one

    reload_one_by_one(server)


def post_worker_init(_worker: Any) -> None:
    """Leave what is loaded out of the collector's rounds: looking through all of it stops every thread for a tenth of a
    second, in the middle of a rush (docs/performance.md)."""
    gc.collect()
    gc.freeze()


def child_exit(_server: Any, worker: Any) -> None:
    """Let a process that ended stop counting, and being counted."""
    from prometheus_client import multiprocess

    give_up = getattr(worker, "give_up_place", None)  # in the memory that it shared, which after a HUP is another
    if give_up:
        give_up()
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    """Leave nothing behind that was made here."""
    if os.path.basename(metrics_folder).startswith(mark):
        shutil.rmtree(metrics_folder, ignore_errors=True)
