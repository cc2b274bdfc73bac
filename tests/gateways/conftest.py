"""Keys, accounts and servers for the tests of the gateways."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shop.gateways.wechat_pay import FolderKeys, KeyRing, WeChatPay, WeChatPaySettings

from .counterpart import (
    API_V3_KEY,
    Clock,
    Counterpart,
    Reply,
    encode,
    make_certificate,
    make_public_key,
    private_pem,
)

DIRECT = {"mch_id": "1900000001"}
INSTITUTION = {"mch_id": "1800000001", "sp_app_id": "wx5p00000000000000", "sub_mch_id": "1700000001"}
GLOBAL = {"mode": "global", "mcc": "4722", "currency": "EUR"}
DOMESTIC = {"mode": "domestic"}
ACCOUNTS = {
    "domestic-direct": DOMESTIC | DIRECT,
    "domestic-institution": DOMESTIC | INSTITUTION,
    "global-direct": GLOBAL | DIRECT,
    "global-institution": GLOBAL | INSTITUTION,
}


@pytest.fixture(scope="session")
def keys():
    """RSA keys, made once."""
    return [generate_private_key(public_exponent=65537, key_size=2048) for _ in range(4)]


@pytest.fixture(scope="session")
def merchant_key(keys):
    return keys[0]


@pytest.fixture(scope="session")
def certificate(keys):
    return make_certificate(keys[1], 0x5F00C0FFEE00000000000000000000000000ABCD)


@pytest.fixture(scope="session")
def next_certificate(keys):
    return make_certificate(keys[2], 0x6F00C0FFEE00000000000000000000000000ABCD)


@pytest.fixture(scope="session")
def public_key(keys):
    return make_public_key(keys[3], "PUB_KEY_ID_0119000000012026071400000000000001")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def counterpart():
    """The server that plays WeChat."""
    server = Counterpart()
    yield server
    server.stop()


@pytest.fixture
def folder(tmp_path, certificate):
    """A folder of platform keys, with one certificate in it."""
    path = tmp_path / "platform"
    path.mkdir()
    (path / f"{certificate.serial}.pem").write_text(certificate.pem)
    return path


@pytest.fixture
def settings(counterpart, merchant_key, folder):
    """A direct, domestic account."""
    return WeChatPaySettings(
        api_base=counterpart.base,
        mode="domestic",
        mch_id="1900000001",
        app_id="wxa0000000000000a0",
        cert_serial="3A00000000000000000000000000000000000001",
        private_key=private_pem(merchant_key),
        api_v3_key=API_V3_KEY,
        platform_keys=folder,
    )


@pytest.fixture(params=ACCOUNTS)
def account(request, settings):
    """Each kind of account in turn."""
    return replace(settings, **ACCOUNTS[request.param])


@pytest.fixture
def global_account(settings):
    """Through an institution, overseas: the account of a French merchant."""
    return replace(settings, **ACCOUNTS["global-institution"])


@pytest.fixture
def keyring(folder, clock):
    return KeyRing(FolderKeys(folder), clock)


@pytest.fixture
def gateway(settings, keyring, clock):
    return WeChatPay(settings, keyring, clock)


@pytest.fixture
def signed(certificate, clock):
    """Makes a reply duly signed, now."""

    def make(fields, status=200, key=certificate, **changed):
        body = fields if isinstance(fields, bytes) else encode(fields)
        return Reply(status, body, key.headers(body, clock.now, **changed))

    return make
