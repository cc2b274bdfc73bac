"""What `make cluster` does: ``python -m bench.cluster``. A rush on a few seats at a shop of several machines, two of
which lose their power in the middle; exit 1 if anything does not hold that the shop promises."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.crowd import Buyer, Crowd, Outcome
from bench.machines import CannotShow, Cluster
from shop.core import clock
from shop.core.db import db, transaction
from shop.customers.services import sign_in
from shop.development.processes import wait_until

SETTLING_SECONDS = 90.0  # for callbacks that were cut off to be made up for
ONE_IN = 4  # of the buyers, who pay at once if they get a seat; the others only hold it


@dataclass(frozen=True)
class Size:
    """How large the rush is."""

    buyers: int = 2000
    seats: int = 100
    connections: int = 64
    nodes: int = 3
    workers: int = 2


@dataclass(frozen=True)
class Line:
    """One thing that must hold: what was wanted, and what was found."""

    what: str
    wanted: object
    found: object

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.wanted == self.found


class Rush:
    """The rush at one cluster, from the catalogue to the audit."""

    def __init__(self, cluster: Cluster, size: Size, tell: Callable[[str], None]) -> None:
        self.cluster, self.size, self.tell = cluster, size, tell
        self.killed: list[str] = []

    def run(self) -> list[Line]:
        """Sell, lose two machines, settle, count."""
        departure = self._put_on_sale()
        self.tell(f"{self.size.buyers} buyers sign in")
        crowd = Crowd(self.cluster, departure, self._buyers(), connections=self.size.connections)
        self.tell(f"they rush on {self.size.seats} seats, over {self.size.connections} connections")
        began = time.monotonic()
        crowd.rush(self._lose_machines)
        seconds = time.monotonic() - began
        self.tell(f"over after {seconds:.1f} s, {crowd.answers / seconds:.0f} answers a second; {crowd.story()}")
        self._settle(crowd)
        return self._lines(crowd, departure)

    def _put_on_sale(self) -> str:
        """A tour whose one date everybody wants, and others that are free.

        Returns:
            The id of that date.
        """
        path = self.cluster.folder / "catalogue.yaml"
        path.write_text(CATALOGUE.format(seats=self.size.seats), encoding="utf-8")
        code, said = self.cluster.run("catalogue", "import", str(path))
        if code:
            raise CannotShow(f"the catalogue cannot be imported:\n{said}")
        return str(self._value("SELECT id FROM departures ORDER BY starts_at LIMIT 1"))

    def _buyers(self) -> list[Buyer]:
        """All signed in beforehand; those who will pay are known to WeChat."""
        settings = self.cluster.app.extensions["settings"]
        names = [f"buyer-{n}" for n in range(self.size.buyers)]
        openids = {name: self.cluster.control("/codes", {"user": name})["openid"] for name in names[::ONE_IN]}
        buyers = []
        with self.cluster.app.app_context(), transaction():
            for name in names:
                signed_in = sign_in(
                    app_id=settings.wechat_app_id,
                    openid=openids.get(name, name),
                    locale="fr",
                    secret_key=settings.secret_key,
                    now=clock.now(),
                )
                buyers.append(Buyer(name, signed_in.token, pays=name in openids))
        return buyers

    def _lose_machines(self, held: int) -> None:
        """In the middle of the selling, one web node and one worker are gone."""
        if held >= self.size.seats // 2 and not self.killed:
            self.killed = [self.cluster.nodes[-1], self.cluster.workers[-1]]
            for name in self.killed:
                self.cluster.kill(name)
            self.tell(f"{' and '.join(self.killed)} killed after {held} seats")

    def _settle(self, crowd: Crowd) -> None:
        """What was paid on phones is on its way; the worker that is left makes up for lost callbacks."""
        paid = len(crowd.who(Outcome.PAID))
        self.tell(f"{paid} paid on their phones; waiting until the shop knows all of it")
        wait_until(lambda: self._paid_orders() == paid, SETTLING_SECONDS, every=0.5)

    def _lines(self, crowd: Crowd, departure: str) -> list[Line]:
        size, held = self.size, len(crowd.who(Outcome.HELD)) + len(crowd.who(Outcome.PAID))
        paid = len(crowd.who(Outcome.PAID))
        code, said = self.cluster.run("audit")
        seats = "SELECT coalesce(sum(seats), 0) FROM bookings WHERE departure_id = :id AND status <> 'released'"
        return [
            Line("machines lost in the middle", 2, len(self.killed)),
            Line("seats sold, by the buyers", size.seats, held),
            Line("seats sold, by the bookings", size.seats, self._value(seats, id=departure)),
            Line("seats sold, by the counter", size.seats, self._value(TAKEN, id=departure)),
            Line("clean refusals, with alternatives", size.buyers - size.seats, len(crowd.who(Outcome.SOLD_OUT))),
            Line("other endings", [], crowd.surprises()),
            Line("some paid", True, paid > 0),
            Line("orders paid, of those paid on phones", paid, self._paid_orders()),
            Line("tickets of paid orders", paid, self._value("SELECT count(*) FROM tickets WHERE status = 'valid'")),
            Line("audit", (0, ""), (code, "" if code == 0 else said)),
        ]

    def _paid_orders(self) -> int:
        return int(self._value("SELECT count(*) FROM orders WHERE status = 'paid'"))

    def _value(self, statement: str, **parameters: object) -> Any:
        with self.cluster.app.app_context(), db.engine.connect() as connection:
            return connection.execute(sa.text(statement), parameters).scalar_one()


def show(size: Size, *, processes_each: int, tell: Callable[[str], None]) -> list[Line]:
    """Start the machines, let the crowd in, stop the machines.

    Raises:
        CannotShow: a program is missing or does not start.
    """
    with tempfile.TemporaryDirectory(prefix="insolite-cluster-") as folder:
        Path(folder).chmod(0o755)  # the accounts of PostgreSQL, PgBouncer and nginx must get through
        tell(f"Starting {size.nodes} web nodes, {size.workers} workers, nginx, PgBouncer, PostgreSQL, WeChat")
        cluster = Cluster(Path(folder) / "site", nodes=size.nodes, workers=size.workers, processes_each=processes_each)
        with cluster:
            lines = Rush(cluster, size, tell).run()
        return [*lines, Line("left running", [], cluster.left_running())]


def table(lines: Sequence[Line]) -> str:
    """The lines as a table."""
    width = max(len(line.what) for line in lines)
    return "\n".join(
        f"{'ok  ' if line.holds else 'FAIL'}  {line.what:<{width}}  {line.found if line.holds else line}"
        for line in lines
    )


def main(given: Sequence[str] | None = None) -> int:
    """Show it; 0 if everything holds."""
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m bench.cluster", description=__doc__)
    for name in ("buyers", "seats", "connections", "nodes", "workers"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--processes", type=int, default=1, help="of gunicorn, in each web node")
    wanted = parser.parse_args(given)
    size = Size(wanted.buyers, wanted.seats, wanted.connections, wanted.nodes, wanted.workers)
    if size.nodes < 2 or size.workers < 2 or size.buyers < size.seats:
        parser.error("two web nodes, two workers and more buyers than seats are needed: one of each is lost")
    try:
        lines = show(size, processes_each=wanted.processes, tell=_say)
    except CannotShow as reason:
        _say(str(reason))
        return 1
    _say(table(lines))
    return 0 if all(line.holds for line in lines) else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


TAKEN = "SELECT seats_taken FROM departures WHERE id = :id"

CATALOGUE = """\
timezone: Europe/Paris
currency: EUR
tours:
  - slug: everybody-wants-it
    title: {{fr: "Le Bouddha de Leshan", zh-CN: "乐山大佛之旅", en: "The Leshan Buddha"}}
    summary: {{fr: "Une promenade."}}
    description: {{fr: "Une longue promenade."}}
    themes: [sculpture]
    duration_minutes: 90
    guide_languages: [fr, zh]
    meeting_point: {{name: {{fr: "Parc Rodin"}}, address: "Issy", latitude: 48.82, longitude: 2.26}}
    booking: {{min_party: 1, max_party: 8, cutoff_minutes: 120}}
    cancellation: [{{until_hours: 48, refund_percent: 100}}]
    units:
      - {{code: adult, kind: ADULT, label: {{fr: "Plein tarif", zh-CN: "成人"}}, price: 1900, vat: FR_STD_20, seats: 1}}
    departures:
      - {{starts_at: "2035-05-05T10:00", capacity: {seats}, language: zh}}
      - {{starts_at: "2035-05-06T10:00", capacity: 20, language: zh}}
      - {{starts_at: "2035-05-07T10:00", capacity: 20, language: fr}}
"""


if __name__ == "__main__":
    raise SystemExit(main())
