"""Statements as text: a header, then a line for each movement, every cell behind a back-quote.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791882 (trade bill: amounts in yuan, a summary at the end)
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_1_6.shtml
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from shop.simulator.credentials import Account
from shop.simulator.movements import FEE_RATE, Movement
from shop.simulator.transactions import BEIJING, RATE_SCALE, exchange_rate, payer_amount

BillType = Literal["ALL", "SUCCESS", "REFUND"]
NOTHING = "0.00"
RATE = f"{FEE_RATE:.2%}"
_START = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类"
)
_SETTLED = "应结订单金额,代金券金额"
_REFUND = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态"
_GOODS = "商品名称,商户数据包,手续费,费率,订单金额"
DOMESTIC_COLUMNS: dict[BillType, str] = {
    "ALL": f"{_START},{_SETTLED},{_REFUND},{_GOODS},申请退款金额,费率备注",
    "SUCCESS": f"{_START},{_SETTLED},{_GOODS},费率备注",
    "REFUND": f"{_START},{_SETTLED},退款申请时间,退款成功时间,{_REFUND},{_GOODS},申请退款金额,费率备注",
}
DOMESTIC_SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
GLOBAL_COLUMNS = (
    "transaction time,Official Account ID,Vendor ID,Sub vendor ID,Device No.,WeChat order No.,Vendor order No.,"
    "User identifier,transaction type,transaction status,payment bank,top-up voucher currency,top-up voucher amount,"
    "voucher currency,voucher amount,WeChat refund No.,merchant refund No.,refund type,refund status,commodity name,"
    "merchant data package,service fee,rate,priced currency,order amount (priced currency),user payment currency,"
    "user payment amount,settlement currency,settlement order amount,payment exchange rate,refund exchange rate,"
    "refund amount (priced currency),user refund currency,user refund amount,refund settlement currency,"
    "refund settlement order amount,top-up voucher refund amount,voucher refund amount"
)


def domestic_text(movements: Sequence[Movement], account: Account, bill_type: BillType) -> str:
    """The trade bill of a direct merchant."""
    columns = DOMESTIC_COLUMNS[bill_type]
    lines = [columns, *(_line(columns, _domestic(movement, account)) for movement in movements)]
    payments = sum(one.amount for one in movements if one.kind == "payment")
    repaid = sum(one.amount for one in movements if one.kind == "refund")
    fee = _fee(sum(one.fee for one in movements))
    summary = [str(len(movements)), _units(payments), _units(repaid), NOTHING, fee, _units(payments), _units(repaid)]
    lines += [DOMESTIC_SUMMARY, _cells(summary)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in lines)


def global_text(movements: Sequence[Movement], account: Account) -> str:
    """The statement of an institution for its sub-merchant."""
    lines = [GLOBAL_COLUMNS, *(_line(GLOBAL_COLUMNS, _global(movement, account)) for movement in movements)]
    return "".join(f"{line}\n" for line in lines)


def _domestic(movement: Movement, account: Account) -> dict[str, str]:
    is_refund = movement.kind == "refund"
    paid, repaid = (NOTHING, _units(movement.amount)) if is_refund else (_units(movement.amount), NOTHING)
    return {
        "交易时间": _moment(movement.at),
        "公众账号ID": account.app_id,
        "商户号": account.numbers.merchant_id,
        "特约商户号": "0",
        "微信订单号": movement.transaction_id,
        "商户订单号": movement.out_trade_no,
        "用户标识": movement.openid,
        "交易类型": "JSAPI",
        "交易状态": "REFUND" if is_refund else "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": movement.currency,
        "应结订单金额": paid,
        "代金券金额": NOTHING,
        "退款申请时间": _moment(movement.at),
        "退款成功时间": _moment(movement.at) if movement.status == "SUCCESS" else "",
        "微信退款单号": movement.refund_id or "0",
        "商户退款单号": movement.out_refund_no or "0",
        "退款金额": repaid,
        "充值券退款金额": NOTHING,
        "退款类型": "ORIGINAL" if is_refund else "",
        "退款状态": movement.status,
        "商品名称": movement.description,
        "商户数据包": movement.attach,
        "手续费": _fee(movement.fee),
        "费率": RATE,
        "订单金额": paid,
        "申请退款金额": repaid,
    }


def _global(movement: Movement, account: Account) -> dict[str, str]:
    is_refund = movement.kind == "refund"
    paid = 0 if is_refund else movement.amount
    rate = f"{Decimal(exchange_rate(movement.currency)) / RATE_SCALE:.8f}"
    told = {
        "transaction time": _moment(movement.at),
        "Official Account ID": account.numbers.service_app_id,
        "Vendor ID": account.numbers.merchant_id,
        "Sub vendor ID": account.numbers.sub_merchant_id,
        "WeChat order No.": movement.transaction_id,
        "Vendor order No.": movement.out_trade_no,
        "User identifier": movement.openid,
        "transaction type": "JSAPI",
        "transaction status": "REFUND" if is_refund else "SUCCESS",
        "payment bank": "OTHERS",
        "commodity name": movement.description,
        "merchant data package": movement.attach,
        "service fee": _fee(movement.fee),
        "rate": RATE,
        "priced currency": movement.currency,
        "order amount (priced currency)": _units(paid),
        "user payment currency": "CNY",
        "user payment amount": _units(payer_amount(paid, movement.currency)),
        "settlement currency": movement.currency,
        "settlement order amount": _units(paid),
        "payment exchange rate": rate,
    }
    if not is_refund:
        return told
    return told | {
        "WeChat refund No.": movement.refund_id,
        "merchant refund No.": movement.out_refund_no,
        "refund type": "ORIGINAL",
        "refund status": "REFUNDCLOSE" if movement.status == "CLOSED" else movement.status,
        "refund exchange rate": rate,
        "refund amount (priced currency)": _units(movement.amount),
        "user refund currency": "CNY",
        "user refund amount": _units(payer_amount(movement.amount, movement.currency)),
        "refund settlement currency": movement.currency,
        "refund settlement order amount": _units(movement.amount),
    }


def _line(columns: str, values: Mapping[str, str]) -> str:
    return _cells(values.get(column, "") for column in columns.split(","))


def _cells(values: Iterable[str]) -> str:
    return ",".join(f"`{' '.join(value.replace('`', ' ').split())}" for value in values)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _units(amount: int) -> str:
    return f"{Decimal(amount) / 100:.2f}"


def _fee(amount: int) -> str:
    """Fees are told to five decimals, though rounded to two."""
    return f"{Decimal(amount) / 100:.5f}"
