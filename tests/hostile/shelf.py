"""Real things of the shop, for hostile calls to name."""

import hashlib
from copy import copy
from typing import Any
from uuid import UUID

from flask import Flask

from shop.core import clock
from shop.core.db import transaction
from shop.orders.services.settle import lock_order
from shop.payments.services.office import take_at_counter
from tests.factories.people import Tourist
from tests.factories.rows import change, rows, value

PICTURE = b"<svg/>"


class Shelf:
    """What a customer has; made when it is asked for."""

    def __init__(self, app: Flask, tourist: Tourist, departure: UUID, gift: UUID) -> None:
        self.app = app
        self.tourist = tourist
        self.departure_id = str(departure)
        self.slug: str = value(
            app, "SELECT slug FROM tours JOIN departures d ON tour_id = tours.id WHERE d.id = :id", id=departure
        )
        self.digest = hashlib.sha256(PICTURE).hexdigest()
        change(
            app, "INSERT INTO images VALUES (:digest, 'image/svg+xml', :content)", digest=self.digest, content=PICTURE
        )
        picture = (
            "UPDATE tours SET image_digest = :digest, image_file = 'a.svg', image_alt = '{\"fr\": \"Un bouddha\"}'"
        )
        change(app, picture, digest=self.digest)
        self.free_order = tourist.ordered(gift, adults=1)
        self.code: str = tourist.tickets(self.free_order["id"])[0]["code"]

    @property
    def token(self) -> str:
        """What signs the customer in."""
        return self.tourist.headers["Authorization"].removeprefix("Bearer ")

    @property
    def passing_token(self) -> str:
        """What signs somebody in who has bought nothing, and may be forgotten."""
        passer_by = copy(self.tourist)
        passer_by.name, passer_by.headers = "passing", {}
        passer_by.sign_in()
        return passer_by.headers["Authorization"].removeprefix("Bearer ")

    def booking_id(self) -> str:
        """Of seats just held."""
        return str(self.tourist.held(UUID(self.departure_id), adults=1)["id"])

    def order_id(self) -> str:
        """Of an order just placed."""
        return str(self.tourist.ordered(UUID(self.departure_id), adults=1)["id"])

    def paid_order_id(self) -> str:
        """Of an order paid at the counter."""
        order_id = self.order_id()
        with self.app.app_context(), transaction():
            order = lock_order(UUID(order_id))
            take_at_counter(order, order.total, gateway="cash", by="anne", now=clock.now())
        return order_id

    def receipt(self) -> str:
        """The code of a receipt."""
        order_id = self.paid_order_id()
        return str(value(self.app, "SELECT code FROM documents WHERE order_id = :id", id=order_id))

    def login_code(self) -> str:
        return self.tourist.login_code()

    def contents(self) -> dict[str, Any]:
        """Every table of the shop: how many rows, and a digest of them."""
        return contents(self.app)


def contents(app: Flask) -> dict[str, Any]:
    """Every table: how many rows, and a digest of them."""
    tables = rows(app, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    digest = "SELECT count(*) AS rows, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM {} AS t"
    return {table["tablename"]: rows(app, digest.format(table["tablename"]))[0] for table in tables}
