"""Pictures of numbers, drawn here as SVG: bars, lines, heat.

Each is narrow enough to be read on a phone and has a title and a description; beside each stands a table of the same
numbers. Nothing is told by colour alone: bars bear their number, lines differ in dashes and marks, heat is written in
its cells.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDE = 360  # units; about as many pixels on a phone
SIZE = 12  # of letters
SMALL = 11
NOW, BEFORE, INK, QUIET, LINE = "#0a4ab2", "#8a5a00", "#212529", "#495057", "#ced4da"
HEAT = ("#f1f3f5", "#cfe2ff", "#9ec5fe", "#2f6bd1", "#0a4ab2", "#062a6b")  # light to dark
DARK_FROM = 3  # the first of HEAT on which letters are white


@dataclass(frozen=True)
class Picture:
    """A drawing, and what it shows in few words."""

    caption: str
    drawing: Markup


@dataclass(frozen=True)
class Bar:
    """One bar.

    Args:
        printed: its value as it is written beside it.
    """

    label: str
    value: float
    printed: str


def bars(name: str, title: str, description: str, rows: Sequence[Bar], *, whole: float | None = None) -> Picture:
    """A bar for each row, its label above it in at most two lines.

    Args:
        name: unlike that of any other picture on the page.
        whole: what fills the width; the largest value if None.
    """
    top = whole or max([abs(row.value) for row in rows] or [1]) or 1
    room = max([measure(row.printed, SIZE) * 1.08 for row in rows] or [0]) + 8  # bold letters are wider
    parts, y = [], 0.0
    for row in rows:
        for line in wrap(row.label, WIDE, SIZE):
            y += 16
            parts.append(_text(0, y, line))
        length = max(0.0, min(1.0, row.value / top)) * (WIDE - room)
        parts.append(_rect(0, y + 5, max(length, 1), 12, NOW))
        parts.append(_text(max(length, 1) + 5, y + 15, row.printed, size=SIZE, weight="bold"))
        y += 24
    return _picture(name, title, description, y + 4, parts)


@dataclass(frozen=True)
class Series:
    """One line of values, None where there is none."""

    name: str
    values: Sequence[float | None]


def lines(
    name: str,
    title: str,
    description: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    top: float,
    bottom: float = 0,
    printed: Sequence[str],
) -> Picture:
    """One or two lines over time: the first solid with dots, the second dashed with squares.

    Args:
        labels: of the values, in the order of time.
        top, bottom: the values at the upper and the lower end.
        printed: the words of the lower and the upper end.
    """
    left = max(measure(words, SMALL) for words in printed) + 6
    high, base = 24.0 if len(series) > 1 else 12.0, 150.0
    step = (WIDE - left - 10) / max(len(labels) - 1, 1)
    scale = (base - high) / ((top - bottom) or 1)
    parts = [_rule(left, at, WIDE, at) for at in {high, (high + base) / 2, base, base + bottom * scale}]
    parts += [
        _text(left - 4, base + 4, printed[0], size=SMALL, anchor="end"),
        _text(left - 4, high + 4, printed[1], size=SMALL, anchor="end"),
    ]
    x = left
    for index, one in reversed(list(enumerate(series))):
        points = [
            (left + 4 + place * step, base - (value - bottom) * scale) if value is not None else None
            for place, value in enumerate(one.values[: len(labels)])
        ]
        parts.append(_line(points, second=index > 0))
    if len(series) > 1:
        for index, one in enumerate(series):
            parts.append(_line([(x, 8), (x + 12, 8), (x + 24, 8)], second=index > 0))
            parts.append(_text(x + 29, 12, one.name, size=SMALL))
            x += 41 + measure(one.name, SMALL)
    widest = max([measure(label, SMALL) for label in labels] or [1]) + 10
    every = max(1, -(-int(widest) // max(int(step), 1)))
    for place, label in enumerate(labels):
        if place % every == 0:
            at = min(max(left + 4 + place * step, left + measure(label, SMALL) / 2 - 8), WIDE - widest / 2 + 5)
            parts.append(_text(at, base + 17, label, size=SMALL, anchor="middle"))
    return _picture(name, title, description, base + 24, parts)


def heat(
    name: str,
    title: str,
    description: str,
    columns: Sequence[str],
    rows: Sequence[str],
    values: Mapping[tuple[int, int], float],
) -> Picture:
    """A field of cells, darker where there is more; each says its share in percent.

    Args:
        values: between 0 and 1, by row and column.
    """
    left = max([measure(row, SMALL) for row in rows] or [0]) + 6
    cell = (WIDE - left) / max(len(columns), 1)
    parts = [
        _text(left + (place + 0.5) * cell, 12, column, size=SMALL, anchor="middle")
        for place, column in enumerate(columns)
    ]
    for line, row in enumerate(rows):
        y = 18 + line * 26
        parts.append(_text(left - 6, y + 17, row, size=SMALL, anchor="end"))
        for place in range(len(columns)):
            value = values.get((line, place))
            if value is None:
                parts.append(_rect(left + place * cell + 1, y + 1, cell - 2, 24, "#ffffff", stroke=LINE))
                continue
            shade = min(int(value * len(HEAT)), len(HEAT) - 1)
            parts.append(_rect(left + place * cell + 1, y + 1, cell - 2, 24, HEAT[shade], stroke=QUIET))
            ink = "#ffffff" if shade >= DARK_FROM else INK
            words = f"{value * 100:.0f}"
            parts.append(_text(left + (place + 0.5) * cell, y + 17, words, size=SMALL, anchor="middle", fill=ink))
    return _picture(name, title, description, 20 + 26 * len(rows), parts)


def measure(text: str, size: float) -> float:
    """About how wide a text is at most, in whatever typeface a machine has: what is Chinese is square."""
    return sum(size * _width(letter) for letter in text)


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1
    return 0.74 if letter.isupper() or letter in "%¥€" else 0.66 if letter.isdigit() else 0.58


def wrap(text: str, width: float, size: float, *, most: int = 2) -> list[str]:
    """A text in lines that fit a width, cut where words or Chinese letters end; too long a one ends in an ellipsis."""
    lines: list[str] = [""]
    for word in _words(" ".join(text.split())):
        if measure(lines[-1] + word.rstrip(), size) <= width:
            lines[-1] += word
        elif measure(word, size) <= width:
            lines.append(word)
        else:
            for letter in word:
                if measure(lines[-1] + letter, size) > width:
                    lines.append("")
                lines[-1] += letter
    lines = [line.strip() for line in lines if line.strip()] or [""]
    if len(lines) > most:
        last = lines[most - 1]
        while measure(last + "…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "…"]
    return lines


def _words(text: str) -> list[str]:
    """Where a line may break: after blanks, and on both sides of a wide letter."""
    words = [""]
    for letter in text:
        wide = unicodedata.east_asian_width(letter) == "W"
        if wide and words[-1]:
            words.append("")
        words[-1] += letter
        if wide or letter == " ":
            words.append("")
    return words


def _picture(name: str, title: str, description: str, height: float, parts: Sequence[Markup]) -> Picture:
    drawing = _element(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc"'
        ' font-family="system-ui, sans-serif"><title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        *(WIDE, _round(height), name, name, name, title, name, description, Markup("").join(parts)),
    )
    return Picture(title, drawing)


def _element(template: str, *values: object) -> Markup:
    """A piece of a drawing with its values, escaped: `Markup.format` takes five times as long, thousands of times."""
    return Markup(template.format(*map(escape, values)))  # noqa: S704 -- all of them


def _text(
    x: float,
    y: float,
    words: str,
    *,
    size: int = SIZE,
    anchor: str = "start",
    fill: str = INK,
    weight: str = "normal",
) -> Markup:
    return _element(
        '<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}" font-weight="{}" aria-hidden="true">{}</text>',
        *(_round(x), _round(y), size, anchor, fill, weight, words),
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none") -> Markup:
    return _element(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>',
        _round(x),
        _round(y),
        _round(width),
        _round(height),
        fill,
        stroke,
    )


def _rule(x: float, y: float, to_x: float, to_y: float) -> Markup:
    return _element(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>', _round(x), _round(y), _round(to_x), _round(to_y), LINE
    )


def _line(points: Sequence[tuple[float, float] | None], *, second: bool) -> Markup:
    """A line through points, broken where one is missing; each point is marked, so that a lone one is seen too."""
    colour, dash = (BEFORE, "5 4") if second else (NOW, "none")
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    drawn = [
        _element(
            '<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>',
            " ".join(f"{_round(x)},{_round(y)}" for x, y in run),
            colour,
            dash,
        )
        for run in runs
        if len(run) > 1
    ]
    for run in runs:
        for x, y in run:
            drawn.append(
                _element(
                    '<rect x="{}" y="{}" width="5" height="5" fill="{}"/>', _round(x - 2.5), _round(y - 2.5), colour
                )
                if second
                else _element('<circle cx="{}" cy="{}" r="3" fill="{}"/>', _round(x), _round(y), colour)
            )
    return Markup("").join(drawn)


def _round(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
