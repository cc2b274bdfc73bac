"""The OpenAPI document is valid, and what the shop answers is what it says."""

from typing import Any
from uuid import UUID

import jsonschema
import pytest
from openapi_spec_validator import validate

from shop.core import clock
from shop.core.db import transaction
from shop.orders.services.settle import lock_order
from shop.payments.services.office import take_at_counter

API = "/api/v1"


@pytest.fixture(scope="module")
def spec(global_app) -> dict[str, Any]:
    return global_app.test_client().get(f"{API}/openapi.json").json


def test_the_document_is_valid_openapi_3_1(spec):
    assert spec["openapi"].startswith("3.1")
    validate(spec)


def test_every_call_has_a_summary_and_says_who_may_call(spec, global_app):
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert operation["summary"], f"{method} {path}"
            rule = path.replace("{", "<").replace("}", ">")
            view = next(
                global_app.view_functions[found.endpoint]
                for found in global_app.url_map.iter_rules()
                if found.rule == rule and method.upper() in found.methods
            )
            assert ("security" in operation) == (view.audience == "customer"), f"{method} {path}"


def test_no_answer_is_left_undocumented(spec):
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert "default" not in operation["responses"], f"{method} {path}"
                assert any(status.startswith("2") for status in operation["responses"]), f"{method} {path}"


def test_what_the_shop_answers_is_what_the_document_says(app, spec, tourist, catalogue):
    slug = catalogue.tour()
    departure = catalogue.departure(slug, capacity=3)
    booking = tourist.held(departure, adults=1, infants=1)
    order = tourist.ordered(departure, adults=2)
    sold_out = tourist.hold(departure, adults=2)
    payment = tourist.payment(order["id"])
    answers = {
        ("/api/v1/tours", "get"): tourist.get("/tours"),
        ("/api/v1/tours/{slug}", "get"): tourist.get(f"/tours/{slug}"),
        ("/api/v1/tours/{slug}/departures", "get"): tourist.get(f"/tours/{slug}/departures"),
        ("/api/v1/bookings/{booking_id}", "get"): tourist.get(f"/bookings/{booking['id']}"),
        ("/api/v1/bookings", "post"): sold_out,
        ("/api/v1/orders", "get"): tourist.get("/orders"),
        ("/api/v1/orders/{order_id}", "get"): tourist.get(f"/orders/{order['id']}"),
        ("/api/v1/orders/{order_id}/tickets", "get"): tourist.get(f"/orders/{order['id']}/tickets"),
        ("/api/v1/orders/{order_id}/cancel", "post"): tourist.post(f"/orders/{order['id']}/cancel"),
        ("/api/v1/me", "get"): tourist.get("/me"),
        ("/api/v1/terms", "get"): tourist.get("/terms"),
    }
    paid = tourist.ordered(catalogue.departure(), adults=1, infants=1)
    with app.app_context(), transaction():
        found = lock_order(UUID(paid["id"]))
        take_at_counter(found, found.total, gateway="cash", by="anne", now=clock.now())
    offer = tourist.get(f"/orders/{paid['id']}/cancellation")
    cancelled = tourist.post(f"/orders/{paid['id']}/cancel", {"quote": offer.json["quote"]})
    assert [refund["status"] for refund in cancelled.json["refunds"]] == ["needs_attention"]
    answers |= {
        ("/api/v1/orders/{order_id}/cancellation", "get"): offer,
        ("/api/v1/orders/{order_id}/documents", "get"): tourist.get(f"/orders/{paid['id']}/documents"),
    }
    for (path, method), answer in [*answers.items(), (("/api/v1/orders/{order_id}/cancel", "post"), cancelled)]:
        documented = spec["paths"][path][method]["responses"][str(answer.status_code)]
        schema = documented["content"][answer.mimetype]["schema"]
        jsonschema.validate(answer.json, {**schema, "components": spec["components"]})
    view = {"$ref": "#/components/schemas/PaymentView", "components": spec["components"]}
    jsonschema.validate(payment, view)
