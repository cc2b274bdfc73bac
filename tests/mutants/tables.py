# ruff: noqa: E501 -- the shop's own lines, quoted with their ends
"""Guards written as data: the tables of what may happen and of what becomes of money, and the database's constraints.

A constraint stands in the model and in the migration, so it is removed from both.
"""

from tests.mutants.mutant import Change, Mutant

MIGRATION = "migrations/versions/0002_shop.py"
REFUNDS_MIGRATION = "migrations/versions/0004_money.py"
BOOKING_RULES = "shop/booking/rules.py"
ORDER_RULES = "shop/orders/rules.py"
PAYMENT_RULES = "shop/payments/rules.py"
OF_BOOKINGS = "tests/booking/test_rules.py"
OF_ORDERS = "tests/orders/test_rules.py"
OF_MONEY = "tests/payments/test_state_table.py"
SWEEPING = "tests/payments/test_sweep.py"


def without(file: str, state: str, event: str, after: str, guards: str, *tests: str, comment: str = "") -> Mutant:
    """A table of transitions without one."""
    return Mutant(file, f'    ("{state}", "{event}"): "{after}",{comment}\n', "", guards, tests)


def decided(status: str, matches: bool, right: str, wrong: str, guards: str) -> Mutant:
    """A table of decisions with one that is wrong."""
    begins = f'    ("{status}", {matches}): '
    return Mutant(PAYMENT_RULES, f'{begins}"{right}",\n', f'{begins}"{wrong}",\n', guards, (OF_MONEY,))


def unconstrained(model: str, in_model: str, in_migration: str, guards: str, *tests: str) -> Mutant:
    """The database without a constraint."""
    return Mutant(model, in_model, "", guards, tests, (Change(MIGRATION, in_migration, ""),))


LATE = "  # the payment came late and the seats could be had again"
BOOKINGS, ORDERS, PAYMENTS = "shop/booking/models.py", "shop/orders/models.py", "shop/payments/models.py"
SEATS = "0 <= seats_taken AND 0 <= seats_blocked AND seats_taken + seats_blocked <= capacity"
ORDER_STATES = (
    "\"status IN ('pending', 'in_review', 'paid', 'partially_refunded', 'refunded', 'expired', 'cancelled')\",\n"
)

MUTANTS = (
    without(BOOKING_RULES, "held", "release", "released", "A hold can be let go.", OF_BOOKINGS),
    without(BOOKING_RULES, "held", "expire", "expired", "A hold ends with its time.", OF_BOOKINGS),
    without(BOOKING_RULES, "held", "confirm", "confirmed", "A hold that was paid for is kept.", OF_BOOKINGS, OF_ORDERS),
    without(
        BOOKING_RULES, "held", "cancel", "cancelled", "A hold of a cancelled order gives its seats back.", OF_BOOKINGS
    ),
    without(
        BOOKING_RULES,
        *("expired", "confirm", "confirmed"),
        *("A payment that comes late may have its seats again.", OF_BOOKINGS),
        comment=LATE,
    ),
    without(
        BOOKING_RULES,
        *("confirmed", "cancel", "cancelled"),
        *("A confirmed booking of a cancelled order gives its seats back.", "tests/orders/test_cancelling.py"),
    ),
    without(ORDER_RULES, "pending", "pay", "paid", "An order can be paid.", OF_ORDERS),
    without(ORDER_RULES, "pending", "review", "in_review", "Money that does not match is reviewed.", OF_ORDERS),
    without(ORDER_RULES, "pending", "expire", "expired", "An order ends with its time.", OF_ORDERS),
    without(
        ORDER_RULES,
        *("pending", "cancel", "cancelled"),
        *("An order can be cancelled.", "tests/orders/test_cancelling.py"),
    ),
    without(ORDER_RULES, "expired", "pay", "paid", "Late money may still pay an order.", OF_ORDERS, comment=LATE),
    without(
        ORDER_RULES,
        *("in_review", "give_up", "cancelled"),
        *("A review nobody decides upon ends.", OF_ORDERS),
        comment="  # nobody decided for a day",
    ),
    without(
        ORDER_RULES,
        *("paid", "cancel", "cancelled"),
        *("A free order can be cancelled.", "tests/orders/test_cancelling.py"),
        comment="  # it cost nothing, or nothing is given back",
    ),
    Mutant(
        ORDER_RULES,
        '    ("pending", "pay"): "paid",\n',
        '    ("pending", "pay"): "paid",\n    ("cancelled", "pay"): "paid",\n',
        "A cancelled order is not paid.",
        (OF_ORDERS,),
    ),
    Mutant(
        BOOKING_RULES,
        '    ("held", "release"): "released",\n',
        '    ("held", "release"): "released",\n    ("cancelled", "confirm"): "confirmed",\n',
        "A cancelled booking is not confirmed: its seats are gone.",
        (OF_BOOKINGS,),
    ),
    decided("pending", True, "pay", "double", "Money that matches pays the order."),
    decided("pending", False, "review", "mismatched", "Money that does not match is reviewed."),
    decided("expired", True, "pay_late", "late", "Money that comes late pays the order if the seats are free."),
    decided("expired", False, "mismatched", "review", "Late money that does not match goes back."),
    decided("in_review", True, "double", "late", "A second payment of an order in review is called a second one."),
    decided("in_review", False, "mismatched", "review", "Other money for an order in review goes back."),
    decided("paid", True, "double", "late", "A second payment is called a second one."),
    decided("paid", False, "mismatched", "double", "Other money for a paid order is not called a second payment."),
    decided("partially_refunded", True, "double", "late", "A payment after a refund is called a second one."),
    decided("partially_refunded", False, "mismatched", "double", "Other money after a refund is called so."),
    decided("refunded", True, "late", "double", "A payment after everything went back comes too late."),
    decided("refunded", False, "mismatched", "late", "Other money after everything went back is called so."),
    decided("cancelled", True, "late", "double", "Money for a cancelled order comes too late."),
    decided("cancelled", False, "mismatched", "late", "Other money for a cancelled order is called so."),
    Mutant(
        PAYMENT_RULES,
        "INTERVALS = (30, 30, 60, 120, 300, 600, 1800, 3600)",
        "INTERVALS = (30, 30, 30, 30, 30, 30, 30, 30)",
        "WeChat Pay is asked at growing intervals.",
        (SWEEPING,),
    ),
    Mutant(
        PAYMENT_RULES,
        "REVIEW_TIME = timedelta(days=1)",
        "REVIEW_TIME = timedelta(days=2)",
        "The wait for a decision is a day.",
        (OF_MONEY,),
    ),
    Mutant(
        PAYMENT_RULES,
        "RETRY_SILENT = timedelta(seconds=15)",
        "RETRY_SILENT = timedelta(seconds=0)",
        "A silent gateway is not asked all the time.",
        (SWEEPING,),
    ),
    unconstrained(
        BOOKINGS,
        "        sa.CheckConstraint(\"status IN ('held', 'confirmed', 'released', 'expired', 'cancelled')\", name=\"status\"),\n",
        "        sa.CheckConstraint(\n            \"status IN ('held', 'confirmed', 'released', 'expired', 'cancelled')\","
        ' name=op.f("ck_bookings_status")\n        ),\n',
        "A booking has one of the known states.",
        OF_BOOKINGS,
    ),
    unconstrained(
        BOOKINGS,
        '        sa.CheckConstraint("seats > 0", name="seats"),\n',
        '        sa.CheckConstraint("seats > 0", name=op.f("ck_bookings_seats")),\n',
        "A booking has a seat.",
        OF_BOOKINGS,
    ),
    unconstrained(
        BOOKINGS,
        '        sa.CheckConstraint("status <> \'confirmed\' OR order_id IS NOT NULL", name="confirmed_is_ordered"),\n',
        "        sa.CheckConstraint(\n            \"status <> 'confirmed' OR order_id IS NOT NULL\","
        ' name=op.f("ck_bookings_confirmed_is_ordered")\n        ),\n',
        "A confirmed booking is ordered.",
        OF_BOOKINGS,
    ),
    unconstrained(
        BOOKINGS,
        '        sa.CheckConstraint("quantity > 0", name="quantity"),\n',
        '        sa.CheckConstraint("quantity > 0", name=op.f("ck_booking_lines_quantity")),\n',
        "Nobody buys less than one.",
        OF_BOOKINGS,
    ),
    Mutant(
        "shop/catalogue/models.py",
        '        sa.CheckConstraint(\n            "' + SEATS + '", name="seats"\n        ),\n',
        "",
        "No more seats are taken and kept aside than there are, whatever the code does.",
        (OF_BOOKINGS,),
        (
            Change(
                "migrations/versions/0007_stock.py",
                '    op.create_check_constraint(\n        op.f("ck_departures_seats"),\n        "departures",\n'
                + '        "'
                + SEATS
                + '",\n    )\n',
                "",
            ),
        ),
    ),
    unconstrained(
        ORDERS,
        "        sa.CheckConstraint(\n            " + ORDER_STATES + '            name="status",\n        ),\n',
        "        sa.CheckConstraint(\n            "
        + ORDER_STATES
        + '            name=op.f("ck_orders_status"),\n        ),\n',
        "An order has one of the known states.",
        OF_ORDERS,
    ),
    unconstrained(
        ORDERS,
        '        sa.CheckConstraint("amount >= 0", name="amount"),\n',
        '        sa.CheckConstraint("amount >= 0", name=op.f("ck_orders_amount")),\n',
        "Nobody is paid for ordering.",
        OF_ORDERS,
    ),
    Mutant(
        ORDERS,
        "number: Mapped[str] = mapped_column(unique=True)",
        "number: Mapped[str] = mapped_column()",
        "An order's number is its own.",
        (OF_ORDERS,),
        (Change(MIGRATION, '        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),\n', ""),),
    ),
    unconstrained(
        ORDERS,
        "        sa.CheckConstraint(\"status IN ('valid', 'redeemed', 'void')\", name=\"status\"),\n",
        "        sa.CheckConstraint(\"status IN ('valid', 'redeemed', 'void')\", name=op.f(\"ck_tickets_status\")),\n",
        "A ticket has one of the known states.",
        OF_ORDERS,
    ),
    unconstrained(
        ORDERS,
        '        sa.UniqueConstraint("order_id", "position"),\n',
        '        sa.UniqueConstraint("order_id", "position", name=op.f("uq_tickets_order_id_position")),\n',
        "The tickets of an order are issued once.",
        OF_ORDERS,
    ),
    Mutant(
        ORDERS,
        "code: Mapped[str] = mapped_column(unique=True)",
        "code: Mapped[str] = mapped_column()",
        "A code is one ticket's.",
        (OF_ORDERS,),
        (Change(MIGRATION, '        sa.UniqueConstraint("code", name=op.f("uq_tickets_code")),\n', ""),),
    ),
    unconstrained(
        PAYMENTS,
        "        sa.CheckConstraint(\"status IN ('pending', 'succeeded', 'closed')\", name=\"status\"),\n",
        "        sa.CheckConstraint(\"status IN ('pending', 'succeeded', 'closed')\", name=op.f(\"ck_payments_status\")),\n",
        "A payment has one of the known states.",
        OF_MONEY,
    ),
    unconstrained(
        PAYMENTS,
        "        sa.CheckConstraint(\"disposition IN ('applied', 'surplus', 'review')\", name=\"disposition\"),\n",
        "        sa.CheckConstraint(\"disposition IN ('applied', 'surplus', 'review')\","
        ' name=op.f("ck_payments_disposition")),\n',
        "Money is applied, owed back or in review, and nothing else.",
        OF_MONEY,
    ),
    unconstrained(
        PAYMENTS,
        '        sa.CheckConstraint("(status = \'succeeded\') = (disposition IS NOT NULL)", name="disposed"),\n',
        "        sa.CheckConstraint(\"(status = 'succeeded') = (disposition IS NOT NULL)\","
        ' name=op.f("ck_payments_disposed")),\n',
        "It is known what was done with money that came.",
        OF_MONEY,
    ),
    Mutant(
        PAYMENTS,
        '        sa.UniqueConstraint("gateway", "number"),\n        sa.UniqueConstraint("gateway", "transaction_id"),\n',
        '        sa.UniqueConstraint("gateway", "transaction_id"),\n',
        "The number of an attempt is its own at the gateway.",
        (OF_MONEY,),
        (
            Change(
                MIGRATION,
                '        sa.UniqueConstraint("gateway", "number", name=op.f("uq_payments_gateway_number")),\n',
                "",
            ),
        ),
    ),
    unconstrained(
        PAYMENTS,
        '        sa.UniqueConstraint("gateway", "transaction_id"),\n',
        '        sa.UniqueConstraint("gateway", "transaction_id", name=op.f("uq_payments_gateway_transaction_id")),\n',
        "A transaction counts for one attempt.",
        OF_MONEY,
    ),
    unconstrained(
        PAYMENTS,
        '        sa.Index("uq_payments_live", "order_id", unique=True,'
        " postgresql_where=sa.text(\"status = 'pending'\")),\n",
        '    op.create_index(\n        "uq_payments_live", "payments", ["order_id"], unique=True,'
        " postgresql_where=sa.text(\"status = 'pending'\")\n    )\n",
        "An order has one live attempt, whatever the code does.",
        OF_MONEY,
    ),
    unconstrained(
        PAYMENTS,
        '        sa.UniqueConstraint("gateway", "event_id"),\n',
        '        sa.UniqueConstraint("gateway", "event_id", name=op.f("uq_gateway_events_gateway_event_id")),\n',
        "A notice is in the inbox once.",
        OF_MONEY,
    ),
    Mutant(
        PAYMENTS,
        "        sa.CheckConstraint(\"status IN ('pending', 'succeeded', 'needs_attention', 'superseded')\", name=\"status\"),\n",
        "",
        "A refund has one of the known states.",
        (OF_MONEY,),
        (
            Change(
                REFUNDS_MIGRATION,
                "    op.create_check_constraint(\n"
                "        \"status\", \"refunds\", \"status IN ('pending', 'succeeded', 'needs_attention', 'superseded')\"\n"
                "    )\n",
                "",
            ),
        ),
    ),
    unconstrained(
        PAYMENTS,
        '        sa.CheckConstraint("amount > 0", name="amount"),\n        sa.UniqueConstraint("gateway", "number"),\n',
        '        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),\n',
        "A refund is of something.",
        OF_MONEY,
    ),
)
