"""`make bench`: builds its own data, starts what it needs, measures, prints one table, leaves nothing running.

QUICK=1 measures each once and shortly, and leaves the history of a million orders out. Without it, the table is
written into docs/performance.md. ORDERS=0 measures in full, but leaves out the history and the table in the document.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from bench import history, pages, servers, yardsticks
from bench.measures import Bench, Rated, Row, Yardsticks
from bench.merchant import SERIAL, Merchant
from bench.stage import Stage
from config.default import read
from shop.app import create_app
from shop.development import ports
from shop.development.postgres import EmbeddedPostgres

QUICK = os.environ.get("QUICK", "") not in {"", "0"}
SECONDS, TIMES = (2.0, 1) if QUICK else (4.0, 3)
ORDERS, DEPARTURES = int(os.environ.get("ORDERS", "1000000")), int(os.environ.get("DEPARTURES", "20000"))
REPORT = servers.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- the table of make bench -->", "<!-- its end -->"


def main() -> int:
    """Measure all of it.

    Returns:
        0 if everything reached at least its target.
    """
    folder = Path(tempfile.mkdtemp(prefix="insolite-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own account passes through
    try:
        rows, failures = _measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    table = _table(rows)
    print(table)
    for failure in failures:
        print(f"FAILED: {failure}")
    if not QUICK and ORDERS:
        _write(table)
    return 0 if not failures and all("no" not in row.verdict for row in rows) else 1


def _measure(folder: Path) -> tuple[list[Row], list[str]]:
    postgres = EmbeddedPostgres(folder / "postgres")
    url = postgres.start()
    try:
        merchant = Merchant.make(folder / "merchant")
        gateway = ports.free_port()
        environment = migrated(url, merchant, gateway)
        command = [sys.executable, "-m", "bench.gateway", str(gateway), str(merchant.platform_key), SERIAL]
        with (
            yardsticks.bare(folder, seconds=SECONDS, times=TIMES) as bare,
            servers.running(command, {}, log=folder / "gateway.log"),
        ):
            found = _yardsticks(url, bare)
            rows, empty, failures = _small(environment, found, folder)
            if not QUICK and ORDERS:
                more, failed = _large(environment, found, folder, empty)
                rows, failures = rows + more, failures + failed
        return rows, failures
    finally:
        postgres.stop()


def migrated(url: str, merchant: Merchant, gateway: int) -> dict[str, str]:
    """The settings of a shop of the run's own, whose database is made."""
    environment = {
        **merchant.settings(f"http://127.0.0.1:{gateway}"),
        "DATABASE_URL": url,
        "SECRET_KEY": secrets.token_hex(32),
        "SHOP_ENV": "development",
        "SHOP_PUBLIC_URL": "http://127.0.0.1",
        "SHOP_RATE_LIMITS": "off",  # one address sends what thousands would
    }
    _migrate(environment)
    return environment


def _migrate(environment: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=servers.ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )


def _yardsticks(url: str, bare: yardsticks.Bare) -> Yardsticks:
    booked = yardsticks.booking(url, seconds=SECONDS, times=TIMES)
    verified = yardsticks.verification(seconds=min(SECONDS, 2), times=TIMES)
    most = bare.most
    _say(f"H {most.rate:,.0f}/s (p50 of one client {bare.p50:.2f} ms, p99 at half load {bare.p99:.1f} ms,")
    _say(f"load generator {most.load:.0%} of all CPU),")
    _say(f"P {booked:,.0f}/s, V {verified:,.0f}/s; a bare worker {bare.memory:.0f} MiB")
    return Yardsticks(
        h=most.rate,
        p=booked,
        v=verified,
        p50=bare.p50,
        p99=bare.p99,
        memory=bare.memory,
        h_now=bare.now,
        p_now=partial(yardsticks.pgbench, url),
        p50_now=bare.p50_now,
    )


def _small(
    environment: Mapping[str, str], found: Yardsticks, folder: Path
) -> tuple[list[Row], dict[str, Rated], list[str]]:
    """All rates on a database that holds next to nothing."""
    with _bench(environment, found, folder, TIMES) as bench:
        rows = [*bench.reads(), *bench.holds(), *bench.sales(), bench.rush()]
        rows += [] if QUICK else bench.half_loads()
        rows += [bench.memory(), bench.restart()]
        return rows, dict(bench.rates), bench.failures


def _large(
    environment: Mapping[str, str], found: Yardsticks, folder: Path, empty: Mapping[str, Rated]
) -> tuple[list[Row], list[str]]:
    """The same rates with years of history, and the pages of the back office on it."""
    environment = _another_database(environment, "years")
    began = time.monotonic()
    history.load(environment["DATABASE_URL"], orders=ORDERS, departures=DEPARTURES, seed=1)
    _say(f"{ORDERS:,} orders and {DEPARTURES:,} departures loaded in {time.monotonic() - began:.0f} s")
    rows = []
    with _bench(environment, found, folder, TIMES) as bench:
        bench.reads()
        bench.holds()
        bench.sales()
        for what, ran in bench.rates.items():
            ratio = ran.of_h / empty[what].of_h
            said = f"{ran}; empty {empty[what]}"
            rows.append(Row.of(f"with {ORDERS:,} orders: {what}", said, [(ratio, 0.9, 1.0, "of empty")]))
        failures = bench.failures
        rows += _pages(environment, found, bench.server.base)
    return rows, failures


def _pages(environment: Mapping[str, str], found: Yardsticks, base: str) -> list[Row]:
    """Every page, asked of the shop as it is served, beside what a bare route took just before and just after."""
    rows, before = [], found.p50_now(2)
    measured = pages.measure(create_app(read(environment)), times=5, base_url=base)
    p50 = (before + found.p50_now(2)) / 2
    _say(f"p50 of H, one client, around the pages {p50:.2f} ms")
    for page in measured:
        ratio = page.milliseconds / p50
        said = f"{page.milliseconds:.1f} ms" + ("" if page.status == 200 else f", {page.status}")
        rows.append(Row.of(f"`{page.name}` ({page.role})", said, [(ratio, 80, 40, "p50 of H")], most=True))
    return rows


def _another_database(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """The same settings with a database of another name on the same server, made and migrated."""
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base, _, _ = environment["DATABASE_URL"].rpartition("/")
    other = {**environment, "DATABASE_URL": f"{base}/{name}"}
    _migrate(other)
    return other


@contextmanager
def _bench(environment: Mapping[str, str], found: Yardsticks, folder: Path, times: int) -> Iterator[Bench]:
    stage = Stage(
        environment["DATABASE_URL"],
        environment["SECRET_KEY"],
        Merchant(folder / "merchant", environment["WECHAT_PAY_API_V3_KEY"]),
    )
    try:
        slugs = stage.catalogue()
        many, one = stage.departures(100, 1_000_000), stage.departures(1, 2_000_000)
        with servers.gunicorn("wsgi:app", environment, log=folder / "shop.log", ready="/readyz") as server:
            yield Bench(server, stage, found, SECONDS, times, slugs, many, one)
    finally:
        stage.close()


def _table(rows: list[Row]) -> str:
    lines = ["| what | measured | ratio | at least | the aim | reached |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.measured} | {row.ratio} | {row.least} | {row.aim} | {row.verdict} |" for row in rows
    ]
    return "\n".join(lines)


def _write(table: str) -> None:
    text = REPORT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    REPORT.write_text("\n".join([before + BEGIN, *_said, "", table, END + after]), encoding="utf-8")


_said: list[str] = []


def _say(line: str) -> None:
    _said.append(line)
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
