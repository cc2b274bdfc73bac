"""`make soak`: the shop at half of what it can, for minutes: does anything grow that should not?

Each minute: holds, order, payment and notice at half the rate they reach alone, readers beside them, the worker at its
jobs. What is told of each minute: memory of web and worker, connections to PostgreSQL, latency, jobs that are late.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg

from bench import load, servers, steady
from bench.__main__ import migrated
from bench.load import Measured, Request
from bench.measures import CHINESE
from bench.merchant import SERIAL, Merchant
from bench.stage import Stage
from bench.steady import Steady
from shop.development import ports
from shop.development.postgres import EmbeddedPostgres

Maker = Callable[[list[UUID], int], Iterable[Request]]
PROBE = 4.0  # seconds in which the most is found
SHARE = 0.5 / 3  # of the most, for each of the three loads that run beside each other
BEAT = 20  # seconds of each round
ROUNDS_A_MINUTE = 3
GROWTH = 1.25  # of the median of the last quarter against the second, from which on something is said to grow
LATE = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at < now() - interval '1 minute'"


def main(minutes: int) -> int:
    """Soak for so many minutes.

    Returns:
        0 if nothing grew, failed or fell behind.
    """
    folder = Path(tempfile.mkdtemp(prefix="insolite-soak-"))
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "postgres")
    try:
        return _soak(postgres.start(), folder, minutes)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _soak(url: str, folder: Path, minutes: int) -> int:
    merchant, gateway = Merchant.make(folder / "merchant"), ports.free_port()
    environment = migrated(url, merchant, gateway)
    stage = Stage(url, environment["SECRET_KEY"], merchant)
    slugs, dates = stage.catalogue(), stage.departures(100, 1_000_000)
    at_gateway = [sys.executable, "-m", "bench.gateway", str(gateway), str(merchant.platform_key), SERIAL]
    at_work = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    with (
        servers.running(at_gateway, {}, log=folder / "gateway.log"),
        servers.running(at_work, environment, log=folder / "worker.log") as worker,
        servers.gunicorn("wsgi:app", environment, log=folder / "shop.log", ready="/readyz") as server,
    ):
        read = Request(f"/api/v1/tours/{slugs[3]}/departures", headers=CHINESE)
        makers: dict[str, Maker | None] = {"reads": None, "holds": stage.holds, "notices": stage.notices}
        most = {
            name: load.fire(
                server.base,
                list(make(dates, int(1500 * PROBE))) if make else [read],
                seconds=PROBE,
                repeat=make is None,
            )
            for name, make in makers.items()
        }
        print(
            "| minute | "
            + " | ".join(f"{name}/s, p50, p99 ms" for name in makers)
            + " | web MiB | worker MiB | connections | late jobs |"
        )
        print("|---" * (len(makers) + 5) + "|", flush=True)
        told = []
        for minute in range(1, minutes + 1):
            rounds = [_round(server, most, makers, dates, read) for _ in range(ROUNDS_A_MINUTE)]
            row = {name: [one[name] for one in rounds] for name in makers}
            told.append(
                {
                    "web": server.memory(),
                    "worker": servers.memory_of(worker.pid),
                    "connections": _connections(url),
                    "late": stage.count(LATE),
                    **{name: median(ran.p50 for ran in runs) for name, runs in row.items()},
                    "failed": sum(ran.refused for runs in row.values() for ran in runs),
                }
            )
            _tell(minute, row, told[-1])
    stage.close()
    return _judge(told)


def _round(
    server: servers.Server,
    most: Mapping[str, Measured],
    makers: Mapping[str, Maker | None],
    dates: list[UUID],
    read: Request,
) -> dict[str, Steady]:
    """Three loads beside each other."""
    rates = {name: most[name].rate * SHARE for name in makers}
    asked = {
        name: [read] if make is None else list(make(dates, steady.needed(rates[name], BEAT)))
        for name, make in makers.items()
    }
    with ThreadPoolExecutor(len(asked)) as pool:
        running = {
            name: pool.submit(
                steady.fire, server.base, requests, rate=rates[name], seconds=BEAT, repeat=makers[name] is None
            )
            for name, requests in asked.items()
        }
        return {name: run.result() for name, run in running.items()}


def _connections(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'insolite'").fetchone()
        assert row is not None
        return int(row[0])


def _tell(minute: int, row: dict[str, list[Steady]], facts: dict[str, float]) -> None:
    loads = " | ".join(
        ", ".join(f"{median(getattr(run, name) for run in runs):.1f}" for name in ("rate", "p50", "p99"))
        for runs in row.values()
    )
    refused = ", ".join(f"{name}: {ran.refused}" for name, runs in row.items() for ran in runs if ran.refused)
    kept = f"{facts['web']:.0f} | {facts['worker']:.0f} | {facts['connections']:.0f} | {facts['late']:.0f}"
    print(f"| {minute} | {loads} | {kept} |{refused}", flush=True)


def _judge(told: list[dict[str, float]]) -> int:
    """Compare the last quarter with the second, when all is warm."""
    quarter = max(len(told) // 4, 1)
    grown = [
        name
        for name in ("web", "worker", "connections", "reads", "holds", "notices")
        if median(facts[name] for facts in told[-quarter:])
        > GROWTH * median(facts[name] for facts in told[quarter : 2 * quarter] or told)
    ]
    wrong = [f"{name} grew" for name in grown]
    wrong += ["requests failed"] if any(facts["failed"] for facts in told) else []
    wrong += ["jobs fell behind"] if told[-1]["late"] else []
    print("\n".join(f"FAILED: {fault}" for fault in wrong) or "Nothing grew, failed or fell behind.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
