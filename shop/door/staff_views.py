"""Pages at the door: choosing a departure, checking in, the manifest; and what devices send and ask."""

from base64 import b64encode
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Response, jsonify, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue.models import Departure
from shop.core import clock, late
from shop.core.caller import public
from shop.core.db import transaction
from shop.core.i18n import pick
from shop.core.ids import new_id
from shop.core.locales import language_name
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.door import rules
from shop.door.errors import NotOurTicket
from shop.door.schemas import read_acts
from shop.door.services import find, manifest, merge
from shop.door.services.find import Member
from shop.door.staff_schemas import AdmitForm, UndoForm
from shop.door.staff_texts import DOOR
from shop.staff.audience import current_staff, for_staff, record, record_reading, staff_language
from shop.staff.forms import Form
from shop.staff.pages import MenuEntry, PageLink, StaffPages, page, told, warned

manifest_pdf = late.function("shop.door.documents.manifest:manifest_pdf")
blp = StaffPages(
    "door",
    __name__,
    static_folder="static",
    static_url_path="/staff/static/door",
    menu=(MenuEntry("door.departures", DOOR["door"], 60, "qr-code-scan"),),
    links=(
        PageLink("departure", "door.check_in", DOOR["check_in"], "outline-success"),
        PageLink("departure", "door.manifest_page", DOOR["manifest"]),
    ),
)

WORKER = (Path(__file__).parent / "static" / "worker.js").read_bytes()

TRAIL = {
    "admitted": "door.admitted",
    "undone": "door.undone",
    "withdrawn": "door.undone",
    "refused": "door.refused",
    "double": "door.unnoticed",
    "unwarranted": "door.unnoticed",
}


@blp.get("/staff/door/worker.js")
@public
def worker() -> Response:
    """The service worker, served where its scope begins; there is nothing of anybody in it."""
    response = Response(WORKER, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blp.get("/staff/door/")
@for_staff("manager", "cashier", "guide")
def departures() -> Response:
    """The departures of a day and its neighbours, with who is here."""
    today = clock.now().astimezone(ZoneInfo(settings().timezone)).date()
    day = _day(request.args.get("day")) or today
    return page(
        "door/departures.html",
        DOOR,
        expected=find.departures_for(_member(), day),
        day=day,
        today=today,
        title=_title,
        when=_when,
    )


@blp.get("/staff/door/<departure_id>")
@for_staff("manager", "cashier", "guide")
def check_in(departure_id: str) -> Response:
    """Check people in at a departure: by camera, by code, by name."""
    departure = find.get_departure(opaque(departure_id), _member())
    record_reading("door.list-read", _subject(departure))
    now = clock.now()
    expected = manifest.read_manifest(departure, language=staff_language(), member=_member(), now=now)
    return page(
        "door/check_in.html",
        DOOR,
        departure=departure,
        expected=expected,
        title=_title(departure),
        when=_when(departure),
        is_today=departure.local_start.date() == now.astimezone(departure.tour.zone).date(),
        data=_for_the_device(departure, expected, now),
    )


@blp.get("/staff/door/<departure_id>/state")
@for_staff("manager", "cashier", "guide")
def state(departure_id: str) -> Response:
    """How each ticket of a departure stands; nothing of whose it is."""
    return jsonify(_state(find.get_departure(opaque(departure_id), _member())))


@blp.post("/staff/door/<departure_id>/merge")
@for_staff("manager", "cashier", "guide")
def merge_acts(departure_id: str) -> Response:
    """Take what a device did, now or while it had no network; the same told twice counts once."""
    departure = find.get_departure(opaque(departure_id), _member())
    sent = read_acts(request.get_data())
    door = _door(departure.id, sent["device"] or "?")
    answers = [_answer(act, *_carry_out(act, door)) for act in sent["acts"]]
    return jsonify(acts=answers, **_state(find.get_departure(door.departure_id, _member())))


@blp.post("/staff/door/<departure_id>/admit")
@for_staff("manager", "cashier", "guide")
def admit(departure_id: str) -> BaseResponse:
    """Let one ticket or a whole party in, by a form: where the page has no script."""
    departure = find.get_departure(opaque(departure_id), _member())
    back, door = url_for("door.check_in", departure_id=departure.id), _door(departure.id, "form")
    wanted = Form(AdmitForm).read() or {}
    if booking_id := wanted.get("booking"):
        return _admit_party(departure, booking_id, door, back)
    act = rules.Act(new_id(), "admit", entry=wanted.get("entry") or "", ticket_id=wanted.get("ticket"))
    done, who = _carry_out(act, door)
    if done.refusal is not None:
        return warned(done.refusal, back)
    return told(DOOR["let_in"], back, **who)


def _admit_party(departure: Departure, booking_id: UUID, door: rules.Doorkeeper, back: str) -> BaseResponse:
    expected = manifest.read_manifest(departure, language=staff_language(), member=_member(), now=clock.now())
    party = next((party for party in expected.parties if party.booking_id == booking_id), None)
    ids = [guest.id for guest in (party.waiting or party.expected if party else ())]
    ids = ids or [opaque("")]  # of nobody: refused, and recorded as that
    done = [_carry_out(rules.Act(new_id(), "admit", ticket_id=ticket_id), door)[0] for ticket_id in ids]
    came = sum(one.outcome == "admitted" for one in done)
    if came:
        return told(DOOR["whole_party"], back, count=came)
    return warned(next((one.refusal for one in done if one.refusal), NotOurTicket()), back)


@blp.post("/staff/door/<departure_id>/undo")
@for_staff("manager", "cashier", "guide")
def undo(departure_id: str) -> BaseResponse:
    """Undo an admission by a form: where the page has no script."""
    departure = find.get_departure(opaque(departure_id), _member())
    back, door = url_for("door.check_in", departure_id=departure.id), _door(departure.id, "form")
    wanted = Form(UndoForm).read() or {}
    act = rules.Act(new_id(), "undo", ticket_id=wanted.get("ticket") or opaque(""))
    done, who = _carry_out(act, door)
    if done.refusal is not None:
        return warned(done.refusal, back)
    return told(DOOR["undone"], back, reference=who["reference"])


@blp.get("/staff/door/<departure_id>/manifest")
@for_staff("manager", "cashier", "guide")
def manifest_page(departure_id: str) -> Response:
    """Who comes, who is here."""
    departure = find.get_departure(opaque(departure_id), _member())
    record_reading("door.manifest-read", _subject(departure))
    expected = manifest.read_manifest(departure, language=staff_language(), member=_member(), now=clock.now())
    return page(
        "door/manifest.html",
        DOOR,
        departure=departure,
        expected=expected,
        title=_title(departure),
        when=_when(departure),
        phones=_sees_phones(departure),
        speaks=lambda code: language_name(code, staff_language()),
    )


@blp.get("/staff/door/<departure_id>/manifest.pdf")
@for_staff("manager", "cashier", "guide")
def manifest_document(departure_id: str) -> Response:
    """The same to print, with boxes to tick."""
    departure = find.get_departure(opaque(departure_id), _member())
    record_reading("door.manifest-read", _subject(departure))
    now, language = clock.now(), staff_language()
    content = manifest_pdf(
        manifest.read_manifest(departure, language=language, member=_member(), now=now),
        language=language,
        title=f"{_title(departure)} ({language_name(departure.language, staff_language())})",
        when=_when(departure),
        phones=_sees_phones(departure),
        printed_at=now.astimezone(departure.tour.zone),
    )
    response = Response(content, mimetype="application/pdf")
    name = f"{departure.tour.slug}-{departure.local_start:%Y-%m-%d-%H%M}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


# ---- One act, and how it is told


def _carry_out(act: rules.Act, door: rules.Doorkeeper) -> tuple[merge.Done, dict[str, str]]:
    """One act in one transaction of its own: what came before it is kept whatever becomes of it.

    Returns:
        What became of it, and whose ticket it is about.
    """
    with transaction():
        done = merge.carry_out(act, door=door, now=clock.now())
        who = _who(done, door.departure_id)
        known = "door.repeated" if done.known else TRAIL[done.outcome]
        told_of = {"outcome": done.outcome, "offline": act.offline, "device": door.device}
        record(known, who["reference"] or "?", after=told_of)
    return done, who


def _answer(act: rules.Act, done: merge.Done, who: dict[str, str]) -> dict[str, Any]:
    refusal, language = done.refusal, staff_language()
    return {
        "id": str(act.id),
        "outcome": done.outcome,
        "reason": refusal.code if refusal else None,
        "text": refusal.explain(language) if refusal else None,
        **who,
    }


def _who(done: merge.Done, here: UUID) -> dict[str, str]:
    """Whose ticket it is; of another date's, only which."""
    if done.ticket is None:
        return {"ticket": "", "reference": "", "unit": "", "who": ""}
    return {
        "ticket": str(done.ticket.id),
        "reference": done.ticket.reference,
        "unit": pick(done.ticket.unit.label, staff_language()) or "",
        "who": done.ticket.order.contact.get("name", "") if done.ticket.booking.departure_id == here else "",
    }


def _state(departure: Departure) -> dict[str, Any]:
    now = clock.now()
    return {"now": now.isoformat(), "state": manifest.states(departure, member=_member(), now=now)}


# ---- What a device keeps to work without the shop


def _for_the_device(departure: Departure, expected: manifest.Manifest, now: datetime) -> dict[str, Any]:
    """The list, the public key that codes are checked with, and the words: all a page needs without the network."""
    raw = find.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    language = staff_language()
    around = find.departures_for(_member(), departure.local_start.date())
    return {
        "departure": str(departure.id),
        "me": str(current_staff().id),
        "key": b64encode(raw).decode(),
        "now": now.isoformat(),
        "zone": departure.tour.timezone,
        "cancelled": departure.status == "cancelled",
        "door": url_for("door.departures"),
        "here": url_for("door.check_in", departure_id=departure.id),
        "sign_in": url_for("staff.sign_in", next=url_for("door.check_in", departure_id=departure.id)),
        "worker": url_for("door.worker"),
        "tickets": {str(guest.id): _ticket(party, guest) for party in expected.parties for guest in party.guests},
        "state": {
            str(guest.id): [guest.status, guest.at, guest.by, guest.undoable]
            for party in expected.parties
            for guest in party.guests
        },
        "others": {str(one.departure.id): [_title(one.departure), _when(one.departure)] for one in around},
        "words": {name: text.to(language) for name, text in DOOR.items()},
    }


def _ticket(party: manifest.Party, guest: manifest.Guest) -> dict[str, str]:
    return {
        "reference": guest.reference,
        "unit": guest.unit,
        "name": party.name,
        "party": str(party.booking_id),
        "digest": guest.digest,
    }


# ---- Words about a departure


def _title(departure: Departure) -> str:
    return pick(departure.tour.title, staff_language()) or departure.tour.slug


def _when(departure: Departure) -> str:
    return rules.when(departure.local_start, staff_language())


def _subject(departure: Departure) -> str:
    """A departure as the trail of acts knows it."""
    return f"{departure.tour.slug} {departure.local_start:%Y-%m-%d %H:%M} {departure.language}"


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1970 < day.year < 2200 else None


def _member() -> Member:
    member = current_staff()
    return Member(member.id, member.role)


def _door(departure_id: UUID, device: str) -> rules.Doorkeeper:
    member = current_staff()
    return rules.Doorkeeper(member.id, member.role, departure_id, device, staff_language())


def _sees_phones(departure: Departure) -> bool:
    """Whether whoever reads may call people: at the desk always, a guide those of their own departure."""
    me = current_staff()
    return me.role in rules.SEES_PHONES or departure.guide_id == me.id
