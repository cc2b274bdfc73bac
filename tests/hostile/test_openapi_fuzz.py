"""The OpenAPI document against the running server: whatever it lets callers send, the answers are what it says.

`make fuzz N=…` sends as many cases to each operation as one likes, and says how many were sent.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import checks as known

from tests.hostile.shelf import Shelf

N = int(os.environ.get("FUZZ_CASES", "0"))
CASES = N or 12  # of each kind, for each operation
CHECKS = [
    known.not_a_server_error,
    known.status_code_conformance,
    known.content_type_conformance,
    known.response_headers_conformance,
    known.response_schema_conformance,
]
GUARDS = {"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Request-ID"}
PROBLEM = "application/problem+json"
OF_THE_SERVER = {414, 431}  # said by gunicorn before the shop is asked: the line, or the headers, are too long

EACH_TIME = hypothesis.settings(
    max_examples=CASES,
    derandomize=not N,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
)


def answers_are_guarded(_ctx: Any, response: Any, case: Any) -> None:
    """What every answer carries, and what refusals carry beside it."""
    headers = {name.title(): values[0] for name, values in response.headers.items()}
    assert {name.title() for name in GUARDS} <= headers.keys()
    assert response.status_code != 401 or headers["Www-Authenticate"] == "Bearer"
    assert response.status_code not in {429, 503} or int(headers["Retry-After"]) > 0
    if response.status_code >= 400 and case.method != "HEAD":
        assert headers["Content-Type"] == PROBLEM
        told = response.json()
        assert told["status"] == response.status_code
        assert not {"Traceback", "psycopg", "sqlalchemy", 'File "'} & set(response.text.split())


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, methods in spec["paths"].items():
        yield from ((method.upper(), path) for method in methods if method != "parameters")


def test_every_route_documents_its_answers_and_none_by_default(global_app):
    document = global_app.test_client().get("/api/v1/openapi.json").json
    outside = {"api-docs", "callbacks", "system", "docs"}  # for machines that do not read it: gateways, operators
    outside |= {"returning"}  # a page for people
    served = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in global_app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] not in outside
        and not rule.rule.startswith(("/staff/", "/bootstrap/"))  # pages for people, and what belongs to them
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert set(operations(document)) == served
    for method, path in served:
        operation = document["paths"][path][method.lower()]
        answers = operation["responses"]
        assert "default" not in answers, (method, path)
        assert all(status.isdigit() for status in answers), (method, path)
        expected = {"429", "503"}
        expected |= {"401"} if "security" in operation else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"422"} if operation.get("parameters") else set()
        expected |= {"400", "413", "422"} if "requestBody" in operation else set()
        assert expected <= answers.keys(), (method, path, expected - answers.keys())
        assert {status[0] for status in answers} >= {"2", "4", "5"}


OF_WHAT_WAS_PAID = {
    ("GET /api/v1/orders/{order_id}/cancellation", "order_id"): "paid_order_id",
    ("GET /api/v1/orders/{order_id}/documents", "order_id"): "paid_order_id",
    ("GET /documents/{code}.pdf", "code"): "receipt",
}


class Caller:
    """Sends generated cases, naming real things in most of them, and counts."""

    def __init__(self, address: str, shelf: Shelf) -> None:
        self.address = address
        self.shelf = shelf
        self.session = requests.Session()
        self.session.trust_env = False
        self.kept: dict[str, str] = {}
        self.sent: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, int]] = Counter()

    def send(self, case: Any, label: str, *, real: str = "all", who: str = "mei", **headers: str) -> None:
        if real != "none":
            self._name_real_things(case, everything=real == "all")
        mine = self.shelf.passing_token if label == "DELETE /api/v1/me" else self.shelf.token
        token = {"mei": mine, "somebody": "forged"}.get(who)
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        answer = case.call(base_url=self.address, session=self.session, headers=headers, timeout=60)
        self.sent[label] += 1
        self.statuses[label, answer.status_code] += 1
        if label.endswith("/logout"):
            self.shelf.tourist.sign_in()
        if answer.status_code in OF_THE_SERVER:
            return
        case.validate_response(answer, checks=CHECKS, additional_checks=[answers_are_guarded])

    def _name_real_things(self, case: Any, *, everything: bool) -> None:
        for name in case.path_parameters or {}:
            kind = OF_WHAT_WAS_PAID.get((case.operation.label, name), name)
            case.path_parameters[name] = self._real(kind, anew=case.operation.method != "get")
        case.body = self._with_real_things(case.body, everything, case.operation.label)

    def _with_real_things(self, value: Any, everything: bool, label: str) -> Any:
        if isinstance(value, list):
            return [self._with_real_things(item, everything, label) for item in value]
        if not isinstance(value, dict):
            return value
        made = {name: self._with_real_things(item, everything, label) for name, item in value.items()}
        real: dict[str, Any] = {}
        if "departure_id" in made:
            real["departure_id"] = self.shelf.departure_id
        if "booking_ids" in made:
            real["booking_ids"] = [self.shelf.booking_id()]
        if everything:
            real |= {"quantity": 1, "method": "wechat_mini_program", "accept_terms": True, "name": "王小梅"}
            real |= {"email": "mei@example.com", "phone": "+8613800138000"}
            real["code"] = self.shelf.login_code() if "/auth/" in label else "adult"
        return made | {name: item for name, item in real.items() if name in made}

    def _real(self, name: str, *, anew: bool) -> str:
        """A thing to read may be read again; one that may be changed is a new one each time."""
        if anew or name not in self.kept:
            thing = getattr(self.shelf, name)
            self.kept[name] = thing() if callable(thing) else thing
        return self.kept[name]


WORDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Idempotency-Key": WORDS.map(str.strip),
        "Accept-Language": WORDS.map(str.strip) | st.sampled_from(["fr", "en;q=0", "*", "zh-Hant-TW;q=0.5,fr;q=x"]),
        "If-None-Match": st.sampled_from(["*", '"x"', "W/", '"']),
        "X-Request-ID": WORDS.map(str.strip),
        "X-Forwarded-For": WORDS.map(str.strip),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br, gzip"]),
    },
)
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


def test_whatever_is_sent_is_answered_as_documented(server, shelf, subtests, capsys):
    schema = schemathesis.openapi.from_url(f"{server.address}/api/v1/openapi.json")
    caller = Caller(server.address, shelf)
    labels = []
    for found in schema.get_all_operations():
        operation = found.ok()
        labels.append(operation.label)
        with subtests.test(operation=operation.label):
            send_the_edges(caller, schema, operation)
            send_at_random(caller, operation)
            reached = {status // 100 for label, status in caller.statuses if label == operation.label}
            assert {2, 4} <= reached | {4}, f"never got through: {caller.statuses}"

    failures = sum(count for (_, status), count in caller.statuses.items() if status >= 500)
    if N:
        with capsys.disabled():
            print(f"\n{caller.sent.total()} cases sent to {len(labels)} operations, {failures} answered with 5xx")
            for (label, status), count in sorted(caller.statuses.items()):
                print(f"  {label:45} {status} {count:7}")
    assert failures == 0
    assert server.failures() == []


def send_the_edges(caller, schema, operation):
    """schemathesis' own list of edges of every parameter, as they are and with real ids."""
    for case in schema.iter_coverage_cases(
        operation, generation_modes=MODES, generation_config=schema.config.generation
    ):
        caller.send(case, operation.label, real="none")


def send_at_random(caller, operation):
    for mode in MODES if operation.query or operation.body else MODES[:1]:  # any text is a path

        @EACH_TIME
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=mode),
            real=st.sampled_from(["all", "all", "ids", "none"]),
            who=st.sampled_from(["mei", "mei", "mei", "mei", "somebody", "nobody"]),
            headers=HEADERS,
        )
        def send(case, real, who, headers):
            caller.send(case, operation.label, real=real, who=who, **headers)

        send()
