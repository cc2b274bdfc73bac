"""Where the four kinds of account differ: paths, names of fields, and what a global order says besides.

https://pay.weixin.qq.com/doc/v3/merchant/4012791897 (direct),
https://pay.weixin.qq.com/docs/partner/apis/partner-miniprogram-payment/close-order.html (partner),
https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_26.shtml (global, both ways).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode

from shop.gateways.wechat_pay.settings import Mode, WeChatPaySettings

_TRANSACTIONS: Mapping[tuple[Mode, bool], str] = {
    ("domestic", False): "/v3/pay/transactions",
    ("domestic", True): "/v3/pay/partner/transactions",
    ("global", False): "/v3/global/transactions",
    ("global", True): "/v3/global/transactions",
}
_REFUNDS: Mapping[Mode, str] = {"domestic": "/v3/refund/domestic/refunds", "global": "/v3/global/refunds"}
_CERTIFICATES: Mapping[Mode, str] = {"domestic": "/v3/certificates", "global": "/v3/global/certificates"}


@dataclass(frozen=True)
class Dialect:
    """How one account is spoken to.

    Args:
        transactions: what the paths of orders begin with.
        certificates: path of the list of platform certificates.
        merchants: field names and numbers of the merchant, or of the institution and its sub-merchant.
        apps: field names and values of the appids.
        payer: field name of the payer's openid, which belongs to the mini-program.
        order: what every order says besides.
        refund: what every refund says of who is asking.
        currency: of its orders.
    """

    mode: Mode

    transactions: str
    certificates: str
    merchants: Mapping[str, str]
    apps: Mapping[str, str]
    payer: str
    order: Mapping[str, str]
    refund: Mapping[str, str]
    currency: str

    @property
    def prepay(self) -> str:
        """Where orders are placed."""
        return f"{self.transactions}/jsapi"

    def question(self, number: str) -> str:
        """Where one order is asked about."""
        return f"{self._order(number)}?{urlencode(self.merchants)}"

    def closing(self, number: str) -> str:
        """Where one order is closed."""
        return f"{self._order(number)}/close"

    @property
    def refunds(self) -> str:
        """Where refunds are asked for."""
        return _REFUNDS[self.mode]

    def refund_question(self, number: str) -> str:
        """Where one refund is asked about; a direct merchant at home is known by its signature."""
        number = quote(number, safe="")
        if self.mode == "global":
            return f"{self.refunds}/out-refund-no/{number}?{urlencode(self.merchants)}"
        asker = f"?{urlencode(self.refund)}" if self.refund else ""
        return f"{self.refunds}/{number}{asker}"

    def statement(self, day: date) -> str:
        """Where the statement of a day is asked for."""
        if self.mode == "global":
            return f"/v3/global/statements?{urlencode({'date': f'{day:%Y%m%d}', **self.merchants})}"
        return f"/v3/bill/tradebill?{urlencode({'bill_date': day.isoformat(), 'bill_type': 'ALL', **self.refund})}"

    def _order(self, number: str) -> str:
        return f"{self.transactions}/out-trade-no/{quote(number, safe='')}"


def dialect_of(settings: WeChatPaySettings) -> Dialect:
    """How the account of these settings is spoken to."""
    sp_app_id, sub_mch_id = settings.sp_app_id, settings.sub_mch_id
    if sp_app_id and sub_mch_id:
        merchants = {"sp_mchid": settings.mch_id, "sub_mchid": sub_mch_id}
        apps = {"sp_appid": sp_app_id, "sub_appid": settings.app_id}
        payer = "sub_openid"
    else:
        merchants, apps, payer = {"mchid": settings.mch_id}, {"appid": settings.app_id}, "openid"
    order = {}
    if settings.mode == "global" and settings.mcc:
        order = {"trade_type": "JSAPI", "merchant_category_code": settings.mcc}
    refund = {**merchants, **apps} if settings.mode == "global" else {}
    if settings.mode == "domestic" and sub_mch_id:
        refund = {"sub_mchid": sub_mch_id}
    return Dialect(
        mode=settings.mode,
        transactions=_TRANSACTIONS[settings.mode, payer == "sub_openid"],
        certificates=_CERTIFICATES[settings.mode],
        merchants=merchants,
        apps=apps,
        payer=payer,
        order=order,
        refund=refund,
        currency=settings.currency,
    )
