"""What must be true of seats that are kept aside."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "seats-blocked",
        Text(
            fr="Les places bloquées d’un départ sont la somme de ses blocages en cours ; avec les places prises, elles "
            "tiennent dans la capacité.",
            zh="场次的保留座位等于其有效保留之和；加上已占座位不超过容量。",
            en="The blocked seats of a departure are the sum of its open blocks; with the seats taken they fit its "
            "capacity.",
        ),
        """
        SELECT departures.id AS departure, capacity, seats_taken, seats_blocked,
               coalesce(sum(seat_blocks.seats), 0) AS kept_aside
        FROM departures LEFT JOIN seat_blocks
          ON seat_blocks.departure_id = departures.id AND seat_blocks.ended_at IS NULL
        GROUP BY departures.id
        HAVING seats_blocked <> coalesce(sum(seat_blocks.seats), 0) OR seats_taken + seats_blocked > capacity
        """,
    ),
)
