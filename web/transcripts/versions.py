"""Pages that list, compare and restore transcript versions, and request retranscription."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from library.access import session_to_edit
from library.errors import InvalidInputError
from library.models import MentoringSession, Source
from library.sessions import sources
from library.sessions.language_tags import require_language
from library.store import Transaction
from library.transcripts import drafts, retranscription, versions
from library.transcripts.diff import differences
from library.translation import gettext
from library.weights import chosen_model, whisper_models
from search.indexing import save_version
from web.http import params
from web.http.context import engine, library, queue, viewer
from web.rendering.template_filters import LANGUAGES
from web.transcripts import editor_lines

bp = Blueprint("versions", __name__)

MOST_CHANGES = 500  # changes per page


@bp.get("/sessions/<int:session_id>/versions/<int:source_id>")
def page(session_id: int, source_id: int) -> str:
    """Show all versions of a transcript and the form for retranscription."""
    with library().reading() as db:
        session, source = _place(db, session_id, source_id)
        return render_template(
            "transcripts/versions.html",
            session=session,
            source=source,
            versions=versions.versions_of(db, source_id),
            draft=drafts.own_draft(db, viewer(), source_id),
            languages=LANGUAGES,
            models=list(whisper_models(library().settings)),
        )


@bp.get("/sessions/<int:session_id>/versions/<int:source_id>/<int:number>")
def compare(session_id: int, source_id: int, number: int) -> str:
    """Compare a version with an earlier version (`?with=`), or with the viewer's draft."""
    with library().reading() as db:
        session, source = _place(db, session_id, source_id)
        newer = versions.version_of(db, source_id, number)
        segments = versions.drafts_of(db, newer.id)
        to_draft = request.args.get("with") == "draft"
        if to_draft:
            older, old = newer, segments
            segments = list(drafts.load(db, viewer(), source).segments)
        else:
            before = params.number(request.args, "with", default=max(1, number - 1))
            older = versions.version_of(db, source_id, before)
            old = versions.drafts_of(db, older.id)
        found = differences(old, segments)
        return render_template(
            "transcripts/compare.html",
            session=session,
            source=source,
            older=older,
            newer=None if to_draft else newer,
            changes=found[:MOST_CHANGES],
            more=len(found) - MOST_CHANGES,
            versions=versions.versions_of(db, source_id),
        )


@bp.post("/sessions/<int:session_id>/versions/<int:source_id>/<int:number>")
def go_back(session_id: int, source_id: int, number: int) -> ResponseReturnValue:
    """Restore an earlier version as a new version."""
    with library().reading() as db:
        _place(db, session_id, source_id)
        segments = versions.drafts_of(db, versions.version_of(db, source_id, number).id)
        current = versions.current_version(db, source_id)
    made = save_version.save(
        library(),
        engine().embedder(),
        viewer(),
        source_id,
        segments,
        base_id=current.id if current else 0,
        origin="restored",
    )
    queue().request(source_id)
    flash(gettext("Version %(number)s is restored as version %(made)s.", number=number, made=made))
    return redirect(editor_lines.session_address(session_id, source_id))


@bp.post("/sessions/<int:session_id>/versions/<int:source_id>/listen")
def listen(session_id: int, source_id: int) -> ResponseReturnValue:
    """Request retranscription of the recording. Corrections are carried over."""
    language = params.text(request.form, "language", longest=12)
    require_language(language)
    model = chosen_model(library().settings, params.text(request.form, "model", longest=200))
    with library().transaction() as db:
        _place(db, session_id, source_id)
        retranscription.request(db, viewer(), source_id, language=language, model=model)
    queue().request(source_id)
    flash(gettext("The recording will be transcribed again. Your corrections stay."))
    return redirect(editor_lines.session_address(session_id, source_id))


def _place(db: Transaction, session_id: int, source_id: int) -> tuple[MentoringSession, Source]:
    session = session_to_edit(db, viewer(), session_id)
    source = sources.visible_source(db, viewer(), source_id)
    if source.session_id != session.id:
        raise InvalidInputError(
            "This recording belongs to another session. Open it from the page of that session."
        )
    return session, source
