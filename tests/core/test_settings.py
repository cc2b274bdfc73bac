"""What the shop is told from outside."""

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from config.default import Seller, Settings, SettingsIncomplete, Stripe, WeChatPay, read, with_running_shop
from tests.core.watching import another_shop

LABEL = "PRIVATE KEY"
PEM = f"-----BEGIN {LABEL}-----\nnot a key\n-----END {LABEL}-----\n"
SHOP = {
    "SHOP_ENV": "production",
    "DATABASE_URL": "postgresql://shop:database-secret@db/shop",
    "SECRET_KEY": "signing-secret-of-this-test",
    "SHOP_PUBLIC_URL": "https://visit.example/",
    "WECHAT_APP_ID": "wx0123",
    "WECHAT_APP_SECRET": "app-secret",
}
GATEWAY = {
    "WECHAT_PAY_MODE": "domestic",
    "WECHAT_PAY_MCH_ID": "1900000001",
    "WECHAT_PAY_CERT_SERIAL": "5157F09EFDC096DE15EBE81A47057A72",
    "WECHAT_PAY_PRIVATE_KEY": PEM,
    "WECHAT_PAY_API_V3_KEY": "k" * 32,
}
STRIPE = {"STRIPE_API_KEY": "sk_test_stripe-secret", "STRIPE_WEBHOOK_SECRET": "whsec_stripe-secret"}


def faults_of(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsIncomplete) as refused:
        read(environ)
    return str(refused.value)


def gateway_of(**changes: str) -> WeChatPay:
    found = read(SHOP | GATEWAY | changes).wechat_pay
    assert found is not None
    return found


def test_production_names_all_that_is_missing_at_once():
    told = faults_of({"SHOP_ENV": "production"})

    for name in ("DATABASE_URL", "SECRET_KEY", "SHOP_PUBLIC_URL", "WECHAT_APP_ID", "WECHAT_APP_SECRET"):
        assert name in told


def test_nothing_secret_has_a_default_in_development_either():
    told = faults_of({})

    for name in ("DATABASE_URL", "SECRET_KEY", "WECHAT_APP_SECRET"):
        assert name in told
    assert "make run" in told


@pytest.mark.parametrize("name", ["DATABASE_URL", "SECRET_KEY", "SHOP_PUBLIC_URL", "WECHAT_APP_ID"])
def test_a_blank_setting_is_missing(name):
    assert f"{name}: " in faults_of(SHOP | {name: "  "})


def test_what_is_not_given_has_its_written_default():
    settings = read(SHOP)

    assert (settings.hold_minutes, settings.max_holds, settings.rate_limits) == (15, 3, True)
    assert settings.wechat_api_base == "https://api.weixin.qq.com"
    assert settings.wechat_pay is None
    assert settings.redis_url is None
    assert settings.trusted_proxies == 0
    assert settings.public_url == "https://visit.example"


def test_what_is_given_is_taken():
    settings = read(
        SHOP
        | {
            "SHOP_HOLD_MINUTES": "20",
            "SHOP_MAX_HOLDS": "5",
            "SHOP_RATE_LIMITS": "off",
            "REDIS_URL": "redis://r",
            "SHOP_TRUSTED_PROXIES": "2",
            "WECHAT_API_BASE": "http://127.0.0.1:1/",
        }
    )

    assert (settings.hold_minutes, settings.max_holds, settings.rate_limits) == (20, 5, False)
    assert (settings.redis_url, settings.trusted_proxies) == ("redis://r", 2)
    assert settings.wechat_api_base == "http://127.0.0.1:1"


def test_development_is_the_default_environment():
    assert read({**SHOP, "SHOP_ENV": ""}).env == "development"


def test_production_wants_a_secure_public_address():
    insecure = SHOP | {"SHOP_PUBLIC_URL": "http://visit.example"}

    assert "SHOP_PUBLIC_URL: must start with https://" in faults_of(insecure)
    assert read(insecure | {"SHOP_ENV": "development"}).public_url == "http://visit.example"


@pytest.mark.parametrize("name", ["WECHAT_API_BASE", "WECHAT_PAY_API_BASE", "STRIPE_API_BASE"])
def test_production_sends_its_secrets_to_nobody_in_clear(name):
    all_of_it = SHOP | GATEWAY | STRIPE

    assert f"{name}: must start with https://" in faults_of(all_of_it | {name: "http://api.example"})
    assert read(all_of_it | {name: "http://127.0.0.1:8080"})
    assert read(all_of_it | {name: "http://api.example", "SHOP_ENV": "testing"})


def test_production_wants_a_secret_that_cannot_be_guessed():
    assert "SECRET_KEY: must have at least 16 characters" in faults_of(SHOP | {"SECRET_KEY": "x" * 15})
    assert read(SHOP | {"SECRET_KEY": "x" * 16})
    assert read(SHOP | {"SECRET_KEY": "x", "SHOP_ENV": "development"})


@pytest.mark.parametrize("address", ["visit.example", "ftp://visit.example", "https://"])
def test_a_public_address_that_is_none_is_refused(address):
    assert "SHOP_PUBLIC_URL" in faults_of(SHOP | {"SHOP_ENV": "development", "SHOP_PUBLIC_URL": address})


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "٣", "100001"])
def test_a_count_that_is_none_is_refused(value):
    assert "SHOP_HOLD_MINUTES" in faults_of(SHOP | {"SHOP_HOLD_MINUTES": value})


@pytest.mark.parametrize(("name", "value"), [("SHOP_ENV", "prod"), ("SHOP_RATE_LIMITS", "yes")])
def test_a_choice_outside_the_list_is_refused(name, value):
    assert f"{name}: must be one of" in faults_of(SHOP | {name: value})


def test_jobs_and_migrations_go_past_a_pooler_where_one_stands():
    assert read(SHOP).jobs_database_url == SHOP["DATABASE_URL"]
    assert read(SHOP | {"DATABASE_DIRECT_URL": "postgresql://direct/shop"}).jobs_database_url == (
        "postgresql://direct/shop"
    )


@pytest.mark.parametrize("given", sorted(GATEWAY))
def test_the_gateway_is_complete_or_absent(given):
    told = faults_of(SHOP | {given: GATEWAY[given]})

    assert all(name in told for name in GATEWAY if name != given)


@pytest.mark.parametrize("given", [*STRIPE, "STRIPE_API_BASE"])
def test_stripe_is_complete_or_absent(given):
    told = faults_of(SHOP | {given: (STRIPE | {"STRIPE_API_BASE": "https://api.stripe.example"})[given]})

    assert [name for name in STRIPE if f"{name}: missing" in told] == [name for name in STRIPE if name != given]
    assert read(SHOP).stripe is None


def test_stripe_is_taken_whole():
    found = read(SHOP | STRIPE).stripe
    moved = read(SHOP | STRIPE | {"STRIPE_API_BASE": "http://127.0.0.1:8420/"}).stripe

    assert found == Stripe("sk_test_stripe-secret", "whsec_stripe-secret", "https://api.stripe.com")
    assert moved is not None
    assert moved.api_base == "http://127.0.0.1:8420"


def test_days_of_business_are_those_of_the_offices_zone():
    assert read(SHOP).timezone == "Europe/Paris"
    assert read(SHOP | {"SHOP_TIMEZONE": "Asia/Shanghai"}).timezone == "Asia/Shanghai"


@pytest.mark.parametrize("zone", ["Paris", "+02:00", "../etc/passwd", "Europe"])
def test_a_time_zone_that_is_none_is_refused(zone):
    assert "SHOP_TIMEZONE: not a time zone" in faults_of(SHOP | {"SHOP_TIMEZONE": zone})


def test_the_offices_own_accounts_are_a_file(tmp_path):
    file = tmp_path / "accounts.yaml"

    assert "SHOP_ACCOUNTS: not a file" in faults_of(SHOP | {"SHOP_ACCOUNTS": str(file)})
    file.write_text("{}")
    assert read(SHOP | {"SHOP_ACCOUNTS": str(file)}).accounts == file
    assert read(SHOP).accounts is None


@pytest.mark.parametrize("name", [one.name for one in fields(Seller)])
def test_whatever_is_known_of_the_seller_is_taken(name):
    seller = read(SHOP | {f"SHOP_SELLER_{name.upper()}": " Issy Tourisme "}).seller

    assert seller == replace(Seller(), **{name: "Issy Tourisme"})


def test_the_gateway_in_china_takes_yuan():
    gateway = gateway_of()

    assert (gateway.mode, gateway.currency, gateway.mcc) == ("domestic", "CNY", None)
    assert gateway.api_base == "https://api.mch.weixin.qq.com"
    assert (gateway.sp_app_id, gateway.sub_mch_id, gateway.platform_keys) == (None, None, None)


def test_the_gateway_abroad_needs_a_category_and_a_currency():
    abroad = SHOP | GATEWAY | {"WECHAT_PAY_MODE": "global"}

    told = faults_of(abroad)

    assert "WECHAT_PAY_MCC: missing" in told
    assert "WECHAT_PAY_CURRENCY: must be one of EUR, CNY" in told
    assert "WECHAT_PAY_CURRENCY" in faults_of(abroad | {"WECHAT_PAY_MCC": "4722", "WECHAT_PAY_CURRENCY": "USD"})


def test_the_gateway_abroad_is_taken_whole(tmp_path):
    gateway = gateway_of(
        WECHAT_PAY_MODE="global",
        WECHAT_PAY_MCC="4722",
        WECHAT_PAY_CURRENCY="EUR",
        WECHAT_PAY_SP_APP_ID="wxsp",
        WECHAT_PAY_SUB_MCH_ID="1900000109",
        WECHAT_PAY_PLATFORM_KEYS=str(tmp_path),
        WECHAT_PAY_API_BASE="https://apieu.mch.weixin.qq.com/",
    )

    assert (gateway.mode, gateway.currency, gateway.mcc) == ("global", "EUR", "4722")
    assert (gateway.sp_app_id, gateway.sub_mch_id) == ("wxsp", "1900000109")
    assert gateway.platform_keys == tmp_path
    assert gateway.api_base == "https://apieu.mch.weixin.qq.com"


@pytest.mark.parametrize("name", ["WECHAT_PAY_SP_APP_ID", "WECHAT_PAY_SUB_MCH_ID"])
def test_an_institution_has_both_its_numbers_or_none(name):
    assert "both or neither" in faults_of(SHOP | GATEWAY | {name: "1"})


def test_platform_keys_are_a_folder(tmp_path):
    absent = str(tmp_path / "absent")

    assert "WECHAT_PAY_PLATFORM_KEYS: not a folder" in faults_of(SHOP | GATEWAY | {"WECHAT_PAY_PLATFORM_KEYS": absent})


@pytest.mark.parametrize("key", ["k" * 31, "k" * 33, "钥" * 32])
def test_the_callback_key_has_32_characters(key):
    assert "WECHAT_PAY_API_V3_KEY: must be 32 characters" in faults_of(SHOP | GATEWAY | {"WECHAT_PAY_API_V3_KEY": key})


def test_a_private_key_is_pem_or_a_file_of_it(tmp_path):
    file = tmp_path / "merchant.pem"
    file.write_text(PEM)

    assert gateway_of().private_key.strip() == PEM.strip()
    assert gateway_of(WECHAT_PAY_PRIVATE_KEY=str(file)).private_key == PEM


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_private_key_that_cannot_be_read_is_named(tmp_path, content):
    file = tmp_path / "merchant.pem"
    if content is not None:
        file.write_bytes(content)

    assert "WECHAT_PAY_PRIVATE_KEY: neither" in faults_of(SHOP | GATEWAY | {"WECHAT_PAY_PRIVATE_KEY": str(file)})


def test_secrets_do_not_show():
    settings = read(
        SHOP | GATEWAY | STRIPE | {"DATABASE_DIRECT_URL": "postgresql://x:direct-secret@d/s", "REDIS_URL": "r-secret"}
    )

    shown = repr(settings) + str(settings)

    for secret in ("database-secret", "direct-secret", "signing-secret", "app-secret", "r-secret", "not a key", "kkkk"):
        assert secret not in shown
    assert "stripe-secret" not in shown


def test_the_refusal_tells_no_value():
    told = faults_of(
        {"SECRET_KEY": "signing-secret", "WECHAT_PAY_API_V3_KEY": "short-secret", "WECHAT_APP_SECRET": "app-secret"}
    )

    assert "secret" not in told.lower().replace("wechat_app_secret", "").replace("secret_key", "")


def running(tmp_path: Path) -> Path:
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"settings": {"DATABASE_URL": "postgresql://running", "SECRET_KEY": "of the clone"}}))
    return file


def test_in_development_the_running_shop_stands_behind_the_environment(tmp_path):
    found = with_running_shop({"SECRET_KEY": "mine"}, running(tmp_path))

    assert found["DATABASE_URL"] == "postgresql://running"
    assert found["SECRET_KEY"] == "mine"


@pytest.mark.parametrize("environment", ["production", "testing"])
def test_elsewhere_the_running_shop_does_not_count(tmp_path, environment):
    environ = {"SHOP_ENV": environment}

    assert with_running_shop(environ, running(tmp_path)) == environ


def test_without_a_running_shop_there_is_the_environment_alone(tmp_path):
    assert with_running_shop({"A": "b"}, tmp_path / "run.json") == {"A": "b"}


def test_the_command_line_says_what_is_missing_without_a_traceback(here, tmp_path):
    environ = {"PATH": os.environ["PATH"], "SHOP_ENV": "production", "HOME": str(tmp_path)}

    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=here, env=environ, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "SECRET_KEY: missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_gateway_that_is_absent_is_not_offered(app, settings, tourist, catalogue):
    order = tourist.ordered(catalogue.departure())
    assert order["payment_methods"] == ["wechat_mini_program"]
    with another_shop(settings, wechat_pay=None) as bare:
        tourist.client = bare.test_client()
        assert tourist.order(order["id"])["payment_methods"] == []
        assert tourist.open_payment(order["id"]).json["code"] == "method-not-offered"


def test_the_settings_are_frozen(settings: Settings):
    with pytest.raises(AttributeError):
        settings.hold_minutes = 1  # type: ignore[misc]
