"""API resource for redactions (off the record)."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import session_to_edit
from library.errors import InvalidInputError, NotFoundError
from library.models import Originals
from library.removal import redaction
from library.removal.redaction import Chosen, RedactionPreview, TimeRange, Wording
from library.sessions import sources
from web.http.context import library, queue, viewer

bp = Blueprint(
    "api_redactions",
    __name__,
    url_prefix="/api/v1/sessions",
    description="Take ranges of a session off the record.",
)


class ChosenSchema(Schema):
    """Range to take off the record: seconds of a recording, or words in a paragraph of a note."""

    source_id = fields.Integer(required=True, validate=validate.Range(min=1, max=2**63 - 1))
    start = fields.Float(metadata={"description": "Start in seconds, for a recording."})
    end = fields.Float(metadata={"description": "End in seconds, for a recording."})
    paragraph = fields.Integer(
        metadata={"description": "Number of the paragraph, for a note; 0 is the first."}
    )
    text = fields.String(
        load_default="",
        metadata={"description": "Words of the paragraph; empty means the whole paragraph."},
    )
    only_show = fields.Boolean(
        load_default=False, metadata={"description": "True: change nothing, return the preview."}
    )


class LossSchema(Schema):
    """Preview or result of a redaction."""

    source_id = fields.Integer()
    start = fields.Float(allow_none=True)
    end = fields.Float(allow_none=True)
    words = fields.String()
    versions = fields.Integer()
    passages = fields.Integer()
    sound = fields.Boolean()
    originals = fields.Enum(Originals, by_value=True)
    done = fields.Boolean()


@bp.post("/<int:session_id>/redactions")
@bp.arguments(ChosenSchema)
@bp.response(200, LossSchema)
def take_off(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Take a range off the record: remove its words, sound, vectors and copies."""
    chosen = _chosen(given)
    with library().reading() as db:
        session_to_edit(db, viewer(), session_id)
        if sources.visible_source(db, viewer(), chosen.source_id).session_id != session_id:
            raise NotFoundError("This recording or note does not belong to this session.")
        if given["only_show"]:
            return _written(chosen, redaction.loss(library(), db, viewer(), chosen), done=False)
    preview = redaction.redact(library(), viewer(), chosen)
    queue().request(chosen.source_id)
    return _written(chosen, preview, done=True)


def _chosen(given: dict[str, Any]) -> Chosen:
    if "paragraph" in given:
        return Wording(given["source_id"], given["paragraph"], given["text"])
    if "start" not in given or "end" not in given:
        raise InvalidInputError("Give start and end in seconds, or the paragraph of a note.")
    return TimeRange(given["source_id"], given["start"], given["end"])


def _written(chosen: Chosen, preview: RedactionPreview, *, done: bool) -> dict[str, Any]:
    return {**vars(preview), "source_id": chosen.source_id, "done": done}
