"""What is kept of people, for how long and why; and how a person at the desk is looked up. No database, no clock."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import phonenumbers
from dateutil.relativedelta import relativedelta

from shop.core.i18n import Text
from shop.orders.rules import is_number

Lookup = Literal["number", "phone", "email"]


@dataclass(frozen=True)
class Retention:
    """One rule of what is kept.

    Args:
        name: what the counts of a night are kept under.
        what: what is kept.
        after: for how long; what is older goes.
        how_long: the same in words.
        then: what becomes of it.
        why: the reason for that time.
        source: the law or the authority's advice it follows.
    """

    name: str
    what: Text
    after: relativedelta
    how_long: Text
    then: Text
    why: Text
    source: Text

    def limit(self, now: datetime) -> datetime:
        """What is older than this moment is over."""
        return now - self.after


_DELETED = Text(fr="supprimé", zh="删除", en="deleted")
_MINIMAL = Text(
    fr="RGPD, art. 5(1)(c) et (e) : minimisation et durée limitée",
    zh="GDPR 第 5 条第 1 款 (c)、(e) 项：数据最小化与存储期限",
    en="GDPR art. 5(1)(c) and (e): minimisation and limited storage",
)

PEOPLE = Retention(
    name="people",
    what=Text(
        fr="Ce qui dit qui est un client : identifiant WeChat, nom, téléphone, adresse électronique, notes de l’office",
        zh="能识别顾客身份的信息：微信标识、姓名、电话、邮箱、旅游局备注",
        en="What tells who a customer is: WeChat identifier, name, phone, e-mail address, notes of the Office",
    ),
    after=relativedelta(years=3),
    how_long=Text(fr="3 ans après le dernier contact", zh="最后一次联系后 3 年", en="3 years after the last contact"),
    then=Text(
        fr="effacé ; commandes et comptes restent, sans la personne",
        zh="删除身份信息；订单和账目保留，但不再关联个人",
        en="erased; orders and accounts stay, without the person",
    ),
    why=Text(
        fr="Dernier contact : dernière connexion, dernière commande ou dernière visite. Au-delà, rien ne justifie de "
        "savoir encore qui c’était.",
        zh="最后一次联系指最近一次登录、下单或游览。此后已无理由继续保留身份信息。",
        en="The last contact is the last sign-in, order or tour. Beyond that nothing justifies still knowing who it "
        "was.",
    ),
    source=Text(
        fr="RGPD, art. 5(1)(e) ; CNIL, référentiel « gestion des activités commerciales »",
        zh="GDPR 第 5 条第 1 款 (e) 项；CNIL 商业活动管理参考标准",
        en="GDPR art. 5(1)(e); CNIL reference on managing commercial activities",
    ),
)
SIGN_INS = Retention(
    name="sign_ins",
    what=Text(fr="Connexions des clients", zh="顾客登录记录", en="Sign-ins of customers"),
    after=relativedelta(),
    how_long=Text(fr="jusqu’à leur expiration (7 jours)", zh="至失效为止（7 天）", en="until they expire (7 days)"),
    then=_DELETED,
    why=Text(
        fr="Une connexion expirée ne sert plus à rien.",
        zh="失效的登录记录不再有用途。",
        en="An expired one is of no use.",
    ),
    source=_MINIMAL,
)
STAFF_SESSIONS = Retention(
    name="staff_sessions",
    what=Text(
        fr="Connexions du personnel, avec adresse IP et navigateur",
        zh="员工登录记录（含 IP 地址和浏览器）",
        en="Sign-ins of the staff, with IP address and browser",
    ),
    after=relativedelta(days=30),
    how_long=Text(fr="30 jours après leur fin", zh="结束后 30 天", en="30 days after their end"),
    then=_DELETED,
    why=Text(
        fr="Le temps de remarquer une connexion qui n’était pas la sienne.",
        zh="以便员工发现并非本人的登录。",
        en="Long enough to notice a sign-in that was not one’s own.",
    ),
    source=Text(
        fr="RGPD, art. 5(1)(e) et 32 ; CNIL, recommandation sur la journalisation",
        zh="GDPR 第 5 条第 1 款 (e) 项和第 32 条；CNIL 日志记录建议",
        en="GDPR art. 5(1)(e) and 32; CNIL recommendation on logging",
    ),
)
GATEWAY_MESSAGES = Retention(
    name="gateway_messages",
    what=Text(
        fr="Texte et en-têtes des avis des prestataires de paiement, où l’identifiant du payeur est chiffré",
        zh="支付平台通知的正文和标头（其中付款人标识已加密）",
        en="Text and headers of the payment providers’ notices, in which the payer’s identifier is encrypted",
    ),
    after=relativedelta(months=13),
    how_long=Text(fr="13 mois", zh="13 个月", en="13 months"),
    then=Text(
        fr="vidé ; l’avis reste compté, pour qu’il ne soit jamais appliqué deux fois",
        zh="清空；通知本身仍保留记录，避免重复处理",
        en="emptied; the notice stays on record, so that it is never applied twice",
    ),
    why=Text(
        fr="Un paiement peut être contesté pendant 13 mois : l’avis d’origine en est la preuve.",
        zh="付款在 13 个月内可被提出争议，原始通知即为证据。",
        en="A payment can be disputed for 13 months, and the original notice is the proof.",
    ),
    source=Text(
        fr="Code monétaire et financier, art. L133-24",
        zh="法国《货币与金融法典》L133-24 条",
        en="French monetary and financial code, art. L133-24",
    ),
)
REPEATED_REQUESTS = Retention(
    name="repeated_requests",
    what=Text(
        fr="Réponses gardées pour une demande envoyée deux fois (clés d’idempotence)",
        zh="为重复请求保留的应答（幂等键）",
        en="Answers kept for a request that is sent twice (idempotency keys)",
    ),
    after=relativedelta(hours=24),
    how_long=Text(fr="24 heures", zh="24 小时", en="24 hours"),
    then=_DELETED,
    why=Text(
        fr="Une application ne renvoie pas une demande plus tard que cela.",
        zh="应用不会在此之后重新发送同一请求。",
        en="No application sends a request again later than that.",
    ),
    source=_MINIMAL,
)
ACCOUNTING_PAPERS = Retention(
    name="accounting_papers",
    what=Text(
        fr="Reçus, avoirs et journal comptable, avec le nom imprimé sur les reçus",
        zh="收据、退款凭证和会计日记账（含收据上印制的姓名）",
        en="Receipts, credit notes and the journal, with the name printed on the receipts",
    ),
    after=relativedelta(years=10),
    how_long=Text(fr="10 ans", zh="10 年", en="10 years"),
    then=Text(
        fr="compté ici ; sa destruction est une décision de l’office et de son comptable",
        zh="在此计数；是否销毁由旅游局及其会计决定",
        en="counted here; destroying them is a decision of the Office and its accountant",
    ),
    why=Text(
        fr="La loi l’impose, même quand la personne demande à être effacée. Ces pièces sont à part : on n’y cherche "
        "pas une personne.",
        zh="法律强制保留，即使本人要求删除。这些凭证单独存放，不用于查找个人。",
        en="The law demands it, even when the person asks to be erased. These papers are kept apart: nobody looks a "
        "person up in them.",
    ),
    source=Text(
        fr="Code de commerce, art. L123-22 ; RGPD, art. 17(3)(b)",
        zh="法国《商法典》L123-22 条；GDPR 第 17 条第 3 款 (b) 项",
        en="French commercial code, art. L123-22; GDPR art. 17(3)(b)",
    ),
)
RETENTION = (PEOPLE, SIGN_INS, STAFF_SESSIONS, GATEWAY_MESSAGES, REPEATED_REQUESTS, ACCOUNTING_PAPERS)

NIGHT = 2  # o’clock: from then on the night’s work may begin
BATCH = 500  # rows of one transaction
MOST_ROWS = 50_000  # of one rule in one night
MOST_PEOPLE = 2_000  # in one night
SHOWN = 20  # order numbers in one answer
MOST_FOUND = 10  # people of one search
NIGHTS_SHOWN = 14
OVERDUE = timedelta(hours=36)  # without a finished night, something is wrong with the worker


def is_due(last_started_at: datetime | None, *, now: datetime) -> bool:
    """Whether a night's work is to begin: it is past two o'clock, and none has begun on this day.

    Args:
        now: on the clocks of the Office.
    """
    fresh = last_started_at is not None and last_started_at.astimezone(now.tzinfo).date() >= now.date()
    return now.hour >= NIGHT and not fresh


def read_lookup(asked: str) -> tuple[Lookup, str] | None:
    """What somebody at the desk gave to be found by, as the shop keeps it; None if it is none of the three.

    A phone number without a country code is taken for a French one, which begins with 0; an order's number never does.
    """
    asked = asked.strip()
    if "@" in asked:
        return ("email", asked.lower()) if len(asked) <= 254 else None
    digits = re.sub(r"[\s.\-/]", "", asked)
    if is_number(digits) and not digits.startswith("0"):
        return "number", digits
    try:
        number = phonenumbers.parse(asked, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return "phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
