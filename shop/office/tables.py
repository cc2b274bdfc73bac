"""The numbers as tables with words and pictures: shown on a page, or taken away as a file."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, format_decimal, format_percent

from shop.books import sheets
from shop.core.i18n import Language, pick
from shop.core.locales import LOCALES
from shop.core.money import Money
from shop.office import charts
from shop.office.charts import Bar, Picture, Series
from shop.office.rules import numbers as rules
from shop.office.services.numbers import LEAD_FROM, Filled, Numbers, Sales
from shop.office.staff_texts.numbers import NUMBERS

MOST_BARS = 12


@dataclass(frozen=True)
class Share:
    """A part of a whole, between 0 and 1."""

    value: float


Cell = str | int | date | Money | Share | None


@dataclass(frozen=True)
class Table:
    """Numbers of one kind.

    Args:
        meanings: what its numbers say, as sentences.
    """

    name: str
    title: str
    meanings: Sequence[str]
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    pictures: Sequence[Picture] = ()
    note: str | None = None

    @property
    def marked_rows(self) -> list[tuple[str | None, Sequence[Cell]]]:
        """Its rows with their currency, where there are several, so that rows of one name are told apart."""
        marks = [currency_of(row) for row in self.rows]
        if len(set(marks)) == 1 or self.name == "overview":
            return [(None, row) for row in self.rows]
        return list(zip(marks, self.rows, strict=True))


@dataclass(frozen=True)
class Figure:
    """One number at the head of the page, beside what it was."""

    label: str
    now: str
    before: str
    change: str | None


class Tables:
    """All tables of a period, beside those of another, in one language.

    Args:
        with_money: whether whoever asks may see amounts.
    """

    def __init__(self, now: Numbers, before: Numbers, language: Language, *, with_money: bool) -> None:
        self._now, self._before, self._language, self._with_money = now, before, language, with_money
        self._locale = LOCALES[language]
        self._currencies = sorted({*now.currencies, *before.currencies}) if with_money else []

    @property
    def counted_at(self) -> datetime | None:
        """When the older of both periods was counted; None if both were just now."""
        return min((one.counted_at for one in (self._now, self._before) if one.counted_at), default=None)

    def all(self) -> Iterator[Table]:
        """Every table that whoever asks may see, each made when it is its turn."""
        yield self._overview()
        yield self._weeks()
        yield self._tours()
        yield self._languages()
        if self._with_money:
            yield self._means()
        yield self._filled_weeks()
        yield self._filled_by("filled_tours", "tour", lambda tour, *_: tour, self._tour)
        yield self._filled_by("filled_languages", "language_guided", lambda _tour, spoken, *_: spoken, self._spoken)
        yield self._filled_hours()
        yield self._lead()

    # ---- Words

    def say(self, name: str, **facts: Any) -> str:
        """A text in the language of the tables."""
        return NUMBERS[name].to(self._language, **facts)

    def show(self, cell: Cell) -> str:
        """A cell as people read it."""
        match cell:
            case None:
                return "–"
            case Money():
                return cell.to(self._language)
            case Share():
                pattern = self._locale.percent_formats[None].pattern.replace("##0", "##0.#")
                return str(format_percent(round(cell.value, 3), format=pattern, locale=self._locale))
            case int():
                return _integer(cell, self._language)
            case date():
                return str(format_date(cell, "medium", locale=self._locale))
        return cell

    def _changed(self, now: Cell, before: Cell) -> str | None:
        if isinstance(now, Share) and isinstance(before, Share):
            points = round((now.value - before.value) * 100)
            return self.say("points", change=f"{points:+d}")
        grown = rules.change(_amount(now), _amount(before))
        if grown is None:
            return None
        return f"{'+' if grown >= 0 else '−'}{format_percent(abs(round(grown, 2)), locale=self._locale)}"

    def _tour(self, tour: Any) -> str:
        return pick(self._now.titles.get(tour), self._language) or self.say("no_tour")

    def _spoken(self, code: str | None) -> str:
        return str(self._locale.languages.get((code or "").split("-")[0], code)) if code else self.say("no_tour")

    def _gateway(self, name: str) -> str:
        return self.say(name) if name in NUMBERS else name

    def _week(self, monday: date) -> str:
        return str(format_skeleton("Md", monday, locale=self._locale))

    def _meanings(self, *names: str) -> list[str]:
        return [self.say(name) for name in names if self._with_money or not name.endswith("_money")]

    # ---- Overview

    def _measures(self, numbers: Numbers) -> list[tuple[str, Cell]]:
        sales, filled = numbers.all_sales, _only(numbers.filled_by(lambda *_: None), Filled)
        found: list[tuple[str, Cell]] = [
            (self.say("orders"), numbers.orders),
            (self.say("seats"), sales.seats),
            (self.say("cancelled"), sales.cancelled),
            (self.say("cancelled_share"), _share(numbers.cancelled_share)),
            (self.say("median_lead"), numbers.median_lead),
            (self.say("departures"), filled.departures),
            (self.say("called_off"), filled.called_off),
            (self.say("occupancy"), _share(filled.occupancy)),
        ]
        if self._with_money:
            by_currency = numbers.sales_by(lambda currency, *_: currency)
            for currency in self._currencies:
                one = by_currency.get(currency, Sales())
                came = sum(means.came for means in numbers.means if means.currency == currency)
                went = sum(means.went for means in numbers.means if means.currency == currency)
                amounts = (("sold", one.sold), ("credited", one.credited), ("revenue", one.revenue))
                for name, amount in (*amounts, ("came", came), ("went", went)):
                    found.append((f"{self.say(name)} ({currency})", Money(amount, currency)))
        return found

    def figures(self) -> list[Figure]:
        """The few numbers that people look for first."""
        wanted = {self.say(name) for name in ("seats", "occupancy", "cancelled_share")}
        wanted |= {f"{self.say('revenue')} ({currency})" for currency in self._currencies}
        return [
            Figure(label, self.show(now), self.show(before), self._changed(now, before))
            for (label, now), (_, before) in zip(self._measures(self._now), self._measures(self._before), strict=True)
            if label in wanted
        ]

    def _overview(self) -> Table:
        rows = [
            (label, now, before, self._changed(now, before))
            for (label, now), (_, before) in zip(self._measures(self._now), self._measures(self._before), strict=True)
        ]
        header = [self.say(name) for name in ("measure", "this_period", "period_before", "change")]
        return Table("overview", self.say("overview"), self._meanings("overview_means"), header, rows)

    # ---- Sales

    def _sales_table(
        self, name: str, first: str, rows: Sequence[tuple[Cell, str, Sales]], pictures: Sequence[Picture], *more: str
    ) -> Table:
        """A table of sales: its rows are a name, a currency and what was sold."""
        header = [self.say(column) for column in (first, "seats", "cancelled", "cancelled_share")]
        if self._with_money:
            header += [self.say(column) for column in ("sold", "credited", "revenue")]
        cells: list[Sequence[Cell]] = []
        for label, currency, sales in rows:
            share = _share(sales.cancelled / sales.seats if sales.seats else None)
            row: list[Cell] = [label, sales.seats, sales.cancelled, share]
            if self._with_money:
                row += [Money(amount, currency) for amount in (sales.sold, sales.credited, sales.revenue)]
            cells.append(row)
        note = self.say("largest", count=MOST_BARS) if len(rows) > MOST_BARS and name == "tours" else None
        return Table(name, self.say(name), self._meanings(f"{name}_means", *more), header, cells, pictures, note)

    def _weeks(self) -> Table:
        weeks, weeks_before = rules.mondays(self._now.period), rules.mondays(self._before.period)
        found = self._now.sales_by(lambda currency, _tour, _spoken, week: (currency, week))
        earlier = self._before.sales_by(lambda currency, _tour, _spoken, week: (currency, week))
        rows: list[tuple[Cell, str, Sales]] = []
        pictures = []
        for currency in self._currencies:
            now = [found.get((currency, week), Sales()) for week in weeks]
            before = [earlier.get((currency, week), Sales()) for week in weeks_before]
            rows += [(week, currency, sales) for week, sales in zip(weeks, now, strict=True)]
            money = [[sales.revenue for sales in some] for some in (now, before)]
            pictures.append(
                self._line(
                    f"weeks-{currency}", self._of("revenue", currency), weeks, money, partial(self._brief, currency)
                )
            )
        if not self._with_money:
            total = self._now.sales_by(lambda _currency, _tour, _spoken, week: week)
            rows = [(week, "", total.get(week, Sales())) for week in weeks]
        if self._now.sales or self._before.sales:
            by_week = [some.sales_by(lambda *place: place[3]) for some in (self._now, self._before)]
            seats: list[list[int]] = [
                [some.get(week, Sales()).seats for week in their]
                for some, their in zip(by_week, (weeks, weeks_before), strict=True)
            ]
            pictures.append(self._line("weeks-seats", self.say("seats"), weeks, seats, lambda top: self.show(int(top))))
        return self._sales_table("weeks", "week", rows if pictures else [], pictures, "tours_means", "tours_money")

    def _tours(self) -> Table:
        return self._sales_by("tours", "tour", lambda _currency, tour, *_: tour, self._tour, "tours_money")

    def _languages(self) -> Table:
        return self._sales_by(
            "languages", "language_guided", lambda _currency, _tour, spoken, _week: spoken, self._spoken
        )

    def _sales_by(
        self, name: str, first: str, key: Callable[..., Any], label: Callable[[Any], str], *more: str
    ) -> Table:
        """Sales by something, the most first; a picture for each currency."""
        rows: list[tuple[Cell, str, Sales]] = []
        pictures = []
        found = self._now.sales_by(
            lambda currency, *place: (currency if self._with_money else "", key(currency, *place))
        )
        for currency in sorted({currency for currency, _ in found}):
            some = [(label(what), currency, sales) for (of, what), sales in found.items() if of == currency]
            some.sort(key=lambda row: (-row[2].revenue if self._with_money else -row[2].seats, row[0]))
            rows += some
            measure = "revenue" if self._with_money else "seats"
            printed: list[Bar] = []
            for what, _, sales in some[:MOST_BARS]:
                value: Cell = Money(sales.revenue, currency) if self._with_money else sales.seats
                printed.append(Bar(str(what), _amount(value) or 0, self.show(value)))
            pictures.append(self._bars(f"{name}-{currency or 'all'}", name, printed, self._of(measure, currency)))
        return self._sales_table(name, first, rows, pictures, *more)

    # ---- Money

    def _means(self) -> Table:
        header = [self.say(name) for name in ("gateway", "payments", "came", "refunds", "went", "left")]
        rows: list[Sequence[Cell]] = []
        pictures = []
        for currency in self._now.currencies:
            some = [means for means in self._now.means if means.currency == currency]
            bars = []
            for one in some:
                came, went, left = (Money(amount, currency) for amount in (one.came, one.went, one.came - one.went))
                rows.append((self._gateway(one.gateway), one.payments, came, one.refunds, went, left))
                bars.append(Bar(self._gateway(one.gateway), one.came, self.show(came)))
            if bars:
                pictures.append(self._bars(f"means-{currency}", "means", bars, self._of("came", currency)))
        return Table("means", self.say("means"), self._meanings("means_means"), header, rows, pictures)

    # ---- Occupancy

    def _filled_table(self, name: str, first: Sequence[str], rows: Sequence[Any], pictures: Sequence[Picture]) -> Table:
        columns = ("departures", "called_off", "capacity", "filled", "occupancy")
        header = [self.say(column) for column in (*first, *columns)]
        cells = [
            (*labels, one.departures, one.called_off, one.capacity, one.filled, _share(one.occupancy))
            for labels, one in rows
        ]
        meanings = self._meanings(f"{name}_means", *(() if name == "filled_weeks" else ("filled_weeks_means",)))
        return Table(name, self.say(name), meanings, header, cells, pictures)

    def _filled_weeks(self) -> Table:
        weeks = rules.mondays(self._now.period)
        now = self._now.filled_by(lambda _tour, _spoken, week, *_: week)
        before = self._before.filled_by(lambda _tour, _spoken, week, *_: week)
        if not now:
            return self._filled_table("filled_weeks", ["week"], [], [])
        lines = [
            [some.get(week, Filled()).occupancy for week in their]
            for some, their in ((now, weeks), (before, rules.mondays(self._before.period)))
        ]
        picture = self._line(
            "filled-weeks", self.say("occupancy"), weeks, lines, lambda top: self.show(Share(top)), top=1.0
        )
        rows = [((week,), now.get(week, Filled())) for week in weeks]
        return self._filled_table("filled_weeks", ["week"], rows, [picture])

    def _filled_by(self, name: str, first: str, key: Callable[..., Hashable], label: Callable[[Any], str]) -> Table:
        found = [(label(what), one) for what, one in self._now.filled_by(key).items()]
        found.sort(key=lambda row: (-(row[1].occupancy or 0), row[0]))
        bars = [
            Bar(what, one.occupancy, self.show(Share(one.occupancy)))
            for what, one in found
            if one.occupancy is not None
        ]
        of = self.say("occupancy")
        pictures = [self._bars(name.replace("_", "-"), name, bars[:MOST_BARS], of, whole=1.0)] if bars else []
        return self._filled_table(name, [first], [((what,), one) for what, one in found], pictures)

    def _filled_hours(self) -> Table:
        found = self._now.filled_by(lambda _tour, _spoken, _week, weekday, hour: (weekday, hour))
        hours = sorted({hour for (_, hour), one in found.items() if one.capacity})
        names = self._locale.days["format"]["abbreviated"]
        rows = [((str(names[day - 1]), f"{hour:02}:00"), one) for (day, hour), one in sorted(found.items())]
        if not hours:
            return self._filled_table("filled_hours", ["weekday", "hour"], rows, [])
        values = {
            (day - 1, hours.index(hour)): one.occupancy
            for (day, hour), one in found.items()
            if one.occupancy is not None
        }
        told = self.say("heat_told", count=len(hours))
        days = [str(names[day]) for day in range(7)]
        columns = [str(hour) for hour in hours]
        picture = charts.heat("filled-hours", self.say("filled_hours"), told, columns, days, values)
        return self._filled_table("filled_hours", ["weekday", "hour"], rows, [picture])

    # ---- Lead time

    def _lead(self) -> Table:
        header = [self.say(name) for name in ("delay", "seats", "share")]
        total = sum(self._now.lead)
        if not total:
            return Table("lead", self.say("lead"), self._meanings("lead_means"), header, [])
        rows: list[tuple[str, int, Share]] = []
        for place, seats in enumerate(self._now.lead):
            least = LEAD_FROM[place]
            if place + 1 == len(LEAD_FROM):
                label = self.say("days_from", least=least)
            elif LEAD_FROM[place + 1] == least + 1:
                label = self.say("same_day" if least == 0 else "day_before")
            else:
                label = self.say("days", least=least, most=LEAD_FROM[place + 1] - 1)
            rows.append((label, seats, Share(seats / total)))
        bars = [Bar(label, seats, self.show(seats)) for label, seats, _ in rows]
        picture = self._bars("lead", "lead", bars, self.say("seats"))
        return Table("lead", self.say("lead"), self._meanings("lead_means"), header, rows, [picture])

    # ---- Pictures

    def _of(self, measure: str, currency: str) -> str:
        return f"{self.say(measure)} ({currency})" if currency else self.say(measure)

    def _bars(self, name: str, title: str, bars: Sequence[Bar], of: str, *, whole: float | None = None) -> Picture:
        largest = max(bars, key=lambda bar: bar.value)
        told = self.say("bars_told", count=len(bars), label=largest.label, top=largest.printed)
        return replace(charts.bars(name, f"{self.say(title)} – {of}", told, bars, whole=whole), caption=of)

    def _line(
        self,
        name: str,
        what: str,
        weeks: Sequence[date],
        values: Sequence[Sequence[float | None]],
        printed: Callable[[float], str],
        *,
        top: float | None = None,
    ) -> Picture:
        drawn = [value for some in values for value in some if value is not None]
        highest, lowest = max([*drawn, 0]), min([*drawn, 0])  # more can be credited in a week than is sold
        mine = max([value for value in values[0] if value is not None] or [0])
        series = [
            Series(self.say(label), some) for label, some in zip(("this_period", "period_before"), values, strict=True)
        ]
        told = self.say(
            "line_told",
            count=len(weeks),
            first=self.show(weeks[0]),
            last=self.show(weeks[-1]),
            top=printed(mine),
        )
        return charts.lines(
            name,
            self.say("line_of", what=what),
            told,
            [self._week(week) for week in weeks],
            series,
            top=top or highest or 1,
            bottom=lowest,
            printed=(printed(lowest), printed(top or highest)),
        )

    def _brief(self, currency: str, amount: float) -> str:
        """An amount as it fits beside a picture."""
        major = sheets.major(int(amount), currency)
        return str(format_compact_currency(major, currency, locale=self._locale, fraction_digits=1))


@lru_cache(maxsize=4096)
def _integer(value: int, language: Language) -> str:
    return str(format_decimal(value, locale=LOCALES[language]))


def currency_of(row: Sequence[Cell]) -> str | None:
    """The currency of a row's amounts; None if it has none."""
    return next((cell.currency for cell in row if isinstance(cell, Money)), None)


def sheet(table: Table, language: Language) -> tuple[list[str], list[list[sheets.Cell]]]:
    """A table as a file has it: amounts as numbers, their currency in a column of its own, shares in percent."""
    with_money = any(isinstance(cell, Money) for row in table.rows for cell in row)
    header = [*table.header, *([NUMBERS["currency"].to(language)] if with_money else [])]
    rows: list[list[sheets.Cell]] = []
    for row in table.rows:
        cells = [_plain(cell) for cell in row]
        if with_money:
            cells.append(currency_of(row))
        rows.append(cells)
    return header, rows


def _plain(cell: Cell) -> sheets.Cell:
    if isinstance(cell, Money):
        return sheets.major(cell.amount, cell.currency)
    if isinstance(cell, Share):
        return Decimal(str(round(cell.value * 100, 1)))
    return cell


def _amount(cell: Cell) -> float | None:
    if isinstance(cell, Money):
        return cell.amount
    return cell if isinstance(cell, int) else None


def _share(value: float | None) -> Share | None:
    return None if value is None else Share(value)


def _only(found: dict[None, Filled], otherwise: type[Filled]) -> Filled:
    return found.get(None) or otherwise()
