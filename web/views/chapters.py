"""The chapters of a recording, changed after it was made: renamed, moved, added, taken away."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.errors import InvalidInputError, NotFoundError
from library.holdings import chapters, sources
from library.holdings.chapters import ChangedError
from library.models import Source, SourceKind
from library.store import Transaction
from web import parameters
from web.context import library, viewer
from web.errors import status_of
from web.media_types import content_type
from web.times import precise, seconds_at

bp = Blueprint("chapters", __name__)

Row = tuple[str, str]  # time and title, as somebody writes them


@bp.get("/sessions/<int:session_id>/chapters/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """Every chapter as two fields, and a row for a new one."""
    with library().reading() as db:
        source = _source(db, session_id, source_id)
        rows = [(precise(one.start), one.title) for one in chapters.of(db, source_id)]
        return _page(source, rows, chapters.mark_of(db, source_id))


@bp.post("/sessions/<int:session_id>/chapters/<int:source_id>")
def save(session_id: int, source_id: int) -> ResponseReturnValue:
    """Keep what the fields say; a row without a title goes."""
    times, titles = request.form.getlist("time"), request.form.getlist("title")
    rows = [(at.strip(), title.strip()) for at, title in zip(times, titles, strict=False)]
    try:
        with library().transaction() as db:
            _source(db, session_id, source_id)
            known = parameters.text(request.form, "known", longest=20)
            chapters.change(db, viewer(), source_id, _marks(rows), known)
    except (InvalidInputError, ChangedError) as error:
        with library().reading() as db:
            source, mark = _source(db, session_id, source_id), chapters.mark_of(db, source_id)
            return _page(source, [r for r in rows if any(r)], mark, str(error)), status_of(error)
    flash("The chapters are saved.")
    return redirect(url_for("sessions.page", session_id=session_id, source=source_id))


def _marks(rows: list[Row]) -> list[tuple[float, str]]:
    """The chapters that rows mean.

    Raises:
        InvalidInputError: a time is none.
    """
    found = []
    for at, title in rows[: chapters.MOST + 1]:
        if not title:
            continue
        if (start := seconds_at(at)) is None:
            raise InvalidInputError(f"“{at}” is no time. Write minutes and seconds: 12:34.")
        found.append((start, parameters.clean(title)))
    return found


def _source(db: Transaction, session_id: int, source_id: int) -> Source:
    session_to_edit(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session_id or source.kind is SourceKind.NOTE:
        raise NotFoundError("There is no recording here, or none that you may see.")
    return source


def _page(source: Source, rows: list[Row], known: str, error: str = "") -> str:
    return render_template(
        "chapters/page.html",
        session=source.session,
        source=source,
        rows=rows,
        known=known,
        error=error,
        media_type=content_type(source),
    )
