"""What must be true of seats and bookings."""

from shop.core.i18n import Text
from shop.core.invariants import Invariant

INVARIANTS = (
    Invariant(
        "seats-taken",
        Text(
            fr="Les places prises à un départ sont celles des réservations retenues ou confirmées, dans la capacité.",
            zh="场次已占座位等于其保留和已确认预订的座位之和，且不超过容量。",
            en="The seats taken at a departure are those of its held and confirmed bookings, within its capacity.",
        ),
        """
        SELECT departures.id AS departure, capacity, seats_taken, coalesce(sum(bookings.seats), 0) AS seats_booked
        FROM departures LEFT JOIN bookings
          ON bookings.departure_id = departures.id AND bookings.status IN ('held', 'confirmed')
        GROUP BY departures.id
        HAVING seats_taken <> coalesce(sum(bookings.seats), 0) OR seats_taken + seats_blocked > capacity
        """,
    ),
    Invariant(
        "booking-lines",
        Text(
            fr="Une réservation vaut la somme de ses lignes, en argent, et en places moins celles annulées.",
            zh="预订的金额等于其各行之和，座位等于其各行减去已取消的部分。",
            en="A booking is the sum of its lines, in money, and in seats less those cancelled.",
        ),
        """
        SELECT bookings.id AS booking, bookings.seats, bookings.amount,
               sum(units.seats * (quantity - cancelled)) AS line_seats,
               sum(booking_lines.price * quantity) AS line_amount
        FROM bookings LEFT JOIN booking_lines ON booking_lines.booking_id = bookings.id
        LEFT JOIN units ON units.id = booking_lines.unit_id
        GROUP BY bookings.id
        HAVING bookings.status IN ('held', 'confirmed')
               AND bookings.seats IS DISTINCT FROM sum(units.seats * (quantity - cancelled))
            OR bookings.amount IS DISTINCT FROM sum(booking_lines.price * quantity)
        """,
    ),
    Invariant(
        "holds-end",
        Text(
            fr="Aucune réservation sans commande n’est retenue plus de 60 secondes après son terme.",
            zh="未下单的预订在到期 60 秒后不再保留。",
            en="No booking without an order is held more than 60 seconds past its time.",
        ),
        """
        SELECT id AS booking, expires_at FROM bookings
        WHERE status = 'held' AND order_id IS NULL AND expires_at < CAST(:now AS timestamptz) - interval '60 seconds'
        """,
    ),
)
