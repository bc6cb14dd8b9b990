"""Pinned answers from a program; for curators and administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.curating import pins
from library.curating.pins import Wanted
from library.models import PinnedAnswer
from library.store import Transaction
from web.context import library, viewer
from web.views.api.curating_schemas import PinListSchema, PinSchema, PinWantedSchema
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import asked, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_pins", __name__, url_prefix="/api/v1/pins", description="Answers chosen by curators."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, PinListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """The pinned answers, newest first."""
    with library().reading() as db:
        shown, last = cut(page, pins.everything(db, viewer(), **asked(page)))
        listed = [_written(db, pin) for pin in shown]
    return {"pins": listed, "next": following("api_pins.index", page, last)}


@bp.post("")
@bp.arguments(PinWantedSchema)
@bp.response(201, PinSchema)
def add(given: dict[str, Any]) -> Answer:
    """Have passages shown first where one of these questions is asked."""
    with library().transaction() as db:
        content = _written(db, pins.save(db, viewer(), _wanted(given)))
    return content, 201, {"ETag": tag_of(content), "Location": content["links"]["self"]}


@bp.get("/<int:pin_id>")
@bp.response(200, PinSchema)
def one(pin_id: int) -> Answer:
    """A pinned answer; its ETag is what a change has to name."""
    with library().reading() as db:
        content = _written(db, pins.get(db, viewer(), pin_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:pin_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(PinWantedSchema)
@bp.response(200, PinSchema)
def change(given: dict[str, Any], pin_id: int) -> Answer:
    """Let it be exactly this, unless somebody changed it since you read it."""
    with library().transaction() as db:
        require_match(tag_of(_written(db, pins.get(db, viewer(), pin_id))))
        content = _written(db, pins.save(db, viewer(), _wanted(given), pin_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:pin_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(pin_id: int) -> None:
    """Show it first no longer."""
    with library().transaction() as db:
        require_match(tag_of(_written(db, pins.get(db, viewer(), pin_id))))
        pins.remove(db, viewer(), pin_id)


def _wanted(given: dict[str, Any]) -> Wanted:
    return Wanted(questions=given["questions"], passage_ids=given["passages"], note=given["note"])


def _written(db: Transaction, pin: PinnedAnswer) -> dict[str, Any]:
    standing = pins.standing(db, viewer(), pin.id)
    passages = [
        {
            "passage_id": passage.id,
            "session_id": passage.session_id,
            "source_id": passage.source_id,
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
        }
        for passage in standing
        if passage is not None
    ]
    return {
        "id": pin.id,
        "questions": [question.text for question in pin.questions],
        "note": pin.note,
        "passages": passages,
        "fallen": len(standing) - len(passages),
        "made_by": pin.made_by,
        "created_at": pin.created_at,
        "updated_at": pin.updated_at,
        "links": {
            "self": url_for("api_pins.one", pin_id=pin.id),
            "page": url_for("pins.one", pin_id=pin.id),
        },
    }
