"""Marks of the viewer on moments: buttons, the page "Saved", and its file."""

from collections.abc import Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from library.access import require_member
from library.discovery import marked_moments, passage_marks
from library.discovery.marked_moments import MarkedMoment, OwnMarks
from library.errors import InvalidInputError
from library.models import MarkKind, Source, TriedOutcome
from library.store import Transaction
from library.translation import gettext
from web.http import csv_rows, params
from web.http.context import library, viewer
from web.media import citations
from web.rendering import urls
from web.rendering.local_links import back_to
from web.rendering.times import clock, seconds_in

bp = Blueprint("marks", __name__)

PAGE = 30
REMOVE = "remove-"
BUTTONS: dict[str, tuple[MarkKind, TriedOutcome | None]] = {
    "saved": (MarkKind.SAVED, None),
    "helped": (MarkKind.HELPED, None),
    **{outcome.value: (MarkKind.TRIED, outcome) for outcome in TriedOutcome},
}
"""Kind and outcome of a mark for the value of each button. `REMOVE` before it takes it off."""
COLUMNS = (
    *("kind", "outcome", "folder", "note", "marked_on", "session", "held_on", "speaker"),
    *("start", "words", "citation", "address"),
)


@bp.get("/saved")
def page() -> str:
    """List the viewer's saved, helpful or tried moments, newest first."""
    require_member(viewer())
    kind = params.choice(request.args, "kind", MarkKind) or MarkKind.SAVED
    folder = params.text(request.args, "folder") if "folder" in request.args else None
    before = params.identifier(request.args, "before")
    with library().reading() as db:
        found = marked_moments.listed(
            db, viewer(), kind=kind, folder=folder, limit=PAGE + 1, before_id=before
        )
        return render_template(
            "media/saved.html",
            found=found[:PAGE],
            more=found[PAGE - 1].mark.id if len(found) > PAGE else None,
            kind=kind,
            folder=folder,
            folders=marked_moments.folders(db, viewer(), kind),
            longest_note=passage_marks.LONGEST_NOTE,
            moment=urls.moment,
            sound=urls.sound,
        )


@bp.post("/marks")
def put() -> ResponseReturnValue:
    """Mark a moment, or take a mark off. Scripts get JSON; other browsers go back to their page."""
    require_member(viewer())
    wanted = params.text(request.form, "do")
    kind, outcome = _button(wanted.removeprefix(REMOVE))
    start, end = _seconds("from"), _seconds("to")
    with library().transaction() as db:
        passage_id = params.identifier(request.form, "passage") or _passage_at(db, start)
        if wanted.startswith(REMOVE):
            passage_marks.take_off(db, viewer(), passage_id, kind)
            says = gettext("The mark is removed.")
        else:
            passage_marks.put(db, viewer(), passage_id, kind, outcome=outcome, start=start, end=end)
            says = _said_about(kind)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(says=says)
    flash(says)
    return redirect(back_to(url_for("marks.page")))


@bp.post("/saved/<int:mark_id>")
def change(mark_id: int) -> ResponseReturnValue:
    """Save folder and note of a mark, or remove the mark."""
    require_member(viewer())
    with library().transaction() as db:
        if request.form.get("do") == "remove":
            passage_marks.remove(db, viewer(), mark_id)
            says = gettext("The moment is removed from your list.")
        else:
            folder = params.text(request.form, "folder")
            note = params.text(request.form, "note", longest=2 * passage_marks.LONGEST_NOTE)
            passage_marks.describe(db, viewer(), mark_id, folder=folder, note=note)
            says = gettext("Folder and note are saved.")
    flash(says)
    return redirect(back_to(url_for("marks.page")))


@bp.get("/saved.csv")
def as_csv() -> Response:
    """Return all marks of the viewer as CSV, with the citation of each moment."""
    require_member(viewer())
    with library().reading() as db:
        rows = [csv_rows.row(COLUMNS)]
        rows += [csv_rows.row(_cells(db, one)) for one in marked_moments.listed(db, viewer())]
    response = Response("".join(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="saved-moments.csv"'
    return response


@bp.app_template_global()
def own_marks(source_id: int, passage_id: int) -> OwnMarks:
    """Return the viewer's marks on a passage. A source is read once in a request."""
    known: dict[int, dict[int, OwnMarks]] = g.setdefault("own_marks", {})
    if source_id not in known:
        with library().reading() as db:
            known[source_id] = marked_moments.of_source(db, viewer(), source_id)
    return known[source_id].get(passage_id, OwnMarks())


def _button(value: str) -> tuple[MarkKind, TriedOutcome | None]:
    if value not in BUTTONS:
        raise InvalidInputError(
            "“%(name)s” must be one of: %(values)s.", name="do", values=", ".join(BUTTONS)
        )
    return BUTTONS[value]


def _seconds(name: str) -> float | None:
    return seconds_in(params.text(request.form, name))


def _passage_at(db: Transaction, start: float | None) -> int:
    """Return the id of the passage at the source and moment of the form; 0 if there is none."""
    source_id = params.identifier(request.form, "source") or 0
    paragraph = params.number(request.form, "paragraph", default=0, low=0)
    found = marked_moments.passage_at(db, viewer(), source_id, start=start, segment=paragraph)
    return found or 0


def _said_about(kind: MarkKind) -> str:
    if kind is MarkKind.SAVED:
        return gettext("Saved. You find it on the page “Saved”.")
    if kind is MarkKind.HELPED:
        return gettext("Thank you. It is counted without your name.")
    return gettext("Thank you. Only you see this mark.")


def _cells(db: Transaction, one: MarkedMoment) -> Iterator[Any]:
    """Yield the cells of a mark for `COLUMNS`; without a place, those of the moment are empty."""
    mark, place = one.mark, one.place
    yield from (mark.kind, mark.outcome, mark.folder, mark.note, mark.created_at.date())
    if place is None:
        return
    source = db.get_one(Source, place.source_id)
    begins = (
        gettext("para. %(number)s", number=place.segment + 1)
        if place.start is None
        else clock(place.start)
    )
    cited = citations.of(source.session, source, start=place.start, place=begins)
    yield from (place.title, place.held_on, place.speaker, begins, place.text)
    yield from (cited.apa, cited.reference.address)
