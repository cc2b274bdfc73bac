"""WeChat Pay's own books of a day: fetched, proved, read.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791875 (CSV in yuan, announced with its SHA-1)
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_1_6.shtml (streamed, its SHA-1 signed)
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from babel.numbers import get_currency_precision

from shop.core.money import Money
from shop.gateways.errors import StatementNotReady
from shop.gateways.fields import Malformed, get_text, parse_object
from shop.gateways.payment import LineKind, Statement, StatementLine
from shop.gateways.wechat_pay.client import Client
from shop.gateways.wechat_pay.dialect import Dialect
from shop.gateways.wechat_pay.transport import Answer

BEIJING = ZoneInfo("Asia/Shanghai")
PUBLISHED = time(10)
NOTHING_MOVED = frozenset({"NO_STATEMENT_EXIST", "NO_BILL_EXIST"})
LARGEST_TEXT = 256 * 1024 * 1024
TOTALS = "总交易单数"
_EMPTY = frozenset({"", "0", "/"})  # how a cell says that there is nothing to say

# Column -> what its header may be, once everything but letters, digits and ideographs is taken away.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "at": ("交易时间", "transactiontime"),
    "state": ("交易状态", "transactionstatus"),
    "number": ("商户订单号", "vendororderno", "merchantorderno"),
    "transaction_id": ("微信订单号", "wechatorderno", "weixinorderno"),
    "currency": ("货币种类", "pricedcurrency", "pricingcurrency"),
    "amount": ("订单金额", "orderamountpricedcurrency", "orderamountpricingcurrency"),
    "refund_number": ("商户退款单号", "merchantrefundno", "vendorrefundno"),
    "refund_id": ("微信退款单号", "wechatrefundno", "weixinrefundno"),
    "refunded": ("申请退款金额", "refundamountpricedcurrency", "refundamountpricingcurrency"),
    "refund_state": ("退款状态", "refundstatus"),
    "fee": ("手续费", "servicefee"),
}

log = structlog.get_logger(__name__)


def published_at(day: date) -> datetime:
    """When the statement of a day can be had."""
    return datetime.combine(day + timedelta(days=1), PUBLISHED, BEIJING)


def download(client: Client, dialect: Dialect, day: date) -> Statement:
    """The statement of a day, proved to be WeChat Pay's own.

    Raises:
        StatementNotReady: not published, damaged, or not in the documented form.
        PaymentProviderDown: no answer, or none that can be trusted.
    """
    content = _fetch_global(client, dialect, day) if dialect.mode == "global" else _fetch_domestic(client, dialect, day)
    try:
        lines = tuple(_read(content.decode("utf-8-sig"), dialect.currency)) if content else ()
    except (Malformed, UnicodeDecodeError) as failure:
        raise _not_ready(day, "unreadable", failure=str(failure)) from None
    return Statement(day, lines, hashlib.sha256(content).hexdigest(), is_absent=not content)


def _fetch_global(client: Client, dialect: Dialect, day: date) -> bytes:
    """The file comes at once; what is signed is the JSON text of its announced SHA-1."""
    answer = client.download(dialect.statement(day), lambda answer: f'{{"sha1":"{_announced(answer)}"}}'.encode())
    if answer.status != 200:
        return _nothing_or_not_ready(day, answer)
    if hashlib.sha1(answer.body, usedforsecurity=False).hexdigest() != _announced(answer):
        raise _not_ready(day, "damaged")
    return answer.body


def _fetch_domestic(client: Client, dialect: Dialect, day: date) -> bytes:
    """First an address and a SHA-1, signed; then the file, which is not."""
    answer = client.call("GET", dialect.statement(day))
    if answer.status != 200:
        return _nothing_or_not_ready(day, answer)
    try:
        announced = parse_object(answer.body)
        kind, digest = get_text(announced, "hash_type"), get_text(announced, "hash_value")
        address = urlsplit(get_text(announced, "download_url"))
    except Malformed:
        raise _not_ready(day, "unreadable") from None
    if kind != "SHA1":
        raise _not_ready(day, "unreadable", hash_type=kind)
    target = f"{address.path}?{address.query}" if address.query else address.path
    content = _unpacked(day, client.download(target, lambda _: None))
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != digest.lower():
        raise _not_ready(day, "damaged")
    return content


def _announced(answer: Answer) -> str:
    lowered = {name.lower(): value for name, value in answer.headers.items()}
    return lowered.get("wechatpay-statement-sha1", "").lower()


def _unpacked(day: date, answer: Answer) -> bytes:
    if answer.status != 200:
        raise _not_ready(day, answer.code or str(answer.status))
    if not answer.body.startswith(b"\x1f\x8b"):
        return answer.body
    try:
        content = gzip.decompress(answer.body)
    except (OSError, EOFError, zlib.error):
        raise _not_ready(day, "damaged") from None
    if len(content) > LARGEST_TEXT:
        raise _not_ready(day, "too-large")
    return content


def _nothing_or_not_ready(day: date, answer: Answer) -> bytes:
    if answer.code in NOTHING_MOVED:
        return b""
    raise _not_ready(day, answer.code or str(answer.status), request_id=answer.request_id)


def _not_ready(day: date, reason: str, **facts: object) -> StatementNotReady:
    log.warning("wechat_pay_statement_not_ready", day=day.isoformat(), reason=reason, **facts)
    return StatementNotReady(reason)


def _read(text: str, currency: str) -> Iterator[StatementLine]:
    """The rows below the header; a second header begins the totals, which are left alone.

    A text with a line's end in it goes on in the next line, which then begins without a back-quote.
    """
    rows = [row.rstrip("\r") for row in text.split("\n")]  # a description may hold any other end of line
    places = _places(rows[0])
    whole: list[str] = []
    for row in rows[1:]:
        if row.startswith(TOTALS):
            break
        if row.startswith("`"):
            whole.append(row)
        elif whole:
            whole[-1] += f" {row}"
    for row in whole:
        yield _line(_Row(row, places), currency)


def _places(header: str) -> dict[str, int]:
    """Where each column stands.

    Raises:
        Malformed: one that is needed is missing.
    """
    names = [re.sub(r"[\W_]", "", name).lower() for name in header.split(",")]
    found = {
        column: names.index(known[0])
        for column, spelt in COLUMNS.items()
        if (known := [n for n in names if n in spelt])
    }
    missing = {"number", "state", "amount", "refund_number", "refunded"} - found.keys()
    if missing:
        raise Malformed(f"columns {', '.join(sorted(missing))}")
    return found


class _Row:
    """One row of cells. Every cell begins with a back-quote, and none is quoted: a comma may be part of a text."""

    def __init__(self, written: str, places: Mapping[str, int]) -> None:
        self._cells = written.removeprefix("`").split(",`")
        self._places = places

    def find(self, column: str) -> str | None:
        """A cell's text; None if it is empty or there is no such column."""
        place = self._places.get(column)
        if place is None:
            return None
        if place >= len(self._cells):
            raise Malformed(column)
        cell = self._cells[place].strip()
        return None if cell in _EMPTY else cell

    def minor(self, column: str, currency: str) -> int:
        """An amount in minor units, rounded half up where the cell has more decimals than the currency.

        Raises:
            Malformed: it is not a number.
        """
        try:
            value = Decimal(self.find(column) or "0")
            return int((value.scaleb(get_currency_precision(currency))).quantize(Decimal(1), rounding="ROUND_HALF_UP"))
        except (InvalidOperation, ValueError, OverflowError):
            raise Malformed(column) from None


def _line(row: _Row, known_currency: str) -> StatementLine:
    currency = row.find("currency") or known_currency
    is_refund = row.find("state") == "REFUND"
    amount = abs(row.minor("refunded" if is_refund else "amount", currency))
    kind: LineKind = "refund" if is_refund else "payment"
    return StatementLine(
        kind=kind,
        amount=Money(amount, currency),
        number=row.find("number"),
        transaction_id=row.find("transaction_id"),
        refund_number=row.find("refund_number") if is_refund else None,
        refund_id=row.find("refund_id") if is_refund else None,
        fee=row.minor("fee", currency),
        at=_moment(row.find("at")),
        succeeded=not is_refund or row.find("refund_state") in (None, "SUCCESS"),
    )


def _moment(written: str | None) -> datetime | None:
    try:
        return datetime.strptime(written or "", "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
