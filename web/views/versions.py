"""The versions of a transcript: their list, what changed between two, and the way back."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.editing import drafts, relistening, transcripts
from library.editing.differences import differences
from library.errors import InvalidInputError
from library.holdings import sources
from library.models import MentoringSession, Source
from library.store import Transaction
from library.weights import chosen_model, whisper_models
from search import revising
from web import editing, parameters
from web.context import engine, library, queue, viewer
from web.details import LANGUAGE
from web.look import LANGUAGES

bp = Blueprint("versions", __name__)

MOST_CHANGES = 500  # shown at once


@bp.get("/sessions/<int:session_id>/versions/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """All versions of a transcript, and the offer to listen to the recording again."""
    with library().reading() as db:
        session, source = _place(db, session_id, source_id)
        return render_template(
            "versions/page.html",
            session=session,
            source=source,
            versions=transcripts.versions_of(db, source_id),
            draft=drafts.mine(db, viewer(), source_id),
            languages=LANGUAGES,
            models=list(whisper_models(library().settings)),
        )


@bp.get("/sessions/<int:session_id>/versions/<int:source_id>/<int:number>")
def compare(session_id: int, source_id: int, number: int) -> str:
    """What changed from an earlier version (`?with=`) to this one; `draft` is one's own draft."""
    with library().reading() as db:
        session, source = _place(db, session_id, source_id)
        newer = transcripts.version_of(db, source_id, number)
        segments = transcripts.drafts_of(db, newer.id)
        to_draft = request.args.get("with") == "draft"
        if to_draft:
            older, old = newer, segments
            segments = list(drafts.sheet(db, viewer(), source).segments)
        else:
            before = parameters.number(request.args, "with", default=max(1, number - 1))
            older = transcripts.version_of(db, source_id, before)
            old = transcripts.drafts_of(db, older.id)
        found = differences(old, segments)
        return render_template(
            "versions/compare.html",
            session=session,
            source=source,
            older=older,
            newer=None if to_draft else newer,
            changes=found[:MOST_CHANGES],
            more=len(found) - MOST_CHANGES,
            versions=transcripts.versions_of(db, source_id),
        )


@bp.post("/sessions/<int:session_id>/versions/<int:source_id>/<int:number>")
def go_back(session_id: int, source_id: int, number: int) -> ResponseReturnValue:
    """Make a new version that is equal to an earlier one."""
    with library().reading() as db:
        _place(db, session_id, source_id)
        segments = transcripts.drafts_of(db, transcripts.version_of(db, source_id, number).id)
        current = transcripts.current_version(db, source_id)
    made = revising.save(
        library(),
        engine().embedder(),
        viewer(),
        source_id,
        segments,
        base_id=current.id if current else 0,
        origin="restored",
    )
    queue().request(source_id)
    flash(f"Version {made} is what version {number} was.")
    return redirect(editing.session_address(session_id, source_id))


@bp.post("/sessions/<int:session_id>/versions/<int:source_id>/listen")
def listen(session_id: int, source_id: int) -> ResponseReturnValue:
    """Let the recording be heard once more; corrections are carried over."""
    language = parameters.text(request.form, "language", longest=12)
    if language and not LANGUAGE.fullmatch(language):
        raise InvalidInputError(f"“{language}” is not a language code, such as en or pt-BR.")
    model = chosen_model(library().settings, parameters.text(request.form, "model", longest=200))
    with library().transaction() as db:
        _place(db, session_id, source_id)
        relistening.listen_again(db, viewer(), source_id, language=language, model=model)
    queue().request(source_id)
    flash("The recording will be heard again. Your corrections stay.")
    return redirect(editing.session_address(session_id, source_id))


def _place(db: Transaction, session_id: int, source_id: int) -> tuple[MentoringSession, Source]:
    session = session_to_edit(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session.id:
        raise InvalidInputError("This recording belongs to another session.")
    return session, source
