"""API resource for transcript downloads."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from flask import Response
from flask_smorest import Blueprint

from library.exports.formats import EXPORTS
from web.sessions.export_download import download_response

bp = Blueprint(
    "api_exports", __name__, url_prefix="/api/v1/sessions", description="Transcript downloads."
)

VERSION = {
    "in": "query",
    "name": "version",
    "schema": {"type": "integer", "minimum": 1},
    "description": "An earlier version of the transcript; requires the right to edit the session.",
}
ENDING = {
    "in": "path",
    "name": "ending",
    "required": True,
    "schema": {"type": "string", "enum": sorted(EXPORTS)},
}
CONTENT = {
    export.media_type: {"schema": {"type": "string", "format": "binary"}}
    for export in EXPORTS.values()
}


@bp.get("/<int:session_id>/export/<int:source_id>.<string:ending>")
@bp.doc(
    parameters=[VERSION, ENDING],
    responses={200: {"description": "The transcript as a file.", "content": CONTENT}},
)
def one(session_id: int, source_id: int, ending: str) -> Response:
    """Download a transcript: docx, txt, md, vtt, srt, chapters.vtt, ohms.xml or json."""
    return download_response(session_id, source_id, ending)
