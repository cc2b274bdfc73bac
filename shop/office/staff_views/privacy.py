"""What is held about people: finding who asks, answering them, forgetting them; and how long things are kept."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import Response, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.core import clock
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.customers.errors import StillNeeded
from shop.customers.services import consents_of
from shop.customers.texts import CONSENTS, NAMES
from shop.office import staff_schemas
from shop.office.rules import retention as rules
from shop.office.services import erasure, people, personal, retention
from shop.office.staff_texts.privacy import PRIVACY, SECTIONS
from shop.staff.audience import for_staff, record, record_reading, staff_language
from shop.staff.forms import Form
from shop.staff.pages import MenuEntry, StaffPages, changes_nothing, page, told

blp = StaffPages("privacy", "shop.office", menu=(MenuEntry("privacy.find", PRIVACY["privacy"], 70, "shield-lock"),))


@blp.route("/staff/privacy", methods=["GET", "POST"])
@for_staff("manager")
@changes_nothing
def find() -> Response:
    """Find the person who asks. What is typed is sent in a form: it stands in no address and no log."""
    form = Form(staff_schemas.PersonLookupForm)
    given = form.read()
    lookup = rules.read_lookup(given["asked"]) if given else None
    found = None
    if lookup is not None:
        record_reading("privacy.searched", lookup[0])
        found = people.find_people(*lookup)
        for one in found:
            record_reading("privacy.read", str(one.id))
    return form.page("office/privacy_find.html", PRIVACY, found=found, day=_day)


@blp.get("/staff/privacy/people/<customer_id>")
@for_staff("manager")
def person(customer_id: str) -> Response:
    """What is held about a person: how much of what, what they agreed to, and whether they can be forgotten."""
    one = people.get_person(opaque(customer_id))
    record_reading("privacy.read", str(one.id))
    language = staff_language()
    held = personal.counts(one.id)
    open_now = [] if one.erased_at else erasure.still_open(one.id, now=clock.now())
    return page(
        "office/privacy_person.html",
        PRIVACY,
        person=one,
        held=[(SECTIONS[section].to(language), count) for section, count in held.items() if count],
        consents=consents_of(one.id),
        purpose=lambda standing: NAMES[standing.purpose].to(language),
        wording=lambda standing: CONSENTS[standing.purpose].to(language),
        open=StillNeeded(open=open_now).explain(language) if open_now else None,
        day=_day,
    )


@blp.get("/staff/privacy/people/<customer_id>/export")
@for_staff("manager")
def export(customer_id: str) -> Response:
    """Everything held about a person, as a file to be handed to them."""
    one = people.get_person(opaque(customer_id))
    record_reading("privacy.exported", str(one.id))
    held = personal.export(one.id, language=staff_language(), now=clock.now())
    name = f"insolite-{str(one.id)[-12:]}.json"
    response = send_file(held, mimetype="application/json", as_attachment=True, download_name=name)
    response.call_on_close(held.close)
    return response


@blp.route("/staff/privacy/people/<customer_id>/erase", methods=["GET", "POST"])
@for_staff("manager", fresh=True)
def erase(customer_id: str) -> Response | BaseResponse:
    """Forget a person who asked for it: they are gone, the accounts stay."""
    form = Form(staff_schemas.ErasureForm)
    done: list[erasure.Erased] = []

    def carry_out(identity: str, understood: bool) -> None:
        now = clock.now()
        erased = erasure.erase(opaque(customer_id), now=now)
        done.append(erased)
        after: dict[str, Any] = {"identity": identity, "orders": erased.orders, "papers_kept": erased.papers}
        record("privacy.erased", customer_id, after=after | ({"again": True} if erased.again else {}))

    if form.done(carry_out):
        words = PRIVACY["erased_before"] if done[0].again else PRIVACY["erased"]
        return told(words, url_for("privacy.person", customer_id=customer_id), papers=done[0].papers)
    one = people.get_person(opaque(customer_id))
    record_reading("privacy.read", str(one.id))
    papers = personal.counts(one.id).get("documents", 0)
    return form.page("office/privacy_erase.html", PRIVACY, person=one, papers=papers, identities=staff_schemas.IDENTITY)


@blp.get("/staff/privacy/retention")
@for_staff("manager")
def kept() -> Response:
    """How long things are kept and why, and what the last nights let go of."""
    language = staff_language()
    nights = retention.last_nights()
    ended = max((night.ended_at for night in nights if night.ended_at), default=None)
    return page(
        "office/privacy_retention.html",
        PRIVACY,
        rules=rules.RETENTION,
        names={rule.name: rule.what.to(language) for rule in rules.RETENTION},
        papers=rules.ACCOUNTING_PAPERS.name,
        nights=nights,
        overdue=bool(nights) and (ended is None or ended < clock.now() - rules.OVERDUE),
        day=_day,
    )


def _day(moment: datetime) -> str:
    """A day on the clocks of the Office."""
    local = moment.astimezone(ZoneInfo(settings().timezone))
    return format_date(local, format="long", locale=staff_language().replace("-", "_"))
