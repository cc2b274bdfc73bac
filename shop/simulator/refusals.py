"""How WeChat Pay says no: an HTTP status, a code, a message, sometimes the field at fault.

Codes and messages: https://pay.weixin.qq.com/doc/v3/merchant/4012556398 and the global error list.
"""

from typing import Any

from shop.simulator.credentials import Mode

UNSPECIFIED = 268578704


class Refusal(Exception):
    """A request is turned down; nothing has changed."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        detail: dict[str, Any] | None = None,
        number: int = UNSPECIFIED,
    ) -> None:
        """Args: number: WeChat Pay's internal error number, shown at the end of the Request-ID."""
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.number = number
        self.body: dict[str, Any] = {"code": code, "message": message}
        if detail is not None:
            self.body["detail"] = detail


def bad_field(where: str, issue: str, value: Any = None, *, number: int = UNSPECIFIED) -> Refusal:
    """400 PARAM_ERROR for one value of the request; where is a path such as ``/body/amount/total``."""
    detail: dict[str, Any] = {"field": where, "issue": issue, "location": where.split("/")[1]}
    if isinstance(value, str | int | float):
        detail["value"] = value
    return Refusal(
        400,
        "PARAM_ERROR",
        f"输入源“{where}”映射到值字段“{where.rpartition('/')[2]}”{issue}",
        detail=detail,
        number=number,
    )


def extra_field(where: str) -> Refusal:
    """400 for a field WeChat Pay does not know."""
    return bad_field(where, "参数中含有非法的额外参数", number=270924358)


def wrong_prefix(mode: Mode) -> Refusal:
    """The account may not use the path it called: overseas paths and domestic ones are separate."""
    if mode == "global":
        return Refusal(400, "INVALID_REQUEST", "V3 API 暂不支持境外支付", number=268501838)
    return Refusal(403, "NO_AUTH", "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试")


def other_parameters() -> Refusal:
    """An order number was posted again with something changed."""
    return Refusal(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", number=268498688)


def order_closed() -> Refusal:
    """A closed order cannot be ordered again."""
    return Refusal(400, "ORDER_CLOSED", "订单已关闭")


def number_used(mode: Mode) -> Refusal:
    """A paid order cannot be ordered again."""
    if mode == "global":
        return Refusal(400, "ORDERPAID", "该订单已支付")
    return Refusal(403, "OUT_TRADE_NO_USED", "商户订单号重复")


def order_paid(mode: Mode) -> Refusal:
    """A paid order cannot be closed."""
    return Refusal(400, "ORDERPAID" if mode == "global" else "ORDER_PAID", "该订单已支付")


def order_unknown(mode: Mode) -> Refusal:
    """No order has this number."""
    return Refusal(404, "ORDERNOTEXIST" if mode == "global" else "ORDER_NOT_EXIST", "订单不存在")


def not_refundable(mode: Mode) -> Refusal:
    """No order that was paid has this number."""
    return Refusal(404, "ORDERNOTEXIST" if mode == "global" else "RESOURCE_NOT_EXISTS", "订单不存在或未支付")


def refund_not_allowed(reason: str) -> Refusal:
    """The request is well formed, but this order cannot be refunded so."""
    return Refusal(400, "INVALID_REQUEST", reason)


def refund_number_used(mode: Mode) -> Refusal:
    """A refund number was posted again with something changed."""
    code = "OUT_REFUND_NO_USED" if mode == "global" else "INVALID_REQUEST"
    return Refusal(400, code, "商户退款单号重复，请核实退款参数是否与之前一致")


def refunded_too_often() -> Refusal:
    """Another refund of the same order was asked for less than a minute ago."""
    return Refusal(429, "FREQUENCY_LIMITED", "同一笔订单多次退款需间隔1分钟，请稍后重试")


def not_enough() -> Refusal:
    """The merchant's balance does not cover the refund; nothing was kept of it."""
    return Refusal(403, "NOT_ENOUGH", "商户可用退款余额不足")


def refund_unknown() -> Refusal:
    """No refund has this number."""
    return Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")


def statement_early(mode: Mode) -> Refusal:
    """The statement of this day is not made yet."""
    code = "STATEMENT_CREATING" if mode == "domestic" else "INVALID_REQUEST"
    return Refusal(400, code, "账单生成中，请于次日10点（北京时间）后再试")


def statement_too_old() -> Refusal:
    """Statements so old are not given any more."""
    return Refusal(400, "INVALID_REQUEST", "账单日期超出可下载范围")


def statement_empty() -> Refusal:
    """Nothing moved on this day, so there is no statement."""
    return Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")


def download_unknown() -> Refusal:
    """The address of the file has run out, or was never given."""
    return Refusal(404, "RESOURCE_NOT_EXISTS", "下载链接无效或已过期")
