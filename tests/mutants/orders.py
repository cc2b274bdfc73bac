# ruff: noqa: E501 -- the shop's own lines, quoted with their ends
"""Guards of orders and tickets: placing, ending, showing, signing."""

from tests.mutants.mutant import Mutant

PLACE = "shop/orders/services/place.py"
SETTLE = "shop/orders/services/settle.py"
SHOW = "shop/orders/services/show.py"
DUE = "shop/orders/services/due.py"
TICKETS = "shop/orders/services/tickets.py"
RULES = "shop/orders/rules.py"
SCHEMAS = "shop/orders/schemas.py"
CODES = "shop/orders/ticket_codes.py"
VIEWS = "shop/orders/views.py"
CANCEL = "shop/orders/services/cancel.py"
ACCEPTED = "shop/payments/services/cancelling.py"

PLACING = "tests/orders/test_placing.py"
CANCELLING = "tests/orders/test_cancelling.py"
STATES = "tests/orders/test_rules.py"
SHOWING = "tests/orders/test_showing.py"
OF_TICKETS = "tests/orders/test_tickets.py"
OF_CODES = "tests/orders/test_ticket_codes.py"
SWEEP = "tests/payments/test_sweep.py"
CIRCLES = "tests/races/test_circles.py"
MEETINGS = "tests/payments/test_interleavings.py -k "

MUTANTS = (
    Mutant(
        PLACE,
        "    if not accept_terms:\n        raise TermsNotAccepted\n",
        "",
        "Nobody orders without accepting the conditions of sale.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        'if departure.status == "cancelled" or departure.starts_at <= now:',
        "if departure.starts_at <= now:",
        "A departure that was cancelled is not ordered.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        'if departure.status == "cancelled" or departure.starts_at <= now:',
        'if departure.status == "cancelled":',
        "A departure that has started is not ordered.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        "departure.starts_at <= now:",
        "departure.starts_at < now:",
        "A departure has started at its very second.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        "    if len({held.currency for held in bookings}) > 1:\n        raise MixedCurrencies\n",
        "",
        "Euros and yuan are not added up.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        '"currency": bookings[0].currency,',
        '"currency": "EUR",',
        "An order is in the currency of its bookings.",
        (PLACING,),
    ),
    Mutant(
        PLACE,
        "        ON CONFLICT (number) DO NOTHING\n",
        "",
        "A number that is taken is drawn again.",
        (STATES,),
    ),
    Mutant(
        SCHEMAS,
        '        if not isinstance(value, bool):\n            raise self.make_error("invalid", input=value)\n        return value\n',
        "        return bool(value)\n",
        "Only true accepts the conditions of sale.",
        (PLACING,),
    ),
    Mutant(
        SETTLE,
        "sa.select(Order).where(Order.id == order_id).with_for_update(of=Order).execution_options",
        "sa.select(Order).where(Order.id == order_id).execution_options",
        "An order ends once.",
        (CIRCLES, MEETINGS + "'APaymentOpenedAsAnEarlierOneArrives or TwoPaymentsOfOneOrder or ACallbackOfAnOrder'"),
    ),
    Mutant(
        SETTLE,
        ".with_for_update(of=Order).execution_options(populate_existing=True)",
        ".with_for_update(of=Order)",
        "An order is judged as it is once it is locked.",
        (CIRCLES, MEETINGS + "'APaymentOpenedAsAnEarlierOneArrives or TwoPaymentsOfOneOrder or ACallbackOfAnOrder'"),
    ),
    Mutant(
        SETTLE,
        "    return state is not None and _confirm(order, state, event, now=now)\n",
        '    return _confirm(order, state or "paid", event, now=now)\n',
        "An order that ended for good is not paid.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        "    if confirmed is None:\n        return False\n",
        "    confirmed = confirmed or []\n",
        "An order whose seats are gone is not paid.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        "    issued = tickets.make(order, now=now)\n",
        "    issued: list[dict[str, str]] = []\n",
        "Who has paid has tickets.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        '    state = rules.after(order.status, "review")\n    if state is None:\n        return False\n',
        '    state = rules.after(order.status, "review") or "in_review"\n',
        "Only a pending order is put in review.",
        (STATES,),
    ),
    Mutant(
        ACCEPTED,
        '    if order.status in {"cancelled", "expired"}:\n        return True\n',
        "",
        "Cancelling again, or what expired, is no mistake.",
        (CANCELLING,),
    ),
    Mutant(
        SETTLE,
        '    if order.status == "in_review":\n        raise CancelledByOfficeOnly\n',
        "",
        "An order that money came for is left to the office.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        '    if order.status == "pending":\n        _end(order, "cancel", event, now=now)\n',
        '    _end(order, "cancel", event, now=now)\n',
        "A paid order is not cancelled for nothing.",
        (STATES,),
    ),
    Mutant(
        CANCEL,
        "    if any(ticket.booking.departure.starts_at <= now for ticket in chosen if ticket.booking_id not in free):\n"
        "        raise TooLateToCancel\n",
        "",
        "What has begun is not cancelled.",
        (CANCELLING,),
    ),
    Mutant(
        CANCEL,
        "any(ticket.booking.departure.starts_at <= now for ticket in chosen if ticket.booking_id not in free)",
        "any(ticket.booking.departure.starts_at < now for ticket in chosen if ticket.booking_id not in free)",
        "A tour has begun at its very second.",
        (CANCELLING,),
    ),
    Mutant(
        CANCEL,
        "any(ticket.booking.departure.starts_at <= now for ticket in chosen if ticket.booking_id not in free)",
        "all(ticket.booking.departure.starts_at <= now for ticket in chosen if ticket.booking_id not in free)",
        "One tour of several that has begun is enough.",
        (CANCELLING,),
    ),
    Mutant(
        CANCEL,
        "    db.session.execute(voided)\n",
        "",
        "The tickets of a cancelled order admit nobody.",
        (CANCELLING,),
    ),
    Mutant(
        SETTLE,
        "    if order.expires_at < until:\n        order.expires_at = until\n        booking.prolong_ordered(order.id, until=until)\n",
        "    order.expires_at = until\n    booking.prolong_ordered(order.id, until=until)\n",
        "Prolonging never shortens the time of an order.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        "        booking.prolong_ordered(order.id, until=until)\n",
        "",
        "The bookings of an order have its time.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        "    state = rules.after(order.status, event)\n    if state is None:\n        return False\n",
        '    state = rules.after(order.status, event) or "cancelled"\n',
        "An order that ended does not end again.",
        (STATES,),
    ),
    Mutant(
        SETTLE,
        '    booking.end_ordered(order.id, "expire" if event == "expire" else "cancel", now=now)\n',
        "",
        "An order that ends gives its seats back.",
        (STATES,),
    ),
    Mutant(
        SHOW,
        ".where(Order.id == order_id, Order.customer_id == customer_id)",
        ".where(Order.id == order_id)",
        "Nobody sees, pays or cancels the order of another.",
        (SHOWING,),
    ),
    Mutant(
        SHOW,
        "sa.select(Order).where(Order.customer_id == customer_id).options",
        "sa.select(Order).options",
        "A list of orders holds one's own alone.",
        (SHOWING,),
    ),
    Mutant(
        DUE,
        'where(Order.status == "pending", Order.expires_at <= now, ~kept)',
        "where(Order.expires_at <= now, ~kept)",
        "Orders that ended do not keep the sweep from those that are due.",
        (SWEEP,),
    ),
    Mutant(
        DUE,
        'where(Order.status == "pending", Order.expires_at <= now, ~kept)',
        'where(Order.status == "pending", ~kept)',
        "Orders that have time left do not keep the sweep from those that are due.",
        (SWEEP,),
    ),
    Mutant(
        DUE,
        'where(Order.status == "pending", Order.expires_at <= now, ~kept)',
        'where(Order.status == "pending", Order.expires_at <= now)',
        "Orders kept by a payment do not keep the sweep from those that are due.",
        (SWEEP,),
    ),
    Mutant(
        DUE,
        "Order.expires_at <= now, ~kept",
        "Order.expires_at < now, ~kept",
        "An order is ended at its very second.",
        (SWEEP,),
    ),
    Mutant(
        CANCEL,
        'where(Ticket.order_id == order_id, Ticket.status == "valid")',
        'where(Ticket.status == "valid")',
        "The tickets of other orders stay valid.",
        (CANCELLING,),
    ),
    Mutant(
        CANCEL,
        'where(Ticket.order_id == order_id, Ticket.status == "valid")',
        "where(Ticket.order_id == order_id)",
        "A ticket that was used stays used.",
        (CANCELLING,),
    ),
    Mutant(
        TICKETS,
        '    if ticket.standing == "void":\n        raise TicketVoid\n',
        "",
        "A ticket that was cancelled has no documents.",
        (OF_TICKETS,),
    ),
    Mutant(
        TICKETS,
        "for _ in range(line.quantity)",
        "for _ in range(1)",
        "Everyone of a party has a ticket.",
        (OF_TICKETS,),
    ),
    Mutant(
        TICKETS,
        '"code": make_code(ticket_id, booking.departure_id, key),',
        '"code": make_code(ticket_id, booking.id, key),',
        "A code is good for its departure.",
        (OF_TICKETS,),
    ),
    Mutant(
        TICKETS,
        "ticket_id = uuid4()",
        "ticket_id = booking.id",
        "The id of a ticket is chance, and its own.",
        (OF_TICKETS,),
    ),
    Mutant(
        CODES,
        "        key.verify(raw[33:], raw[:33])\n",
        "",
        "A ticket nobody signed is no ticket.",
        (OF_CODES,),
    ),
    Mutant(
        CODES,
        "len(raw) != _LENGTH or raw[:1] != _VERSION",
        "raw[:1] != _VERSION",
        "A code with something behind it is no code.",
        (OF_CODES,),
        explained="A second line: a longer signature is none.",
    ),
    Mutant(
        CODES,
        "len(raw) != _LENGTH or raw[:1] != _VERSION",
        "len(raw) != _LENGTH",
        "A code of another version is not read.",
        (OF_CODES,),
    ),
    Mutant(
        CODES,
        " or _encoded(raw) != text:",
        ":",
        "One ticket has one spelling.",
        (OF_CODES,),
    ),
    Mutant(
        CODES,
        "if text == code or len(text) > 200:",
        "if len(text) > 200:",
        "A code begins as ours do.",
        (OF_CODES,),
    ),
    Mutant(
        CODES,
        "if text == code or len(text) > 200:",
        "if text == code:",
        "A huge text is refused without being read.",
        (OF_CODES,),
        explained="It saves work only: a huge text is no code in any case.",
    ),
    Mutant(
        CODES,
        "binascii.Error, ValueError, InvalidSignature",
        "binascii.Error, ValueError",
        "A false signature is an answer, not a failure.",
        (OF_CODES,),
    ),
    Mutant(
        RULES,
        "value = int(digit) * (2 - index % 2)",
        "value = int(digit)",
        "The check digit is that of Luhn.",
        (STATES,),
    ),
    Mutant(
        RULES,
        "total += value - 9 if value > 9 else value",
        "total += value",
        "The check digit notices every digit misheard.",
        (STATES,),
    ),
    Mutant(
        RULES,
        " and _check_digit(text[:9]) == text[9]",
        "",
        "A number with a digit misheard is none.",
        (STATES,),
    ),
    Mutant(
        RULES,
        "len(text) == 10 and text.isascii() and",
        "text.isascii() and",
        "A number is ten digits.",
        (STATES,),
    ),
    Mutant(
        RULES,
        "text.isascii() and text.isdigit()",
        "text.isdigit()",
        "A number is written in digits that a keyboard has.",
        (STATES,),
    ),
    Mutant(
        VIEWS,
        '@blp.get("/orders/<order_id>/tickets")\n@customer_only\n',
        '@blp.get("/orders/<order_id>/tickets")\n',
        "Only who is signed in sees tickets.",
        (SHOWING,),
    ),
)
