"""The bodies and query strings of the order interfaces, as documented for each mode.

Domestic: https://pay.weixin.qq.com/doc/v3/merchant/4012791897
Global: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_26.shtml
"""

from shop.simulator.credentials import Mode
from shop.simulator.shapes import Choice, Fields, Flag, Many, Shape, Text, Whole

MERCHANT_NUMBER = Text(32, pattern="[0-9]+")
APP_ID = Text(32, pattern="wx[0-9A-Za-z]+")
OPENID = Text(128, pattern="[0-9A-Za-z_-]+")
MOMENT = Text(32, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
ADDRESS = Text(45, pattern="[0-9A-Fa-f.:]+")

TRANSACTION_ID = Text(32, pattern="[0-9A-Za-z]+")
OUT_TRADE_NO: dict[Mode, Text] = {
    "domestic": Text(32, least=6, pattern="[0-9A-Za-z_|*-]+"),
    "global": Text(32, pattern="[0-9A-Za-z_|*-]+"),
}


def notify_url(most: int) -> Text:
    """A complete address with a path, without query or fragment."""
    return Text(most, pattern=r"https?://[^/?#\s]+/[^?#\s]*")


_GOODS = Fields(
    required={"merchant_goods_id": Text(32), "quantity": Whole(), "unit_price": Whole(0)},
    optional={"wechatpay_goods_id": Text(32), "goods_name": Text(256)},
)
_DOMESTIC_DETAIL = Fields({}, {"cost_price": Whole(0), "invoice_id": Text(32), "goods_detail": Many(_GOODS)})
_DOMESTIC_SCENE = Fields(
    required={"payer_client_ip": ADDRESS},
    optional={
        "device_id": Text(32),
        "store_info": Fields({"id": Text(32)}, {"name": Text(256), "area_code": Text(32), "address": Text(512)}),
    },
)
_GLOBAL_GOODS = Fields(
    required={"goods_id": Text(32), "quantity": Whole(), "price": Whole(0)},
    optional={"wxpay_goods_id": Text(32), "goods_name": Text(256)},
)
_GLOBAL_DETAIL = Fields({}, {"cost_price": Whole(0), "receipt_id": Text(32), "goods_detail": Many(_GLOBAL_GOODS)})
_GLOBAL_SCENE = Fields(
    required={},
    optional={
        "device_id": Text(32),
        "device_ip": ADDRESS,
        "payer_client_ip": ADDRESS,
        "operator_id": Text(32),
        "store_info": Fields({"name": Text(256), "address": Text(512)}, {"id": Text(32)}),
    },
)

_DOMESTIC_PREPAY = Fields(
    required={
        "appid": APP_ID,
        "mchid": MERCHANT_NUMBER,
        "description": Text(127),
        "out_trade_no": OUT_TRADE_NO["domestic"],
        "notify_url": notify_url(255),
        "amount": Fields({"total": Whole()}, {"currency": Choice(("CNY",))}),
        "payer": Fields({"openid": OPENID}),
    },
    optional={
        "time_expire": MOMENT,
        "attach": Text(128),
        "goods_tag": Text(32),
        "support_fapiao": Flag(),
        "detail": _DOMESTIC_DETAIL,
        "scene_info": _DOMESTIC_SCENE,
        "settle_info": Fields({}, {"profit_sharing": Flag()}),
    },
)
_GLOBAL_PREPAY = Fields(
    required={
        "sp_mchid": MERCHANT_NUMBER,
        "sp_appid": APP_ID,
        "sub_mchid": MERCHANT_NUMBER,
        "description": Text(127),
        "notify_url": notify_url(256),
        "out_trade_no": OUT_TRADE_NO["global"],
        "trade_type": Choice(("JSAPI",)),
        "merchant_category_code": Text(4, pattern=r"\d{4}"),
        "amount": Fields({"total": Whole(), "currency": Choice(("EUR", "CNY"))}),
        "payer": Fields({}, {"sub_openid": OPENID, "sp_openid": OPENID}),
    },
    optional={
        "sub_appid": APP_ID,
        "attach": Text(127),
        "goods_tag": Text(32),
        "limit_pay": Choice(("no_credit",)),
        "time_start": MOMENT,
        "time_expire": MOMENT,
        "scene_info": _GLOBAL_SCENE,
        "detail": Many(_GLOBAL_DETAIL),
    },
)

PREPAY: dict[Mode, Fields] = {"domestic": _DOMESTIC_PREPAY, "global": _GLOBAL_PREPAY}

_OWN_NUMBERS: dict[Mode, dict[str, Shape]] = {
    "domestic": {"mchid": MERCHANT_NUMBER},
    "global": {"sp_mchid": MERCHANT_NUMBER, "sub_mchid": MERCHANT_NUMBER},
}
MERCHANT_ONLY: dict[Mode, Fields] = {mode: Fields(numbers) for mode, numbers in _OWN_NUMBERS.items()}
