"""The composition root: the one module that knows every part of the shop."""

import os
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

import click
from flask import Flask, Response
from flask_bootstrap import Bootstrap5

from config.default import Settings, read, with_running_shop
from shop.booking import invariants as booking_invariants
from shop.booking import views as booking_views
from shop.booking.services import SoldByBookings
from shop.books import commands as books_commands
from shop.books import invariants as books_invariants
from shop.books import jobs as books_jobs
from shop.books import staff_views as books_pages
from shop.books import views as books_views
from shop.catalogue import commands as catalogue_commands
from shop.catalogue import invariants as catalogue_invariants
from shop.catalogue import jobs as catalogue_jobs
from shop.catalogue import views as catalogue_views
from shop.catalogue.staff_views import calendar as calendar_pages
from shop.catalogue.staff_views import departures as departure_pages
from shop.catalogue.staff_views import tours as tours_pages
from shop.core import docs, frame, idempotency, invariants, jobs, late, logs, problems, system, worker
from shop.core.api import build_api
from shop.core.caller import public
from shop.core.connections import driver_url, engine_options, set_up_each_connection
from shop.core.db import build_migrations, db, let_go
from shop.customers import models as customers_models
from shop.customers import views as customers_views
from shop.customers.audience import caller_language, token_holder
from shop.development import demo
from shop.door import invariants as door_invariants
from shop.door import staff_views as door_pages
from shop.gateways.mini_program import MiniProgram
from shop.gateways.models import StoredPlatformKeys
from shop.gateways.payment import PaymentGateway
from shop.gateways.stripe import StripeSettings, build_stripe
from shop.gateways.wechat_pay import WeChatPay, WeChatPaySettings, build_wechat_pay
from shop.office import jobs as office_jobs
from shop.office.services.on_request import PersonalRecords
from shop.office.staff_views import numbers as numbers_pages
from shop.office.staff_views import privacy as privacy_pages
from shop.office.staff_views import today as today_pages
from shop.orders import invariants as orders_invariants
from shop.orders import views as orders_views
from shop.payments import commands as payments_commands
from shop.payments import invariants as payments_invariants
from shop.payments import jobs as payments_jobs
from shop.payments import returning, webhooks
from shop.payments import views as payments_views
from shop.payments.live import Overdue
from shop.payments.services.decisions import decision
from shop.payments.services.ledger import Ledger
from shop.payments.staff_views import counter as counter_pages
from shop.payments.staff_views import dates as dates_pages
from shop.payments.staff_views import money as money_pages
from shop.payments.staff_views import orders as orders_pages
from shop.payments.staff_views import reconciliation as reconciliation_pages
from shop.staff import commands as staff_commands
from shop.staff import jobs as staff_jobs
from shop.staff import pages as staff_pages
from shop.staff import staff_views as accounts_pages
from shop.staff.live import OpenAttention

TABLES = (idempotency, customers_models)  # tables that no other import here brings along

API_PARTS = (
    customers_views.blp,
    catalogue_views.blp,
    catalogue_views.images,
    booking_views.blp,
    orders_views.blp,
    orders_views.documents,
    payments_views.blp,
    books_views.blp,
    books_views.documents,
)
STAFF_PAGES = (
    today_pages.blp,
    numbers_pages.blp,
    books_pages.blp,
    reconciliation_pages.blp,
    orders_pages.blp,
    counter_pages.blp,
    money_pages.blp,
    door_pages.blp,
    dates_pages.blp,
    accounts_pages.blp,
    tours_pages.blp,
    calendar_pages.blp,
    departure_pages.blp,
    privacy_pages.blp,
)
OTHER_PARTS = (webhooks.blp, returning.blp, system.blp, docs.blp)
COMMANDS = (
    catalogue_commands.catalogue,
    staff_commands.attention,
    staff_commands.staff,
    payments_commands.order,
    payments_commands.refund,
    payments_commands.departure,
    payments_commands.reconcile,
    books_commands.books,
    invariants.audit,
    worker.worker,
    demo.demo,
)


class Shop(Flask):
    """Flask, none of whose views is asynchronous: it need not look for that a dozen times a request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The shop, ready to serve or to work.

    Args:
        settings: given by tests; otherwise read from the environment.

    Raises:
        SettingsIncomplete: naming all that is missing or wrong.
    """
    settings = settings or read(with_running_shop(os.environ))
    logs.configure()
    app = Shop("shop", static_folder=None, static_url_path="/static")
    app.extensions["settings"] = settings
    _connect(app, settings)
    frame.install(app, settings)
    problems.register(app)
    api = build_api(app)
    for part in API_PARTS:
        api.register_blueprint(part)
    for other in OTHER_PARTS:
        app.register_blueprint(other)
    _build_back_office(app)
    for command in COMMANDS:
        app.cli.add_command(command)
    _plug(app, settings)
    return app


def _connect(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=driver_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings),
    )
    db.init_app(app)
    app.teardown_appcontext(let_go)
    app.extensions["migrate"] = late.Late(build_migrations)
    if click.get_current_context(silent=True):  # on the command line
        app.cli.add_command(import_module("flask_migrate.cli").db, name="db")
    with app.app_context():
        set_up_each_connection(db.engine, pooled=bool(settings.database_direct_url))


def _build_back_office(app: Flask) -> None:
    """The pages of the staff, with Bootstrap from its package; files that belong to pages are everybody's."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    Bootstrap5(app)
    staff_pages.install(app)
    for pages in STAFF_PAGES:
        staff_pages.add(app, pages)
    for endpoint, send in list(app.view_functions.items()):
        if endpoint.endswith(".static"):
            app.view_functions[endpoint] = public(_kept_for_an_hour(send))


def _kept_for_an_hour(send: Callable[..., Any]) -> Callable[..., Response]:
    def view(**values: str) -> Response:
        response: Response = send(**values)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response

    return view


def _plug(app: Flask, settings: Settings) -> None:
    """Give each port its implementation."""
    app.extensions["mini_program"] = MiniProgram(
        settings.wechat_api_base, settings.wechat_app_id, settings.wechat_app_secret
    )
    app.extensions["payment_gateways"] = _gateways(app, settings)
    app.extensions["caller_language"] = caller_language
    app.extensions["token_holder"] = token_holder
    app.extensions["sales"] = SoldByBookings()
    app.extensions["order_money"] = Ledger()
    app.extensions["personal_data"] = PersonalRecords()
    app.extensions["decision_links"] = decision
    app.extensions["live_metrics"] = [OpenAttention(), Overdue()]
    app.extensions["invariants"] = (
        *catalogue_invariants.INVARIANTS,
        *booking_invariants.INVARIANTS,
        *orders_invariants.INVARIANTS,
        *door_invariants.INVARIANTS,
        *books_invariants.INVARIANTS,
        *payments_invariants.INVARIANTS,
    )
    app.extensions["jobs"] = jobs.build(
        app,
        settings.jobs_database_url,
        (
            *payments_jobs.PERIODIC,
            *books_jobs.PERIODIC,
            *staff_jobs.PERIODIC,
            *catalogue_jobs.PERIODIC,
            *office_jobs.PERIODIC,
        ),
    )


def _gateways(app: Flask, settings: Settings) -> dict[str, PaymentGateway]:
    """The gateways that are set up, by the method the API knows them by."""
    found: dict[str, PaymentGateway] = {}
    if settings.wechat_pay:
        account = WeChatPaySettings(**asdict(settings.wechat_pay), app_id=settings.wechat_app_id)
        gateway: WeChatPay = build_wechat_pay(account, StoredPlatformKeys(app))
        found["wechat_mini_program"] = gateway
    if settings.stripe:
        found["stripe_checkout"] = build_stripe(StripeSettings(**asdict(settings.stripe)))
    return found
