"""Which language an answer is in, and that everything is told in all three."""

import pytest

from shop.core.i18n import LANGUAGES, Text, match_language, pick
from shop.core.locales import language_name
from shop.core.money import Money

TOURS = "/api/v1/tours"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("zh", ("chinois", "中文", "Chinese")),
        ("zh-Hant", ("chinois", "中文", "Chinese")),
        ("EN", ("anglais", "英语", "English")),
        ("pt_BR", ("portugais", "葡萄牙语", "Portuguese")),
        ("xx-YY", ("xx-YY", "xx-YY", "xx-YY")),
    ],
)
def test_a_language_has_a_name_in_each(code, names):
    assert tuple(language_name(code, language) for language in ("fr", "zh-CN", "en")) == names


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-Hans-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("ZH-cn", "zh-CN"),
        ("fr;q=0.2,en", "en"),
        ("en-GB,fr;q=0.9", "en"),
        ("de,en;q=0.5", "en"),
        ("de, *;q=0.1", "fr"),
        ("*", "fr"),
        ("en;q=0", "fr"),
        ("en;q=0, zh;q=0.1", "zh-CN"),
        ("de", "fr"),
        ("", "fr"),
        (";;;,,q=", "fr"),
        ("x" * 3000, "fr"),
    ],
)
def test_the_language_is_the_one_the_caller_likes_best(client, accepted, language):
    answer = client.get(TOURS, headers={"Accept-Language": accepted})

    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == language


def test_without_a_wish_the_language_is_french(client):
    assert client.get(TOURS).headers["Content-Language"] == "fr"


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("zh-CN", "zh-CN"), ("zh", "zh-CN"), ("FR", "fr")])
def test_the_address_decides_before_the_header(client, asked, language):
    answer = client.get(TOURS, query_string={"lang": asked}, headers={"Accept-Language": "en, fr;q=0.5"})

    assert answer.headers["Content-Language"] == language


@pytest.mark.parametrize("asked", ["", "de", "\x00", "zhh", "en" * 500])
def test_a_language_we_do_not_speak_is_as_if_not_asked(client, asked):
    answer = client.get(TOURS, query_string={"lang": asked}, headers={"Accept-Language": "en"})

    assert answer.headers["Content-Language"] == "en"


def test_caches_are_told_what_the_language_came_from(client):
    vary = client.get(TOURS).headers["Vary"]

    assert "Accept-Language" in vary
    assert "Authorization" in vary


def test_texts_are_in_the_language_and_fall_back_to_french(client, catalogue):
    slug = catalogue.tour()

    def told(language):
        return client.get(f"{TOURS}/{slug}", headers={"Accept-Language": language}).json

    assert told("zh-CN")["title"] == "乐山大佛之旅"
    assert told("en")["title"] == "The Leshan Buddha"
    assert told("fr")["title"] == "Le Bouddha de Leshan"
    assert told("zh-CN")["description"] == "Une longue promenade."
    assert [unit["label"] for unit in told("zh-CN")["units"]] == ["成人", "Enfant", "Bébé"]


def test_problems_are_in_the_language_of_the_caller(client):
    details = {language: client.get(f"{TOURS}/none", headers={"Accept-Language": language}) for language in LANGUAGES}

    assert {answer.headers["Content-Language"] for answer in details.values()} == set(LANGUAGES)
    assert len({answer.json["detail"] for answer in details.values()}) == 3
    assert len({answer.json["title"] for answer in details.values()}) == 3


@pytest.mark.parametrize("path", ["/me", "/orders", "/tours"])
def test_who_says_nothing_is_answered_in_their_own_language(tourist, path):
    tourist.patch("/me", {"locale": "zh-CN"})
    del tourist.headers["Accept-Language"]

    answer = tourist.get(path)

    assert answer.headers["Content-Language"] == "zh-CN"


def test_a_refusal_is_in_the_customers_own_language(tourist):
    tourist.patch("/me", {"locale": "zh-CN"})
    del tourist.headers["Accept-Language"]

    assert tourist.get("/orders/none").json["detail"] == "没有这个订单。"
    assert tourist.get("/tours/none").json["detail"] == "没有这个游览项目。"


def test_a_header_counts_more_than_what_the_customer_chose_before(tourist):
    tourist.patch("/me", {"locale": "zh-CN"})

    assert tourist.get("/me").headers["Content-Language"] == "en"


def test_a_tag_is_matched_by_its_first_part():
    assert match_language("fr_FR.UTF-8") == "fr"
    assert match_language("zh-Hant") == "zh-CN"
    assert match_language("frr") is None
    assert match_language("") is None
    assert match_language(None) is None


def test_a_text_is_filled_with_facts():
    text = Text(fr="{n} places", zh="{n} 个座位", en="{n} seats")

    assert [text.to(language, n=3) for language in LANGUAGES] == ["3 places", "3 个座位", "3 seats"]
    assert text.to("en") == "{n} seats"


def test_an_absent_text_stays_absent():
    assert pick(None, "en") is None
    assert pick({}, "en") is None
    assert pick({"fr": "Oui", "en": "Yes"}, "en") == "Yes"
    assert pick({"fr": "Oui"}, "zh-CN") == "Oui"


def test_money_is_written_as_people_write_it():
    assert Money(190000, "EUR").to("fr") == "1\u202f900,00\xa0€"
    assert Money(1900, "EUR").to("en") == "€19.00"
    assert Money(1900, "CNY").to("zh-CN") == "¥19.00"
    assert Money(5, "EUR").to("en") == "€0.05"
