"""Off the record: what is chosen, what would be lost where, and the press that does it."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from library import access
from library.editing import transcripts
from library.errors import InvalidInputError
from library.holdings import sources
from library.models import MentoringSession, Source, SourceKind
from library.withdrawal import off_record, personal_data, trimming
from library.withdrawal.off_record import Chosen, Stretch, Wording
from web import parameters
from web.context import library, queue, viewer
from web.times import seconds_at

bp = Blueprint("off_record", __name__)

LONGEST = 20_000  # characters of a note's words


@bp.get("/sessions/<int:session_id>/off-record")
def page(session_id: int) -> str:
    """Choose what is to go: personal details that were found, or a stretch of one's own."""
    with library().reading() as db:
        session = access.session_to_edit(db, viewer(), session_id)
        source = _source(session, parameters.identifier(request.args, "source"))
        version = transcripts.current_version(db, source.id)
        segments = transcripts.drafts_of(db, version.id) if version else []
        return render_template(
            "off_record/page.html",
            session=session,
            source=source,
            segments=segments,
            timed=source.kind is not SourceKind.NOTE,
            found=personal_data.places(source.id, segments, session.language),
            gone=off_record.of_source(db, source.id),
            trimming=trimming.being_trimmed(db, source.id),
            given=request.args,
        )


@bp.post("/sessions/<int:session_id>/off-record/confirm")
def confirm(session_id: int) -> str:
    """Say what would be lost, and where."""
    with library().reading() as db:
        session = access.session_to_edit(db, viewer(), session_id)
        chosen = chosen_in(request.form, session)
        return render_template(
            "off_record/confirm.html",
            session=session,
            source=sources.get(db, chosen.source_id),
            loss=off_record.loss(library(), db, viewer(), chosen),
            paragraph=chosen.paragraph if isinstance(chosen, Wording) else None,
        )


@bp.post("/sessions/<int:session_id>/off-record")
def take_off(session_id: int) -> ResponseReturnValue:
    """Put it off the record."""
    with library().reading() as db:
        chosen = chosen_in(request.form, access.session_to_edit(db, viewer(), session_id))
    went = off_record.take_off(library(), viewer(), chosen)
    queue().request(chosen.source_id)
    flash(
        "It is off the record: nobody finds or reads it any more."
        + (" The sound is being trimmed; until then nobody hears it." if went.sound else "")
    )
    return redirect(url_for("sessions.page", session_id=session_id, source=chosen.source_id))


def chosen_in(given: Mapping[str, str], session: MentoringSession) -> Chosen:
    """What a form or a program chose of a session.

    Raises:
        InvalidInputError: it is of another session, or no stretch.
    """
    source = _source(session, parameters.identifier(given, "source"))
    if source.kind is SourceKind.NOTE:
        paragraph = parameters.number(given, "paragraph", default=-1, low=0)
        return Wording(source.id, paragraph, parameters.text(given, "text", longest=LONGEST))
    start, end = (_seconds(given.get(name, "")) for name in ("from", "to"))
    return Stretch(source.id, start, end)


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
