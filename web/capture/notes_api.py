"""API resource of notes that participants add to a session."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from web.capture import notes
from web.capture.create_session import LONGEST_NOTE
from web.openapi.schemas import CleanText, RequestSchema

bp = Blueprint(
    "api_notes", __name__, url_prefix="/api/v1/sessions", description="Sessions of the library."
)


class NoteTextSchema(RequestSchema):
    """Text of a note."""

    text = CleanText(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


class NoteAddedSchema(Schema):
    """Source of the new note."""

    source_id = fields.Integer()
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.post("/<int:session_id>/notes")
@bp.arguments(NoteTextSchema)
@bp.response(202, NoteAddedSchema)
def add(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Add a note to a session in which you took part. Participants are asked for consent again."""
    source_id = notes.add_note(session_id, given["text"])
    links = {
        "job": url_for("api_jobs.one", source_id=source_id),
        "session": url_for("api_sessions.one", session_id=session_id),
    }
    return {"source_id": source_id, "links": links}
