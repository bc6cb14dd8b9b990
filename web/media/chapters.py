"""Chapter editor of a recording."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.errors import InvalidInputError, NotFoundError
from library.models import Source, SourceKind
from library.sessions import chapters, sources
from library.sessions.chapters import ChangedError
from library.store import Transaction
from library.translation import gettext
from web.http import params
from web.http.context import library, viewer
from web.http.errors import status_of
from web.rendering.times import precise, seconds_at

bp = Blueprint("chapters", __name__)

Row = tuple[str, str]  # time and title as typed


@bp.get("/sessions/<int:session_id>/chapters/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """Show the chapter form with one row for each chapter and an empty row."""
    with library().reading() as db:
        source = _source(db, session_id, source_id)
        rows = [(precise(one.start), one.title) for one in chapters.of(db, source_id)]
        return _page(source, rows, chapters.entity_tag(db, source_id))


@bp.post("/sessions/<int:session_id>/chapters/<int:source_id>")
def save(session_id: int, source_id: int) -> ResponseReturnValue:
    """Save the chapters. A row without a title is deleted."""
    times, titles = request.form.getlist("time"), request.form.getlist("title")
    rows = [(at.strip(), title.strip()) for at, title in zip(times, titles, strict=False)]
    try:
        with library().transaction() as db:
            _source(db, session_id, source_id)
            known = params.text(request.form, "known", longest=20)
            chapters.change(db, viewer(), source_id, _marks(rows), known)
    except (InvalidInputError, ChangedError) as error:
        with library().reading() as db:
            source, mark = _source(db, session_id, source_id), chapters.entity_tag(db, source_id)
            return _page(source, [r for r in rows if any(r)], mark, str(error)), status_of(error)
    flash(gettext("The chapters are saved."))
    return redirect(url_for("sessions.page", session_id=session_id, source=source_id))


def _marks(rows: list[Row]) -> list[tuple[float, str]]:
    """Parse the rows of the form into (start in seconds, title).

    Raises:
        InvalidInputError: A time is not valid.
    """
    found = []
    for at, title in rows[: chapters.MOST + 1]:
        if not title:
            continue
        if (start := seconds_at(at)) is None:
            raise InvalidInputError(
                "“%(text)s” is not a valid time. Write minutes and seconds, such as 12:34.",
                text=at,
            )
        found.append((start, params.clean(title)))
    return found


def _source(db: Transaction, session_id: int, source_id: int) -> Source:
    session_to_edit(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session_id or source.kind is SourceKind.NOTE:
        raise NotFoundError(
            "This recording does not exist, or you do not have permission to see it."
        )
    return source


def _page(source: Source, rows: list[Row], known: str, error: str = "") -> str:
    return render_template(
        "media/chapters.html",
        session=source.session,
        source=source,
        rows=rows,
        known=known,
        error=error,
    )
