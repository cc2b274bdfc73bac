"""The HTTP API's frame: flask-smorest with our parser, our errors and our documentation of them."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import Flask
from marshmallow import fields

from shop.core.caller import SignInRequired
from shop.core.errors import Refusal
from shop.core.idempotency import IdempotencyKeyInUse, IdempotencyKeyReused
from shop.core.input import InvalidInput, MalformedJson, Parser
from shop.core.problems import ShopBusy, status_of

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"


IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key and body again, within a day, give the first success again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


class Problem(ma.Schema):
    """An error, RFC 9457. `code` is stable; further members are the facts of the case."""

    class Meta:
        unknown = ma.INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String())


class Blueprint(flask_smorest.Blueprint):
    """A part of the API. Its arguments are read by our parser, so every mistake is a refusal of ours."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[View], View]:
        """Read a view's input through a schema, of which one is made: one a request costs more than its use."""
        made = schema() if isinstance(schema, type) else schema
        return super().arguments(made, **kwargs)

    def refuses(self, *refusals: type[Refusal]) -> Callable[[View], View]:
        """Document what a view may refuse; statuses and codes come from the refusals themselves.

        What any view may answer (busy, too many requests) is added by itself.
        """
        by_status: dict[int, list[str]] = {429: ["too-many-requests"]}
        every: tuple[type[Refusal], ...] = (*refusals, ShopBusy)
        for refusal in every:
            by_status.setdefault(int(status_of(refusal)), []).append(refusal.code)
        if MalformedJson in refusals:
            by_status[413] = ["body-too-large"]

        def document(view: View) -> View:
            shown: Any = view
            if IdempotencyKeyReused in refusals:
                shown = self.doc(parameters=[IDEMPOTENCY_KEY])(shown)
            for status, codes in by_status.items():
                shown = self.alt_response(
                    status,
                    schema=Problem,
                    content_type="application/problem+json",
                    description=", ".join(f"`{code}`" for code in dict.fromkeys(codes)),
                )(shown)
            # Only the documentation is taken: each of these is another function around the view, for every call.
            cast(Any, view)._apidoc = shown._apidoc
            return view

        return document


class Api(flask_smorest.Api):
    """The API of an app: no undocumented `default` answer, and errors left to problems.py."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_responses(self) -> None:
        """Every status is documented at its view."""

    def _register_error_handlers(self) -> None:
        """problems.py answers all errors of the app."""


READING_A_BODY = (MalformedJson, InvalidInput)
IDEMPOTENT = (IdempotencyKeyReused, IdempotencyKeyInUse)
SIGNED_IN = (SignInRequired,)


def build_api(app: Flask) -> Api:
    """The API with its OpenAPI 3.1 document at /api/v1/openapi.json."""
    app.config.update(
        API_TITLE="Insolite",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Guided tours of unusual heritage: find a tour, hold seats, order, pay with WeChat Pay,"
                " show a ticket."
            },
            "servers": [{"url": app.extensions["settings"].public_url}],
            "components": {"securitySchemes": {"customer": {"type": "http", "scheme": "bearer"}}},
        },
    )
    return Api(app)
