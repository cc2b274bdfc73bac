"""What can be done with seats: `hold` them, `keep` a hold, what happens to `ordered` bookings, what was `sold`.

The caller owns the transaction.
"""

from shop.booking.services.hold import Wish, hold_once, hold_seats
from shop.booking.services.keep import expire_due, extend, get_booking, release
from shop.booking.services.move import move
from shop.booking.services.ordered import (
    cancel_units,
    confirm,
    end_ordered,
    lock_bookings,
    lock_held,
    prolong_ordered,
    put_in_order,
)
from shop.booking.services.sold import SoldByBookings

__all__ = [
    "SoldByBookings",
    "Wish",
    "cancel_units",
    "confirm",
    "end_ordered",
    "expire_due",
    "extend",
    "get_booking",
    "hold_once",
    "hold_seats",
    "lock_bookings",
    "lock_held",
    "move",
    "prolong_ordered",
    "put_in_order",
    "release",
]
