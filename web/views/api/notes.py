"""A note of one's own, added to a session from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from web.intake import LONGEST_NOTE
from web.views import notes
from web.views.api.schemas import CleanText

bp = Blueprint(
    "api_notes", __name__, url_prefix="/api/v1/sessions", description="What is in the library."
)


class NoteTextSchema(Schema):
    """The words of a note."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    text = CleanText(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


class NoteAddedSchema(Schema):
    """Where a note that was added is."""

    source_id = fields.Integer()
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.post("/<int:session_id>/notes")
@bp.arguments(NoteTextSchema)
@bp.response(202, NoteAddedSchema)
def add(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Add a note of your own to a session in which you took part; everybody is asked again."""
    source_id = notes.added(session_id, given["text"])
    links = {
        "job": url_for("api_jobs.one", source_id=source_id),
        "session": url_for("api_sessions.one", session_id=session_id),
    }
    return {"source_id": source_id, "links": links}
