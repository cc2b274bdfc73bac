"""How the shop says no: typed refusals that know no HTTP.

    Refusal
    ├── Invalid            what was sent cannot be understood or accepted as it is
    ├── Unauthenticated    nobody is signed in, or the sign-in was refused
    ├── Forbidden          whoever is signed in may not do this
    ├── NotFound           there is no such thing, or not for this caller
    ├── Conflict           it was possible, and no longer is, or not yet
    ├── TooMany            a ceiling is reached
    └── Unavailable        something the shop stands on does not answer; try again

`problems.py` is the one place that turns them into answers.
"""

from typing import Any, ClassVar

from shop.core.i18n import Language, Text

PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code"}


class Refusal(Exception):
    """A use case declined, for a reason its caller can act upon.

    Args:
        facts: what the caller needs to recover (seats left, alternatives …). They fill the `{names}` of `detail`
            and stand in the answer beside it, so they must be JSON.
    """

    code: ClassVar[str]
    title: ClassVar[Text]
    detail: ClassVar[Text]

    def __init__(self, **facts: Any) -> None:
        if taken := facts.keys() & PROBLEM_MEMBERS:
            raise ValueError(f"problem+json has members of these names already: {taken}")
        super().__init__(self.code)
        self.facts = facts

    def explain(self, language: Language) -> str:
        """The reason as a sentence."""
        return self.detail.to(language, **self.facts)


class Invalid(Refusal):
    title = Text(fr="Demande non valable", zh="请求无效", en="Invalid request")


class Unauthenticated(Refusal):
    title = Text(fr="Connexion nécessaire", zh="需要登录", en="Sign-in required")


class Forbidden(Refusal):
    title = Text(fr="Accès réservé", zh="无权访问", en="Not allowed")


class NotFound(Refusal):
    title = Text(fr="Introuvable", zh="未找到", en="Not found")


class Conflict(Refusal):
    title = Text(fr="Impossible dans l’état actuel", zh="当前状态下无法执行", en="Not possible as things stand")


class TooMany(Refusal):
    """A ceiling is reached; it falls by itself after `retry_after` seconds."""

    title = Text(fr="Limite atteinte", zh="已达上限", en="Limit reached")
    retry_after: int = 60


class Unavailable(Refusal):
    """Something outside does not answer; worth trying again after `retry_after` seconds."""

    title = Text(fr="Momentanément indisponible", zh="暂时无法使用", en="Unavailable for the moment")
    retry_after: int = 5
