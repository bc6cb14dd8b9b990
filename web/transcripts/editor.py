"""Transcript editor with drafts. The page works with and without JavaScript."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from library.access import session_for
from library.accounts import people
from library.errors import InvalidInputError
from library.models import MentoringSession, Source, TranscriptDraft
from library.sessions import jobs, sources
from library.sessions.person_lookup import AmbiguousNameError
from library.sessions.segments import LONGEST_TEXT, SegmentDraft
from library.speakers import recognition_consent, voice_prints
from library.store import Transaction
from library.transcripts import drafts, edits, versions
from library.transcripts.drafts import EditorDraft
from library.transcripts.retranscription import NEW
from library.transcripts.versions import NewerVersionError
from library.translation import gettext, ngettext
from search.indexing import save_version
from web.capture.name_disambiguation import choices_of, names_to_suggest
from web.http import params
from web.http.context import engine, library, queue, viewer
from web.transcripts import editor_lines

bp = Blueprint("correct", __name__)

Edit = Callable[[Sequence[SegmentDraft]], list[SegmentDraft]]


@bp.get("/sessions/<int:session_id>/correct")
def page(session_id: int) -> str:
    """Show the transcript editor with the player."""
    return _page(session_id)


def _page(session_id: int, error: AmbiguousNameError | None = None) -> str:
    with library().reading() as db:
        session, source = _place(db, session_id)
        sheet = drafts.load(db, viewer(), source)
        return render_template(
            "transcripts/editor.html",
            session=session,
            source=source,
            sheet=sheet,
            lines=editor_lines.lines_of(sheet),
            speakers=editor_lines.speakers_of(sheet.segments),
            known=names_to_suggest(people.known_to(db, viewer())),
            proposed=voice_prints.proposals_for(db, viewer(), source.id),
            offer_voice=recognition_consent.consent_of(db, viewer().person_id) is None,
            others=[_at_work(draft) for draft in drafts.others(db, viewer(), source.id)],
            author=_author(db, sheet) or gettext(NEW),
            chosen=params.number(request.args, "line", default=-1, low=0),
            error=str(error) if error else "",
            questions=error.questions if error else (),
        )


@bp.post("/sessions/<int:session_id>/correct")
def change(session_id: int) -> ResponseReturnValue:
    """Change, save, merge or discard the draft, or reject a proposed name."""
    action = params.text(request.form, "action", longest=20)
    at = params.number(request.form, "line", default=0, low=0)
    done = {"save": _save, "join": _join, "leave": _leave, "refuse": _refuse}.get(action)
    if done is not None:
        return done(session_id)
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.change(db, viewer(), source, _edit(action, at))
    return redirect(editor_lines.address(session_id, source.id, at))


@bp.put("/sessions/<int:session_id>/correct/draft.json")
def keep(session_id: int) -> tuple[Response, int, dict[str, str]]:
    """Store the draft of the editor. If-Match contains the revision that the draft replaces."""
    given: Any = request.get_json()
    if not (isinstance(given, dict) and isinstance(given.get("pieces"), list)):
        raise InvalidInputError(
            "The changes are not in the expected format. Reload the page and try again."
        )
    with library().transaction() as db:
        _, source = _place(db, session_id)
        draft = drafts.save(
            db,
            viewer(),
            source,
            base_id=params.number({"base": str(given.get("base"))}, "base", default=0),
            pieces=editor_lines.cleaned(given["pieces"]),
            revision=_revision(),
        )
        current = versions.current_version(db, source.id)
        at_work = [_at_work(other) for other in drafts.others(db, viewer(), source.id)]
    overtaken = current is not None and current.id != draft.base_id
    content = jsonify(revision=draft.revision, overtaken=overtaken, others=at_work)
    return content, 200, {"ETag": f'"{draft.revision}"'}


def _revision() -> int:
    """Return the draft revision in If-Match. Abort with 428 if absent, with 412 if not valid."""
    if not request.if_match:
        abort(428)
    named = request.if_match.to_header().strip('"')
    if not (named.isdecimal() and len(named) < 12):
        abort(412)
    return int(named)


def _save(session_id: int) -> ResponseReturnValue:
    place = library()
    with place.reading() as db:
        _, source = _place(db, session_id)
        sheet = drafts.load(db, viewer(), source)
    try:
        number = save_version.save(
            place,
            engine().embedder(),
            viewer(),
            source.id,
            sheet.segments,
            base_id=sheet.base.id,
            choices=choices_of(request.form),
        )
    except AmbiguousNameError as error:
        return _page(session_id, error), HTTPStatus.CONFLICT
    except NewerVersionError:
        flash(
            gettext(
                "Another person saved this transcript in the meantime. Your changes are still here."
            )
        )
        return redirect(editor_lines.address(session_id, source.id))
    _forget_draft(source)
    flash(gettext("Version %(number)s is saved. Searches use it from now on.", number=number))
    return redirect(editor_lines.session_address(session_id, source.id))


def _forget_draft(source: Source) -> None:
    with library().transaction() as db:
        drafts.forget(db, viewer(), source.id)
        waiting = sources.get(db, source.id).id in jobs.unfinished(db)
    if waiting:
        queue().request(source.id)


def _join(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        sheet = drafts.load(db, viewer(), source)
        conflicts = drafts.merge_with_current(db, viewer(), source, who=_author(db, sheet) or NEW)
    flash(
        ngettext(
            "The versions are merged. In %(num)s place both versions changed the same words. This "
            "line is marked and contains your words.",
            "The versions are merged. In %(num)s places both versions changed the same words. "
            "These lines are marked and contain your words.",
            conflicts,
        )
        if conflicts
        else gettext("The versions are merged without conflicts.")
    )
    return redirect(editor_lines.address(session_id, source.id))


def _refuse(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.load(db, viewer(), source)
        label = params.text(request.form, "label", longest=edits.LONGEST_NAME)
        voice_prints.reject_proposal(db, source.id, label)
    return redirect(editor_lines.address(session_id, source.id))


def _leave(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.load(db, viewer(), source)
        drafts.forget(db, viewer(), source.id)
    flash(gettext("Your changes are discarded. The transcript is unchanged."))
    return redirect(editor_lines.session_address(session_id, source.id))


def _edit(action: str, at: int) -> Edit:
    """Return the function that applies the action of the editor form to the segments of a draft.

    *at* is the index of the segment that the form edits.

    Raises:
        InvalidInputError: The action is unknown.
    """
    form = request.form
    speaker = params.text(form, "speaker", longest=edits.LONGEST_NAME)
    known: dict[str, Edit] = {
        "write": lambda s: edits.retext(
            edits.say(s, at, speaker),
            at,
            params.text(form, "text", longest=LONGEST_TEXT),
        ),
        "merge": lambda s: edits.merge(s, at),
        "accept": lambda s: edits.accept(s, at),
        "drop": lambda s: edits.drop(s, at),
        "rename": lambda s: edits.rename(
            s, params.text(form, "label", longest=edits.LONGEST_NAME), speaker
        ),
        "replace": lambda s: edits.substitute(
            s,
            params.text(form, "find", longest=300),
            params.text(form, "with", longest=300),
        ),
    }
    if action not in known:
        raise InvalidInputError("Unknown action. Reload the page and try again.")
    return known[action]


def _place(db: Transaction, session_id: int) -> tuple[MentoringSession, Source]:
    """Return a session and the source to edit: the requested or the first transcribed source."""
    session = session_for(db, viewer(), session_id)
    wanted = params.identifier(request.values, "source")
    found = [
        source
        for source in session.sources
        if source.id == wanted
        or (wanted is None and versions.current_version(db, source.id) is not None)
    ]
    if not found:
        abort(404)
    return session, found[0]


def _author(db: Transaction, sheet: EditorDraft) -> str:
    """Return the author's name of the current version; "" if no person wrote it."""
    person = sheet.current.author_id
    return people.get(db, person).name if person is not None else ""


def _at_work(draft: TranscriptDraft) -> str:
    return draft.person.name
