"""Every refusal the shop can make."""

import importlib
import pkgutil

import shop
from shop.core.errors import Refusal


def every_module_of(package=shop, without=("shop.simulator", "shop.development")):
    """The modules of the shop, all loaded."""
    found = [package]
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(without):
            found.append(importlib.import_module(module.name))
    return found


def every_refusal() -> list[type[Refusal]]:
    every_module_of()
    found, waiting = [], [Refusal]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.startswith("shop."):
                found.append(kind)
    return sorted({kind for kind in found if "code" in vars(kind)}, key=lambda kind: kind.code)
