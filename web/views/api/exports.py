"""A session's words in any format, for programs."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from flask import Response
from flask_smorest import Blueprint

from library.exports.table import EXPORTS
from web.views.exports import taken_along

bp = Blueprint(
    "api_exports", __name__, url_prefix="/api/v1/sessions", description="Words to take along."
)

VERSION = {
    "in": "query",
    "name": "version",
    "schema": {"type": "integer", "minimum": 1},
    "description": "An earlier version of the transcript, for whoever may change the session.",
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
    responses={200: {"description": "The words as a file.", "content": CONTENT}},
)
def one(session_id: int, source_id: int, ending: str) -> Response:
    """The words of one source: docx, txt, md, vtt, srt, chapters.vtt, ohms.xml or json."""
    return taken_along(session_id, source_id, ending)
