"""Fill the migrated, still unused database of DATABASE_URL: `python -m bench.history --orders 1000000`."""

import argparse
import os
import sys
import time

from bench.history.load import load


def main() -> None:
    """Read what is wanted from the command line, and load it."""
    asked = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    asked.add_argument("--orders", type=int, default=1_000_000)
    asked.add_argument("--departures", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=1)
    wanted = asked.parse_args()
    started = time.monotonic()

    def tell(step: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {step}", file=sys.stderr, flush=True)

    load(
        os.environ["DATABASE_URL"],
        orders=wanted.orders,
        departures=wanted.departures,
        seed=wanted.seed,
        secret_key=os.environ.get("SECRET_KEY"),
        tell=tell,
    )


if __name__ == "__main__":
    main()
