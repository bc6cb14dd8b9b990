"""API resource for the transcript of one source, with optimistic locking by ETag."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from collections.abc import Sequence
from typing import Any

from flask import abort, request
from flask_smorest import Blueprint

from library.access import session_to_edit
from library.errors import NotFoundError
from library.models import TranscriptVersion
from library.sessions import jobs, read_models, sources
from library.store import Transaction
from library.transcripts import drafts, edits, versions
from search.indexing import save_version
from web.http.context import engine, library, queue, viewer
from web.openapi.schemas import CorrectionSchema, TranscriptSchema
from web.transcripts import editor_lines

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
    "description": "ETag of the transcript as last read.",
}


@bp.get("/<int:session_id>/transcript/<int:source_id>")
@bp.response(200, TranscriptSchema)
def get(session_id: int, source_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return the current transcript of a source. Send its ETag as If-Match to correct the text."""
    with library().reading() as db:
        version = _current(db, session_id, source_id)
        return written(version, read_models.lines_of(db, version.id)), 200, {"ETag": etag(version)}


@bp.put("/<int:session_id>/transcript/<int:source_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(CorrectionSchema)
@bp.response(200, TranscriptSchema)
def put(
    given: dict[str, Any], session_id: int, source_id: int
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Save a correction as the next version. Fails with 412 if a newer version exists.

    A piece either keeps segments of the version that you read (`keep` to `to`), or writes a
    new segment (`text`). Unchanged words keep their times. Segments in no piece are removed.
    """
    place = library()
    with place.reading() as db:
        version = _current(db, session_id, source_id)
        session_to_edit(db, viewer(), session_id)
        if not request.if_match:
            abort(428)
        if not (request.if_match.star_tag or etag(version).strip('"') in request.if_match):
            abort(412)
        pieces = drafts.read(editor_lines.cleaned(given["pieces"]))
        segments = edits.revised(versions.drafts_of(db, version.id), pieces)
    people = {name: who if isinstance(who, int) else None for name, who in given["people"].items()}
    try:
        save_version.save(
            place,
            engine().embedder(),
            viewer(),
            source_id,
            segments,
            base_id=version.id,
            choices=people,
        )
    except versions.NewerVersionError:
        abort(412)
    with place.transaction() as db:
        drafts.forget(db, viewer(), source_id)
        if source_id in jobs.unfinished(db):
            queue().request(source_id)
        version = _current(db, session_id, source_id)
        return written(version, read_models.lines_of(db, version.id)), 200, {"ETag": etag(version)}


def etag(version: TranscriptVersion) -> str:
    """Return the entity tag (RFC 9110) of a transcript version."""
    return f'"t{version.id}"'


def _current(db: Transaction, session_id: int, source_id: int) -> TranscriptVersion:
    source = sources.visible_source(db, viewer(), source_id)
    version = versions.current_version(db, source.id)
    if version is None or source.session_id != session_id:
        raise NotFoundError(
            "This transcript does not exist, or you do not have permission to see it."
        )
    return version


def written(version: TranscriptVersion, segments: Sequence[object]) -> dict[str, Any]:
    """Return a transcript version and its segments in the form of `TranscriptSchema`."""
    return {
        "source_id": version.source_id,
        "version": version.number,
        "version_id": version.id,
        "origin": version.origin,
        "model": version.model,
        "language": version.language,
        "segments": segments,
    }
