"""The calls of Stripe's API that the shop makes, on one account.

https://docs.stripe.com/api/checkout/sessions, /refunds, /disputes, /balance_transactions, /payment_intents
"""

import re
import time
from typing import Any

from tests.simulators.stripe_account import Account
from tests.simulators.stripe_forms import Problem, check_known, expanded, page, whole

MINIMUM = {"eur": 50, "cny": 400}
SESSION_LIVES = (30 * 60, 24 * 60 * 60)
SESSION = frozenset(
    {"mode", "line_items", "client_reference_id", "metadata", "payment_intent_data", "payment_method_options"}
    | {"payment_method_types", "expires_at", "success_url", "cancel_url", "locale", "expand"}
)
REFUND = frozenset({"payment_intent", "charge", "amount", "reason", "metadata", "expand"})
REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer", None})
KINDS = {
    "checkout/sessions": "checkout.session",
    "refunds": "refund",
    "disputes": "dispute",
    "payment_intents": "payment_intent",
}
_SINGLE = re.compile(r"/v1/(checkout/sessions|refunds|disputes|payment_intents)/(\w+)")
_EXPIRE = re.compile(r"/v1/checkout/sessions/(\w+)/expire")

Fields = dict[str, Any]


class Api:
    """Answers calls; what it refuses is raised.

    Args:
        methods: what the account's dashboard has switched on.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.methods = {"card", "wechat_pay", "alipay"}
        self.refund_refusal: Problem | None = None

    def answer(self, method: str, path: str, fields: Fields) -> Fields:
        """One call.

        Raises:
            Problem: it is refused.
        """
        self.account.let_expire()
        match method, path:
            case "POST", "/v1/checkout/sessions":
                found = self._create_session(fields)
            case "POST", "/v1/refunds":
                found = self._create_refund(fields)
            case "GET", "/v1/refunds":
                found = self._refunds(fields)
            case "GET", "/v1/balance_transactions":
                found = self._movements(fields)
            case "POST", _ if ending := _EXPIRE.fullmatch(path):
                found = self._expire(ending[1])
            case "GET", _ if single := _SINGLE.fullmatch(path):
                found = self.find(KINDS[single[1]], single[2])
            case _:
                raise Problem(404, f"Unrecognized request URL ({method}: {path}).")
        return expanded(found, fields.get("expand"), self.account.objects)

    def find(self, kind: str, id_: str, param: str = "id") -> Fields:
        """One object of the account.

        Raises:
            Problem: there is none.
        """
        found: Fields | None = self.account.objects.get(id_)
        if found is None or found["object"] != kind:
            raise Problem(404, f"No such {kind}: '{id_}'", code="resource_missing", param=param)
        return found

    def _create_session(self, fields: Fields) -> Fields:
        check_known(fields, SESSION)
        if fields.get("mode") != "payment" or not fields.get("success_url"):
            raise Problem(400, "Only payments, with an address to come back to", code="parameter_missing", param="mode")
        [item] = fields["line_items"]
        price = item["price_data"]
        amount, currency = whole(price, "unit_amount") * whole(item, "quantity"), price["currency"]
        if currency not in MINIMUM:
            raise Problem(400, f"Invalid currency: {currency}", param="line_items[0][price_data][currency]")
        if amount < MINIMUM[currency]:
            raise Problem(400, "The amount is too small", code="amount_too_small")
        if not price.get("product_data", {}).get("name"):
            raise Problem(400, "A name is missing", code="parameter_missing", param="line_items[0][price_data]")
        client = fields.get("payment_method_options", {}).get("wechat_pay", {}).get("client")
        if "wechat_pay" in self.methods and client != "web":
            raise Problem(400, "WeChat Pay requires `payment_method_options[wechat_pay][client]` to be set to `web`.")
        now, shortest, longest = int(time.time()), *SESSION_LIVES
        expires_at = whole(fields, "expires_at") if "expires_at" in fields else now + longest
        if not now + shortest <= expires_at <= now + longest:
            raise Problem(400, "It must end between 30 minutes and 24 hours from now", param="expires_at")
        return self.account.add_session(
            amount=amount,
            currency=currency,
            expires_at=expires_at,
            client_reference_id=fields.get("client_reference_id"),
            metadata=fields.get("metadata", {}),
            payment_intent_data={"metadata": {}} | fields.get("payment_intent_data", {}),
            success_url=fields["success_url"],
            cancel_url=fields.get("cancel_url"),
        )

    def _expire(self, id_: str) -> Fields:
        session = self.find("checkout.session", id_, "session")
        if session["status"] != "open" or session.get("held_open"):
            raise Problem(400, f"Only open sessions can be expired. This one is {session['status']}.", kept=True)
        self.account.end_session(session)
        return session

    def _create_refund(self, fields: Fields) -> Fields:
        check_known(fields, REFUND)
        if fields.get("reason") not in REASONS:
            raise Problem(400, "Invalid reason", param="reason")
        intent = self.find("payment_intent", fields.get("payment_intent", ""), "payment_intent")
        if intent["latest_charge"] is None:
            raise Problem(400, "This payment has no successful charge.", code="charge_not_refundable", kept=True)
        if self.refund_refusal:
            raise self.refund_refusal
        charge = self.account.objects[intent["latest_charge"]]
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole(fields, "amount") if "amount" in fields else left
        if charge["disputed"]:
            raise Problem(400, "The charge has been charged back.", code="charge_disputed", kept=True)
        if left == 0:
            raise Problem(400, "It has already been refunded.", code="charge_already_refunded", kept=True)
        if not 1 <= amount <= left:
            raise Problem(400, f"Refund amount ({amount}) is greater than {left}", param="amount", kept=True)
        return self.account.add_refund(intent, amount, fields.get("metadata", {}), fields.get("reason"))

    def _refunds(self, fields: Fields) -> Fields:
        intent = fields.get("payment_intent")
        if intent:
            self.find("payment_intent", intent, "payment_intent")
        found = [one for one in self.account.all_of("refund") if intent in (None, one["payment_intent"])]
        return page(found, fields, "/v1/refunds")

    def _movements(self, fields: Fields) -> Fields:
        created = fields.get("created", {})
        first, end = int(created.get("gte", 0)), int(created.get("lt", 2**40))
        found = [one for one in reversed(self.account.movements) if first <= one["created"] < end]
        return page(found, fields, "/v1/balance_transactions")
