"""Take something off the record from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import session_to_edit
from library.errors import InvalidInputError, NotFoundError
from library.holdings import sources
from library.models import Originals
from library.withdrawal import off_record
from library.withdrawal.off_record import Chosen, Loss, Stretch, Wording
from web.context import library, queue, viewer

bp = Blueprint(
    "api_redactions", __name__, url_prefix="/api/v1/sessions", description="What is in the library."
)


class ChosenSchema(Schema):
    """Seconds of a recording, or words in a paragraph of a note."""

    source_id = fields.Integer(required=True, validate=validate.Range(min=1, max=2**63 - 1))
    start = fields.Float(metadata={"description": "Second from which on; of a recording."})
    end = fields.Float(metadata={"description": "Second up to which."})
    paragraph = fields.Integer(metadata={"description": "Of a note; 0 is the first."})
    text = fields.String(
        load_default="", metadata={"description": "The paragraph's words; empty: all of them."}
    )
    only_show = fields.Boolean(
        load_default=False, metadata={"description": "Only say what would be lost."}
    )


class LossSchema(Schema):
    """What went, or would go."""

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
    """Put a stretch of a session off the record: words, sound, vectors and copies lose it."""
    chosen = _chosen(given)
    with library().reading() as db:
        session_to_edit(db, viewer(), session_id)
        if sources.visible_source(db, viewer(), chosen.source_id).session_id != session_id:
            raise NotFoundError("There is no such recording or note in this session.")
        if given["only_show"]:
            return _written(chosen, off_record.loss(library(), db, viewer(), chosen), done=False)
    went = off_record.take_off(library(), viewer(), chosen)
    queue().request(chosen.source_id)
    return _written(chosen, went, done=True)


def _chosen(given: dict[str, Any]) -> Chosen:
    if "paragraph" in given:
        return Wording(given["source_id"], given["paragraph"], given["text"])
    if "start" not in given or "end" not in given:
        raise InvalidInputError("Give start and end in seconds, or the paragraph of a note.")
    return Stretch(given["source_id"], given["start"], given["end"])


def _written(chosen: Chosen, went: Loss, *, done: bool) -> dict[str, Any]:
    return {
        "source_id": chosen.source_id,
        "start": went.start,
        "end": went.end,
        "words": went.words,
        "versions": went.versions,
        "passages": went.passages,
        "sound": went.sound,
        "originals": went.originals,
        "done": done,
    }
