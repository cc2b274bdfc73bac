"""A PostgreSQL that can be killed and comes back where it was."""

import os
import random
import signal
from pathlib import Path

from shop.development import ports
from shop.development.postgres import EmbeddedPostgres, PostgresFailed, _binary
from shop.development.processes import tail
from tests.factories.quiet import quiet_port
from tests.factories.waiting import wait_until

ATTEMPTS = 5


class SteadyPostgres(EmbeddedPostgres):
    """Keeps its port over restarts, as the server of a real shop does.

    Args:
        settings: of PostgreSQL, beside or instead of the usual ones.
    """

    def __init__(self, folder: Path, *, durable: bool = False, **settings: str) -> None:
        super().__init__(folder, durable=durable)
        self._settings = {**self._settings, **settings}
        self.port = quiet_port()

    def _serve(self) -> str:
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(_binary("postgres")), "-D", str(self.data), "-c", f"port={self.port}", *settings]
        for _ in range(ATTEMPTS):
            self._server = self._launch(command, signal.SIGINT)
            if self._comes_up(self._server, self.port):
                self._make_database(self.port)
                return self._url(self.port)
            wait_until(lambda: ports.is_free(self.port), seconds=30)
        raise PostgresFailed(tail(self.log))

    def restart(self) -> None:
        """Stop, cutting everybody off, and start again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End the whole server as a power cut would."""
        os.kill(self._postmaster(), signal.SIGKILL)

    def kill_one_process(self, chance: random.Random) -> set[int]:
        """End one of its processes; PostgreSQL then cuts everybody off and recovers by itself, once it has noticed.

        Returns:
            All the processes it had: none of them is left when it has noticed.
        """
        before = self.processes()
        os.kill(chance.choice(sorted(before)), signal.SIGKILL)
        return before

    def processes(self) -> set[int]:
        """Those it has now, without the one that started them."""
        postmaster = self._postmaster()
        return set(map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()))

    def _postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])
