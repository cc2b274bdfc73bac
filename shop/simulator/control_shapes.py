"""The bodies of the control interface."""

from collections.abc import Mapping
from dataclasses import dataclass

from shop.simulator import faults
from shop.simulator.credentials import MODES
from shop.simulator.handling import TURNS
from shop.simulator.order_shapes import notify_url
from shop.simulator.refunds import OUTCOMES
from shop.simulator.refusals import bad_field
from shop.simulator.shapes import Choice, Fields, Flag, Many, Shape, Text, Whole
from shop.simulator.signing import FLAWS, SIGNINGS


@dataclass(frozen=True)
class AnyObject:
    """An object of any content."""

    def check(self, value: object, where: str) -> None:
        """Refuse anything but an object."""
        if not isinstance(value, dict):
            raise bad_field(where, "must be an object")


@dataclass(frozen=True)
class Number:
    """An integer or a decimal number."""

    least: float
    most: float = 10**9

    def check(self, value: object, where: str) -> None:
        """Refuse anything but a number that is not too small."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.least <= value <= self.most:
            raise bad_field(where, f"must be a number between {self.least} and {self.most}")


@dataclass(frozen=True)
class Variants:
    """An object whose ``kind`` says which other fields it has."""

    kinds: Mapping[str, Mapping[str, Shape]]

    def check(self, value: object, where: str) -> None:
        """Refuse an unknown kind, and fields that are not those of the kind."""
        if not isinstance(value, dict):
            raise bad_field(where, "must be an object")
        kind = Choice(tuple(self.kinds))
        kind.check(value.get("kind"), f"{where}/kind")
        Fields({"kind": kind, **self.kinds[value["kind"]]}).check(value, where)


NAME = Text(200)
NUMBER = Text(64)
MODE = Choice(MODES)
ENDS = tuple(outcome for outcome in OUTCOMES if outcome != "hold")

CODES = Fields({"user": NAME})
REQUEST_PAYMENT = Fields({"user": NAME, "client": AnyObject(), "outcome": Choice(("pay", "cancel"))})
PAY = Fields(
    {},
    {
        "mode": MODE,
        "total": Whole(),
        "currency": Text(3, least=3),
        "notify": Flag(),
        "even_if_closed": Flag(),
    },
)
NOTICES = Fields(
    {},
    {
        "out_trade_no": NUMBER,
        "out_refund_no": NUMBER,
        "overrides": AnyObject(),
        "envelope": AnyObject(),
        "headers": AnyObject(),
        "times": Whole(1, 1000),
        "concurrent": Flag(),
        "signing": Choice(SIGNINGS),
        "age_seconds": Number(-(10**9)),
        "notify_url": notify_url(256),
        "mode": MODE,
    },
)
FAULT = Fields(
    {"path_prefix": Text(200, pattern="/.*"), "kind": Choice(faults.KINDS)},
    {
        "method": Choice(("GET", "POST")),
        "times": Whole(1, 1_000_000),
        "delay_seconds": Number(0),
    },
)
REFUND_HANDLING = Fields(
    {},
    {"outcome": Choice(OUTCOMES), "notify": Flag(), "not_enough": Flag(), "delay_seconds": Number(0)},
)
SETTLE = Fields({"outcome": Choice(ENDS)}, {"notify": Flag(), "mode": MODE})
CONSOLE_REFUND = Fields({"amount": Whole()}, {"notify": Flag(), "outcome": Choice(OUTCOMES), "mode": MODE})
PLANT = Fields(
    {
        "date": Text(10, pattern=r"20\d\d-\d\d-\d\d"),
        "mode": MODE,
        "differences": Many(
            Variants(
                {
                    "missing": {"number": NUMBER},
                    "doubled": {"number": NUMBER},
                    "other-amount": {"number": NUMBER, "amount": Whole()},
                    "unknown-order": {"amount": Whole()},
                    "unknown-refund": {"number": NUMBER, "amount": Whole()},
                }
            )
        ),
    }
)
EMPTY = Fields({})
ROTATE = Fields({}, {"mode": MODE})
SWITCH = Fields({"share": Number(0, 1)}, {"mode": MODE})
CLOCK = Fields({"skew_seconds": Number(-(10**9))})
HANDLING = Fields(
    {},
    {
        "copies": Whole(1, 1000),
        "at_once": Flag(),
        "delay_seconds": Number(0),
        "turn": Choice(TURNS),
        "drop": Whole(0, 1_000_000),
        "beside": Many(Choice(tuple(FLAWS))),
        "signing": Choice(SIGNINGS),
    },
)
DELIVER = Fields({}, {"most": Whole(1, 1_000_000)})
