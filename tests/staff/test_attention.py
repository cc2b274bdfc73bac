"""What waits for the staff: told once, counted, listed, settled."""

import re
from datetime import timedelta
from string import Formatter

import pytest
import sqlalchemy as sa
import time_machine

from shop.core import clock
from shop.core.db import db, transaction
from shop.staff.models import Attention
from shop.staff.services.attention import open_attention, settle_attention, tell_staff
from shop.staff.texts import ATTENTION
from tests.core.watching import what_is_logged


def tell(kind="refund-failed", subject="R-1", **facts):
    with transaction():
        tell_staff(kind, subject, now=clock.now(), **facts)


def test_the_staff_are_told_by_a_list_a_metric_and_the_log(context):
    client = context.test_client()
    before = counted(client, 'shop_attention_total{kind="refund-failed"}')

    with what_is_logged() as logged:
        tell(amount=1900)

    (entry,) = open_attention()
    assert (entry.kind, entry.subject, entry.facts, entry.times) == ("refund-failed", "R-1", {"amount": 1900}, 1)
    assert counted(client, 'shop_attention_total{kind="refund-failed"}') == before + 1
    (line,) = logged.named("attention")
    assert (line["kind"], line["subject"], line["amount"], line["level"]) == ("refund-failed", "R-1", 1900, "warning")


def counted(client, series):
    found = re.search(rf"^{re.escape(series)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0


def test_the_same_thing_told_again_is_counted_not_repeated(context):
    with time_machine.travel(clock.now(), tick=False) as traveller:
        first = clock.now()
        tell(amount=1)
        traveller.shift(timedelta(hours=1))
        tell(amount=2)

        (entry,) = open_attention()
        assert (entry.times, entry.first_at, entry.last_at) == (2, first, first + timedelta(hours=1))
        assert entry.facts == {"amount": 2}


def test_other_subjects_and_kinds_are_other_entries(context):
    tell("refund-failed", "R-1")
    tell("refund-failed", "R-2")
    tell("gateway-silent", "R-1")

    assert [(entry.kind, entry.subject) for entry in open_attention()] == [
        ("refund-failed", "R-1"),
        ("refund-failed", "R-2"),
        ("gateway-silent", "R-1"),
    ]


def test_what_is_settled_leaves_the_list_and_may_come_back(context):
    tell()
    tell(subject="R-2")
    with transaction():
        settle_attention("refund-failed", "R-1", now=clock.now())
    assert [entry.subject for entry in open_attention()] == ["R-2"]

    tell()

    assert sorted(entry.subject for entry in open_attention()) == ["R-1", "R-2"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attention)) == 3


def test_what_was_not_kept_was_not_told(context):
    def interrupted():
        with transaction():
            tell_staff("refund-failed", "R-1", now=clock.now())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert open_attention() == []


def test_a_kind_without_words_is_a_mistake_of_ours(context):
    with pytest.raises(KeyError):
        tell("unheard-of")


def test_what_waits_is_counted_by_kind_with_the_age_of_the_oldest(context):
    client = context.test_client()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        oldest = clock.now().timestamp()
        tell(subject="R-1")
        traveller.shift(60)
        tell(subject="R-2")
        tell("gateway-silent", "R-1")

    assert counted(client, 'shop_attention_open{kind="refund-failed"}') == 2
    assert counted(client, 'shop_attention_open{kind="gateway-silent"}') == 1
    assert counted(client, 'shop_attention_oldest{kind="refund-failed"}') == pytest.approx(oldest, abs=1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "le prestataire ne peut pas le faire"),
        ("zh-CN", "支付服务无法完成"),
        ("en", "the provider cannot make it"),
    ],
)
def test_the_command_lists_what_waits_oldest_first_with_its_age(app, context, language, words):
    with time_machine.travel(clock.now() - timedelta(hours=5)):
        tell(subject="R-1", amount=1900)
    tell("gateway-silent", "R-2")

    lines = app.test_cli_runner().invoke(args=["attention", "--lang", language]).output.splitlines()

    assert "refund-failed  R-1" in lines[0]
    assert " 5.0 h  x1 " in lines[0]
    assert "R-1" in lines[1]
    assert words in lines[1]
    assert lines[2].strip() == "amount=1900"
    assert "gateway-silent  R-2" in lines[3]
    assert len(lines) == 5


def test_with_nothing_to_decide_the_command_prints_nothing(app):
    ended = app.test_cli_runner().invoke(args=["attention"])

    assert (ended.exit_code, ended.output) == (0, "")


@pytest.mark.parametrize("kind", ATTENTION)
def test_each_kind_is_told_in_three_languages_and_names_its_subject(kind):
    text = ATTENTION[kind]

    assert len({text.fr, text.zh, text.en}) == 3
    for written in (text.fr, text.zh, text.en):
        assert {name for _, name, _, _ in Formatter().parse(written) if name} == {"subject"}
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", kind)
