"""Guards of what is sent twice."""

from tests.mutants.mutant import Mutant

IDEMPOTENCY = "shop/core/idempotency.py"
OF_KEYS = "tests/core/test_idempotency.py"

MUTANTS = (
    Mutant(
        IDEMPOTENCY,
        "    if not db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_number(key)))):\n"
        "        raise IdempotencyKeyInUse\n",
        "",
        "The same request twice at once is done once.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "        if not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_number(key)))):\n"
        "            raise IdempotencyKeyInUse\n",
        "",
        "A payment that is being opened is not opened again under its key.",
        (OF_KEYS, "tests/payments/test_opening.py -k key"),
    ),
    Mutant(
        IDEMPOTENCY,
        "        known = first_answer()\n        if known:\n            return known\n",
        "",
        "The first success is given again.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "    if kept.fingerprint != _fingerprint():\n        raise IdempotencyKeyReused\n",
        "",
        "A key is good for one body.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        'f"{request.path}\\n{body}"',
        'f"{body}"',
        "A key is good for one order.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "sort_keys=True)",
        "sort_keys=False)",
        "The same body written otherwise is the same.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        'name = f"{caller_id()} {_route()} {key}"',
        'name = f"{_route()} {key}"',
        "The keys of two customers do not stand in each other's way.",
        ("tests/booking/test_holding.py",),
    ),
    Mutant(
        IDEMPOTENCY,
        'name = f"{caller_id()} {_route()} {key}"',
        'name = f"{caller_id()} {key}"',
        "The keys of two routes do not stand in each other's way.",
        ("tests/booking/test_holding.py",),
    ),
    Mutant(
        IDEMPOTENCY,
        "    return str(request.endpoint)\n",
        '    return "any"\n',
        "A key is good for one route.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "kept is None or kept.created_at < clock.now() - LIFE",
        "kept is None",
        "A key lives for a day.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "kept.created_at < clock.now() - LIFE",
        "kept.created_at <= clock.now() - LIFE",
        "A key lives to the last second of its day.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        'statement.on_conflict_do_update(index_elements=["customer_id", "route", "key"], set_=values)',
        "statement",
        "A key may be used anew after a day.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "where(IdempotencyKey.created_at < now - LIFE)",
        "where(sa.true())",
        "Only keys that are over are forgotten.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "0 < len(key) <= 255 and key.isascii()",
        "0 < len(key) and key.isascii()",
        "A key is short.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "key.isascii() and key.isprintable()",
        "key.isascii()",
        "A key is visible.",
        (OF_KEYS,),
    ),
)
