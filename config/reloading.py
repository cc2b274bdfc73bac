"""HUP loads new code one worker at a time, and only if it starts.

gunicorn starts all new workers at once and sends the old ones away before the new have loaded: for seconds nobody
serves, and a release that does not start ends the whole server. Here a worker goes when its successor serves, and
the first that does not start leaves the others as they were. Made for gunicorn 27, as config/patience.py.
"""

import os
import signal
import sys
import time
from functools import partial
from typing import Any

BOOT_SECONDS = 60.0  # for a worker to load the shop


def reload_one_by_one(server: Any) -> None:
    """Have a server answer HUP in this way."""
    server.handle_hup = partial(_reload, server)


def _reload(server: Any) -> None:
    """Read the settings of gunicorn again, then replace each worker; the rest stays if one does not start."""
    if not _read_settings(server):
        server.log.error("The new settings cannot be read: nothing is changed")
        return
    for old in sorted(server.WORKERS.values(), key=lambda worker: worker.age):
        new = server.WORKERS[server.spawn_worker()]
        if not _comes_to_serve(server, new):
            server.log.error("The new code does not start: worker %s stays, and all after it", old.pid)
            return
        server.kill_worker(old.pid, signal.SIGTERM)
    server.manage_workers()


def _read_settings(server: Any) -> bool:
    before = server.app.cfg
    old = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "config"}
    try:
        for name in old:
            del sys.modules[name]  # so that the worker is the new code's too
        server.app.reload()
        server.app.cfg.worker_class  # noqa: B018 -- imported here, where it may fail
    except (SystemExit, RuntimeError):  # gunicorn has said why
        server.app.cfg = before
        sys.modules.update(old)
        return False
    server.setup(server.app)
    return True


def _comes_to_serve(server: Any, worker: Any) -> bool:
    """Wait until a new worker has loaded the shop and accepts requests; if it never does, it is gone."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        if worker.tmp.last_update() <= time.monotonic():  # its first sign of life; until then it is a file's birth
            return True
        if _is_gone(server, worker):
            return False
        time.sleep(0.05)
    server.kill_worker(worker.pid, signal.SIGKILL)
    while not _is_gone(server, worker):
        time.sleep(0.05)
    return False


def _is_gone(server: Any, worker: Any) -> bool:
    """Whether a worker has ended; it is then collected here, for gunicorn would end with one that cannot start."""
    pid, _ = os.waitpid(worker.pid, os.WNOHANG)
    if not pid:
        return False
    server.WORKERS.pop(worker.pid)
    worker.tmp.close()
    server.cfg.child_exit(server, worker)
    return True
