"""Dates, languages and prices, worded as people write them in each language."""

from datetime import datetime

from babel.dates import format_datetime

from shop.core.i18n import Language
from shop.core.locales import LOCALES, language_name
from shop.core.money import Money

from . import texts
from .facts import TicketFacts


def when(facts: TicketFacts) -> str:
    """The day of the tour with its hours, `Samedi 1er mai 2027, de 14 h 30 à 16 h`."""
    language = facts.language
    return _start_sentence(
        texts.WHEN.to(
            language,
            day=_day(facts.starts_at, language),
            start=_hour(facts.starts_at, language),
            end=_hour(facts.ends_at, language),
        )
    )


def day_and_hour(moment: datetime, language: Language) -> str:
    """A local moment, `samedi 1er mai 2027 à 14 h 30`."""
    return texts.DAY_AND_HOUR.to(language, day=_day(moment, language), hour=_hour(moment, language))


def guide_language(facts: TicketFacts) -> str:
    """The guide's language by its name, `Chinois`; by its code where the language of the ticket has none."""
    return _start_sentence(language_name(facts.guide_language, facts.language))


def price(amount: Money, language: Language) -> str:
    """The amount, or that there is nothing to pay."""
    return amount.to(language) if amount.amount else texts.FREE.to(language)


def place(facts: TicketFacts) -> str:
    """Where to come, in one line."""
    return texts.PLACE.to(facts.language, meeting_point=facts.meeting_point, address=facts.address)


def _day(moment: datetime, language: Language) -> str:
    if language == "fr":  # CLDR writes `samedi 1 mai`; in French the first of a month is an ordinal.
        pattern = "EEEE d'er' MMMM y" if moment.day == 1 else "EEEE d MMMM y"
    else:
        pattern = {"zh-CN": "y年M月d日EEEE", "en": "EEEE d MMMM y"}[language]
    return format_datetime(moment, pattern, locale=LOCALES[language])


def _hour(moment: datetime, language: Language) -> str:
    pattern = "HH:mm"
    if language == "fr":
        pattern = "H\u00a0'h'\u00a0mm" if moment.minute else "H\u00a0'h'"
    return format_datetime(moment, pattern, locale=LOCALES[language])


def _start_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
