"""Pages that take a range off the record: choose it, preview what will be lost, remove it."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import access
from library.errors import InvalidInputError
from library.models import MentoringSession, Source, SourceKind
from library.removal import pending_trims, personal_data, redaction
from library.removal.redaction import Chosen, TimeRange, Wording
from library.sessions import sources
from library.transcripts import versions
from library.translation import gettext
from web.http import params
from web.http.context import library, queue, viewer
from web.rendering.times import seconds_at

bp = Blueprint("off_record", __name__)

LONGEST = 20_000  # maximum characters of the words chosen in a note


@bp.get("/sessions/<int:session_id>/off-record")
def page(session_id: int) -> str:
    """Show the form in which a range or a found personal detail can be chosen for removal."""
    with library().reading() as db:
        session = access.session_to_edit(db, viewer(), session_id)
        source = _source(session, params.identifier(request.args, "source"))
        version = versions.current_version(db, source.id)
        segments = versions.drafts_of(db, version.id) if version else []
        return render_template(
            "removal/redaction.html",
            session=session,
            source=source,
            segments=segments,
            timed=source.kind is not SourceKind.NOTE,
            found=personal_data.places(source.id, segments, session.language),
            redactions=redaction.of_source(db, source.id),
            trimming=pending_trims.being_trimmed(db, source.id),
            given=request.args,
        )


@bp.post("/sessions/<int:session_id>/off-record/confirm")
def confirm(session_id: int) -> str:
    """Show what will be lost if the chosen range is removed, and ask for confirmation."""
    with library().reading() as db:
        session = access.session_to_edit(db, viewer(), session_id)
        chosen = chosen_in(request.form, session)
        return render_template(
            "removal/confirm_redaction.html",
            session=session,
            source=sources.get(db, chosen.source_id),
            loss=redaction.loss(library(), db, viewer(), chosen),
            paragraph=chosen.paragraph if isinstance(chosen, Wording) else None,
        )


@bp.post("/sessions/<int:session_id>/off-record")
def take_off(session_id: int) -> ResponseReturnValue:
    """Take the chosen range off the record."""
    with library().reading() as db:
        chosen = chosen_in(request.form, access.session_to_edit(db, viewer(), session_id))
    result = redaction.redact(library(), viewer(), chosen)
    queue().request(chosen.source_id)
    if result.sound:
        flash(
            gettext(
                "This part is off the record and can no longer be found or read. Its sound is "
                "being removed. The recording can be played again when this is done."
            )
        )
    else:
        flash(gettext("This part is off the record and can no longer be found or read."))
    return redirect(url_for("sessions.page", session_id=session_id, source=chosen.source_id))


def chosen_in(given: Mapping[str, str], session: MentoringSession) -> Chosen:
    """Return the range or paragraph that a form chose in a session.

    Raises:
        InvalidInputError: The source is not in this session, or a time or number is not valid.
    """
    source = _source(session, params.identifier(given, "source"))
    if source.kind is SourceKind.NOTE:
        paragraph = params.number(given, "paragraph", default=-1, low=0)
        return Wording(source.id, paragraph, params.text(given, "text", longest=LONGEST))
    start, end = (_seconds(given.get(name, "")) for name in ("from", "to"))
    return TimeRange(source.id, start, end)


def _seconds(text: str) -> float:
    found = seconds_at(text)
    if found is None:
        raise InvalidInputError("Write a time as minutes and seconds, such as 12:34.")
    return found


def _source(session: MentoringSession, source_id: int | None) -> Source:
    ranked = sorted(session.sources, key=lambda s: (s.kind is not SourceKind.RECORDING, s.id))
    found = [s for s in ranked if source_id is None or s.id == source_id]
    if not found:
        raise InvalidInputError("Choose a recording or a note of this session.")
    return found[0]
