"""Which settings the demonstration gives and which the environment replaces."""

import stat
from pathlib import Path

from shop.development.settings import (
    demonstration_wechat,
    given_settings,
    needs_simulator,
    read_json,
    secret_key,
    write_private,
)

OFFERED = {
    "WECHAT_API_BASE": "http://127.0.0.1:8001",
    "WECHAT_APP_ID": "wx1",
    "WECHAT_APP_SECRET": "secret",
    "WECHAT_PAY_API_BASE": "http://127.0.0.1:8001",
    "WECHAT_PAY_MODE": "global",
    "WECHAT_PAY_MCH_ID": "1800",
}


def test_only_the_shops_own_variables_are_taken_from_the_environment() -> None:
    environment = {
        "SHOP_MAX_HOLDS": "9",
        "REDIS_URL": "redis://r",
        "HOME": "/root",
        "SECRET_KEY": "",
        "SECRET_TEA": "x",
    }

    assert given_settings(environment) == {"SHOP_MAX_HOLDS": "9", "REDIS_URL": "redis://r"}


def test_with_nothing_given_the_demonstration_gives_all_of_wechat() -> None:
    assert demonstration_wechat(OFFERED, {}) == OFFERED
    assert needs_simulator(OFFERED)


def test_another_wechat_leaves_the_simulated_merchant() -> None:
    left = demonstration_wechat(OFFERED, {"WECHAT_API_BASE": "https://api.weixin.qq.com"})

    assert "WECHAT_API_BASE" not in left
    assert left["WECHAT_APP_ID"] == "wx1"
    assert left["WECHAT_PAY_MCH_ID"] == "1800"
    assert needs_simulator(left)


def test_a_merchant_is_taken_whole_or_not_at_all() -> None:
    for name in ("WECHAT_PAY_API_BASE", "WECHAT_PAY_MCH_ID"):
        left = demonstration_wechat(OFFERED, {name: "another"})

        assert set(left) == {"WECHAT_API_BASE", "WECHAT_APP_ID", "WECHAT_APP_SECRET"}
        assert needs_simulator(left)


def test_with_both_halves_replaced_no_simulator_is_needed() -> None:
    left = demonstration_wechat(OFFERED, {"WECHAT_API_BASE": "https://a", "WECHAT_PAY_API_BASE": "https://b"})

    assert set(left) == {"WECHAT_APP_ID", "WECHAT_APP_SECRET"}
    assert not needs_simulator(left)


def test_the_signing_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"

    assert len(secret_key(path)) >= 48
    assert secret_key(path) == secret_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_private_file_replaces_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("{}")
    path.chmod(0o644)
    (tmp_path / "file.new").write_text("half")

    write_private(path, '{"a": 1}')

    assert read_json(path) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_absent_or_broken_reads_as_empty(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("{")
    (tmp_path / "list").write_text("[]")

    assert [read_json(tmp_path / name) for name in ("absent", "broken", "list")] == [{}, {}, {}]
