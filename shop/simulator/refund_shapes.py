"""The bodies of the refund interfaces, as documented for each mode.

Domestic: https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter3_1_9.shtml
Global: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter3_4_3.shtml
"""

from shop.simulator.credentials import Mode
from shop.simulator.order_shapes import APP_ID, MERCHANT_NUMBER, OUT_TRADE_NO, TRANSACTION_ID, notify_url
from shop.simulator.shapes import Choice, Fields, Many, Shape, Text, Whole

OUT_REFUND_NO = Text(64, pattern=r"[0-9A-Za-z_|*@-]+")
REFUND_ID = Text(32, pattern="[0-9A-Za-z]+")
CURRENCY = Text(3, pattern="[A-Z]{3}")
_AMOUNT: dict[str, Shape] = {"refund": Whole(), "total": Whole(), "currency": CURRENCY}
_SOURCE = Fields({"account": Choice(("AVAILABLE", "UNAVAILABLE")), "amount": Whole()})
_GOODS = Fields(
    required={
        "merchant_goods_id": Text(32),
        "unit_price": Whole(0),
        "refund_amount": Whole(0),
        "refund_quantity": Whole(),
    },
    optional={"wechatpay_goods_id": Text(32), "goods_name": Text(256)},
)

REFUND: dict[Mode, Fields] = {
    "domestic": Fields(
        required={"out_refund_no": OUT_REFUND_NO, "amount": Fields(_AMOUNT, {"from": Many(_SOURCE)})},
        optional={
            "transaction_id": TRANSACTION_ID,
            "out_trade_no": OUT_TRADE_NO["domestic"],
            "reason": Text(80),
            "notify_url": notify_url(256),
            "funds_account": Choice(("AVAILABLE", "UNSETTLED")),
            "goods_detail": Many(_GOODS),
        },
    ),
    "global": Fields(
        required={
            "sp_mchid": MERCHANT_NUMBER,
            "sub_mchid": MERCHANT_NUMBER,
            "out_refund_no": OUT_REFUND_NO,
            "amount": Fields(_AMOUNT),
        },
        optional={
            "sp_appid": APP_ID,
            "sub_appid": APP_ID,
            "transaction_id": TRANSACTION_ID,
            "out_trade_no": OUT_TRADE_NO["global"],
            "reason": Text(80),
            "source": Choice(("REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS")),
            "notify_url": notify_url(256),
        },
    ),
}
