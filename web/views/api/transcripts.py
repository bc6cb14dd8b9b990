"""Read and correct the transcript of one source from a program, without losing anybody's change."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import abort, request
from flask_smorest import Blueprint

from library.access import session_to_edit
from library.editing import drafts, edits, transcripts
from library.errors import NotFoundError
from library.holdings import jobs, reading, sources
from library.models import TranscriptVersion
from library.store import Transaction
from search import revising
from web import editing
from web.context import engine, library, queue, viewer
from web.views.api.schemas import CorrectionSchema, TranscriptSchema

bp = Blueprint(
    "api_transcripts",
    __name__,
    url_prefix="/api/v1/sessions",
    description="Transcripts and their versions.",
)

MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag that came with the transcript.",
}


@bp.get("/<int:session_id>/transcript/<int:source_id>")
@bp.response(200, TranscriptSchema)
def get(session_id: int, source_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The current transcript of a source; its ETag is what a correction has to name."""
    with library().reading() as db:
        version = _current(db, session_id, source_id)
        return _written(db, version), 200, {"ETag": etag(version)}


@bp.put("/<int:session_id>/transcript/<int:source_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(CorrectionSchema)
@bp.response(200, TranscriptSchema)
def put(
    given: dict[str, Any], session_id: int, source_id: int
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Save a correction as the next version, unless there is a newer one than you read.

    A piece either keeps lines of the version that you read (`keep`, to `to`), or writes a line
    anew (`text`); words that stay keep their seconds. What no piece keeps is gone.
    """
    place = library()
    with place.reading() as db:
        version = _current(db, session_id, source_id)
        session_to_edit(db, viewer(), session_id)
        if not request.if_match:
            abort(428)
        if not (request.if_match.star_tag or etag(version).strip('"') in request.if_match):
            abort(412)
        pieces = drafts.read(editing.cleaned(given["pieces"]))
        segments = edits.revised(transcripts.drafts_of(db, version.id), pieces)
    people = {name: who if isinstance(who, int) else None for name, who in given["people"].items()}
    try:
        revising.save(
            place,
            engine().embedder(),
            viewer(),
            source_id,
            segments,
            base_id=version.id,
            choices=people,
        )
    except transcripts.NewerVersionError:
        abort(412)
    with place.transaction() as db:
        drafts.forget(db, viewer(), source_id)
        if source_id in jobs.unfinished(db):
            queue().request(source_id)
        version = _current(db, session_id, source_id)
        return _written(db, version), 200, {"ETag": etag(version)}


def etag(version: TranscriptVersion) -> str:
    """A version of a transcript, as an entity tag (RFC 9110)."""
    return f'"t{version.id}"'


def _current(db: Transaction, session_id: int, source_id: int) -> TranscriptVersion:
    source = sources.visible_source(db, viewer(), source_id)
    version = transcripts.current_version(db, source.id)
    if version is None or source.session_id != session_id:
        raise NotFoundError("There is no transcript here, or none that you may see.")
    return version


def _written(db: Transaction, version: TranscriptVersion) -> dict[str, Any]:
    return {
        "source_id": version.source_id,
        "version": version.number,
        "version_id": version.id,
        "origin": version.origin,
        "model": version.model,
        "language": version.language,
        "segments": reading.lines_of(db, version.id),
    }
