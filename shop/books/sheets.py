"""Tables as files: CSV and XLSX, in which no text can act as a formula and numbers stay numbers."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from io import BytesIO, StringIO
from typing import Any

from babel.numbers import get_currency_precision
from flask import Response

from shop.core import late

xlsxwriter = late.module("xlsxwriter")

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | Decimal | date | None

_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


@lru_cache(maxsize=4096)
def major(amount: int, currency: str) -> Decimal:
    """An amount of minor units in its currency's unit: 1900 EUR is 19.00."""
    return Decimal(amount).scaleb(-get_currency_precision(currency))


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as French spreadsheets open it: UTF-8 with a mark, semicolons, decimal commas."""
    written = StringIO()
    writer = csv.writer(written, delimiter=";")
    writer.writerow(header)
    writer.writerows([_PRINTED.get(type(cell), _other)(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def to_xlsx(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as a workbook of one sheet; texts are written as texts, whatever they look like."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, title in enumerate(header):
            sheet.write_string(0, column, title, bold)
        for index, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(index, column, harmless(cell))
                elif isinstance(cell, date):
                    sheet.write_datetime(index, column, cell, day)
                elif cell is not None:
                    sheet.write_number(index, column, cell, money if isinstance(cell, Decimal) else None)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
    return content.getvalue()


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """A file as a browser keeps it.

    Args:
        name: of letters, digits, dots and hyphens only.
    """
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _decimal(cell: Decimal) -> str:
    return f"{cell:f}".replace(".", ",")


def _other(cell: object) -> str:
    return harmless(str(cell))


_PRINTED: dict[type, Callable[[Any], str]] = {
    str: harmless,
    int: str,
    Decimal: _decimal,
    date: date.isoformat,
    type(None): lambda _: "",
}
