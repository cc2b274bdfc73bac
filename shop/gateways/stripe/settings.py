"""What Stripe gave the shop."""

from dataclasses import dataclass, field

API_BASE = "https://api.stripe.com"
TEST_KEYS = ("sk_test_", "rk_test_")


@dataclass(frozen=True, kw_only=True)
class StripeSettings:
    """One account at Stripe.

    Args:
        api_key: a secret or restricted key; it says by its first letters whether money is real.
        webhook_secret: `whsec_…`, of the endpoint that sends to /callbacks/stripe.
        api_base: another address only in tests.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str = API_BASE

    @property
    def is_live(self) -> bool:
        """Whether this account moves real money.

        https://docs.stripe.com/keys
        """
        return not self.api_key.startswith(TEST_KEYS)
