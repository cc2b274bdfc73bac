"""Whom the Office may reach: names, addresses and numbers as people write them."""

import pytest


@pytest.fixture
def place(tourist, catalogue):
    booking = tourist.held(catalogue.departure())
    return lambda contact: tourist.post(
        "/orders", {"booking_ids": [booking["id"]], "contact": contact, "accept_terms": True}
    )


@pytest.mark.parametrize(
    "name",
    [
        "王小梅",
        "欧阳 娜娜",
        "古丽娜尔·买买提",
        "𠮷田",
        "Zoë L’Hénoret-Œdipe",
        "O'Neill, Jr.",
        "Ñ",
        "王",
        "Nguyễn Thị Minh Khai",
        "x" * 100,
        "王" * 100,
    ],
)
def test_a_name_is_kept_as_it_was_written(place, name):
    answer = place({"name": name})

    assert answer.status_code == 201
    assert answer.json["contact"] == {"name": name}


@pytest.mark.parametrize("name", ["王　小梅", "Jean\u00a0Martin", "Anne\u202fMartin"])
def test_a_space_of_another_width_is_a_space(place, name):
    """Chinese keyboards type the wide one, French ones the one that does not break."""
    answer = place({"name": name})

    assert answer.status_code == 201
    assert answer.json["contact"]["name"].split() == name.split()


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\t",
        "　",
        "\u00a0",
        "a\nb",
        "a\tb",
        "a\x1bb",
        "a\x7fb",
        "a\u2028b",
        "a\u202eb",
        "a\x00b",
        "x" * 101,
        None,
        1,
        True,
        [],
        {},
        ["Mei"],
    ],
)
def test_what_is_no_name_is_refused(place, name):
    answer = place({"name": name})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")


def test_a_contact_without_a_name_is_refused(place):
    answer = place({"email": "mei@example.com"})

    assert answer.status_code == 422
    assert answer.json["errors"] == {"contact": {"name": ["This field is required."]}}


@pytest.mark.parametrize("contact", [None, [], "Mei", {"name": "Mei", "vip": True}])
def test_what_is_no_contact_is_refused(place, contact):
    answer = place(contact)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")
    assert "contact" in answer.json["errors"]


@pytest.mark.parametrize("email", ["mei@example.com", "mei.wang+tour@mail.example.co.uk", "12345@qq.com"])
def test_an_address_is_kept(place, email):
    assert place({"name": "Mei", "email": email}).json["contact"] == {"name": "Mei", "email": email}


@pytest.mark.parametrize(
    "email", ["", "mei", "mei@", "@example.com", "a b@example.com", "a@b\n.com", f"{'a' * 250}@example.com", 1, []]
)
def test_what_is_no_address_is_refused(place, email):
    answer = place({"name": "Mei", "email": email})

    assert answer.status_code == 422
    assert list(answer.json["errors"]["contact"]) == ["email"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("+86-10-6552-9988", "+861065529988"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("06 12 34 56 78", "+33612345678"),
        ("01.41.23.45.67", "+33141234567"),
        ("＋８６１３８００１３８０００", "+8613800138000"),
        (" +852 5123 4567 ", "+85251234567"),
    ],
)
def test_a_number_is_kept_in_international_form(place, written, kept):
    assert place({"name": "Mei", "phone": written}).json["contact"] == {"name": "Mei", "phone": kept}


@pytest.mark.parametrize(
    "phone", ["", "x", "12", "+", "+86", "138 0013 8000 8000 8000", "+999 123456789", "0" * 500, "call me"]
)
def test_what_is_no_number_is_refused(place, phone):
    answer = place({"name": "Mei", "phone": phone})

    assert answer.status_code == 422
    assert answer.json["errors"] == {"contact": {"phone": ["Not a valid phone number (with the country code, +86 …)."]}}


@pytest.mark.parametrize("phone", [33612345678, 612345678, True, ["+33612345678"], {"number": "+33612345678"}])
def test_a_number_is_a_text(place, phone):
    answer = place({"name": "Mei", "phone": phone})

    assert (answer.status_code, answer.json["code"]) == (422, "invalid-input")


def test_a_number_with_something_behind_it_is_not_cut_short(place):
    """What follows the fortieth letter must not silently be left away."""
    answer = place({"name": "Mei", "phone": "+33 6 12 34 56 78" + " " * 30 + "99"})

    assert answer.status_code == 422


def test_what_is_null_is_left_away(place):
    assert place({"name": "Mei", "email": None, "phone": None}).json["contact"] == {"name": "Mei"}


@pytest.mark.parametrize(("language", "said"), [("fr", "Un nom est attendu."), ("zh-CN", "请填写姓名。")])
def test_mistakes_are_told_in_the_callers_language(tourist, place, language, said):
    tourist.headers["Accept-Language"] = language

    answer = place({"name": " "})

    assert answer.json["errors"] == {"contact": {"name": [said]}}
    assert answer.headers["Content-Language"] == language
