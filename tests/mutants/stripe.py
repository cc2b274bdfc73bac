# ruff: noqa: E501 -- the shop's own lines, quoted with their ends
"""Guards between the shop and Stripe: what an event proves, what a session says, a refund made once."""

from tests.mutants.mutant import Mutant

NOTICES = "shop/gateways/stripe/notices.py"
SESSIONS = "shop/gateways/stripe/sessions.py"
GATEWAY = "shop/gateways/stripe/gateway.py"
PARAMS = "shop/gateways/stripe/params.py"
STATEMENTS = "shop/gateways/stripe/statements.py"
FIELDS = "shop/gateways/stripe/fields.py"
READING = "shop/gateways/stripe/refunds.py"

OF_NOTICES = "tests/gateways/test_stripe_notices.py"
CHECKOUT = "tests/gateways/test_stripe_checkout.py"
REFUNDS = "tests/gateways/test_stripe_refunds.py"
BOOKS = "tests/gateways/test_stripe_statements.py"

MUTANTS = (
    Mutant(
        NOTICES,
        "if abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:",
        "if now.timestamp() - int(times[0]) > TOLERANCE_SECONDS:",
        "An event from the future is refused.",
        (OF_NOTICES + " -k future",),
    ),
    Mutant(
        NOTICES,
        "if abs(now.timestamp() - int(times[0])) > TOLERANCE_SECONDS:",
        "if int(times[0]) - now.timestamp() > TOLERANCE_SECONDS:",
        "An old event is refused.",
        (OF_NOTICES + " -k older",),
    ),
    Mutant(
        NOTICES,
        "if not any(hmac.compare_digest(expected, signature.encode()) for signature in signatures):",
        "if not signatures:",
        "A false signature is refused.",
        (OF_NOTICES + " -k 'false_signature or another_secret'",),
    ),
    Mutant(
        NOTICES,
        "if not any(hmac.compare_digest(expected, signature.encode()) for signature in signatures):",
        "if not hmac.compare_digest(expected, signatures[0].encode()):",
        "While a secret is replaced, either signature will do.",
        (OF_NOTICES + " -k replaced",),
    ),
    Mutant(
        NOTICES,
        'times[0].encode() + b"." + body',
        'b"." + body',
        "The moment of an event is signed too.",
        (OF_NOTICES + " -k library_signs",),
    ),
    Mutant(
        NOTICES,
        'if name == "v1"]',
        'if name in {"v0", "v1"}]',
        "A signature of the old scheme proves nothing.",
        (OF_NOTICES + " -k old_scheme",),
    ),
    Mutant(
        NOTICES,
        'if facts["livemode"] != is_live or event.get("account") is not None:',
        'if event.get("account") is not None:',
        "A test is not about real money, nor real money about a test.",
        (OF_NOTICES + " -k 'another_mode or real_money'",),
    ),
    Mutant(
        NOTICES,
        'if facts["livemode"] != is_live or event.get("account") is not None:',
        'if facts["livemode"] != is_live:',
        "An event of another account is about nothing of ours.",
        (OF_NOTICES + " -k another_mode",),
    ),
    Mutant(
        NOTICES,
        '    if len(body) > LARGEST_NOTICE:\n        raise NoticeRefused("malformed")\n',
        "",
        "A body without end is not read.",
        (OF_NOTICES + " -k without_end",),
    ),
    Mutant(
        NOTICES,
        "        facts |= choose(about, *FACTS)\n",
        "        facts |= about\n",
        "What the buyer told Stripe stays there.",
        (OF_NOTICES + " -k what_the_buyer",),
    ),
    Mutant(
        SESSIONS,
        'merchant_is_ours=get_flag(session, "livemode") == is_live,',
        "merchant_is_ours=True,",
        "Money of another mode is not ours.",
        (CHECKOUT + " -k real_money",),
    ),
    Mutant(
        GATEWAY,
        '        if payment.number != number:\n            raise not_understood("find", number, "client_reference_id")\n',
        "",
        "A session of another number is not believed.",
        (CHECKOUT + " -k another_number",),
    ),
    Mutant(
        SESSIONS,
        'return "closed" if get_text(intent, "status") in FAILED else "paying"',
        'return "paid"',
        "A session is complete before its money is certain.",
        (CHECKOUT + " -k not_certain",),
    ),
    Mutant(
        SESSIONS,
        'return "closed" if get_text(intent, "status") in FAILED else "paying"',
        'return "paying"',
        "Money that does not come after all ends a session.",
        (CHECKOUT + " -k after_all",),
    ),
    Mutant(
        SESSIONS,
        'amount=get_amount(session, "amount_total") if paid else None,',
        'amount=get_amount(session, "amount_subtotal") if paid else None,',
        "What was paid is told as it is.",
        (CHECKOUT + " -k 'told_as_it_is or tells_what'",),
    ),
    Mutant(
        GATEWAY,
        '            if session.get("status") == "open":\n                raise StillBeingPaid from None\n',
        "",
        "A session that Stripe will not end is still being paid.",
        (CHECKOUT + " -k will_not_end",),
    ),
    Mutant(
        GATEWAY,
        "            if refusal.status != 400:\n                raise PaymentProviderDown from None\n",
        "",
        "A close that nobody knows of is none.",
        (CHECKOUT + " -k 'close or clos'",),
    ),
    Mutant(
        PARAMS,
        'return params, {"idempotency_key": f"payment-{charge.number}"}',
        "return params, {}",
        "A number has one session, however often it is opened.",
        (CHECKOUT + " -k 'one_session or opened_once'",),
    ),
    Mutant(
        PARAMS,
        "expires_at = max(charge.expires_at, now + SHORTEST + MARGIN)",
        "expires_at = charge.expires_at",
        "A session gets the half hour that Stripe wants.",
        (CHECKOUT + " -k half_hour",),
    ),
    Mutant(
        GATEWAY,
        "return self._made(repayment) or self._make(repayment)",
        "return self._make(repayment)",
        "A refund that is there already is not made again, even when Stripe has forgotten the key.",
        (REFUNDS + " -k answer_was_lost",),
    ),
    Mutant(
        PARAMS,
        'return params, {"idempotency_key": f"refund-{repayment.number}"}',
        "return params, {}",
        "The same refund asked for twice at once is made once.",
        (REFUNDS + " -k many_at_once",),
    ),
    Mutant(
        PARAMS,
        '        "amount": repayment.amount.amount,\n',
        "",
        "No more goes back than was asked for.",
        (REFUNDS + " -k 'our_numbers or two_refunds'",),
    ),
    Mutant(
        GATEWAY,
        "return read_refund(refund) if names & {repayment.number, repayment.refund_id} else None",
        "return read_refund(refund)",
        "Another refund of the payment is not taken for ours.",
        (REFUNDS + " -k 'two_refunds or behind_many'",),
    ),
    Mutant(
        GATEWAY,
        '    "balance_insufficient": "not-enough",\n',
        "",
        "Too little in the balance is no refusal.",
        (REFUNDS + " -k must_wait",),
    ),
    Mutant(
        GATEWAY,
        "            if refusal.code in NOT_NOW:\n",
        "            if True:\n                raise RefundNotNow(refusal.code) from None\n            if refusal.code in NOT_NOW:\n",
        "What Stripe refuses for good is for the staff.",
        (REFUNDS + " -k 'refused or refusal'",),
    ),
    Mutant(
        READING,
        '    "failed": "closed",',
        '    "failed": "succeeded",',
        "A refund that failed has not arrived.",
        (REFUNDS + " -k takes_its_time",),
    ),
    Mutant(
        READING,
        '    "warning_closed": "won",\n',
        '    "warning_closed": "lost",\n',
        "An inquiry that ends costs nothing.",
        (REFUNDS + " -k inquiry",),
    ),
    Mutant(
        FIELDS,
        "if not 1 <= amount <= LARGEST_AMOUNT:",
        "if not 1 <= amount:",
        "An amount that Stripe never moves is no amount.",
        (CHECKOUT + " -k cannot_be_understood", REFUNDS + " -k understood", BOOKS),
    ),
    Mutant(
        STATEMENTS,
        '"lt": int((start + timedelta(days=1)).timestamp())}',
        '"lte": int((start + timedelta(days=1)).timestamp())}',
        "Midnight belongs to one day.",
        (BOOKS + " -k midnight",),
    ),
    Mutant(
        STATEMENTS,
        'succeeded=refund.state == "succeeded",',
        "succeeded=True,",
        "A refund that is under way is told as such in a statement.",
        (BOOKS + " -k under_way",),
    ),
    Mutant(
        STATEMENTS,
        "            succeeded=withheld,\n",
        "            succeeded=True,\n",
        "A dispute that is won gives its money back in a statement.",
        (BOOKS + " -k takes_and_gives",),
    ),
    Mutant(
        STATEMENTS,
        '    if get_text(movement, "currency").upper() == line.amount.currency:\n',
        "    if True:\n",
        "A fee in euros of a payment in yuan is not told in yuan.",
        (BOOKS + " -k yuan",),
    ),
)
