"""Refusals of the books."""

from shop.core.errors import Conflict, Invalid, NotFound
from shop.core.i18n import Text


class DocumentNotFound(NotFound):
    """No receipt or credit note has this code."""

    code = "document-not-found"
    detail = Text(fr="Ce document n’existe pas.", zh="没有这份单据。", en="There is no such document.")


class AccountsMistaken(Invalid):
    """The file of account numbers cannot be used."""

    code = "accounts-mistaken"
    detail = Text(
        fr="Le fichier des comptes n’est pas valable : {mistake}.",
        zh="科目文件无效：{mistake}。",
        en="The file of accounts is not valid: {mistake}.",
    )


class PeriodUnreadable(Invalid):
    """What was given as a day is none, or not written as days are."""

    code = "period-unreadable"
    detail = Text(
        fr="Écrivez chaque jour comme 2027-04-30 : année, mois, jour.",
        zh="请按 2027-04-30 的格式填写日期：年、月、日。",
        en="Write each day like 2027-04-30: year, month, day.",
    )


class PeriodBackwards(Invalid):
    """The last day comes before the first."""

    code = "period-backwards"
    detail = Text(
        fr="Le dernier jour précède le premier : échangez-les.",
        zh="结束日期早于开始日期：请对调。",
        en="The last day comes before the first: swap them.",
    )


class PeriodTooLong(Invalid):
    """More days than are reckoned at once."""

    code = "period-too-long"
    detail = Text(
        fr="La période compte {days} jours ; {most} au plus à la fois. Choisissez-la plus courte.",
        zh="所选期间共 {days} 天；一次最多 {most} 天。请缩短期间。",
        en="The period has {days} days; at most {most} at once. Choose a shorter one.",
    )


class PeriodOutOfReach(Invalid):
    """A year before there could be books, or after all that can be planned."""

    code = "period-out-of-reach"
    detail = Text(
        fr="Choisissez des jours de {first} à {last}.",
        zh="请选择 {first} 年至 {last} 年之间的日期。",
        en="Choose days from {first} to {last}.",
    )


class NoSiren(Conflict):
    """The file for the tax office is named after the seller's number, which is not set up."""

    code = "no-siren"
    detail = Text(
        fr="SHOP_SELLER_SIREN n’a pas neuf chiffres : le nom du fichier en demande.",
        zh="SHOP_SELLER_SIREN 不是九位数字：文件名需要它。",
        en="SHOP_SELLER_SIREN has not nine digits: the file’s name needs them.",
    )
