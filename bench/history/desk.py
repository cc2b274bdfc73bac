"""The desk in a history: who works there, what they did, what waits for them."""

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from bench.history.forms import DAY, HOUR, MINUTE, Identifiers, iso
from bench.history.stock import guide_id

if TYPE_CHECKING:
    from bench.history.orders import Order

GUIDES = 12
MOST_OPEN = 200
NIGHTS = 400
_COLLEAGUES = (("manager", "manager"), ("front-1", "cashier"), ("front-2", "cashier"), ("front-3", "cashier"))


def write_staff(lines: dict[str, list[str]], *, now: int) -> list[str]:
    """The accounts, with which nobody can sign in; the addresses of those at the desk."""
    since = iso(now - 1_200 * DAY)
    for number in range(GUIDES):
        lines["staff"].append(
            f"{guide_id(number)}\tguide-{number + 1}@history.example\tGuide {number + 1}\tguide\tfr\t{since}"
        )
    for number, (name, role) in enumerate(_COLLEAGUES):
        lines["staff"].append(f"{_id(number)}\t{name}@history.example\t{name.title()}\t{role}\tfr\t{since}")
    return [f"{name}@history.example" for name, _ in _COLLEAGUES]


def write_desk(
    lines: dict[str, list[str]], orders: Sequence["Order"], staff: Sequence[str], chance: Random, *, now: int
) -> None:
    """What was read and noted of some orders, what waits for a decision, what the nights let go of."""
    ids = Identifiers(chance)
    for number, order in enumerate(orders, start=1):
        who = chance.randrange(len(staff))
        read = iso(order.created + HOUR if order.created + HOUR < now else now)
        lines["staff_acts"].append(
            f"{number}\t{read}\t{_id(who)}\t{staff[who]}\t192.0.2.{1 + who}\torder.read\t{order.sale.spoken}"
        )
        if number % 5 == 0:
            lines["order_notes"].append(
                f"{ids.of(order.created)}\t{order.id}\t{_id(who)}\t{staff[who]}\t{read}\tA rappelé. 已回电。"
            )
    for order in orders[-MOST_OPEN:]:
        told = iso(max(order.created, now - 20 * DAY))
        lines["attention"].append(
            f"{ids.of(now - DAY)}\trefunded-elsewhere\t{order.sale.spoken}\t{{}}\t1\t{told}\t{told}\t\\N"
        )
    asked_for = [order for order in orders if order.sale.amount and order.created + HOUR < now][-8:]
    for order in asked_for:
        sale, asked = order.sale, now - DAY
        positions = "[1]"
        lines["refund_requests"].append(
            f"{ids.of(asked)}\t{order.id}\twaiting\t{positions}\t{sale.amount}\t{sale.currency}\tmalade\t{_id(1)}"
            f"\t{staff[1]}\t{iso(asked)}\t{iso(asked + 7 * DAY)}\t\\N\t\\N\t\\N\t\\N"
        )
        lines["attention"].append(
            f"{ids.of(asked)}\trefund-to-approve\t{sale.spoken}\t{{}}\t1\t{iso(asked)}\t{iso(asked)}\t\\N"
        )
    for night in range(NIGHTS, -1, -1):
        began = now - night * DAY
        lines["retention_runs"].append(
            f'{ids.of(began)}\t{iso(began)}\t{iso(began + MINUTE)}\t{{"sign_ins":{chance.randrange(900)}}}\t{{}}'
        )


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-0000000000{number:02x}"
