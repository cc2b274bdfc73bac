import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shop.gateways.errors import PaymentProviderDown
from shop.gateways.wechat_pay import DownloadedKeys, FolderKeys, KeyRing, build_wechat_pay
from shop.gateways.wechat_pay.transport import Transport

from .counterpart import (
    NOW,
    SIGNTEST,
    MemoryKeyStore,
    Reply,
    certificate_list,
    encode,
    make_certificate,
    seal,
)


@pytest.fixture
def store():
    return MemoryKeyStore()


@pytest.fixture
def downloaded(settings, store, clock):
    """Makes a ring whose keys are downloaded."""

    def make(of=settings, path="/v3/certificates", timeout=(5.0, 5.0)):
        source = DownloadedKeys(Transport(of, clock, timeout), path, of.api_v3_key, store, clock)
        return KeyRing(source, clock)

    return make


class Gate:
    """A remote source that answers only when opened, and counts."""

    remote = True

    def __init__(self, answer):
        self.answer = answer
        self.opened = threading.Event()
        self.asked = 0
        self.done = threading.Event()

    def load(self):
        return {}

    def fetch(self):
        self.asked += 1
        self.opened.wait(10)
        try:
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer
        finally:
            self.done.set()


def numbers(key):
    return key.public_numbers() if key else None


def of(signing_key):
    return signing_key.private.public_key().public_numbers()


def test_certificates_and_public_keys_live_in_one_ring(folder, clock, certificate, public_key):
    (folder / f"{public_key.serial}.pem").write_text(public_key.pem)
    ring = KeyRing(FolderKeys(folder), clock)

    assert numbers(ring.find(certificate.serial)) == of(certificate)
    assert numbers(ring.find(public_key.serial)) == of(public_key)
    assert ring.public_key_id == public_key.serial


def test_hexadecimal_serials_are_the_same_in_any_case_and_with_zeros_before(keyring, certificate):
    assert numbers(keyring.find(certificate.serial.lower())) == of(certificate)
    assert numbers(keyring.find("00" + certificate.serial)) == of(certificate)


@pytest.mark.parametrize(
    "serial", ["", "ZZ", "PUB_KEY_ID_", "PUB_KEY_ID_1", "../../x", "0x1F", "1" * 65, "１２", "-5", "1 2"]
)
def test_a_serial_that_names_no_key_is_unknown(keyring, serial):
    assert keyring.find(serial) is None


def test_without_a_public_key_none_is_named(keyring):
    assert keyring.public_key_id is None


def test_a_key_added_to_the_folder_is_found_within_five_seconds(folder, keyring, clock, certificate, next_certificate):
    keyring.find(certificate.serial)
    (folder / f"{next_certificate.serial}.pem").write_text(next_certificate.pem)

    clock.forward(seconds=4)
    assert keyring.find(next_certificate.serial) is None

    clock.forward(seconds=1)
    assert numbers(keyring.find(next_certificate.serial)) == of(next_certificate)


def test_a_clock_set_back_does_not_stop_the_folder_from_being_read(
    folder, keyring, clock, certificate, next_certificate
):
    keyring.find(certificate.serial)
    (folder / f"{next_certificate.serial}.pem").write_text(next_certificate.pem)
    clock.forward(days=-1)

    assert keyring.find(next_certificate.serial)


def test_refreshing_a_folder_reads_it_and_needs_no_thread(folder, keyring, next_certificate):
    (folder / f"{next_certificate.serial}.pem").write_text(next_certificate.pem)
    keyring.refresh_soon()

    assert keyring.refresh() is True
    assert keyring.find(next_certificate.serial)


def test_files_that_are_not_what_their_name_says_are_left_out(folder, clock, certificate, next_certificate, public_key):
    (folder / "ABCDEF.pem").write_text(next_certificate.pem)
    (folder / "PUB_KEY_ID_1.pem").write_text(next_certificate.pem)
    (folder / "wechatpay.pem").write_text(public_key.pem)
    (folder / "1234.pem").write_bytes(b"\xff\xfe")
    (folder / "5678.pem").mkdir()
    (folder / "PUB_KEY_ID_2.pem").write_text(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n"
    )
    ring = KeyRing(FolderKeys(folder), clock)

    assert ring.find(certificate.serial)
    for serial in ("ABCDEF", "PUB_KEY_ID_1", "1234", "5678", "PUB_KEY_ID_2"):
        assert ring.find(serial) is None


def test_a_folder_that_is_gone_leaves_the_keys_known(folder, keyring, clock, certificate):
    keyring.find(certificate.serial)
    (folder / f"{certificate.serial}.pem").unlink()
    folder.rmdir()
    clock.forward(minutes=5)
    keyring.refresh()

    assert keyring.find(certificate.serial)


def test_an_expired_certificate_is_not_trusted(folder, keyring, clock, keys):
    passing = make_certificate(keys[2], 0x77, NOW + timedelta(hours=1))
    (folder / "77.pem").write_text(passing.pem)

    assert keyring.find("77")
    clock.forward(hours=1)
    assert keyring.find("77") is None


def test_certificates_are_downloaded_and_kept(counterpart, downloaded, store, signed, certificate, next_certificate):
    counterpart.say(signed(certificate_list(certificate, next_certificate), key=next_certificate))
    ring = downloaded()

    assert ring.refresh() is True

    assert numbers(ring.find(next_certificate.serial)) == of(next_certificate)
    assert store.keys == {key.serial: key.pem for key in (certificate, next_certificate)}
    assert counterpart.requests[0].target == "/v3/certificates"


def test_another_process_finds_them_in_the_store(
    counterpart, downloaded, store, clock, signed, certificate, next_certificate
):
    other = downloaded()
    assert other.find(certificate.serial) is None
    counterpart.say(signed(certificate_list(certificate)))
    downloaded().refresh()

    clock.forward(seconds=5)
    assert numbers(other.find(certificate.serial)) == of(certificate)
    assert len(counterpart.requests) == 1


def test_looking_for_an_unknown_serial_calls_nobody_and_seldom_reads_the_store(
    counterpart, downloaded, store, certificate
):
    ring = downloaded()

    for number in range(50):
        assert ring.find(f"{number:X}") is None

    assert counterpart.requests == []
    assert store.loads == 1


def test_certificates_are_downloaded_once_a_minute_unless_forced(counterpart, downloaded, clock, signed, certificate):
    ring = downloaded()
    listed = certificate_list(certificate)
    counterpart.say(signed(listed), signed(listed))

    assert [ring.refresh(), ring.refresh(), ring.refresh(force=True), ring.refresh()] == [
        True,
        False,
        True,
        False,
    ]
    assert len(counterpart.requests) == 2

    clock.forward(seconds=60)
    counterpart.say(signed(listed))
    assert ring.refresh() is True


def test_a_rotation_replaces_what_was_trusted(counterpart, downloaded, signed, certificate, next_certificate):
    ring = downloaded()
    counterpart.say(signed(certificate_list(certificate)))
    counterpart.say(signed(certificate_list(next_certificate), key=next_certificate))
    ring.refresh()
    ring.refresh(force=True)

    assert ring.find(certificate.serial) is None
    assert ring.find(next_certificate.serial)


UNTRUSTED = {
    "unsigned": lambda listed, key, other: Reply(200, listed),
    "signed by another": lambda listed, key, other: Reply(200, listed, other.headers(listed)),
    "in another's name": lambda listed, key, other: Reply(200, listed, other.headers(listed, serial=key.serial)),
    "probe": lambda listed, key, other: Reply(200, listed, key.headers(listed, signature=SIGNTEST + "AAAA")),
    "stale": lambda listed, key, other: Reply(200, listed, key.headers(listed, NOW - timedelta(seconds=301))),
    "not for good": lambda listed, key, other: Reply(202, listed, key.headers(listed)),
    "refused": lambda listed, key, other: Reply(403, encode({"code": "NO_AUTH"})),
    "cut": lambda listed, key, other: Reply(200, listed[:50], key.headers(listed), claims=1000),
    "not JSON": lambda listed, key, other: Reply(200, b"<html>", key.headers(b"<html>")),
    "no list": lambda listed, key, other: Reply(200, b'{"data": 5}', key.headers(b'{"data": 5}')),
    "empty list": lambda listed, key, other: Reply(200, b'{"data": []}', key.headers(b'{"data": []}')),
}


@pytest.mark.parametrize("make", UNTRUSTED.values(), ids=UNTRUSTED)
def test_a_list_of_certificates_that_does_not_prove_itself_changes_nothing(
    counterpart, downloaded, store, signed, certificate, next_certificate, make
):
    ring = downloaded()
    counterpart.say(signed(certificate_list(certificate)))
    ring.refresh()
    counterpart.say(make(certificate_list(certificate), certificate, next_certificate))

    with pytest.raises(PaymentProviderDown):
        ring.refresh(force=True)

    assert numbers(ring.find(certificate.serial)) == of(certificate)
    assert list(store.keys) == [certificate.serial]


def test_an_expired_certificate_does_not_prove_a_list(counterpart, downloaded, keys, signed):
    expired = make_certificate(keys[2], 0x77, NOW - timedelta(days=1))
    counterpart.say(signed(certificate_list(expired), key=expired))

    with pytest.raises(PaymentProviderDown):
        downloaded().refresh()


def test_certificates_of_another_api_v3_key_are_not_believed(counterpart, downloaded, signed, certificate):
    counterpart.say(signed(certificate_list(certificate, api_v3_key="another-api-v3-key-of-32-charact")))

    with pytest.raises(PaymentProviderDown):
        downloaded().refresh()


def test_one_odd_entry_does_not_hide_the_others(counterpart, downloaded, signed, certificate):
    odd = [
        None,
        "text",
        {},
        {"serial_no": "AA"},
        {"serial_no": "AB", "encrypt_certificate": None},
        {"serial_no": "AC", "encrypt_certificate": {"nonce": 5}},
        {"serial_no": "AD", "encrypt_certificate": seal(b"x") | {"ciphertext": "*"}},
        {"serial_no": "AE", "encrypt_certificate": seal(b"\xff")},
        {"serial_no": "AF", "encrypt_certificate": seal(b"no certificate")},
    ]
    entries = json.loads(certificate_list(certificate))["data"]
    ring = downloaded()
    counterpart.say(signed({"data": odd + entries}))
    ring.refresh()

    assert ring.find(certificate.serial)
    assert ring.find("AF") is None


def test_nobody_answering_leaves_the_keys_as_they_are(settings, downloaded, counterpart):
    counterpart.say(Reply(silent=True))

    with pytest.raises(PaymentProviderDown):
        downloaded(timeout=(1.0, 0.05)).refresh()


def test_a_refresh_in_the_background_is_one_thread_a_minute(clock, certificate):
    source = Gate({certificate.serial: certificate.pem})
    ring = KeyRing(source, clock)

    for _ in range(20):
        ring.refresh_soon()
    threads = [thread for thread in threading.enumerate() if thread.name == "wechat-pay-keys"]
    assert len(threads) == 1
    assert threads[0].daemon
    source.opened.set()
    threads[0].join(10)

    assert ring.find(certificate.serial)
    assert source.asked == 1
    clock.forward(seconds=59)
    ring.refresh_soon()
    assert source.asked == 1


@pytest.mark.parametrize("failure", [PaymentProviderDown(), RuntimeError("the store is down")])
def test_a_refresh_in_the_background_that_fails_disturbs_nobody(clock, failure):
    source = Gate(failure)
    ring = KeyRing(source, clock)
    source.opened.set()
    ring.refresh_soon()

    for thread in threading.enumerate():
        if thread.name == "wechat-pay-keys":
            thread.join(10)
    assert source.done.is_set()


def test_keys_are_found_while_they_are_being_replaced(clock, certificate):
    source = Gate({certificate.serial: certificate.pem})
    source.opened.set()
    ring = KeyRing(source, clock)
    ring.refresh()
    missing = []

    def look():
        missing.extend(None for _ in range(2000) if ring.find(certificate.serial) is None)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        ring.refresh(force=True)
    for thread in threads:
        thread.join()

    assert missing == []


def test_the_global_list_is_elsewhere(counterpart, global_account, store, signed, certificate):
    built = build_wechat_pay(replace(global_account, platform_keys=None), store)
    listed = certificate_list(certificate)
    counterpart.say(Reply(200, listed, certificate.headers(listed, datetime.now(UTC))))
    built.keyring.refresh()

    assert counterpart.requests[0].target == "/v3/global/certificates"
    assert 'mchid="1800000001"' in counterpart.requests[0].headers["Authorization"]
    assert list(store.keys) == [certificate.serial]


def test_who_looks_for_a_key_while_the_keys_are_being_read_gets_it(certificate):
    """The first notices of a process come together, and each is genuine."""

    class Slow:
        remote = False

        def __init__(self):
            self.read, self.opened, self.asked = threading.Event(), threading.Event(), 0

        def load(self):
            self.asked += 1
            self.read.set()
            assert self.opened.wait(10)
            return {certificate.serial: certificate.pem}

    source, found = Slow(), []
    ring = KeyRing(source, lambda: NOW)
    crowd = [threading.Thread(target=lambda: found.append(numbers(ring.find(certificate.serial)))) for _ in range(8)]
    for one in crowd:
        one.start()
    assert source.read.wait(10)
    crowd[0].join(0.1)  # the others have come meanwhile
    assert found == []
    source.opened.set()
    for one in crowd:
        one.join(10)

    assert found == [of(certificate)] * len(crowd)
    assert source.asked == 1


def test_keys_that_could_not_be_read_are_read_by_the_next_who_looks(certificate):
    answers = [PaymentProviderDown(), {certificate.serial: certificate.pem}]

    class Once:
        remote = False

        def load(self):
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    ring = KeyRing(Once(), lambda: NOW)
    with pytest.raises(PaymentProviderDown):
        ring.find(certificate.serial)

    assert numbers(ring.find(certificate.serial)) == of(certificate)
