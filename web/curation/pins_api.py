"""API resources of pinned answers, for curators and administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.curation import pinned_answers
from library.curation.pinned_answers import PinInput
from library.models import PinnedAnswer
from library.store import Transaction
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, query_args, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import AN_ID, CleanText, PageSchema, RequestSchema


class PinWantedSchema(RequestSchema):
    """Questions, and the passages that are shown first when these questions are asked."""

    questions = fields.List(
        CleanText(validate=validate.Length(1, pinned_answers.LONGEST)),
        required=True,
        validate=validate.Length(1, pinned_answers.MOST_QUESTIONS),
    )
    passages = fields.List(
        fields.Integer(validate=AN_ID),
        required=True,
        validate=validate.Length(1, pinned_answers.MOST_PASSAGES),
    )
    note = CleanText(load_default="", validate=validate.Length(max=pinned_answers.LONGEST))


class PinnedPassageSchema(Schema):
    """Passage of a pinned answer."""

    passage_id = fields.Integer(attribute="id")
    session_id = fields.Integer()
    source_id = fields.Integer()
    start = fields.Float(
        allow_none=True, metadata={"description": "Start in seconds; null in a note."}
    )
    end = fields.Float(allow_none=True)
    text = fields.String()


class PinSchema(Schema):
    """Pinned answer: its questions, its note and its passages."""

    id = fields.Integer()
    questions = fields.List(fields.String())
    note = fields.String()
    passages = fields.List(fields.Nested(PinnedPassageSchema))
    fallen = fields.Integer(
        metadata={
            "description": "Number of passages that were removed, were changed, or are hidden."
        }
    )
    made_by = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    links = Links({"self": "api_pins.one", "page": "pins.one"}, pin_id="id")


class PinListSchema(Schema):
    """One page of the pinned answers, newest first."""

    pins = fields.List(fields.Nested(PinSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_pins",
    __name__,
    url_prefix="/api/v1/pins",
    description="Pinned answers, chosen by curators.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PinListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the pinned answers, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, pinned_answers.everything(db, viewer(), **query_args(page)))
        listed = [_written(db, pin) for pin in shown]
    return {"pins": listed, "next": next_url("api_pins.index", page, last)}


@bp.post("")
@bp.arguments(PinWantedSchema)
@bp.response(201, PinSchema)
def add(given: dict[str, Any]) -> Answer:
    """Pin passages to questions. The results of these questions show the passages first."""
    with library().transaction() as db:
        content = _written(db, pinned_answers.save(db, viewer(), _wanted(given)))
    where = url_for("api_pins.one", pin_id=content["id"])
    return content, 201, {"ETag": tag_of_row(PinSchema(), content), "Location": where}


@bp.get("/<int:pin_id>")
@bp.response(200, PinSchema)
def one(pin_id: int) -> Answer:
    """Return a pinned answer. Send its ETag as If-Match to change it."""
    with library().reading() as db:
        content = _written(db, pinned_answers.get(db, viewer(), pin_id))
    return content, 200, {"ETag": tag_of_row(PinSchema(), content)}


@bp.put("/<int:pin_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(PinWantedSchema)
@bp.response(200, PinSchema)
def change(given: dict[str, Any], pin_id: int) -> Answer:
    """Replace a pinned answer. Fails with 412 if it has changed since you read it."""
    with library().transaction() as db:
        require_match(
            tag_of_row(PinSchema(), _written(db, pinned_answers.get(db, viewer(), pin_id)))
        )
        content = _written(db, pinned_answers.save(db, viewer(), _wanted(given), pin_id))
    return content, 200, {"ETag": tag_of_row(PinSchema(), content)}


@bp.delete("/<int:pin_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(pin_id: int) -> None:
    """Remove a pinned answer."""
    with library().transaction() as db:
        require_match(
            tag_of_row(PinSchema(), _written(db, pinned_answers.get(db, viewer(), pin_id)))
        )
        pinned_answers.remove(db, viewer(), pin_id)


def _wanted(given: dict[str, Any]) -> PinInput:
    return PinInput(questions=given["questions"], passage_ids=given["passages"], note=given["note"])


def _written(db: Transaction, pin: PinnedAnswer) -> dict[str, Any]:
    standing = pinned_answers.current_passages(db, viewer(), pin.id)
    passages = [passage for passage in standing if passage is not None]
    return {
        "id": pin.id,
        "questions": [question.text for question in pin.questions],
        "note": pin.note,
        "passages": passages,
        "fallen": len(standing) - len(passages),
        "made_by": pin.made_by,
        "created_at": pin.created_at,
        "updated_at": pin.updated_at,
    }
