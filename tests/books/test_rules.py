"""VAT to the cent, and sums that stay sums."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.books import rules
from shop.books.rules import Taxed
from shop.catalogue.file_schemas import VAT

AMOUNTS = st.integers(0, 10_000_000)
CODES = st.sampled_from(sorted(rules.RATES))


def order_of(*lines):
    """An order of (VAT code, price, quantity)."""
    sold = [SimpleNamespace(vat=vat, price=price, quantity=quantity) for vat, price, quantity in lines]
    return SimpleNamespace(bookings=[SimpleNamespace(lines=sold)])


def test_every_code_of_the_catalogue_has_a_rate():
    assert set(rules.RATES) == set(VAT)


@pytest.mark.parametrize(
    ("gross", "vat", "tax"),
    [
        (3800, "FR_STD_20", 633),  # 633.33
        (1900, "FR_STD_20", 317),  # 316.67
        (3, "FR_STD_20", 1),  # exactly a half
        (2, "FR_STD_20", 0),
        (900, "FR_RED_10", 82),  # 81.82
        (0, "FR_STD_20", 0),
        (1900, "EXEMPT", 0),
        (1900, "OUT_OF_SCOPE", 0),
    ],
)
def test_vat_is_rounded_to_the_nearest_cent(gross, vat, tax):
    assert rules.tax_in(gross, vat) == tax


def test_amounts_are_summed_by_code_before_their_vat_is_taken():
    gross = rules.gross_by_vat([("FR_STD_20", 1900), ("OUT_OF_SCOPE", 0), ("FR_STD_20", 1900), ("FR_RED_10", 900)])

    assert gross == {"FR_STD_20": 3800, "FR_RED_10": 900}
    assert rules.taxed(gross) == [Taxed("FR_STD_20", 3800, 633), Taxed("FR_RED_10", 900, 82)]


@given(CODES, st.lists(AMOUNTS, min_size=1, max_size=8))
def test_credits_in_parts_bring_back_the_very_vat_of_the_whole(vat, parts):
    before = Taxed(vat, 0, 0)
    for part in parts:
        for back in rules.taxed_back({vat: part}, {vat: before}):
            assert back.tax >= 0
            before = Taxed(vat, before.gross + back.gross, before.tax + back.tax)

    assert before.tax == rules.tax_in(sum(parts), vat)


@given(st.dictionaries(CODES, AMOUNTS), st.booleans())
def test_what_is_sold_or_credited_balances(gross, back):
    groups = rules.taxed({vat: amount for vat, amount in gross.items() if amount})
    if groups:
        lines = rules.credit_lines(groups, "EUR") if back else rules.sale_lines(groups, "EUR")

        assert sum(line.debit - line.credit for line in lines) == 0
        assert all((line.debit > 0) != (line.credit > 0) for line in lines)


@given(st.lists(st.tuples(CODES, AMOUNTS, st.integers(1, 9)), min_size=1, max_size=6), st.data())
def test_a_goodwill_amount_is_spread_to_the_cent(lines, data):
    total = sum(price * quantity for _, price, quantity in lines)
    amount = data.draw(st.integers(0, total))

    spread = rules.spread(order_of(*lines), amount)

    assert sum(line.amount for line in spread) == amount
    assert all(line.amount > 0 and line.quantity == 1 for line in spread)
    assert {line.vat for line in spread} <= {vat for vat, price, _ in lines if price}


def test_each_code_bears_its_share_and_the_largest_the_rest():
    order = order_of(("FR_STD_20", 1900, 2), ("FR_RED_10", 900, 1), ("OUT_OF_SCOPE", 0, 1))

    spread = rules.spread(order, 1000)

    assert [(line.vat, line.amount) for line in spread] == [("FR_STD_20", 809), ("FR_RED_10", 191)]
    assert spread[0].text == {"fr": "Geste commercial", "zh-CN": "优惠补偿", "en": "Goodwill gesture"}


def test_what_was_credited_already_bears_no_share_as_long_as_enough_is_left():
    order = order_of(("FR_STD_20", 1900, 2), ("FR_RED_10", 900, 1))

    assert [(line.vat, line.amount) for line in rules.spread(order, 500, {"FR_STD_20": 3800})] == [("FR_RED_10", 500)]
    assert sum(line.amount for line in rules.spread(order, 1000, {"FR_STD_20": 3800})) == 1000


@pytest.mark.parametrize("amount", [-1, 1])
def test_nothing_can_be_spread_over_an_order_that_cost_nothing(amount):
    with pytest.raises(ValueError, match="cannot be spread"):
        rules.spread(order_of(("OUT_OF_SCOPE", 0, 1)), amount)


def test_the_same_facts_have_the_same_text():
    assert rules.canonical({"b": "é", "a": [1]}) == rules.canonical({"a": [1], "b": "é"}) == '{"a":[1],"b":"é"}'
