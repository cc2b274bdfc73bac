"""What the whole of the shop keeps to, checked on the code itself."""

import ast
import re
from string import Formatter

import pytest

from shop.core.caller import Audience
from shop.core.i18n import Text
from tests.core.refusals import every_module_of, every_refusal
from tests.factories import rows

DOMAINS = ("staff", "customers", "catalogue", "booking", "orders", "door", "books", "payments", "office")
ROLES = {
    *("errors", "models", "rules", "services", "schemas", "views", "staff_views", "webhooks", "jobs", "texts", "ports"),
    *("commands", "invariants", "flows", "audience", "live", "staff_texts", "staff_schemas"),
}
# What a domain has beyond the roles, because it is a thing of its own.
OWN_PARTS = {
    "staff": {"forms", "pages", "static"},
    "catalogue": {"file", "file_schemas", "pictures", "svg"},
    "books": {"accounts", "documents", "sheets", "totals"},
    "orders": {"documents", "terms", "ticket_codes"},
    "office": {"charts", "tables"},
    "door": {"documents"},
    "payments": {"methods", "sweep", "quotes", "follow_up", "refunding", "reconcile", "returning", "turns"},
}
EDGES = {
    "views",
    "staff_views",
    "forms",  # where every form is carried out
    "webhooks",
    "jobs",
    "commands",
    "flows",
    "sweep",
    "follow_up",
    "refunding",
    "reconcile",
}
NAMES = {"Stripe"}  # of companies that write themselves the same everywhere
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "managers", "lib", "tools"}
EVERY_MODULE = every_module_of()


def python_files(here):
    return sorted((here / "shop").rglob("*.py")) + sorted((here / "config").glob("*.py")) + [here / "wsgi.py"]


def test_every_route_declares_its_audience(global_app):
    audiences = set(Audience.__args__)  # type: ignore[attr-defined]
    undeclared = [
        rule.rule
        for rule in global_app.url_map.iter_rules()
        if getattr(global_app.view_functions[rule.endpoint], "audience", None) not in audiences
        and not rule.rule.startswith("/api/v1/openapi")
    ]

    assert not undeclared


def test_every_route_for_customers_refuses_who_is_not_signed_in(app):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "audience", None) != "customer":
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            answer = client.open(path, method=method, json={} if method != "GET" else None)
            assert (answer.status_code, answer.json["code"]) == (401, "sign-in-required"), (method, path)


def test_every_route_for_staff_leads_who_is_not_signed_in_to_the_door(app):
    client = app.test_client()
    client.get("/staff/sign-in")
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "audience", None) != "staff":
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        answer = client.get(path) if "GET" in rule.methods else client.post(path)
        expected = 303 if "GET" in rule.methods else 422  # no form of ours can have been sent
        assert answer.status_code == expected, (path, answer.text)


def test_every_page_and_act_of_the_staff_declares_who_may(global_app):
    views = {rule.endpoint: global_app.view_functions[rule.endpoint] for rule in global_app.url_map.iter_rules()}
    silent = [
        endpoint
        for endpoint, view in views.items()
        if getattr(view, "audience", None) == "staff" and not getattr(view, "roles", None)
    ]

    assert not silent
    assert len([view for view in views.values() if getattr(view, "roles", None)]) > 10


@pytest.mark.parametrize("role", ["manager", "stock", "cashier", "guide"])
def test_no_page_and_no_act_serves_a_role_it_does_not_name(app, colleague, role):
    someone = colleague(role)
    before = acts_recorded(app)
    tried = 0
    for rule in app.url_map.iter_rules():
        roles = getattr(app.view_functions[rule.endpoint], "roles", None)
        if roles is None or role in roles:
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in rule.methods & {"GET", "POST"}:
            answer = someone.get(path) if method == "GET" else someone.post(path)
            tried += 1
            assert answer.status_code == 403, (role, method, path)
            assert "not-your-role" in answer.text

    assert acts_recorded(app) == before
    assert tried or role == "manager"


def acts_recorded(app):
    return rows.value(app, "SELECT count(*) FROM staff_acts")


def test_no_page_of_the_staff_holds_words_of_one_language(here):
    """What is said stands in texts, in three languages; templates hold none of it."""
    said = {}
    for path in (here / "shop").glob("*/templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        if path.parent.name == "templates":
            continue  # not of the staff
        text = re.sub(
            r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype html>|<svg.*?</svg>|&[a-z]+;", " ", text, flags=re.DOTALL
        )
        attributes = re.findall(r'(?:aria-label|title|alt|placeholder|value)="([^"]*)"', text)
        words = " ".join([re.sub(r'<[^>]*>|[a-z-]+="[^"]*"', " ", text), *attributes])
        if found := set(re.findall(r"[^\W\d_]{2,}", words)) - SAME_EVERYWHERE:
            said[str(path.relative_to(here))] = found

    assert not said


SAME_EVERYWHERE = {"FR", "EN", "fr", "zh", "CN", "en", "UTC", "Français", "中文", "English", "on", "true"}


def test_the_shop_commits_in_one_place(here):
    committing = [
        str(path.relative_to(here))
        for path in python_files(here)
        if re.search(r"\.commit\(", path.read_text(encoding="utf-8")) and "simulator" not in path.parts
    ]

    assert committing == ["shop/core/db.py"]


def test_only_edges_open_transactions(here):
    inside = [
        str(path.relative_to(here))
        for domain in DOMAINS
        for path in (here / "shop" / domain).rglob("*.py")
        if re.search(r"(?<!\w)transaction\(\)", path.read_text(encoding="utf-8"))
        and not EDGES & {path.stem, *path.relative_to(here).parts}
    ]

    assert not inside


def settings_read(here):
    """The names that config/default.py asks the environment for."""
    tree = ast.parse((here / "config" / "default.py").read_text(encoding="utf-8"))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in strings if re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)+", text)}


def test_every_setting_is_documented(here):
    names = settings_read(here)
    assert {"DATABASE_URL", "SHOP_HOLD_MINUTES", "WECHAT_PAY_MODE"} <= names
    page = here / "docs" / "settings.md"
    if not page.exists():
        pytest.skip("docs/settings.md is not written yet")

    text = page.read_text(encoding="utf-8")
    assert not sorted(name for name in names if name not in text)


def test_every_command_has_help(global_app):
    def walk(command, path):
        yield path, command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, f"{path} {name}")

    commands = dict(entry for name, command in global_app.cli.commands.items() for entry in walk(command, name))

    assert {"catalogue import", "catalogue export", "worker", "audit", "attention"} <= set(commands)
    assert not [path for path, command in commands.items() if not (command.help or "").strip()]


def test_no_module_has_a_vague_name(here):
    parts = [part for path in python_files(here) for part in path.relative_to(here).with_suffix("").parts]

    assert not VAGUE & set(parts)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_is_made_of_the_known_roles(here, domain):
    names = {path.stem for path in (here / "shop" / domain).iterdir() if path.suffix == ".py" or path.is_dir()}
    data = {"conditions", "demonstration", "templates", "static"}

    assert not names - ROLES - OWN_PARTS.get(domain, set()) - data - {"__init__", "__pycache__"}


def every_text():
    found = {}
    for module in EVERY_MODULE:
        for name, value in vars(module).items():
            for place, text in texts_in(value, f"{module.__name__}.{name}"):
                found.setdefault(id(text), (place, text))
    return list(found.values())


def texts_in(value, place, depth=0):
    if isinstance(value, Text):
        yield place, value
    elif isinstance(value, dict) and depth < 3:
        for key, inner in list(value.items()):
            yield from texts_in(inner, f"{place}[{key}]", depth + 1)
    elif isinstance(value, list | tuple) and depth < 3:
        for index, inner in enumerate(value):
            yield from texts_in(inner, f"{place}[{index}]", depth + 1)
    elif isinstance(value, type) and value.__module__.startswith("shop.") and depth == 0:
        for key, inner in list(vars(value).items()):
            yield from texts_in(inner, f"{place}.{key}", depth + 1)


def test_every_text_is_complete_and_has_the_same_blanks_in_every_language():
    texts = every_text()
    assert len(texts) > 60
    assert len([place for place, _ in texts if "_MESSAGES" in place]) > 10
    for place, text in texts:
        written = (text.fr, text.zh, text.en)
        assert all(one.strip() for one in written), place
        blanks = [{name for _, name, _, _ in Formatter().parse(one) if name} for one in written]
        assert blanks[0] == blanks[1] == blanks[2], place
        words = "" if text.zh in NAMES else re.sub(r"\{\w+\}", "", text.fr)
        assert re.search(r"[\u3400-\u9fff]", text.zh) or not re.search(r"[a-zA-Zé]{3}", words), place


def test_every_module_says_what_lives_in_it(here):
    silent = [
        str(path.relative_to(here))
        for path in python_files(here)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert not silent


def test_refusals_are_raised_by_name_never_by_status(here):
    aborting = [
        str(path.relative_to(here))
        for domain in DOMAINS
        for path in (here / "shop" / domain).rglob("*.py")
        if re.search(r"\babort\(", path.read_text(encoding="utf-8"))
    ]

    assert not aborting


def test_every_refusal_of_a_view_is_documented_at_it(global_app):
    """What the document promises is made of codes that exist."""
    known = {refusal.code for refusal in every_refusal()} | {"too-many-requests", "body-too-large"}
    document = global_app.test_client().get("/api/v1/openapi.json").json
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method == "parameters":
                continue
            assert operation.get("summary"), (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    codes = re.findall(r"`([a-z-]+)`", answer.get("description", ""))
                    assert codes, (method, path, status)
                    assert set(codes) <= known, (method, path, status)
