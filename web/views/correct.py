"""Correcting a transcript: the editor, its drafts, and the same by plain forms."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from library.access import session_for
from library.accounts import people
from library.editing import drafts, edits, transcripts
from library.editing.drafts import Sheet
from library.editing.segments import LONGEST_TEXT, SegmentDraft
from library.editing.transcripts import NewerVersionError
from library.errors import InvalidInputError
from library.holdings import jobs, sources
from library.holdings.naming import AmbiguousNameError
from library.models import MentoringSession, Source, TranscriptDraft
from library.store import Transaction
from library.voices import voice_consent, voice_prints
from search import revising
from web import editing, parameters
from web.context import engine, library, queue, viewer
from web.media_types import content_type
from web.name_questions import choices_of, names_to_suggest

bp = Blueprint("correct", __name__)

Edit = Callable[[Sequence[SegmentDraft]], list[SegmentDraft]]


@bp.get("/sessions/<int:session_id>/correct")
def page(session_id: int) -> str:
    """The transcript and the player on one page, to be corrected."""
    return _page(session_id)


def _page(session_id: int, error: AmbiguousNameError | None = None) -> str:
    with library().reading() as db:
        session, source = _place(db, session_id)
        sheet = drafts.sheet(db, viewer(), source)
        return render_template(
            "correct/page.html",
            session=session,
            source=source,
            sheet=sheet,
            lines=editing.lines_of(sheet),
            voices=editing.voices_of(sheet.segments),
            known=names_to_suggest(people.known_to(db, viewer())),
            proposed=voice_prints.proposals_for(db, viewer(), source.id),
            offer_voice=voice_consent.consent_of(db, viewer().person_id) is None,
            others=[_at_work(draft) for draft in drafts.others(db, viewer(), source.id)],
            author=_author(db, sheet),
            chosen=parameters.number(request.args, "line", default=-1, low=0),
            media_type=content_type(source),
            error=str(error) if error else "",
            questions=error.questions if error else (),
        )


@bp.post("/sessions/<int:session_id>/correct")
def change(session_id: int) -> ResponseReturnValue:
    """One change by a plain form, kept in the draft; or its end: saved, brought together, left."""
    action = parameters.text(request.form, "action", longest=20)
    at = parameters.number(request.form, "line", default=0, low=0)
    done = {"save": _save, "join": _join, "leave": _leave, "refuse": _refuse}.get(action)
    if done is not None:
        return done(session_id)
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.change(db, viewer(), source, _edit(action, at))
    return redirect(editing.address(session_id, source.id, at))


@bp.put("/sessions/<int:session_id>/correct/draft.json")
def keep(session_id: int) -> tuple[Response, int, dict[str, str]]:
    """Keep what the editor has changed so far; If-Match names the draft that it goes on from."""
    given: Any = request.get_json()
    if not (isinstance(given, dict) and isinstance(given.get("pieces"), list)):
        raise InvalidInputError("These changes cannot be read.")
    with library().transaction() as db:
        _, source = _place(db, session_id)
        draft = drafts.keep(
            db,
            viewer(),
            source,
            base_id=parameters.number({"base": str(given.get("base"))}, "base", default=0),
            pieces=editing.cleaned(given["pieces"]),
            revision=_revision(),
        )
        current = transcripts.current_version(db, source.id)
        at_work = [_at_work(other) for other in drafts.others(db, viewer(), source.id)]
    overtaken = current is not None and current.id != draft.base_id
    content = jsonify(revision=draft.revision, overtaken=overtaken, others=at_work)
    return content, 200, {"ETag": f'"{draft.revision}"'}


def _revision() -> int:
    """The revision that If-Match names."""
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
        sheet = drafts.sheet(db, viewer(), source)
    try:
        number = revising.save(
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
        flash("Somebody else saved this transcript meanwhile. Your changes are still here.")
        return redirect(editing.address(session_id, source.id))
    _forget_draft(source)
    flash(f"Version {number} is saved, and searched from now on.")
    return redirect(editing.session_address(session_id, source.id))


def _forget_draft(source: Source) -> None:
    with library().transaction() as db:
        drafts.forget(db, viewer(), source.id)
        waiting = sources.get(db, source.id).id in jobs.unfinished(db)
    if waiting:
        queue().request(source.id)


def _join(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        sheet = drafts.sheet(db, viewer(), source)
        conflicts = drafts.join(db, viewer(), source, who=_author(db, sheet))
    flash(
        f"Both are together now. In {conflicts} places both changed the same words: those lines "
        "are marked, and yours stand in them."
        if conflicts
        else "Both are together now; nothing was in the way of anything else."
    )
    return redirect(editing.address(session_id, source.id))


def _refuse(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.sheet(db, viewer(), source)
        voice = parameters.text(request.form, "voice", longest=edits.LONGEST_NAME)
        voice_prints.refuse(db, source.id, voice)
    return redirect(editing.address(session_id, source.id))


def _leave(session_id: int) -> ResponseReturnValue:
    with library().transaction() as db:
        _, source = _place(db, session_id)
        drafts.sheet(db, viewer(), source)
        drafts.forget(db, viewer(), source.id)
    flash("Your changes are gone; the transcript is as it was.")
    return redirect(editing.session_address(session_id, source.id))


def _edit(action: str, at: int) -> Edit:
    """The change that a form asks for.

    Raises:
        InvalidInputError: it asks for none that there is.
    """
    form = request.form
    speaker = parameters.text(form, "speaker", longest=edits.LONGEST_NAME)
    known: dict[str, Edit] = {
        "write": lambda s: edits.retext(
            edits.say(s, at, speaker),
            at,
            parameters.text(form, "text", longest=LONGEST_TEXT),
        ),
        "merge": lambda s: edits.merge(s, at),
        "accept": lambda s: edits.accept(s, at),
        "drop": lambda s: edits.drop(s, at),
        "rename": lambda s: edits.rename(
            s, parameters.text(form, "voice", longest=edits.LONGEST_NAME), speaker
        ),
        "replace": lambda s: edits.substitute(
            s,
            parameters.text(form, "find", longest=300),
            parameters.text(form, "with", longest=300),
        ),
    }
    if action not in known:
        raise InvalidInputError("This form asks for nothing that can be done.")
    return known[action]


def _place(db: Transaction, session_id: int) -> tuple[MentoringSession, Source]:
    """The session, and the source of it that was asked for, or its first one with words."""
    session = session_for(db, viewer(), session_id)
    wanted = parameters.identifier(request.values, "source")
    found = [
        source
        for source in session.sources
        if source.id == wanted
        or (wanted is None and transcripts.current_version(db, source.id) is not None)
    ]
    if not found:
        abort(404)
    return session, found[0]


def _author(db: Transaction, sheet: Sheet) -> str:
    """Who saved the current version, as people read it."""
    person = sheet.current.author_id
    return people.get(db, person).name if person is not None else "the new transcript"


def _at_work(draft: TranscriptDraft) -> str:
    return draft.person.name
