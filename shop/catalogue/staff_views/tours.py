"""Pages about tours: texts, units and terms, pictures, versions, the catalogue file."""

from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from shop.catalogue import file, pictures, rules
from shop.catalogue.errors import TourChanged, TourIncomplete, UploadNotFound
from shop.catalogue.file_schemas import CURRENCIES, KINDS, VAT
from shop.catalogue.models import Tour
from shop.catalogue.rules import Difference
from shop.catalogue.services import editing, exchange, uploads, versions
from shop.catalogue.services.entries import tour_entry
from shop.catalogue.staff_schemas import tours as schemas
from shop.catalogue.staff_texts.tours import TOURS
from shop.core import clock
from shop.core.db import transaction
from shop.core.i18n import LANGUAGES, match_language, pick
from shop.core.locales import language_name
from shop.core.schemas import opaque
from shop.core.settings import settings
from shop.staff.audience import current_staff, for_staff, record, staff_language
from shop.staff.forms import Form, Nothing
from shop.staff.pages import MenuEntry, StaffPages, Words, page, refusal_page, takes_files, told
from shop.staff.rules import EVERYBODY, Role

EDITORS: tuple[Role, ...] = ("manager", "stock")
GUIDE_LANGUAGES = ("fr", "zh", "en", "es", "de", "it", "pt", "ja", "ko", "ru", "ar")
LONGEST_TOLD = 300  # letters of a text in the trail of acts; the versions keep all of it

blp = StaffPages(
    "tours",
    "shop.catalogue",
    static_folder="static",
    static_url_path="/staff/static/tours",
    menu=(MenuEntry("tours.tours", TOURS["tours"], 30, "signpost-2"),),
)


class EntryForm(Form):
    """A form of flat names that stand for an entry; mistakes are told at the names that were sent."""

    def read(self) -> dict[str, Any] | None:
        given = super().read()
        self.errors = schemas.placed(self.errors, request.form)
        return given


# ---- Reading


@blp.get("/staff/tours")
@for_staff(*EVERYBODY)
def tours() -> Response:
    """Every tour, its status, and what is missing in which language."""
    status = request.args.get("status", "")
    status = status if status in schemas.STATUSES else ""
    found = editing.list_tours(status=status, cursor=request.args.get("cursor"))
    entries = {tour.id: tour_entry(tour) for tour in found["items"]}
    return page(
        "catalogue/tour_list.html",
        TOURS,
        tours=found["items"],
        next=found["next"],
        chosen=status,
        statuses=schemas.STATUSES,
        may_edit=_may_edit(),
        needs={key: rules.missing(entry) for key, entry in entries.items()},
        lacks={key: {one: rules.untranslated(entry, one) for one in LANGUAGES} for key, entry in entries.items()},
        pick=_pick,
        name_of=_name_of,
    )


@blp.get("/staff/tours/<tour_id>")
@for_staff(*EVERYBODY)
def tour(tour_id: str) -> Response:
    """One tour, and what can be done with it."""
    return _tour_page(Form(Nothing), editing.get_tour(opaque(tour_id)))


def _tour_page(form: Form, shown: Tour) -> Response:
    entry = tour_entry(shown)
    return form.page(
        "catalogue/tour_show.html",
        TOURS,
        tour=shown,
        needs=_lacking(form.refusal) or rules.missing(entry),
        lacks={one: rules.untranslated(entry, one) for one in LANGUAGES},
        starts=editing.next_starts(shown, now=clock.now()),
        may_edit=_may_edit(),
        statuses=schemas.STATUSES,
        pick=_pick,
        name_of=_name_of,
    )


@blp.get("/staff/tours/<tour_id>/preview")
@for_staff(*EVERYBODY)
def preview(tour_id: str) -> Response:
    """A tour as a visitor sees it on a phone, whatever its status."""
    shown = editing.get_tour(opaque(tour_id))
    language = match_language(request.args.get("in")) or staff_language()
    return page(
        "catalogue/tour_preview.html",
        TOURS,
        tour=shown,
        starts=editing.next_starts(shown, now=clock.now()),
        to=language,
        p=Words(language, TOURS),
        pick=lambda texts: pick(texts, language),
        money=lambda money: money.to(language),
        guides=", ".join(language_name(code, language) for code in shown.guide_languages),
    )


# ---- Changing


@blp.route("/staff/tours/new", methods=["GET", "POST"])
@for_staff(*EDITORS)
def new() -> Response | BaseResponse:
    """Begin a tour: a draft."""
    form = EntryForm(schemas.NewTourForm, currency=exchange.catalogue_terms()[0][1])
    made: dict[str, Any] = {}

    def create(**given: Any) -> None:
        begun = editing.create_tour(**given, timezone=settings().timezone, who=_who(), now=clock.now())
        made["id"] = begun.id
        record("tour.created", begun.slug, after={"title": begun.title})

    if form.done(create):
        return told(TOURS["made"], url_for("tours.edit", tour_id=made["id"]))
    return form.page("catalogue/tour_new.html", TOURS, currencies=[(one, one) for one in CURRENCIES], theirs={}, who="")


@blp.route("/staff/tours/<tour_id>/edit", methods=["GET", "POST"])
@for_staff(*EDITORS)
def edit(tour_id: str) -> Response | BaseResponse:
    """Texts in three languages side by side, units, rules, terms."""
    shown = editing.get_tour(opaque(tour_id))
    form = EntryForm(schemas.TourForm, **_values(shown))

    def change(version: int, gone: list[str], **entry: Any) -> None:
        done = editing.edit_tour(shown.id, entry, gone=gone, expected=version, who=_who(), now=clock.now())
        _record("tour.edited", done)

    if form.done(change):
        return told(TOURS["saved"], url_for("tours.tour", tour_id=tour_id))
    return _edit_page(form, editing.get_tour(shown.id))


def _edit_page(form: Form, shown: Tour) -> Response:
    theirs: dict[str, str] = {}
    values = form.values
    if form.sent:  # what was left empty or unticked was meant so
        values = form.values = {name: values[name] for name in request.form if name in values}
        values |= {"version": values.get("version", ""), "guide_languages": request.form.getlist("guide_languages")}
    if isinstance(form.refusal, TourChanged):
        theirs = _theirs(values, shown)
        values["version"] = shown.version
    units, steps = schemas.row_numbers(values, "units"), schemas.row_numbers(values, "cancellation")
    language = staff_language()
    known = dict.fromkeys([*GUIDE_LANGUAGES, *shown.guide_languages])
    return form.page(
        "catalogue/tour_edit.html",
        TOURS,
        tour=shown,
        needs=_lacking(form.refusal),
        theirs=theirs,
        who=form.refusal.facts["who"] if form.refusal and theirs else "",
        units=[*units, *(row for row in [_next_row(units)] if len(units) < schemas.MOST_ROWS)],
        steps=[*steps, *(row for row in [_next_row(steps)] if len(steps) < 10)],
        sold=editing.sold_units(shown),
        existing={unit.code for unit in shown.units},
        kind_choices=[(kind, TOURS[f"k_{kind}"].to(language)) for kind in KINDS],
        vat_choices=[(rate, TOURS[f"v_{rate}"].to(language)) for rate in VAT],
        guide_languages=[(code, language_name(code, language)) for code in known],
        pick=_pick,
        name_of=_name_of,
    )


def _next_row(rows: list[int]) -> int:
    return max(rows, default=-1) + 1


@blp.post("/staff/tours/<tour_id>/status")
@for_staff(*EDITORS)
def status(tour_id: str) -> Response | BaseResponse:
    """Make a tour a draft, publish it, archive it."""
    form = Form(schemas.StatusForm)

    def change(status: str) -> None:
        _record("tour.status", editing.set_status(opaque(tour_id), status, who=_who(), now=clock.now()))

    if form.done(change):
        return told(TOURS["status_changed"], url_for("tours.tour", tour_id=tour_id))
    return _tour_page(form, editing.get_tour(opaque(tour_id)))


@blp.route("/staff/tours/<tour_id>/picture", methods=["GET", "POST"])
@takes_files(pictures.MAX_UPLOAD + 200_000)
@for_staff(*EDITORS)
def picture(tour_id: str) -> Response | BaseResponse:
    """A tour's picture, and its words for who does not see it."""
    shown = editing.get_tour(opaque(tour_id))
    alt = {f"alt.{language}": text for language, text in (shown.image_alt or {}).items()}
    form = EntryForm(schemas.PictureForm, version=shown.version, **alt)

    def change(version: int, alt: dict[str, str]) -> None:
        sent = request.files.get("file")
        content = sent.read() if sent else None
        done = editing.set_picture(shown.id, content, alt, expected=version, who=_who(), now=clock.now())
        _record("tour.picture", done)

    if form.done(change):
        return told(TOURS["picture_saved"], url_for("tours.tour", tour_id=tour_id))
    shown = editing.get_tour(shown.id)
    theirs: dict[str, str] = {}
    if isinstance(form.refusal, TourChanged):
        theirs = _theirs(form.values, shown)
        form.values["version"] = shown.version
    return form.page(
        "catalogue/tour_picture.html",
        TOURS,
        tour=shown,
        needs=_lacking(form.refusal),
        theirs=theirs,
        who=form.refusal.facts["who"] if form.refusal and theirs else "",
        pick=_pick,
        name_of=_name_of,
    )


@blp.post("/staff/tours/<tour_id>/picture/remove")
@for_staff(*EDITORS)
def remove_picture(tour_id: str) -> Response | BaseResponse:
    """Show a tour without a picture."""
    with transaction():
        _record("tour.picture", editing.remove_picture(opaque(tour_id), who=_who(), now=clock.now()))
    return told(TOURS["picture_removed"], url_for("tours.picture", tour_id=tour_id))


# ---- Versions


@blp.get("/staff/tours/<tour_id>/history")
@for_staff(*EVERYBODY)
def history(tour_id: str) -> Response:
    """Who changed what of a tour, and when."""
    return _history_page(Form(Nothing), editing.get_tour(opaque(tour_id)))


def _history_page(form: Form, shown: Tour) -> Response:
    before = request.args.get("before", "")
    chapters, more = versions.history(shown, before=int(before) if before.isascii() and before[:9].isdigit() else None)
    return form.page(
        "catalogue/tour_history.html",
        TOURS,
        tour=shown,
        needs=_lacking(form.refusal),
        chapters=chapters,
        next=url_for("tours.history", tour_id=shown.id, before=more) if more else None,
        zone=shown.zone,
        may_edit=_may_edit(),
        pick=_pick,
        name_of=_name_of,
    )


@blp.post("/staff/tours/<tour_id>/history/<number>/restore")
@for_staff(*EDITORS)
def restore(tour_id: str, number: str) -> Response | BaseResponse:
    """Go back to an older version: texts, rules and picture, never units that were sold."""
    form = Form(Nothing)
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0

    def carry_out() -> None:
        _record("tour.restored", editing.restore(opaque(tour_id), wanted, who=_who(), now=clock.now()))

    if form.done(carry_out):
        return told(TOURS["restored"], url_for("tours.history", tour_id=tour_id), number=wanted)
    return _history_page(form, editing.get_tour(opaque(tour_id)))


# ---- The catalogue file


@blp.route("/staff/tours/file", methods=["GET", "POST"])
@takes_files(uploads.MOST_BYTES + 200_000)
@for_staff(*EDITORS)
def catalogue_file() -> Response | BaseResponse:
    """Take the catalogue out, or send a file to see what it would change."""
    form = Form(Nothing)
    kept: dict[str, Any] = {}

    def keep() -> None:
        sent = request.files.get("file")
        content, name = (sent.read(), sent.filename or "") if sent else (b"", "")
        plain = "".join(letter for letter in name if letter.isprintable())
        upload = uploads.keep_upload(name=plain, content=content, staff_id=current_staff().id, now=clock.now())
        kept["id"] = upload.id
        record("catalogue.sent", upload.name, after={"bytes": len(content)})

    if form.done(keep):
        return _see(url_for("tours.rehearsal", upload_id=kept["id"]))
    known = exchange.catalogue_terms()
    return form.page(
        "catalogue/catalogue_file.html",
        TOURS,
        currencies=list(dict.fromkeys(currency for _, currency in known)),
        left_out=[slug for terms in known for slug in exchange.left_out(*terms)],
    )


@blp.get("/staff/tours/file/<upload_id>")
@for_staff(*EDITORS)
def rehearsal(upload_id: str) -> Response:
    """What importing the file that was sent would change, or its mistakes."""
    return _rehearsal_page(Form(Nothing), upload_id)


def _rehearsal_page(form: Form, upload_id: str) -> Response:
    language, now = staff_language(), clock.now()
    with transaction():
        upload = uploads.get_upload(opaque(upload_id), staff_id=current_staff().id, now=now)
        found = uploads.rehearse(upload, language=language, now=now)
        name = upload.name
    return form.page(
        "catalogue/catalogue_rehearsal.html",
        TOURS,
        upload_id=upload_id,
        name=name,
        report=found.report,
        mistakes=found.mistakes,
        name_of=_name_of,
    )


@blp.post("/staff/tours/file/<upload_id>/import")
@for_staff(*EDITORS)
def import_file(upload_id: str) -> Response | BaseResponse:
    """Import the file that was sent: all of it, or nothing."""
    form = Form(Nothing)
    done: dict[str, Any] = {}

    def carry_out() -> None:
        now = clock.now()
        upload = uploads.get_upload(opaque(upload_id), staff_id=current_staff().id, now=now, lock=True)
        name = upload.name
        report = done["report"] = uploads.carry_out(upload, language=staff_language(), who=_who(), now=now)
        changed = {slug: len(changes) for slug, changes in report.changes.items() if changes}
        record("catalogue.imported", name, after={"tours": changed, "new_dates": report.new_departures})

    if form.done(carry_out):
        report = done["report"]
        return told(TOURS["imported"], url_for("tours.tours"), tours=report.tours, departures=report.departures)
    if isinstance(form.refusal, UploadNotFound):
        return refusal_page(form.refusal)
    return _rehearsal_page(form, upload_id)


@blp.get("/staff/tours/export")
@for_staff(*EDITORS)
def export() -> Response:
    """The catalogue as a file: YAML alone, or an archive with its pictures."""
    known = exchange.catalogue_terms()
    wanted = request.args.get("currency")
    terms = next((pair for pair in known if wanted in (None, pair[1])), known[0])
    name = f"catalogue-{terms[1]}-{clock.now():%Y-%m-%d}"
    if request.args.get("format") == "yaml":
        response = Response(file.write(*terms, exchange.export_catalogue(*terms)), mimetype="application/yaml")
        name += ".yaml"
    else:
        response = Response(uploads.export_archive(*terms), mimetype="application/zip")
        name += ".zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# ---- Words and values


def _see(address: str) -> BaseResponse:
    return Response(status=303, headers={"Location": address})


def _may_edit() -> bool:
    return current_staff().role in EDITORS


def _who() -> str:
    return current_staff().email


def _pick(texts: dict[str, str] | None) -> str:
    """A text in the reader's language, else in the first it has."""
    return pick(texts, staff_language()) or next(iter((texts or {}).values()), "–")


def _lacking(refusal: Any) -> list[str]:
    return list(refusal.facts["missing"]) if isinstance(refusal, TourIncomplete) else []


def _name_of(path: str) -> str:
    """A field's name for people: `units.adult.label.fr` is “Units · adult · Name · French”."""
    names = []
    for part in path.split("."):
        text = TOURS.get(f"f_{part}")
        names.append(text.to(staff_language()) if text else part)
    return " · ".join(names)


def _values(shown: Tour) -> dict[str, Any]:
    """What the form of a tour holds at first."""
    values: dict[str, Any] = {"version": shown.version, **schemas.flat(tour_entry(shown))}
    values["guide_languages"] = list(shown.guide_languages)
    return values


def _theirs(values: dict[str, Any], shown: Tour) -> dict[str, str]:
    """What a colleague has put where something else was typed, by the fields' names."""
    stored = {**_values(shown), **{f"alt.{name}": text for name, text in (shown.image_alt or {}).items()}}
    names = dict.fromkeys(name for name in [*values, *stored] if name not in {"version", "status", "slug", "file"})
    return {
        name: stored_text for name in names if (stored_text := _plain(stored.get(name))) != _plain(values.get(name))
    }


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value or "").replace("\r\n", "\n").strip()


def _record(act: str, done: editing.Edit) -> None:
    record(act, done.tour.slug, **told_changes(done.changes))


def told_changes(changes: list[Difference]) -> dict[str, dict[str, str | None]]:
    """What changed, as the trail of acts tells it."""
    return {
        "before": {one.path: one.before and one.before[:LONGEST_TOLD] for one in changes},
        "after": {one.path: one.after and one.after[:LONGEST_TOLD] for one in changes},
    }
