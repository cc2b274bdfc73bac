"""Pages of the back office: their frame, their words, what a refusal looks like there.

Each domain has its own in `staff_views.py`, on a blueprint of the class here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

import jinja2
from flask import Blueprint, Flask, Response, current_app, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as BaseResponse

from shop.core import problems
from shop.core.errors import Refusal
from shop.core.i18n import LANGUAGES, Language, Text
from shop.staff.audience import find_staff, staff_language
from shop.staff.errors import FormExpired
from shop.staff.texts import FRAME, ROLE_NAMES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
MAX_FORM = 512 * 1024  # bytes of an ordinary form; a view that takes files says more

_SHOP = Path(__file__).resolve().parents[1]

csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])


class Words:
    """The fixed words of a page in one language: `t.title`, or `t("found", count=3)`."""

    def __init__(self, language: Language, *texts: Mapping[str, Text]) -> None:
        self._language = language
        self._texts = {name: text for some in texts for name, text in some.items()}

    def __getattr__(self, name: str) -> str:
        if name.startswith(("__", "jinja_")):  # what Python and Jinja ask of any object
            raise AttributeError(name)
        return self._texts[name].to(self._language)

    def __call__(self, name: str, /, **facts: Any) -> str:  # a blank may be called `name` too
        """A text by its name, its blanks filled."""
        return self._texts[name].to(self._language, **facts)

    def has(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return name in self._texts


@dataclass(frozen=True)
class MenuEntry:
    """Where a page stands in the menu."""

    endpoint: str
    text: Text
    place: int
    icon: str  # of Bootstrap Icons


@dataclass(frozen=True)
class PageLink:
    """What one domain offers on a page of another, which knows nothing of it.

    Args:
        on: what the page is about, such as `departure` or `booking`; the page says which one.
        style: of the button, as Bootstrap calls it.
    """

    on: str
    endpoint: str
    text: Text
    style: str = "outline-primary"


class StaffPages(Blueprint):
    """Pages of one domain: forms checked for where they come from, refusals shown as pages, nothing kept by caches."""

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        menu: tuple[MenuEntry, ...] = (),
        links: tuple[PageLink, ...] = (),
        **options: Any,
    ) -> None:
        options.setdefault("root_path", str(_SHOP / import_name.split(".")[1]))  # the domain's, however deep the module
        super().__init__(name, import_name, template_folder="templates", **options)
        self.menu, self.links = menu, links
        self.before_request(_allow_long_forms)
        self.before_request(csrf.protect)
        self.after_request(_keep_private)
        self.register_error_handler(CSRFError, lambda _error: refusal_page(FormExpired()))
        self.register_error_handler(Refusal, refusal_page)
        self.register_error_handler(HTTPException, _http_page)
        self.register_error_handler(DBAPIError, _database_page)
        self.register_error_handler(PoolTimeout, lambda _error: refusal_page(problems.ShopBusy()))


def takes_files(most: int) -> Callable[[View], View]:
    """The mark of a view whose form holds files, with the most bytes it may have."""

    def declare(view: View) -> View:
        cast(Any, view).most_bytes = most
        return view

    return declare


def _allow_long_forms() -> None:
    """Let those who are signed in send longer forms than strangers."""
    if request.method == "POST" and find_staff() is not None:
        view = current_app.view_functions.get(request.endpoint or "")
        request.max_content_length = request.max_form_memory_size = getattr(view, "most_bytes", MAX_FORM)


@dataclass
class _Menu:
    entries: list[MenuEntry] = field(default_factory=list)
    links: list[PageLink] = field(default_factory=list)


def install(app: Flask) -> None:
    """Make an app ready for pages; `add` then gives it each domain's."""
    app.config.update(
        SESSION_COOKIE_NAME="staff",
        SESSION_COOKIE_PATH="/staff",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.extensions["settings"].public_url.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,  # each StaffPages asks for it; the API has tokens instead of cookies
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf.init_app(app)
    app.extensions["staff_menu"] = _Menu()


def add(app: Flask, pages: StaffPages) -> None:
    """Give an app the pages of a domain, and their places in the menu."""
    app.register_blueprint(pages)
    menu: _Menu = app.extensions["staff_menu"]
    menu.entries = sorted([*menu.entries, *pages.menu], key=lambda entry: entry.place)
    menu.links += pages.links


def page(template: str, words: Mapping[str, Text], *, status: int = 200, **facts: Any) -> Response:
    """A page of the back office, in the language of who asks for it.

    Args:
        words: the fixed texts of the page, by the names its template calls them; beside those of the frame.
        facts: what the template shows.
    """
    language = staff_language()
    html = render_template(
        template,
        t=Words(language, FRAME, words),
        language=language,
        languages=LANGUAGES,
        me=find_staff(),
        role_names=ROLE_NAMES,
        menu=_menu(language),
        links_for=links_for,
        **facts,
    )
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Content-Language"] = language
    return response


def links_for(on: str, *, most: int | None = None, **values: Any) -> list[dict[str, str]]:
    """What other domains offer on a page about something, as far as whoever reads it may.

    Args:
        most: only the first so many.
        values: what `url_for` takes to name it.
    """
    menu: _Menu = current_app.extensions["staff_menu"]
    offered = (link for link in menu.links if link.on == on and may_open(link.endpoint))
    return [
        {"url": url_for(link.endpoint, **values), "text": link.text.to(staff_language()), "style": link.style}
        for link in islice(offered, most)
    ]


def may_open(endpoint: str) -> bool:
    """Whether whoever is signed in has a role for a page."""
    member = find_staff()
    return member is not None and member.role in getattr(current_app.view_functions[endpoint], "roles", ())


def told(words: Text, to: str, **facts: Any) -> BaseResponse:
    """Lead to another page, which says that something was done."""
    flash(words.to(staff_language(), **facts), "success")
    return redirect(to, 303)


def warned(refusal: Refusal, to: str) -> BaseResponse:
    """Lead to another page, which says why something was not done."""
    flash(refusal.explain(staff_language()), "danger")
    return redirect(to, 303)


def refusal_page(refusal: Refusal) -> Response:
    """What a refusal looks like to the staff."""
    language = staff_language()
    status = problems.status_of(type(refusal))
    return _error_page(status, refusal.title.to(language), refusal.explain(language), refusal.code)


def _http_page(error: HTTPException) -> Response | BaseResponse:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = HTTPStatus(error.code or 500)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        problems.failed(getattr(error, "original_exception", None) or error)
    code, text = problems.http_text(status)
    return _error_page(status, FRAME["not_possible"].to(staff_language()), text.to(staff_language()), code)


def _database_page(error: DBAPIError) -> Response:
    answer = problems.database_failed(error)
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return refusal_page(problems.ShopBusy())
    return answer


def _error_page(status: HTTPStatus, title: str, detail: str, code: str) -> Response:
    return page("staff/refused.html", {}, status=status, title=title, detail=detail, code=code)


def _menu(language: Language) -> list[dict[str, Any]]:
    member = find_staff()
    if member is None or member.lacks_second_factor:
        return []
    entries: _Menu = current_app.extensions["staff_menu"]
    here = request.blueprint
    return [
        {
            "url": url_for(entry.endpoint),
            "text": entry.text.to(language),
            "icon": entry.icon,
            "here": entry.endpoint == request.endpoint or (entry.endpoint.split(".")[0] == here and _alone(entry)),
        }
        for entry in entries.entries
        if may_open(entry.endpoint)
    ]


def _alone(entry: MenuEntry) -> bool:
    """Whether an entry is the only one of its blueprint, so that all its pages belong to it."""
    menu: _Menu = current_app.extensions["staff_menu"]
    part = entry.endpoint.split(".")[0]
    return sum(other.endpoint.split(".")[0] == part for other in menu.entries) == 1


def _keep_private(response: Response) -> Response:
    """Nothing of the back office stays behind on the way or in a browser, and nothing foreign runs in it."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Referrer-Policy", "same-origin")  # the form check wants it over https
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
    acted = request.method == "POST" and response.status_code < HTTPStatus.BAD_REQUEST
    view = current_app.view_functions.get(request.endpoint or "")
    if acted and current_app.extensions["settings"].env == "testing":
        assert g.get("recorded") or getattr(view, "changes_nothing", False) or _only_leads(response), request.endpoint
    return response


def _only_leads(response: Response) -> bool:
    """Whether somebody who is not signed in, or has not given the password, was led to where that is done."""
    return response.status_code == HTTPStatus.SEE_OTHER and find_staff() is None


def changes_nothing(view: View) -> View:
    """The mark of a view that is sent a form and changes nothing, so that there is nothing to record."""
    cast(Any, view).changes_nothing = True
    return view


def not_found() -> Response:
    """The page of an address of the back office that does not exist."""
    raise NotFound
