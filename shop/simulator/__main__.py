"""Run the simulated WeChat from the command line: ``python -m shop.simulator --folder DIR --port PORT``."""

import argparse
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

from shop.simulator.server import SimulatedWeChat

WAKE_SECONDS = 0.2


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The folder, port and time scale asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m shop.simulator", description="WeChat and WeChat Pay, simulated.")
    parser.add_argument("--folder", type=Path, required=True, help="where keys and orders are kept; made if missing")
    parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--time-scale", type=float, default=0.02, help="multiplies the wait between two notices")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None, asked_to_stop: threading.Event | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the given event."""
    wanted = arguments(given)
    stop = asked_to_stop or threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with SimulatedWeChat(wanted.folder, time_scale=wanted.time_scale) as simulated:
        print(f"Simulated WeChat ready at {simulated.start(wanted.port)}", flush=True)
        while not stop.wait(WAKE_SECONDS):  # a signal may reach another thread first
            continue
    return 0


if __name__ == "__main__":  # pragma: no cover
    raise SystemExit(main())
