# ruff: noqa: E501 -- the shop's own lines, quoted with their ends
"""Guards of what gateways say by themselves: events that are asked about, disputes, the nightly proof."""

from tests.mutants.mutant import Mutant

INBOX = "shop/payments/services/inbox.py"
FOLLOWING = "shop/payments/follow_up.py"
DISPUTES = "shop/payments/services/disputes.py"
TICKETS = "shop/orders/services/tickets.py"
RECONCILE = "shop/payments/reconcile.py"
MATCHING = "shop/payments/services/matching.py"
COMMANDS = "shop/payments/commands.py"
STATEMENTS = "shop/gateways/wechat_pay/statements.py"
NOTICES = "shop/gateways/wechat_pay/notices.py"
REFUNDS = "shop/gateways/wechat_pay/refunds.py"

AT_STRIPE = "tests/payments/test_stripe.py"
PROOF = "tests/payments/test_reconcile.py"
OF_FILES = "tests/gateways/test_wechat_pay_statements.py"
OF_NOTICES = "tests/gateways/test_wechat_pay_notices.py"

MUTANTS = (
    # Events that are only a reason to ask
    Mutant(
        INBOX,
        '"body": body.decode("utf-8") if notice.sealed else f"sha256:{sha256(body).hexdigest()}",',
        '"body": body.decode("utf-8"),',
        "Nothing of a buyer's is kept of an event that came in clear.",
        (AT_STRIPE + " -k nothing_of_the_buyers",),
    ),
    Mutant(
        INBOX,
        '    if notice.subject is not None:\n        return "asked-for"\n',
        "",
        "An event is only a reason to ask.",
        (AT_STRIPE + " -k paid_on_a_page",),
    ),
    Mutant(
        INBOX,
        "    event.outcome, event.next_look_at = outcome, None\n",
        "    event.outcome = outcome\n",
        "An event is asked about until it is done, and no longer.",
        ("tests/payments/test_stripe.py -k no_more",),
    ),
    Mutant(
        FOLLOWING,
        "    except PaymentProviderDown:\n        with transaction():\n            inbox.look_again(event_id, now=clock.now())\n",
        '    except PaymentProviderDown:\n        with transaction():\n            inbox.done(event_id, "no-answer")\n',
        "An event whose gateway is silent waits.",
        (AT_STRIPE + " -k events_wait",),
    ),
    Mutant(
        FOLLOWING,
        '        if found.state == "closed":\n            attempts.close(payment_id, now=clock.now())\n',
        "",
        "An attempt that ended by itself is closed.",
        (AT_STRIPE,),
        explained="It saves time only: the sweep asks about the attempt as well.",
    ),
    # Disputes
    Mutant(
        DISPUTES,
        'blocked = tickets.block(order.id, now=now) if payment.disposition == "applied" else 0',
        "blocked = 0",
        "No ticket admits anyone while its payment is disputed.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        'blocked = tickets.block(order.id, now=now) if payment.disposition == "applied" else 0',
        "blocked = tickets.block(order.id, now=now)",
        "A dispute of money that was not kept for the order blocks no ticket.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        '    elif dispute.status != "open":\n        return _after_its_end(dispute, facts, now)\n',
        "",
        "A dispute ends once, however often it is told.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        "    elif facts.withheld and not dispute.withheld:\n",
        "    elif False:\n",
        "An inquiry that becomes a dispute withholds money.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        '    if dispute.withheld:\n        _book(dispute, payment, "withheld", now)\n',
        '    _book(dispute, payment, "withheld", now)\n',
        "An inquiry withholds nothing.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        '    tell_staff("changed-dispute", dispute.dispute_id, now=now, known=dispute.status, **facts.facts)\n',
        "",
        "The staff know of a dispute that is told otherwise after its end.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        "freed = 0 if _still_disputed(order.id) else tickets.unblock(order.id)",
        "freed = tickets.unblock(order.id)",
        "Tickets stay blocked while another payment of their order is disputed.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        TICKETS,
        "blocked = (Ticket.order_id == order_id, Ticket.blocked_at.is_not(None))",
        'blocked = (Ticket.order_id == order_id, Ticket.status == "void")',
        "A ticket that was cancelled is not valid again because a dispute is won.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        TICKETS,
        'good = (Ticket.order_id == order_id, Ticket.status.in_(["valid", "redeemed"]))',
        "good = (Ticket.order_id == order_id,)",
        "A dispute blocks only tickets that were valid.",
        (AT_STRIPE + " -k TestDisputes",),
    ),
    Mutant(
        DISPUTES,
        '        _book(dispute, payment, "lost", now)\n',
        "        pass\n",
        "What a buyer's bank keeps is a loss in the books.",
        (AT_STRIPE + " -k one_that_is_lost",),
    ),
    Mutant(
        DISPUTES,
        '    tell_staff("dispute-lost", order.spoken_number, now=now, dispute=dispute.dispute_id, reason=dispute.reason)\n',
        "",
        "The staff know of a dispute that is lost.",
        (AT_STRIPE + " -k one_that_is_lost",),
    ),
    # The nightly proof
    Mutant(
        RECONCILE,
        "    return len(claimed) == 1\n",
        "    return True\n",
        "A day is compared by one worker.",
        ("tests/payments/test_matching.py -k workers",),
    ),
    Mutant(
        RECONCILE,
        "if day >= first and day not in done and gateway.statement_due(day) <= now]",
        "if day >= first and gateway.statement_due(day) <= now]",
        "A day is compared once.",
        (PROOF + " -k compared_once",),
        explained="A second line: a day that was compared, or must wait, is not claimed.",
    ),
    Mutant(
        RECONCILE,
        "if day >= first and day not in done and gateway.statement_due(day) <= now]",
        "if day >= first and day not in done]",
        "A statement is not asked for before it is published.",
        (PROOF + " -k not_there_yet",),
    ),
    Mutant(
        RECONCILE,
        "        except (StatementNotReady, PaymentProviderDown) as failure:\n"
        '            _put_off(gateway, day, getattr(failure, "reason", "no-answer"), clock.now())\n',
        "        except (StatementNotReady, PaymentProviderDown):\n            pass\n",
        "The staff know of a statement that does not come.",
        (PROOF + " -k cannot_be_had",),
    ),
    Mutant(
        RECONCILE,
        "        with transaction():\n            settle(gateway.name, facts, now=clock.now())\n",
        "",
        "Money that never reached us is found by night.",
        (PROOF + " -k never_reached_us",),
    ),
    Mutant(
        RECONCILE,
        "            settle_refund(gateway.name, _as_refund(line), now=clock.now())\n",
        "",
        "A refund that stands only in the statement is recorded.",
        (PROOF + " -k stands_only_there",),
    ),
    Mutant(
        RECONCILE,
        "    for refund_id in compared.under_way:\n",
        "    for refund_id in ():\n",
        "A refund that has arrived by the statement is asked about at once.",
        (PROOF + " -k 'refund or arrived'",),
    ),
    Mutant(
        RECONCILE,
        '    if statement.is_absent and compared.differences:\n        raise StatementNotReady("absent")  # there is none, but money moved: it will come\n',
        "",
        "A day on which money moved has a statement, which will come.",
        ("tests/payments/test_matching.py -k money_moved",),
    ),
    Mutant(
        RECONCILE,
        "new = (table.id == row_id, table.statement_day.is_(None))",
        "new = (table.id == row_id,)",
        "What stood in the statement of one day is not moved to another.",
        ("tests/payments/test_matching.py -k stays_there",),
    ),
    Mutant(
        MATCHING,
        '                self._note("dispute-unknown", line.transaction_id or "?", payment, there=line)\n',
        "                pass\n",
        "A dispute of which the shop was never told is found.",
        (AT_STRIPE + " -k 'alone or dispute'",),
    ),
    Mutant(
        RECONCILE,
        "changed = fees.get(currency, 0) - row.fees.get(currency, 0)",
        "changed = fees.get(currency, 0)",
        "Fees are booked once.",
        (PROOF + " -k clean",),
    ),
    Mutant(
        RECONCILE,
        "found = (*compared.differences, *_broken_rules())",
        "found = compared.differences",
        "A broken rule of the shop is a difference too.",
        (PROOF + " -k broken_rule",),
    ),
    Mutant(
        RECONCILE,
        '        tell_staff("reconciliation-difference", subject, now=now, differences=len(found), kinds=kinds)\n',
        "",
        "The staff know of a day that differs.",
        (PROOF + " -k payment_the_statement_tells_otherwise",),
    ),
    Mutant(
        COMMANDS,
        "    if found:\n        raise SystemExit(1)\n",
        "",
        "A day that differs is no success.",
        (PROOF + " -k payment_the_statement_tells_otherwise",),
    ),
    Mutant(
        COMMANDS,
        "        raise SystemExit(2) from None\n",
        "        raise SystemExit(1) from None\n",
        "A statement that is not there is no difference.",
        (PROOF + " -k not_there_yet",),
    ),
    Mutant(
        MATCHING,
        "        self._missing(Payment, listed_payments)\n",
        "",
        "A payment that the statement does not list is found.",
        (PROOF + " -k payment_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        "        self._missing(Refund, listed_refunds)\n",
        "",
        "A refund that the statement does not list is found.",
        (PROOF + " -k refund_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        "elif listed[payment.id] or payment.statement_day not in (None, self.day):",
        "elif payment.statement_day not in (None, self.day):",
        "A payment that is listed twice is found.",
        (PROOF + " -k payment_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        "elif listed[payment.id] or payment.statement_day not in (None, self.day):",
        "elif listed[payment.id]:",
        "A payment that is listed on two days is found.",
        ("tests/payments/test_matching.py -k another_day",),
    ),
    Mutant(
        MATCHING,
        "elif payment.received != line.amount:",
        "elif False:",
        "A payment of another amount is found.",
        (PROOF + " -k payment_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        "elif payment.received != line.amount:",
        "elif payment.received.amount != line.amount.amount:",
        "A payment in another currency is found.",
        ("tests/payments/test_matching.py -k currency",),
    ),
    Mutant(
        MATCHING,
        "if listed[refund.id] or refund.statement_day not in (None, self.day):",
        "if refund.statement_day not in (None, self.day):",
        "A refund that is listed twice is found.",
        (PROOF + " -k refund_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        'elif refund.money != line.amount or refund.status == "superseded":',
        'elif refund.status == "superseded":',
        "A refund of another amount is found.",
        (PROOF + " -k refund_the_statement_tells_otherwise",),
    ),
    Mutant(
        MATCHING,
        'elif refund.money != line.amount or refund.status == "superseded":',
        "elif refund.money != line.amount:",
        "A refund that was made although another took its place is found.",
        ("tests/payments/test_matching.py -k took_its_place",),
    ),
    Mutant(
        MATCHING,
        "datetime.combine(statement.day + timedelta(days=1), time(), zone) - MARGIN",
        "datetime.combine(statement.day + timedelta(days=1), time(), zone)",
        "What moved in the last minutes of a day may stand in the statement of the next.",
        ("tests/payments/test_matching.py -k minutes",),
    ),
    Mutant(
        MATCHING,
        "table.statement_day == self.day,\n",
        "sa.false(),\n",
        "What stood in a statement and stands there no longer is found.",
        ("tests/payments/test_matching.py -k no_longer",),
    ),
    Mutant(
        MATCHING,
        "start = datetime.combine(statement.day, time(), zone)",
        "start = datetime.combine(statement.day, time(), timezone.utc)",
        "The days of a statement are those of its gateway.",
        (PROOF + " -k 'clean or a_payment'",),
    ),
    # WeChat Pay's own books
    Mutant(
        STATEMENTS,
        'lambda answer: f\'{{"sha1":"{_announced(answer)}"}}\'.encode()',
        "lambda _: None",
        "A statement that nobody signed is not believed.",
        (OF_FILES, PROOF + " -k cannot_be_had"),
    ),
    Mutant(
        STATEMENTS,
        "    if hashlib.sha1(answer.body, usedforsecurity=False).hexdigest() != _announced(answer):\n"
        '        raise _not_ready(day, "damaged")\n',
        "",
        "A statement that was changed on its way is not believed.",
        (OF_FILES,),
    ),
    Mutant(
        STATEMENTS,
        "    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != digest.lower():\n"
        '        raise _not_ready(day, "damaged")\n',
        "",
        "A file that is not the one announced is not believed.",
        (OF_FILES,),
    ),
    Mutant(
        STATEMENTS,
        '    if answer.code in NOTHING_MOVED:\n        return b""\n',
        "",
        "A day on which nothing moved is no missing statement.",
        (OF_FILES,),
    ),
    Mutant(
        STATEMENTS,
        "value.scaleb(get_currency_precision(currency))",
        "value.scaleb(0)",
        "A statement tells yuan, not cents.",
        (OF_FILES,),
    ),
    Mutant(
        STATEMENTS,
        "        if row.startswith(TOTALS):\n            break\n",
        "",
        "The totals of a statement are no payment.",
        (OF_FILES,),
    ),
    Mutant(
        STATEMENTS,
        '    is_refund = row.find("state") == "REFUND"\n',
        "    is_refund = False\n",
        "A refund in a statement is no payment.",
        (OF_FILES,),
    ),
    Mutant(
        NOTICES,
        "read_refund(parse_object(plaintext), dialect, names_merchant=True)",
        "read_refund(parse_object(plaintext), dialect)",
        "A refund of another merchant says so.",
        (OF_NOTICES + " -k refund_of_another",),
    ),
    Mutant(
        REFUNDS,
        '    "REFUNDCLOSE": "closed",\n',
        "",
        "Both words for a refund that was closed are known.",
        (OF_NOTICES + " -k became_of_a_refund",),
    ),
    Mutant(
        REFUNDS,
        'STATES.get(written or "PROCESSING")',
        'STATES.get(written or "SUCCESS")',
        "A refund of which no state is told was accepted, and is not done.",
        ("tests/payments/test_refunds.py -k accepted_is_not_done",),
    ),
)
