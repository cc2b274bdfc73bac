"""What WeChat Pay, or the institution between, gave the shop."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Mode = Literal["domestic", "global"]
API_V3_KEY_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class WeChatPaySettings:
    """One merchant account at WeChat Pay.

    Args:
        mch_id: the merchant; through an institution, the institution (`sp_mchid`).
        app_id: the mini-program, whose openids are the payers'.
        sp_app_id: the institution's appid; set together with `sub_mch_id`, or not at all.
        sub_mch_id: our sub-merchant number at the institution.
        mcc: merchant category code; the global API demands it.
        cert_serial: serial of the merchant API certificate that belongs to `private_key`.
        private_key: PEM text.
        api_v3_key: 32 characters.
        platform_keys: folder of `<serial or PUB_KEY_ID_…>.pem`; None: certificates are downloaded.

    Raises:
        ValueError: the settings contradict each other; the message names none of their values.
    """

    api_base: str
    mode: Mode
    mch_id: str
    app_id: str
    sp_app_id: str | None = None
    sub_mch_id: str | None = None
    mcc: str | None = None
    currency: str = "CNY"
    cert_serial: str
    private_key: str = field(repr=False)
    api_v3_key: str = field(repr=False)
    platform_keys: Path | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("domestic", "global"):
            raise ValueError("The mode of WeChat Pay is neither domestic nor global")
        if bool(self.sp_app_id) != bool(self.sub_mch_id):
            raise ValueError("An institution's appid and a sub-merchant number go together")
        if self.mode == "global" and not self.mcc:
            raise ValueError("The global mode of WeChat Pay needs a merchant category code")
        if self.mode == "domestic" and self.currency != "CNY":
            raise ValueError("The domestic mode of WeChat Pay knows only CNY")
        if len(self.api_v3_key.encode()) != API_V3_KEY_BYTES:
            raise ValueError("The APIv3 key of WeChat Pay has 32 characters")
