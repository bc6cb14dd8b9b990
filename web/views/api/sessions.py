"""List, read, add, change and remove sessions from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, abort, jsonify, request, url_for
from flask_smorest import Blueprint

from library import audit
from library.access import session_for, session_to_edit
from library.capture.intake import Added
from library.consent import release
from library.editing import transcripts
from library.errors import InvalidInputError, NotFoundError
from library.holdings import erasure, naming, sessions
from library.holdings.sessions import Description
from library.models import MentoringSession
from library.searching.answered import AnsweredError
from library.store import Transaction
from library.withdrawal import taking_back, trash
from web import captions, intake
from web.context import library, viewer
from web.details import LANGUAGE
from web.repetition import repeatable
from web.views.api import jobs, receipts
from web.views.api.paging import asked, cut, following
from web.views.api.receipts import ReceiptSchema
from web.views.api.schemas import (
    AddedSchema,
    ChangesSchema,
    FormSchema,
    PageSchema,
    SessionListSchema,
    SessionSchema,
    TranscriptSchema,
)

bp = Blueprint(
    "api_sessions", __name__, url_prefix="/api/v1/sessions", description="What is in the library."
)

MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag that came with the session.",
}

FOR_GOOD = {
    "in": "query",
    "name": "for_good",
    "schema": {"type": "boolean", "default": False},
    "description": "Remove it for good, and not into the trash. "
    "The receipt says by when it is gone from the disk.",
}

ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "Of your choice, such as a UUID: the same request with the same key gives the "
    "same answer and adds nothing; another request with it is refused (422).",
}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SessionListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The sessions that you may see, newest first."""
    with library().reading() as db:
        shown, last = cut(page, sessions.visible(db, viewer(), **asked(page)))
        listed = [written(session) for session in shown]
    return {"sessions": listed, "next": following("api_sessions.index", page, last)}


@bp.post("")
@bp.doc(
    parameters=[ONCE],
    requestBody={"content": {"multipart/form-data": {"schema": FormSchema}}},
)
@bp.response(202, AddedSchema)
def add() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add a session: files, finished uploads or a note, and what you say about them."""
    who = intake.adder()
    once = repeatable(request, who)
    if once is not None and (known := once.answer()) is not None:
        return _added(Added(**known))
    draft = intake.typed(request)
    try:
        with intake.let_go_if_refused(draft):
            intake.hold_files(request, who, draft)
            return _added(intake.take_in(who, draft, once))
    except AnsweredError as answered:
        return _added(Added(**answered.answer))


def _added(added: Added) -> tuple[dict[str, Any], int, dict[str, str]]:
    """What a program is told of a session that was added."""
    watch = [url_for("api_jobs.one", source_id=source_id) for source_id in added.source_ids]
    links = {
        "session": url_for("api_sessions.one", session_id=added.session_id),
        "page": url_for("jobs.page", session_id=added.session_id),
    }
    content = {"session_id": added.session_id, "jobs": watch, "links": links}
    return content, 202, {"Location": watch[0]}


@bp.get("/<int:session_id>")
@bp.response(200, SessionSchema)
def one(session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One session; its ETag is what a change has to name."""
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        return written(session), 200, {"ETag": etag(session)}


@bp.patch("/<int:session_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(ChangesSchema)
@bp.response(200, SessionSchema)
def change(given: dict[str, Any], session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change what is said about a session, unless somebody else changed it since you read it."""
    _check_values(given)
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        _require_match(session)
        if "participants" in given:
            here = {p.person_id for p in session.participants}
            named = naming.participants(db, viewer(), given["participants"], here=here)
            given["participants"] = named
        sessions.describe(db, session, replace(_now(session), **given))
        if given.keys() & {"visibility", "embargo_until"}:
            release.choose(db, viewer(), session)
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        return written(session), 200, {"ETag": etag(session)}


@bp.delete("/<int:session_id>")
@bp.doc(parameters=[MATCH, FOR_GOOD])
@bp.response(204)
@bp.alt_response(200, schema=ReceiptSchema, description="It is removed for good.")
def remove(session_id: int) -> Response | None:
    """Put a session into the trash; or remove it at once with everything that was made of it."""
    place = library()
    with place.transaction(on_full_disk=True) as db:
        session = session_to_edit(db, viewer(), session_id)
        _require_match(session)
        if request.args.get("for_good") != "true":
            trash.put(db, viewer(), session_id)
            return None
        receipt = taking_back.destroy(db, viewer(), session)
        subject, who = ("session", session_id), viewer()
        audit.record(db, who.person_id, "session.take-back", subject, address=who.address)
    erasure.finish(place)
    return jsonify(receipts.written(receipt))


@bp.get("/<int:session_id>/transcript")
@bp.response(200, TranscriptSchema(many=True))
def transcript(session_id: int) -> list[dict[str, Any]]:
    """The current transcripts of a session's sources."""
    with library().reading() as db:
        return _transcripts(db, session_for(db, viewer(), session_id))


@bp.get("/<int:session_id>/transcript.vtt")
@bp.response(200, {"type": "string"}, content_type="text/vtt")
def transcript_vtt(session_id: int) -> Response:
    """The same as WebVTT, of the first source whose words have times."""
    with library().reading() as db:
        for source in session_for(db, viewer(), session_id).sources:
            version = transcripts.current_version(db, source.id)
            segments = transcripts.segments_of(db, version.id) if version else []
            if any(segment.start is not None for segment in segments):
                return Response(captions.webvtt(segments), mimetype="text/vtt")
    raise NotFoundError("No words of this session have times; its transcript is plain text.")


def etag(session: MentoringSession) -> str:
    """The state of a session's description, as an entity tag (RFC 9110)."""
    return f'"{session.id}-{session.updated_at.timestamp():.6f}"'


def _require_match(session: MentoringSession) -> None:
    if not request.if_match:
        abort(428)
    if not (request.if_match.star_tag or etag(session).strip('"') in request.if_match):
        abort(412)


def _check_values(given: dict[str, Any]) -> None:
    if (language := given.get("language")) and not LANGUAGE.fullmatch(language):
        raise InvalidInputError(f"“{language}” is not a language code, such as en or pt-BR.")
    for day in (given.get("held_on"), given.get("embargo_until")):
        if day is not None and not date(1900, 1, 1) <= day <= date(2200, 1, 1):
            raise InvalidInputError("A date of the session is out of reach. Check its year.")


def _now(session: MentoringSession) -> Description:
    return Description(
        title=session.title,
        description=session.description,
        held_on=session.held_on,
        language=session.language,
        form=session.form,
        visibility=session.visibility,
        embargo_until=session.embargo_until,
        participants=[(p.person_id, p.part) for p in session.participants],
    )


def written(session: MentoringSession) -> dict[str, Any]:
    """A session as the API gives it."""
    return {
        "id": session.id,
        "title": session.title,
        "description": session.description,
        "held_on": session.held_on,
        "language": session.language,
        "form": session.form,
        "visibility": session.visibility,
        "release": session.release,
        "embargo_until": session.embargo_until,
        "participants": [
            {"name": p.person.name, "part": p.part, "person_id": p.person_id}
            for p in session.participants
        ],
        "sources": [jobs.written(source) for source in session.sources],
        "created_at": session.created_at,
        "updated_at": session.updated_at,
        "links": {
            "self": url_for("api_sessions.one", session_id=session.id),
            "page": url_for("sessions.page", session_id=session.id),
            "transcript": url_for("api_sessions.transcript", session_id=session.id),
        },
    }


def _transcripts(db: Transaction, session: MentoringSession) -> list[dict[str, Any]]:
    found = []
    for source in session.sources:
        version = transcripts.current_version(db, source.id)
        if version is not None:
            found.append(
                {
                    "source_id": source.id,
                    "version": version.number,
                    "version_id": version.id,
                    "origin": version.origin,
                    "model": version.model,
                    "language": version.language,
                    "segments": transcripts.segments_of(db, version.id),
                }
            )
    return found
