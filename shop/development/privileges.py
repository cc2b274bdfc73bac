"""The account PostgreSQL runs under: PostgreSQL refuses root, and a checkout of root's may be closed to others."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNTS = ("postgres", "nobody")
# Enough to pass through a closed folder; the second is all that common containers leave to root.
CAPABILITIES = ("dac_read_search", "dac_override")


class NoUsableAccount(Exception):
    """No unprivileged account can reach the files that PostgreSQL needs."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account, and the capability it needs to reach the files (none as a rule)."""

    uid: int
    gid: int
    capability: str | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """The command, given the capability where one is needed."""
        if self.capability is None:
            return list(command)
        grants = [f"--{kind}-caps=+{self.capability}" for kind in ("inh", "ambient")]
        return [
            "setpriv",
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            *grants,
            "--",
            *command,
        ]

    def identity(self) -> dict[str, Any]:
        """The arguments of Popen that change to the account, unless `command` does."""
        if self.capability is not None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def take(self, path: Path) -> None:
        """Make the path and all in it the account's."""
        for one in (path, *path.rglob("*")):
            if one.lstat().st_uid != self.uid:
                os.chown(one, self.uid, self.gid, follow_symlinks=False)


def account_for(folder: Path, program: Path) -> Account | None:
    """The account to run a program on a folder; None when ours will do (we are not root).

    Permissions of parent folders are left as they are: the process gets a capability instead.

    Raises:
        NoUsableAccount: root's files are closed to every other account and nothing opens them.
    """
    if os.geteuid() != 0:
        return None
    found = _first_account()
    candidates = [
        found,
        *(Account(found.uid, found.gid, name) for name in CAPABILITIES if shutil.which("setpriv")),
    ]
    for account in candidates:
        if _reaches(account, folder, program):
            return account
    raise NoUsableAccount(
        f"PostgreSQL does not run as root, and the account {pwd.getpwuid(found.uid).pw_name} cannot reach {folder} or "
        f"{program}: a folder above is closed to it, and setpriv (util-linux) cannot grant CAP_DAC_READ_SEARCH here. "
        "Move the checkout out of the closed folder, run as an ordinary user, or set DATABASE_URL."
    )


def _first_account() -> Account:
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NoUsableAccount(f"PostgreSQL does not run as root, and there is no account named {' or '.join(ACCOUNTS)}.")


def _reaches(account: Account, folder: Path, program: Path) -> bool:
    script = 'cd "$0" && exec "$1" --version'
    trial = subprocess.run(
        account.command(["/bin/sh", "-c", script, str(folder), str(program)]),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd="/",
        check=False,
        **account.identity(),
    )
    return trial.returncode == 0
