"""WeChat and WeChat Pay played on this machine, for development, demonstration and tests.

Why: WeChat Pay has no sandbox for its current API, so this is the only place where the shop's calls,
signatures and callbacks meet a strict counterpart. It imports nothing of the rest of the shop.
"""

from shop.simulator.server import SimulatedWeChat

__all__ = ["SimulatedWeChat"]
