"""How each program of the shop is run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Commands:
    """The command lines; those of the servers wait for a port.

    Args:
        preparations: run to their end, in this order, before anything else.
    """

    preparations: Mapping[str, Sequence[str]]
    wechat: Callable[[int], Sequence[str]]
    worker: Sequence[str]
    web: Callable[[int], Sequence[str]]

    @classmethod
    def of_the_shop(cls, python: str) -> "Commands":
        """Those of the shop, run as modules: no script's first line needs to bear a space in the path."""
        flask = [python, "-m", "flask", "--app", "wsgi"]
        simulator = [python, "-m", "shop.simulator", "--folder", "instance/wechat", "--port"]
        gunicorn = [
            python,
            "-m",
            "gunicorn",
            "--config",
            "config/gunicorn.py",
            "--no-control-socket",
            "--bind",
        ]
        return cls(
            preparations={"preparation": [python, "-m", "shop.development.preparation"]},
            wechat=lambda port: [*simulator, str(port)],
            worker=[*flask, "worker"],
            web=lambda port: [*gunicorn, f"127.0.0.1:{port}", "wsgi:app"],
        )
