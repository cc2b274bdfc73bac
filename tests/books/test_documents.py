"""Receipts and credit notes, for whoever bought and for whoever knows their code."""

import io
import json
from urllib.parse import urlsplit

import pytest
import requests
from pypdf import PdfReader

from shop.books.services import journal
from shop.core import clock
from shop.core.db import transaction
from shop.orders.services.settle import lock_order
from tests.books.clerk import Clerk
from tests.core.watching import what_is_logged
from tests.factories.rows import change, value
from tests.factories.waiting import wait_until


@pytest.fixture
def listed(clerk, order):
    """The receipt and the credit note of an order, as its customer sees them."""
    clerk.sell(order["id"])
    clerk.credit(order["id"], 900)
    return documents_of(order)


def documents_of(order):
    answer = order["tourist"].get(f"/orders/{order['id']}/documents")
    assert answer.status_code == 200, answer.text
    assert answer.json["next"] is None
    return answer.json["items"]


def text_of(answer):
    pages = PdfReader(io.BytesIO(answer.data)).pages
    return " ".join(" ".join(page.extract_text().replace("\0", "") for page in pages).split())


def test_there_is_none_before_an_order_is_sold(order):
    assert documents_of(order) == []


def test_an_order_lists_its_receipt_then_its_credit_notes(settings, listed):
    year = clock.now().year
    assert [(one["kind"], one["number"], one["total"]) for one in listed] == [
        ("receipt", f"R{year}-000001", {"amount": 4700, "currency": "EUR"}),
        ("credit_note", f"A{year}-000001", {"amount": 900, "currency": "EUR"}),
    ]
    assert all(one["pdf"].startswith(f"{settings.public_url}/documents/") for one in listed)
    assert all(one["issued_at"][-6:] in {"+01:00", "+02:00"} for one in listed)


def test_they_are_their_customer_s_alone(listed, order, other_tourist):
    answer = other_tourist.get(f"/orders/{order['id']}/documents")

    assert (answer.status_code, answer.json["code"]) == (404, "order-not-found")


def test_a_link_leads_to_the_document_over_http(listed):
    for one in listed:
        answer = requests.get(one["pdf"], timeout=20)

        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Content-Disposition"] == f'inline; filename="{one["number"]}.pdf"'


def test_a_code_that_no_document_has_is_not_found(app, listed):
    path = urlsplit(listed[0]["pdf"]).path
    for other in (
        path.replace(".pdf", "x.pdf"),
        "/documents/x.pdf",
        "/documents/é.pdf",
        f"/documents/{'a' * 3000}.pdf",
    ):
        answer = app.test_client().get(other)
        assert (answer.status_code, answer.json["code"]) == (404, "document-not-found")


@pytest.mark.parametrize(
    ("asked", "title"),
    [("", "收据"), ("?lang=fr", "Reçu"), ("?lang=en", "Receipt"), ("?lang=zh-CN", "收据"), ("?lang=xx", "收据")],
)
def test_a_document_is_in_the_language_of_its_order_or_the_one_asked_for(app, clerk, new_order, asked, title):
    order = new_order(adults=1, language="zh-CN")
    clerk.sell(order["id"])
    path = urlsplit(documents_of(order)[0]["pdf"]).path

    answer = app.test_client().get(path + asked, headers={"Accept-Language": "en"})

    assert PdfReader(io.BytesIO(answer.data)).metadata.title.startswith(f"{title} R")


def test_a_receipt_says_what_it_said_when_it_was_issued(app, listed, order):
    change(app, "UPDATE tours SET title = jsonb_build_object('fr', 'Autre chose')")
    change(app, "UPDATE orders SET contact = jsonb_build_object('name', 'Somebody Else')")

    text = text_of(app.test_client().get(urlsplit(listed[0]["pdf"]).path))

    assert "The Leshan Buddha – Plein tarif" in text
    assert "The Leshan Buddha – Child" in text
    assert "Somebody" not in text


def test_a_receipt_keeps_all_that_is_asked_of_it(app, clerk, listed, order):
    said = json.loads(value(app, "SELECT content FROM documents WHERE kind = 'receipt'"))

    assert said["client"] == "王小梅"
    assert said["order"] == order["number"]
    assert said["means"] == ["wechat_pay"]
    assert [(line["quantity"], line["price"], line["amount"], line["vat"]) for line in said["lines"]] == [
        (2, 1900, 3800, "FR_STD_20"),
        (1, 900, 900, "FR_RED_10"),
        (1, 0, 0, "OUT_OF_SCOPE"),
    ]
    assert said["vat"] == [
        {"vat": "FR_STD_20", "rate": 20, "gross": 3800, "net": 3167, "tax": 633},
        {"vat": "FR_RED_10", "rate": 10, "gross": 900, "net": 818, "tax": 82},
    ]


def test_a_credit_note_names_the_receipt_it_corrects(app, listed):
    said = json.loads(value(app, "SELECT content FROM documents WHERE kind = 'credit_note'"))

    assert said["corrects"]["number"] == listed[0]["number"]
    assert said["reason"] == "double"
    text = text_of(app.test_client().get(urlsplit(listed[1]["pdf"]).path))
    assert f"Corrects receipt {listed[0]['number']} of " in text
    assert "Paid twice" in text


def test_codes_cannot_be_guessed_nor_found_in_the_log(app, listed):
    with what_is_logged() as logged:
        for one in listed:
            app.test_client().get(urlsplit(one["pdf"]).path)

    codes = [urlsplit(one["pdf"]).path[len("/documents/") : -len(".pdf")] for one in listed]
    assert min(map(len, codes)) == 32
    assert len(set(codes)) == 2
    assert "/documents/<code>.pdf" in logged.text
    assert not any(code in logged.text for code in codes)


def test_two_orders_sold_in_one_transaction_get_a_number_each(clerk, new_order):
    orders = [new_order(adults=1) for _ in range(2)]
    with clerk.app.app_context(), transaction():
        for one in sorted(orders, key=lambda one: one["id"]):
            journal.sold(lock_order(one["id"]), now=clock.now())

    assert [number[-6:] for number in clerk.documents()] == ["000001", "000002"]


def test_an_order_that_is_paid_on_the_phone_has_its_receipt(app, tourist, catalogue):
    order = tourist.ordered(catalogue.departure())
    tourist.pay_on_phone(tourist.payment(order["id"]))
    wait_until(lambda: tourist.order(order["id"])["status"] == "paid")

    (receipt,) = documents_of(order | {"tourist": tourist})

    assert receipt["total"] == order["total"]
    assert "Paid by WeChat Pay." in text_of(app.test_client().get(urlsplit(receipt["pdf"]).path))
    assert Clerk(app).violations() == []
