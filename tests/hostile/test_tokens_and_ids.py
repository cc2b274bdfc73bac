"""Tokens that are none, and ids that are others': always 401 or 404, always in the same words, never a hint.

Signing in and out by itself stands in tests/customers, one's own orders in tests/orders.
"""

import base64
import hashlib
import hmac
import json
import re
from uuid import UUID

import pytest
from itsdangerous import Signer, URLSafeSerializer, URLSafeTimedSerializer

from shop.core.ids import new_id
from shop.customers import rules
from tests.factories.catalogue import ADULT
from tests.factories.people import created
from tests.factories.rows import change, value
from tests.hostile.shelf import contents

API = "/api/v1"
NOBODYS = "019a0000-0000-7000-8000-000000000000"


def jwt(header, payload, key=b""):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)]
    message = b".".join(parts)
    signature = hmac.digest(key, message, hashlib.sha256) if key else b""
    return (message + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def resigned(token, key, **how):
    """The same claim, signed otherwise."""
    payload = token.rpartition(".")[0]
    return Signer(key, salt="customer-session", **how).sign(payload).decode()


# What stands behind "Bearer ", made of a genuine token, another customer's, the key and the session.
FORGED = {
    "nothing": lambda t, o, k, s: "",
    "blanks": lambda t, o, k, s: "   ",
    "its claim without a signature": lambda t, o, k, s: t.rpartition(".")[0],
    "its claim and a dot": lambda t, o, k, s: t.rpartition(".")[0] + ".",
    "its signature alone": lambda t, o, k, s: t.rpartition(".")[2],
    "its claim, another's signature": lambda t, o, k, s: t.rpartition(".")[0] + "." + o.rpartition(".")[2],
    "another's claim, its signature": lambda t, o, k, s: o.rpartition(".")[0] + "." + t.rpartition(".")[2],
    "its signature in capitals": lambda t, o, k, s: t.rpartition(".")[0] + "." + t.rpartition(".")[2].upper(),
    "signed twice": lambda t, o, k, s: t + "." + t.rpartition(".")[2],
    "with a dot before it": lambda t, o, k, s: "." + t,
    "with a letter behind it": lambda t, o, k, s: t + "A",
    "twice": lambda t, o, k, s: t + t,
    "twice, with a comma": lambda t, o, k, s: f"{t}, {t}",
    "two, of two people": lambda t, o, k, s: f"{t},Bearer {o}",
    "two, the second forged": lambda t, o, k, s: f"{t},Bearer forged",
    "two, the first forged": lambda t, o, k, s: f"forged,Bearer {t}",
    "in quotes": lambda t, o, k, s: f'"{t}"',
    "with a blank inside": lambda t, o, k, s: t[:20] + " " + t[20:],
    "with a tab inside": lambda t, o, k, s: t[:20] + "\t" + t[20:],
    "percent-encoded": lambda t, o, k, s: t.replace(".", "%2e"),
    "backwards": lambda t, o, k, s: t[::-1],
    "a hundred thousand letters": lambda t, o, k, s: "x" * 100_000,
    "ten thousand dots": lambda t, o, k, s: "." * 10_000,
    "a claim of a hundred thousand letters": lambda t, o, k, s: "A" * 100_000 + "." + t.rpartition(".")[2],
    "the session as it is": lambda t, o, k, s: s.hex,
    "the session in quotes": lambda t, o, k, s: base64.urlsafe_b64encode(f'"{s.hex}"'.encode()).decode(),
    "a bomb in the claim": lambda t, o, k, s: ".eJzLSM3JyQcABiwCFQ." + t.rpartition(".")[2],
    "the key": lambda t, o, k, s: k,
    "none": lambda t, o, k, s: "null",
    "an object": lambda t, o, k, s: '{"session": "x"}',
    "SQL": lambda t, o, k, s: "' OR '1'='1",
    "signed with no key": lambda t, o, k, s: rules.sign_token(s, ""),
    "signed with another key": lambda t, o, k, s: rules.sign_token(s, k + "x"),
    "signed with a part of the key": lambda t, o, k, s: rules.sign_token(s, k[:-1]),
    "signed with a shorter digest": lambda t, o, k, s: resigned(t, k, digest_method=hashlib.md5),
    "signed with a longer digest": lambda t, o, k, s: resigned(t, k, digest_method=hashlib.sha512),
    "signed with the bare key": lambda t, o, k, s: resigned(t, k, key_derivation="none"),
    "signed with the key by HMAC": lambda t, o, k, s: resigned(t, k, key_derivation="hmac"),
    "signed with the key run together": lambda t, o, k, s: resigned(t, k, key_derivation="concat"),
    "signed with another separator": lambda t, o, k, s: resigned(t, k, sep=":"),
    "signed for another purpose": lambda t, o, k, s: URLSafeSerializer(k, salt="tickets").dumps(s.hex),
    "signed for no purpose": lambda t, o, k, s: URLSafeSerializer(k).dumps(s.hex),
    "signed for a browser": lambda t, o, k, s: URLSafeTimedSerializer(k, salt="cookie-session").dumps({"id": s.hex}),
    "a JWT of no algorithm": lambda t, o, k, s: jwt({"alg": "none"}, {"sub": s.hex}),
    "a JWT of no algorithm, in capitals": lambda t, o, k, s: jwt({"alg": "NONE"}, s.hex),
    "a JWT signed with the key": lambda t, o, k, s: jwt({"alg": "HS256"}, {"sub": s.hex}, k.encode()),
    "a JWT signed with nothing": lambda t, o, k, s: jwt({"alg": "HS256", "kid": "/dev/null"}, {"sub": s.hex}, b"\0"),
    "a JWT that brings its key": lambda t, o, k, s: jwt({"alg": "HS256", "jku": "http://elsewhere.example"}, {}, b"k"),
    # Signed with the very key: what only we could have made, and did not.
    "signed, of a session that never was": lambda t, o, k, s: rules.sign_token(new_id(), k),
    "signed, of no session": lambda t, o, k, s: rules.sign_token(UUID(int=0), k),
    "signed, of a text": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps("x" * 32),
    "signed, of a NUL": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps("\0"),
    "signed, of an object": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps({"hex": s.hex}),
    "signed, of a list": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps([s.hex]),
    "signed, of true": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps(True),
    "signed, of a number": lambda t, o, k, s: URLSafeSerializer(k, salt="customer-session").dumps(s.int),
}
# The signature is right, and what it signs is no claim at all.
UNREADABLE = {
    "signed with the time": lambda t, o, k, s: URLSafeTimedSerializer(k, salt="customer-session").dumps(s.hex),
    "signed, of no JSON": lambda t, o, k, s: Signer(k, salt="customer-session").sign(b"eA").decode(),
    "signed, of no base64": lambda t, o, k, s: Signer(k, salt="customer-session").sign(b"!").decode(),
    "signed, of a bomb that is none": lambda t, o, k, s: Signer(k, salt="customer-session").sign(b".AAAA").decode(),
}
# The genuine token, written otherwise.
SPELLINGS = {
    "with padding": lambda t: t + "==",
    "with letters that are not ASCII": lambda t: t + "é",
    "with half a surrogate in latin-1": lambda t: t + "\xed\xa0\x80",
    "with another last letter": lambda t: t[:-1] + chr(ord(t[-1]) + 1),
}
SCHEMES = [
    "",
    "Bearer",
    "Basic {}",
    "Token {}",
    "{}",
    "Bearer:{}",
    "Bearer\t{}",
    "BearerToken {}",
    "Bearer,{}",
    "JWT {}",
]


@pytest.fixture
def doors(app):
    """Every way in that is for customers."""
    return [
        (method, re.sub(r"<[^>]+>", "x", rule.rule))
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "audience", None) == "customer"
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"})
    ]


def knock(app, doors, authorization):
    """What all doors say, which must be one thing."""
    said = set()
    for method, path in doors:
        headers = {"Accept-Language": "en"} | ({} if authorization is None else {"Authorization": authorization})
        answer = app.test_client().open(path, method=method, json=None if method == "GET" else {}, headers=headers)
        said.add(
            (answer.status_code, answer.headers.get("WWW-Authenticate"), answer.headers["Cache-Control"], answer.text)
        )
    return said


def token_of(tourist):
    return tourist.headers["Authorization"].removeprefix("Bearer ")


def session_of(tourist, secret_key):
    return rules.read_token(token_of(tourist), secret_key)


@pytest.fixture
def refusal(app, doors):
    """What who has no token at all is told."""
    ((status, scheme, cache, text),) = knock(app, doors, None)
    assert (status, scheme, json.loads(text)["code"]) == (401, "Bearer", "sign-in-required")
    return {(status, scheme, cache, text)}


def test_a_token_that_is_none_is_told_what_no_token_is_told(
    app, settings, tourist, other_tourist, doors, refusal, subtests
):
    genuine, other = token_of(tourist), token_of(other_tourist)
    session = session_of(tourist, settings.secret_key)
    before = contents(app)
    for name, forge in FORGED.items():
        with subtests.test(name=name):
            assert knock(app, doors, f"Bearer {forge(genuine, other, settings.secret_key, session)}") == refusal
    for scheme in SCHEMES:
        with subtests.test(scheme=scheme):
            assert knock(app, doors, scheme.format(genuine)) == refusal

    assert contents(app) == before
    assert tourist.get("/me").status_code == other_tourist.get("/me").status_code == 200


@pytest.mark.parametrize("forge", UNREADABLE.values(), ids=UNREADABLE)
def test_a_token_that_signs_nothing_readable_is_no_token(app, settings, tourist, refusal, forge):
    session = session_of(tourist, settings.secret_key)
    token = forge(token_of(tourist), "", settings.secret_key, session)

    assert knock(app, [("GET", f"{API}/me")], f"Bearer {token}") == refusal


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_token_has_one_spelling(app, tourist, refusal, spell):
    """Nobody gains by it, but what is compared, counted or revoked by its text must have one."""
    assert knock(app, [("GET", f"{API}/me")], f"Bearer {spell(token_of(tourist))}") == refusal


def test_a_token_cut_anywhere_is_no_token(app, tourist, refusal):
    token = token_of(tourist)
    for length in range(len(token)):
        assert knock(app, [("GET", f"{API}/me")], f"Bearer {token[:length]}") == refusal, length


def test_a_token_with_any_letter_changed_is_no_token(app, tourist, refusal):
    """But for the bits that base64 leaves unused at the very end of a signature."""
    token = token_of(tourist)
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert knock(app, [("GET", f"{API}/me")], f"Bearer {changed}") == refusal, place


OVER = {
    "its time is over": "UPDATE customer_sessions SET expires_at = now() WHERE id = :session",
    "it was signed out": "DELETE FROM customer_sessions WHERE id = :session",
    "its customer is gone": "DELETE FROM customers c USING customer_sessions s"
    " WHERE c.id = customer_id AND s.id = :session",
}


@pytest.mark.parametrize("statement", OVER.values(), ids=OVER)
def test_a_token_that_was_one_is_told_what_no_token_is_told(app, settings, tourist, doors, refusal, statement):
    assert change(app, statement, session=session_of(tourist, settings.secret_key)) == 1

    assert knock(app, doors, tourist.headers["Authorization"]) == refusal


def test_a_token_elsewhere_than_in_its_header_is_no_token(app, tourist):
    token = token_of(tourist)
    client = app.test_client()
    client.set_cookie("Authorization", f"Bearer {token}")
    client.set_cookie("access_token", token)
    elsewhere = ("Proxy-Authorization", "X-Authorization", "X-Forwarded-Authorization")
    headers = dict.fromkeys(elsewhere, f"Bearer {token}")

    answer = client.get(f"{API}/me?access_token={token}&token={token}", headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required")


def test_a_bad_token_changes_nothing_where_none_is_needed(app, catalogue):
    slug = catalogue.tour()
    for path in ("/tours", f"/tours/{slug}", f"/tours/{slug}/departures", "/terms"):
        plain, bad = (
            app.test_client().get(API + path),
            app.test_client().get(API + path, headers={"Authorization": "Bearer bad"}),
        )
        assert (bad.status_code, bad.text) == (plain.status_code, plain.text)


# ---- what is others'


@pytest.fixture
def hers(app, other_tourist, catalogue):
    """All that somebody else has."""
    departure = catalogue.departure()
    gift = catalogue.departure(units=[{**ADULT, "price": 0}])
    held = created(other_tourist.hold(departure, Idempotency_Key="hers"))
    pending = created(other_tourist.place(other_tourist.held(departure)["id"], Idempotency_Key="hers"))
    payment = created(other_tourist.open_payment(pending["id"], Idempotency_Key="hers"))
    paid = other_tourist.ordered(gift, adults=1)
    return {
        "booking": held["id"],
        "ordered booking": pending["bookings"][0]["id"],
        "order": pending["id"],
        "paid order": paid["id"],
        "payment": payment["id"],
        "ticket": other_tourist.tickets(paid["id"])[0]["id"],
        "customer": other_tourist.id,
        "departure": str(departure),
        "number": pending["number"],
        "session": str(value(app, "SELECT id FROM customer_sessions WHERE customer_id = :id", id=other_tourist.id)),
        "in capitals": pending["id"].upper(),
        "in braces": f"{{{pending['id']}}}",
        "without hyphens": pending["id"].replace("-", ""),
        "as a name": f"urn:uuid:{pending['id']}",
    }


DOORS = [
    ("GET", "/bookings/{}", None),
    ("DELETE", "/bookings/{}", None),
    ("POST", "/bookings/{}/extend", None),
    ("POST", "/orders", {"booking_ids": ["{}"], "contact": {"name": "Mei"}, "accept_terms": True}),
    ("GET", "/orders/{}", None),
    ("GET", "/orders/{}/tickets", None),
    ("GET", "/orders/{}/documents", None),
    ("GET", "/orders/{}/cancellation", None),
    ("POST", "/orders/{}/payments", {"method": "wechat_mini_program"}),
    ("POST", "/orders/{}/cancel", None),
    ("POST", "/orders/{}/cancel", {"quote": "x"}),
]
TICKETS = [("GET", f"/tickets/{{}}.{kind}", None) for kind in ("svg", "pdf", "ics")]
DOCUMENTS = [("GET", "/documents/{}.pdf", None)]


def ask(tourist, door, thing, **headers):
    method, path, body = door
    filled = None if body is None else json.loads(json.dumps(body).replace("{}", thing))
    prefix = "" if path.startswith(("/tickets", "/documents")) else API
    answer = tourist.client.open(
        prefix + path.replace("{}", thing), method=method, json=filled, headers=tourist.headers | headers
    )
    return answer.status_code, answer.json["code"], answer.text


def test_what_is_others_is_told_as_what_is_nobodys(app, tourist, other_tourist, hers, subtests):
    before = contents(app)
    for door in (*DOORS, *TICKETS, *DOCUMENTS):
        nothing = ask(tourist, door, NOBODYS)
        assert nothing[0] == 404
        for name, thing in hers.items():
            with subtests.test(door=door[:2], thing=name):
                assert ask(tourist, door, thing) == nothing
                assert ask(tourist, door, thing, **{"Idempotency-Key": "hers"}) == nothing

    assert contents(app) == before
    assert tourist.get("/orders").json["items"] == []
    assert len(other_tourist.get("/orders").json["items"]) == 2


def test_anothers_ticket_is_no_ticket_of_ones_own_order(app, tourist, hers, catalogue):
    own = tourist.ordered(catalogue.departure(units=[{**ADULT, "price": 0}]), adults=1)
    mine = tourist.tickets(own["id"])[0]["id"]
    door = ("GET", f"/orders/{own['id']}/cancellation?tickets={{}}", None)
    nothing = ask(tourist, door, NOBODYS)
    assert nothing[:2] == (404, "ticket-not-found")

    for state in ("valid", "redeemed", "void"):
        change(app, "UPDATE tickets SET status = :state WHERE id = :id", state=state, id=hers["ticket"])
        assert ask(tourist, door, hers["ticket"]) == nothing
        assert ask(tourist, door, f"{mine},{hers['ticket']}") == nothing


def test_ones_own_with_anothers_is_refused_whole(app, tourist, hers, catalogue):
    own = tourist.held(catalogue.departure())["id"]
    before = contents(app)
    for theirs in (hers["booking"], hers["ordered booking"], NOBODYS):
        for ids in ((own, theirs), (theirs, own)):
            answer = tourist.place(*ids)
            assert (answer.status_code, answer.json["code"]) == (404, "booking-not-found")

    assert contents(app) == before


def test_anothers_key_gives_none_of_anothers_answers(tourist, hers):
    """The same key and the same body: a booking of one's own, not hers again."""
    mine = tourist.hold(UUID(hers["departure"]), Idempotency_Key="hers")

    assert mine.status_code == 201
    assert mine.json["id"] != hers["booking"]
    assert "Idempotent-Replayed" not in mine.headers


def test_a_page_of_others_orders_is_not_reached_by_their_cursor(app, tourist, other_tourist, hers):
    following = other_tourist.get("/orders?page_size=1").json["next"]
    cursor = following.rpartition("cursor=")[2]

    assert len(other_tourist.get(f"/orders?page_size=1&cursor={cursor}").json["items"]) == 1
    assert tourist.get(f"/orders?page_size=1&cursor={cursor}").json == {"items": [], "next": None}


def test_the_phone_of_another_cannot_pay_with_what_was_opened(tourist, other_tourist, hers):
    """The payment is tied to its payer's openid; what opened it is not told to anybody else."""
    shown = other_tourist.order(hers["order"])

    assert "client" not in json.dumps(shown)
    assert hers["payment"] not in tourist.get("/orders").text
