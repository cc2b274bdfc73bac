"""Refusals of the customers' domain."""

from typing import Any

from shop.core.errors import Conflict, NotFound
from shop.core.i18n import Language, Text
from shop.customers.texts import AND_SO_ON, OPEN


class PersonNotFound(NotFound):
    """No customer has this id."""

    code = "person-not-found"
    detail = Text(
        fr="Cette personne n’est pas connue de la boutique.",
        zh="商店中没有此人的记录。",
        en="The shop knows no such person.",
    )


class StillNeeded(Conflict):
    """Something of the person's is still open, so they cannot be forgotten yet.

    Its `open` lists what: each with its `kind` (a key of texts.OPEN), how many, and where there are any the orders'
    numbers and until when.
    """

    code = "still-needed"
    detail = Text(
        fr="Rien n’a été effacé : ces données sont encore nécessaires. {what}",
        zh="尚未删除任何内容：这些数据仍有需要。{what}",
        en="Nothing was erased: these data are still needed. {what}",
    )

    def explain(self, language: Language) -> str:
        """What is open, and what to do about each."""
        gap = "" if language == "zh-CN" else " "
        return self.detail.to(language, what=gap.join(_told(one, language) for one in self.facts["open"]))


def _told(one: dict[str, Any], language: Language) -> str:
    orders = ", ".join(one["orders"])
    if one["count"] > len(one["orders"]) and orders:
        orders += AND_SO_ON.to(language)
    return OPEN[one["kind"]].to(language, count=one["count"], orders=orders or "–", until=one["until"] or "–")
