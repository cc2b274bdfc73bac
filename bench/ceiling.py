"""How many holds a second one PostgreSQL commits: ``python -m bench.ceiling``. pgbench alone, no shop in between.

The statement is the shop's: a guarded UPDATE of the counter, the booking and its line, in one round trip; once with
everybody at one departure, once spread over a hundred. It is what no number of web nodes can exceed.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from flask_migrate import upgrade

from config.default import read
from shop.app import create_app
from shop.catalogue.models import Departure, Tour, Unit
from shop.core import clock
from shop.core.db import db, transaction
from shop.customers.services import sign_in
from shop.development.postgres import EmbeddedPostgres, _binary

DEPARTURES = 100
KEY = "opens nothing"
HOLD = """\
\\set n random(1, {departures})
WITH seat AS (
    UPDATE departures SET seats_taken = seats_taken + 1
    WHERE id = lpad(to_hex(:n::integer), 32, '0')::uuid AND offer = 0 AND status = 'open' AND starts_at >= now()
      AND seats_taken + seats_blocked + 1 <= capacity
    RETURNING id
), booking AS (
    INSERT INTO bookings (id, customer_id, departure_id, status, seats, amount, currency, created_at, expires_at)
    SELECT uuidv7(), '{customer}', seat.id, 'held', 1, 1900, 'EUR', now(), now() + interval '15 minutes' FROM seat
    RETURNING id
)
INSERT INTO booking_lines (booking_id, position, unit_id, quantity, price, vat, currency)
SELECT booking.id, 1, '{unit}', 1, 1900, 'FR_STD_20', 'EUR' FROM booking;
"""


def measure(folder: Path, clients: Sequence[int], seconds: int, rounds: int) -> Iterator[tuple[str, int, list[float]]]:
    """Start a PostgreSQL with its usual promises (what is committed survives a power cut) and load it.

    Yields:
        Where the seats are, how many clients, holds a second in each round.
    """
    postgres = EmbeddedPostgres(folder / "postgres")
    url = postgres.start()
    try:
        customer, unit = _fill(url)
        for departures in (1, DEPARTURES):
            script = folder / f"hold-{departures}.sql"
            script.write_text(HOLD.format(departures=departures, customer=customer, unit=unit), encoding="utf-8")
            for number in clients:
                yield _where(departures), number, [_held(url, script, number, seconds) for _ in range(rounds)]
    finally:
        postgres.stop()


def _where(departures: int) -> str:
    return "one departure" if departures == 1 else f"{departures} departures"


def _fill(url: str) -> tuple[UUID, UUID]:
    """A hundred departures with room for everybody; somebody who buys, and what."""
    settings = {"SHOP_ENV": "testing", "DATABASE_URL": url, "SHOP_PUBLIC_URL": "http://127.0.0.1"}
    settings |= {"SECRET_KEY": KEY, "WECHAT_APP_ID": "wx0", "WECHAT_APP_SECRET": "none"}
    app = create_app(read(settings))
    with app.app_context():
        upgrade()
        with transaction():
            tour = Tour(**TOUR)
            tour.units.append(Unit(**UNIT))
            db.session.add(tour)
            db.session.flush()
            first = clock.now() + timedelta(days=30)
            for n in range(1, DEPARTURES + 1):
                facts = {"capacity": 2_000_000_000, "seats_taken": 0, "status": "open", "language": "zh"}
                starts_at = first + timedelta(hours=n)
                db.session.add(Departure(id=UUID(int=n), tour_id=tour.id, starts_at=starts_at, offer=0, **facts))
            someone = sign_in(app_id="wx0", openid="o", locale="fr", secret_key=KEY, now=clock.now())
            found = someone.customer.id, tour.units[0].id
        db.session.remove()
        db.engine.dispose()
    return found


def _held(url: str, script: Path, clients: int, seconds: int) -> float:
    """Holds a second; each took a seat, by the rows that are there afterwards."""
    with psycopg.connect(url, autocommit=True) as connection:
        before = _seats_taken(connection)
        count, rate = _pgbench(url, script, clients, seconds)
        assert _seats_taken(connection) - before == count
    return rate


def _seats_taken(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT sum(seats_taken) FROM departures").fetchone()
    assert row
    return int(row[0])


def _pgbench(url: str, script: Path, clients: int, seconds: int) -> tuple[int, float]:
    """How many transactions, and how many a second."""
    parts = urlsplit(url)
    command = [str(_binary("pgbench")), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"]
    command += ["-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username), parts.path.lstrip("/")]
    environ = {**os.environ, "PGPASSWORD": parts.password or ""}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    count = re.search(r"transactions actually processed: (\d+)", done.stdout)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert count, done.stdout + done.stderr
    return int(count[1]), float(rate[1]) if rate else 0.0


def main(given: Sequence[str] | None = None) -> int:
    """Print a line for each load."""
    parser = argparse.ArgumentParser(prog="python -m bench.ceiling", description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="insolite-ceiling-") as folder:
        Path(folder).chmod(0o755)
        for where, number, rates in measure(Path(folder), wanted.clients, wanted.seconds, wanted.rounds):
            shown = f"median {statistics.median(rates):>6.0f}, best {max(rates):>6.0f} holds a second"
            sys.stdout.write(f"{where:<16} {number:>3} clients  {shown}\n")
            sys.stdout.flush()
    return 0


UNIT = {"code": "adult", "kind": "ADULT", "label": {"fr": "Plein tarif"}, "price": 1900, "seats": 1}
UNIT |= {"vat": "FR_STD_20", "position": 0}
TOUR = {
    "slug": "ceiling",
    "status": "published",
    "currency": "EUR",
    "timezone": "Europe/Paris",
    "title": {"fr": "Le Bouddha de Leshan"},
    "title_words": "le bouddha de leshan",
    "summary": {"fr": "Une promenade."},
    "description": {"fr": "Une promenade."},
    "themes": ["sculpture"],
    "guide_languages": ["fr"],
    "duration_minutes": 90,
    "meeting_point": {"name": {"fr": "Parc Rodin"}, "address": "Issy", "latitude": 48.82, "longitude": 2.26},
    "min_party": 1,
    "max_party": 8,
    "cutoff_minutes": 120,
    "cancellation": [],
}

if __name__ == "__main__":
    raise SystemExit(main())
