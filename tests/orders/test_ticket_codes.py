"""What a QR code holds: a door with the public key alone tells ours from all others."""

import base64
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.orders.ticket_codes import PREFIX, TicketCode, make_code, read_code, signing_key

KEY = signing_key("the shop's own secret")
DOOR = KEY.public_key()
TICKET, DEPARTURE = UUID(int=1 << 100 | 5), UUID(int=1 << 90 | 7)
CODE = make_code(TICKET, DEPARTURE, KEY)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@given(st.uuids(), st.uuids())
def test_the_public_key_alone_reads_what_the_secret_one_wrote(ticket_id, departure_id):
    assert read_code(make_code(ticket_id, departure_id, KEY), DOOR) == TicketCode(ticket_id, departure_id)


def test_a_code_is_capital_letters_and_digits_which_qr_codes_hold_densely():
    assert CODE.startswith("INS1")
    assert len(CODE) == 160
    assert set(CODE) <= set(ALPHABET) | {"1"}
    assert make_code(TICKET, DEPARTURE, KEY) == CODE


@pytest.mark.parametrize("place", range(len(CODE)))
def test_any_changed_letter_is_noticed(place):
    for letter in ALPHABET + "01890=abc- \n":
        changed = CODE[:place] + letter + CODE[place + 1 :]
        if changed != CODE:
            assert read_code(changed, DOOR) is None, (place, letter)


@pytest.mark.parametrize(
    "changed",
    [CODE[:-1], CODE + "A", CODE + "=", CODE + "====", CODE + "\n", " " + CODE, CODE.lower(), CODE * 2, PREFIX + CODE],
)
def test_what_is_longer_shorter_or_wrapped_is_not_ours(changed):
    assert read_code(changed, DOOR) is None


@pytest.mark.parametrize(
    "garbage", ["", "INS", "INS1", "INS1A", "INS1" + "A" * 156, "INS2" + CODE[4:], "王小梅", "\x00"]
)
def test_garbage_is_not_ours(garbage):
    assert read_code(garbage, DOOR) is None


@given(st.text(max_size=250))
def test_no_text_is_ours_or_breaks_the_door(text):
    assert read_code(text, DOOR) is None
    assert read_code(PREFIX + text, DOOR) is None


def test_a_code_begins_as_ours_do():
    assert read_code(CODE.removeprefix(PREFIX), DOOR) is None


def test_a_huge_text_is_refused_without_being_read():
    assert read_code(PREFIX + "A" * 10_000_000, DOOR) is None


@pytest.mark.parametrize("secret", ["another secret", "the shop's own secret ", ""])
def test_another_key_does_not_sign_for_us(secret):
    other = signing_key(secret)

    assert read_code(make_code(TICKET, DEPARTURE, other), DOOR) is None
    assert read_code(CODE, other.public_key()) is None


def test_the_key_is_always_the_same_for_the_same_secret():
    assert signing_key("the shop's own secret").public_key() == DOOR


def test_another_version_or_length_is_not_read_even_if_we_signed_it():
    for content in (b"\x02" + TICKET.bytes + DEPARTURE.bytes, b"\x01" + TICKET.bytes, b""):
        code = PREFIX + base64.b32encode(content + KEY.sign(content)).decode().rstrip("=")
        assert read_code(code, DOOR) is None


def test_codes_of_one_departure_share_nothing_that_could_be_counted_on():
    codes = {make_code(uuid4(), DEPARTURE, KEY) for _ in range(50)}

    assert len({code[56:] for code in codes}) == 50
