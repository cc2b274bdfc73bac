"""Colleagues at the back office: what a browser of theirs does, over HTTP."""

import re
from datetime import timedelta
from typing import Any

import pyotp
from flask import Flask
from werkzeug.test import TestResponse

from shop.core import clock
from shop.core.db import transaction
from shop.staff import rules
from shop.staff.services import accounts, sign_in

PASSWORD = "a walk under the chalk of Issy"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"|name="csrf-token" content="([^"]+)"')


class Colleague:
    """One of the staff, signed in: reads pages, sends forms as a browser does.

    Args:
        role: manager, stock, cashier or guide; those that move money have a second factor.
    """

    def __init__(self, app: Flask, role: str, *, email: str | None = None, locale: str = "en") -> None:
        self.app = app
        self.role = role
        self.email = email or f"{role}@example.com"
        self.client = app.test_client()
        self.token: str | None = None
        self.secret: str | None = rules.new_totp_secret() if rules.needs_second_factor(role) else None
        with app.app_context(), transaction():
            member, _ = accounts.invite(email=self.email, name=role.title(), role=role, locale=locale, now=clock.now())
            member.password_hash = HASH
            if self.secret:
                member.totp_secret = rules.seal(self.secret, app.extensions["settings"].secret_key)
            self.id = member.id

    def signed_in(self) -> "Colleague":
        """Their session, without the second that a password takes."""
        with self.app.app_context(), transaction():
            member = accounts.get_member(self.id)
            self.session = sign_in.open_session(member, address="192.0.2.7", agent="a test", now=clock.now())
        with self.client.session_transaction(path="/staff") as cookie:
            cookie["token"] = self.session
        return self

    def sign_in(self) -> "Colleague":
        """Their session, by password and code."""
        answer = self.post("/staff/sign-in", email=self.email, password=PASSWORD, code=self.code())
        assert answer.status_code == 303, answer.text
        return self

    def code(self) -> str:
        """The code of this moment; a later one if this one was used."""
        if self.secret is None:
            return ""
        with self.app.app_context():
            used = accounts.get_member(self.id).totp_step
        step = int(clock.now().timestamp()) // 30
        if used is not None and step <= used:
            step = used + 1
        return pyotp.TOTP(self.secret).generate_otp(step)

    def get(self, path: str, **query: Any) -> TestResponse:
        """A page; its form token is remembered for the next form."""
        answer = self.client.get(path, query_string=query or None)
        if found := TOKEN.search(answer.text if answer.mimetype == "text/html" else ""):
            self.token = found[1] or found[2]
        return answer

    def post(self, path: str, **fields: Any) -> TestResponse:
        """A form, with the token of a page read before."""
        if self.token is None:
            self.get("/staff/account")
        if self.token is None:
            self.get("/staff/sign-in")
        answer = self.client.post(path, data={"csrf_token": self.token, **fields})
        if found := TOKEN.search(answer.text if answer.mimetype == "text/html" else ""):
            self.token = found[1] or found[2]
        if path in {"/staff/sign-in", "/staff/sign-out"} or path.startswith("/staff/welcome"):
            self.token = None
        return answer

    def tired(self) -> timedelta:
        """How long ago a password must have been given to be asked for again."""
        return rules.FRESH + timedelta(seconds=1)


HASH = rules.hash_password(PASSWORD)
