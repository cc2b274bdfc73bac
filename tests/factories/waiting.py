"""Waiting for what another process does."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 10) -> None:
    """Look again and again until something is so; fail if it never is."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came to be"
        threading_pause()


def threading_pause() -> None:
    import threading

    threading.Event().wait(0.02)
