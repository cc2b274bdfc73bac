"""Who buys in a history: people with names in three scripts, some of whom come back."""

from dataclasses import dataclass
from random import Random

from bench.history.forms import DAY, MINUTE, Identifiers, iso
from shop.customers.rules import CONSENT_VERSION

COMES_BACK = 0.4  # of the orders, by somebody who has ordered before
SESSION = 7 * DAY
_FAMILIES = {
    "zh-CN": "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗",
    "fr": ["Martin", "Bernard", "Dubois", "Thomas", "Robert", "Petit", "Durand", "Leroy", "Moreau", "Lefèvre", "Roux"],
    "en": ["Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker", "Wright", "Hughes", "Clarke", "O’Neill"],
}
_GIVEN = {
    "zh-CN": ["小梅", "建国", "雨桐", "子轩", "思远", "丽华", "志强", "秀英", "浩然", "晓明", "佳怡", "文博"],
    "fr": ["Marie", "Jean", "Camille", "Hélène", "Louis", "Chloé", "François", "Inès", "Zoé", "Benoît", "Anaïs"],
    "en": ["Emma", "Oliver", "Grace", "Harry", "Lucy", "George", "Alice", "Jack", "Ruby", "Henry", "Freya", "Noah"],
}
_LOCALES = ("zh-CN", "zh-CN", "zh-CN", "zh-CN", "fr", "en")


@dataclass(slots=True)
class Person:
    """A customer; `contact` is how they sign their orders, as JSON, `client` their name as receipts quote it."""

    id: str
    locale: str
    created: int
    seen: int
    contact: str
    client: str
    app_id: str


class People:
    """All customers of a history."""

    def __init__(self, chance: Random, *, app_id: str) -> None:
        self._chance, self._ids, self._app_id = chance, Identifiers(chance), app_id
        self.known: list[Person] = []
        self._at_counter: list[Person] = []

    def somebody(self, moment: int) -> Person:
        """Who orders at a moment: somebody new, or one who has ordered before."""
        known, chance = self.known, self._chance
        if known and chance.random() < COMES_BACK:
            person = known[int(chance.random() * len(known))]
            person.seen = moment
            return person
        person = self._new(moment - 2 * MINUTE, len(known), self._app_id)
        known.append(person)
        return person

    def at_counter(self, moment: int) -> Person:
        """Who buys at the counter: always a customer of one sale."""
        person = self._new(moment, len(self.known) + len(self._at_counter), "counter")
        self._at_counter.append(person)
        return person

    def write(self, lines: dict[str, list[str]], *, now: int) -> None:
        """The customers, the sign-ins that still stand, and what some agreed to."""
        chance, ids, consents = self._chance, self._ids, 0
        for number, person in enumerate([*self.known, *self._at_counter]):
            lines["customers"].append(
                f"{person.id}\t{person.app_id}\to{number:027d}\t{person.locale}\t{iso(person.created)}"
                f"\t{iso(person.seen)}"
            )
            if person.app_id == "counter":
                continue
            if person.seen + SESSION > now:
                lines["customer_sessions"].append(f"{ids.of(person.seen)}\t{person.id}\t{iso(person.seen + SESSION)}")
            if chance.random() < 0.2:
                consents += 1
                lines["consents"].append(
                    f"{consents}\t{person.id}\t{chance.choice(('reminders', 'news'))}\tt\t{CONSENT_VERSION}"
                    f"\t{person.locale}\t{iso(person.created)}\tcustomer"
                )

    def _new(self, moment: int, number: int, app_id: str) -> Person:
        chance = self._chance
        locale = chance.choice(_LOCALES)
        family, given = chance.choice(_FAMILIES[locale]), chance.choice(_GIVEN[locale])
        name = f"{family}{given}" if locale == "zh-CN" else f"{given} {family}"
        mobile = f"+86138{number % 100_000_000:08}" if locale == "zh-CN" else f"+336{number % 100_000_000:08}"
        contact = f'{{"name":"{name}","email":"visitor{number}@example.com","phone":"{mobile}"}}'
        return Person(self._ids.of(moment), locale, moment, moment, contact, f'"{name}"', app_id)
