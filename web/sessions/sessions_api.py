"""API resources for sessions and their current transcripts."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from dataclasses import replace
from typing import Any

from flask import Response, abort, jsonify, request, url_for
from flask_smorest import Blueprint

from library import audit
from library.access import session_for, session_to_edit
from library.capture.intake import Added
from library.consent import release
from library.errors import NotFoundError
from library.exports import webvtt
from library.idempotency import AnsweredError
from library.models import MentoringSession
from library.removal import take_back, trash
from library.sessions import erasure, person_lookup, sessions
from library.sessions.description import of_session, values_of
from library.store import Transaction
from library.transcripts import versions
from web.capture import create_session, jobs_api
from web.consent import take_back_api
from web.consent.take_back_api import ReceiptSchema
from web.http.context import library, viewer
from web.http.idempotency import repeatable
from web.http.paging import next_url, query_args, split_page
from web.openapi.schemas import (
    AddedSchema,
    ChangesSchema,
    NewSessionFormSchema,
    PageSchema,
    SessionListSchema,
    SessionSchema,
    TranscriptSchema,
)
from web.transcripts import transcripts_api

bp = Blueprint(
    "api_sessions", __name__, url_prefix="/api/v1/sessions", description="Mentoring sessions."
)

MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "ETag of the session as last read.",
}

FOR_GOOD = {
    "in": "query",
    "name": "for_good",
    "schema": {"type": "boolean", "default": False},
    "description": "Take the session back for good instead of moving it to the trash. "
    "The receipt says by when it is erased from the disk.",
}

ONCE = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": "A unique key, such as a UUID. Repeating the request with the same key returns "
    "the same response and adds nothing. A different request with the key fails (422).",
}


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SessionListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the sessions that you may see, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, sessions.visible(db, viewer(), **query_args(page)))
        listed = [written(session) for session in shown]
    return {"sessions": listed, "next": next_url("api_sessions.index", page, last)}


@bp.post("")
@bp.doc(
    parameters=[ONCE],
    requestBody={"content": {"multipart/form-data": {"schema": NewSessionFormSchema}}},
)
@bp.response(202, AddedSchema)
def add() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Add a session with files, finished uploads or a note, and its details."""
    who = create_session.require_may_add()
    once = repeatable(request, who)
    if once is not None and (known := once.answer()) is not None:
        return _added(Added(**known))
    draft = create_session.typed(request)
    try:
        with create_session.discard_files_on_error(draft):
            create_session.hold_files(request, who, draft)
            return _added(create_session.create_session(who, draft, once))
    except AnsweredError as answered:
        return _added(Added(**answered.answer))


def _added(added: Added) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return the response body, status and headers for an added session."""
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
    """Return a session. Send its ETag as If-Match to change or delete it."""
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        return written(session), 200, {"ETag": etag(session)}


@bp.patch("/<int:session_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(ChangesSchema)
@bp.response(200, SessionSchema)
def change(given: dict[str, Any], session_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change the details of a session. Fails with 412 if they have changed since you read them."""
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        _require_match(session)
        if "participants" in given:
            here = {p.person_id for p in session.participants}
            named = person_lookup.participants(db, viewer(), given["participants"], here=here)
            given["participants"] = named
        sessions.describe(db, session, replace(of_session(session), **given))
        if given.keys() & {"visibility", "embargo_until"}:
            release.choose(db, viewer(), session)
    with library().reading() as db:
        session = session_for(db, viewer(), session_id)
        return written(session), 200, {"ETag": etag(session)}


@bp.delete("/<int:session_id>")
@bp.doc(parameters=[MATCH, FOR_GOOD])
@bp.response(204)
@bp.alt_response(200, schema=ReceiptSchema, description="The session is taken back for good.")
def remove(session_id: int) -> Response | None:
    """Move a session to the trash, or take the session and all derived data back for good."""
    place = library()
    with place.transaction(on_full_disk=True) as db:
        session = session_to_edit(db, viewer(), session_id)
        _require_match(session)
        if request.args.get("for_good") != "true":
            trash.put(db, viewer(), session_id)
            return None
        receipt = take_back.destroy(db, viewer(), session)
        subject, who = ("session", session_id), viewer()
        audit.record(db, who.person_id, "session.take-back", subject, address=who.address)
    erasure.finish(place)
    return jsonify(take_back_api.written(receipt))


@bp.get("/<int:session_id>/transcript")
@bp.response(200, TranscriptSchema(many=True))
def transcript(session_id: int) -> list[dict[str, Any]]:
    """Return the current transcript of each source of a session."""
    with library().reading() as db:
        return _transcripts(db, session_for(db, viewer(), session_id))


@bp.get("/<int:session_id>/transcript.vtt")
@bp.response(200, {"type": "string"}, content_type="text/vtt")
def transcript_vtt(session_id: int) -> Response:
    """Return the current transcript of the first source with times as WebVTT."""
    with library().reading() as db:
        for source in session_for(db, viewer(), session_id).sources:
            version = versions.current_version(db, source.id)
            segments = versions.segments_of(db, version.id) if version else []
            if any(segment.start is not None for segment in segments):
                return Response(webvtt.captions(segments), mimetype="text/vtt")
    raise NotFoundError("The transcript of this session has no times. Request it as plain text.")


def etag(session: MentoringSession) -> str:
    """Return the entity tag (RFC 9110) of the details of a session."""
    return f'"{session.id}-{session.updated_at.timestamp():.6f}"'


def _require_match(session: MentoringSession) -> None:
    if not request.if_match:
        abort(428)
    if not (request.if_match.star_tag or etag(session).strip('"') in request.if_match):
        abort(412)


def written(session: MentoringSession) -> dict[str, Any]:
    """Return a session in the form of `SessionSchema`."""
    return {
        "id": session.id,
        **values_of(session),
        "release": session.release,
        "participants": [
            {"name": p.person.name, "part": p.part, "person_id": p.person_id}
            for p in session.participants
        ],
        "sources": [jobs_api.written(source) for source in session.sources],
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
        version = versions.current_version(db, source.id)
        if version is not None:
            found.append(transcripts_api.written(version, versions.segments_of(db, version.id)))
    return found
