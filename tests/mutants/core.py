"""Guards of what is sent twice."""

from tests.mutants.mutant import Mutant

IDEMPOTENCY = "shop/core/idempotency.py"
KEY_LOCK = "migrations/versions/0017_ordered.py"
OF_KEYS = "tests/core/test_idempotency.py"

MUTANTS = (
    Mutant(
        IDEMPOTENCY,
        "    if not row.locked:\n        raise IdempotencyKeyInUse\n",
        "",
        "The same request twice at once is done once.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "yield _take(key, connection, _KEY_LOCK_OVER_A_CALL)",
        "yield _take(key, db.session.connection(), _KEY_LOCK_OVER_A_CALL)",
        "A payment that is being opened is not opened again under its key.",
        (OF_KEYS, "tests/payments/test_opening.py -k key"),
    ),
    Mutant(
        IDEMPOTENCY,
        "return known.response() if known else _answer",
        "return _answer",
        "The first success is given again.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "    if row.kept_fingerprint != key.fingerprint:\n        raise IdempotencyKeyReused\n",
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
        "_fingerprint(), now - LIFE)",
        "_fingerprint(), now - 999 * LIFE)",
        "A key lives for a day.",
        (OF_KEYS,),
    ),
    Mutant(
        KEY_LOCK,
        "created_at >= keys_since",
        "created_at > keys_since",
        "A key lives to the last second of its day.",
        (OF_KEYS,),
    ),
    Mutant(
        IDEMPOTENCY,
        "    ON CONFLICT (customer_id, route, key) DO UPDATE SET fingerprint = excluded.fingerprint,\n"
        "        status = excluded.status, body = excluded.body, created_at = excluded.created_at\n",
        "",
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
