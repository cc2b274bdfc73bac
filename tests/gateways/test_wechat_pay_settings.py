from dataclasses import replace

import pytest

from shop.gateways.wechat_pay import FolderKeys, KeyRing, WeChatPay

from .conftest import ACCOUNTS


def test_no_secret_is_shown(settings):
    shown = repr(settings)

    assert settings.api_v3_key not in shown
    assert "PRIVATE KEY" not in shown


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "overseas"},
        {"sub_mch_id": "1700000001"},
        {"sp_app_id": "wx5p00000000000000"},
        ACCOUNTS["global-direct"] | {"mcc": None},
        {"currency": "EUR"},
        {"api_v3_key": "short"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, changes):
    with pytest.raises(ValueError, match=r"WeChat Pay|go together"):
        replace(settings, **changes)


LABEL = "PRIVATE KEY"


@pytest.mark.parametrize("pem", ["", "not a key", f"-----BEGIN {LABEL}-----\nAAAA\n-----END {LABEL}-----"])
def test_a_private_key_that_cannot_be_read_is_not_repeated(settings, folder, pem):
    with pytest.raises(ValueError, match="not an unencrypted RSA key") as refused:
        WeChatPay(replace(settings, private_key=pem), KeyRing(FolderKeys(folder)))

    assert "AAAA" not in str(refused.value)
