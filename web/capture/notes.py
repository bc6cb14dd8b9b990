"""Notes of participants, added to an existing session."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library.capture import intake
from library.consent.requests import session_to_note
from library.errors import InvalidInputError
from library.store import Transaction
from library.translation import gettext
from web.capture.create_session import LONGEST_NOTE
from web.http import params
from web.http.context import library, queue, viewer
from web.http.errors import status_of

bp = Blueprint("notes", __name__)

ADDRESS = "/sessions/<int:session_id>/notes"


@bp.get(ADDRESS)
def page(session_id: int) -> str:
    """Show the form for a note."""
    with library().reading() as db:
        return _page(db, session_id)


@bp.post(ADDRESS)
def add(session_id: int) -> ResponseReturnValue:
    """Add a note to a session."""
    try:
        add_note(session_id, params.text(request.form, "note", longest=LONGEST_NOTE))
    except InvalidInputError as error:
        with library().reading() as db:
            return _page(db, session_id, str(error)), status_of(error)
    flash(gettext("Your note is added. It can be read in a moment."))
    return redirect(url_for("sessions.page", session_id=session_id))


def add_note(session_id: int, text: str) -> int:
    """Store a note of the viewer, request its job, and return the id of its source.

    Raises:
        InvalidInputError: The text is empty.
        NotFoundError: The viewer cannot see the session.
        NotAllowedError: The viewer did not take part in the session.
    """
    with library().reading() as db:
        session_to_note(db, viewer(), session_id)
    if not text.strip():
        raise InvalidInputError("Write the text of the note first.")
    stored = intake.keep(library(), "note.md", [text.encode()])
    try:
        source_id = intake.add_note(library(), viewer(), session_id, stored)
    except Exception:
        intake.discard(library(), [stored])
        raise
    queue().request(source_id)
    return source_id


def _page(db: Transaction, session_id: int, error: str = "") -> str:
    return render_template(
        "capture/add_note.html",
        session=session_to_note(db, viewer(), session_id),
        error=error,
        given=request.form.get("note", ""),
    )
