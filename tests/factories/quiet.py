"""Ports for servers that are stopped and started again."""

import random

from shop.development import ports


def quiet_port() -> int:
    """A port whose neighbour is free too, below those that the system gives to every connection: while its server is
    down, other tests connect to whatever they like and must not be given it."""
    return next(port for port in iter(lambda: random.SystemRandom().randrange(20_000, 30_000, 2), None) if _free(port))


def _free(port: int) -> bool:
    return ports.is_free(port) and ports.is_free(port + 1)
