"""WeChat's own clock, which need not agree with the shop's."""

import time


class Clock:
    """The machine's clock, so many seconds off."""

    def __init__(self) -> None:
        self.skew_seconds = 0.0

    def now(self) -> float:
        """Unix seconds, as WeChat believes."""
        return time.time() + self.skew_seconds
