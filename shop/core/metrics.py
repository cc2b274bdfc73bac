"""What the shop counts, for Prometheus. Several processes add up where PROMETHEUS_MULTIPROC_DIR is set."""

import os

from flask import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import Collector

REQUESTS = Counter("shop_http_requests", "Requests answered", ["route", "method", "status"])
DURATION = Histogram(
    "shop_http_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
TURNED_AWAY = Counter("shop_turned_away", "Requests answered 503 because too many waited")
HOLDS = Counter("shop_holds", "Attempts to hold seats", ["outcome"])
PAYMENTS = Counter("shop_payments", "What became of payments", ["outcome"])
REFUNDS = Counter("shop_refunds", "What became of refunds", ["outcome"])
CALLBACKS = Counter("shop_callbacks", "Callbacks of gateways", ["gateway", "verdict"])
ATTENTION = Counter("shop_attention", "Things the staff were told", ["kind"])


def exposition(*live: Collector) -> Response:
    """All metrics as Prometheus reads them; `live` collectors are asked at this moment."""
    registry = CollectorRegistry()
    for collector in live:
        registry.register(collector)
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        text = generate_latest(registry)
    else:
        text = generate_latest(registry) + generate_latest(REGISTRY)
    return Response(text, content_type=CONTENT_TYPE_LATEST)
