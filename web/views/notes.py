"""A note of one's own, added to a session in which one took part."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.capture import intake
from library.consent.asked import session_to_note
from library.errors import InvalidInputError
from library.store import Transaction
from web import parameters
from web.context import library, queue, viewer
from web.errors import status_of
from web.intake import LONGEST_NOTE

bp = Blueprint("notes", __name__)

ADDRESS = "/sessions/<int:session_id>/notes"


@bp.get(ADDRESS)
def page(session_id: int) -> str:
    """Write a note to a session."""
    with library().reading() as db:
        return _page(db, session_id)


@bp.post(ADDRESS)
def add(session_id: int) -> ResponseReturnValue:
    """Add it."""
    try:
        added(session_id, parameters.text(request.form, "note", longest=LONGEST_NOTE))
    except InvalidInputError as error:
        with library().reading() as db:
            return _page(db, session_id, str(error)), status_of(error)
    flash("Your note is added. It can be read in a moment.")
    return redirect(url_for("sessions.page", session_id=session_id))


def added(session_id: int, text: str) -> int:
    """Keep the words as a note of the reader's, and ask for the work on it.

    Raises:
        InvalidInputError: there are no words.
        NotFoundError, NotAllowedError: the reader took no part in the session.
    """
    with library().reading() as db:
        session_to_note(db, viewer(), session_id)
    if not text.strip():
        raise InvalidInputError("Write something first.")
    kept = intake.keep(library(), "note.md", [text.encode()])
    try:
        source_id = intake.add_note(library(), viewer(), session_id, kept)
    except Exception:
        intake.discard(library(), [kept])
        raise
    queue().request(source_id)
    return source_id


def _page(db: Transaction, session_id: int, error: str = "") -> str:
    return render_template(
        "sessions/add_note.html",
        session=session_to_note(db, viewer(), session_id),
        error=error,
        given=request.form.get("note", ""),
    )
