"""API resources of question scripts. People who may record read them, administrators write."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_admin
from library.capture import question_scripts
from library.models import QuestionScript
from library.store import Transaction
from web.capture.create_session import require_may_add
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import CleanText, PageSchema, RequestSchema


class ScriptSchema(Schema):
    """Question script: prompts that guide a recording. Each ticked prompt makes a chapter."""

    id = fields.Integer()
    title = fields.String()
    introduction = fields.String()
    prompts = fields.List(fields.String())
    links = Links({"self": "api_scripts.one"}, script_id="id")


class ScriptListSchema(Schema):
    """One page of the question scripts, newest first."""

    scripts = fields.List(fields.Nested(ScriptSchema))
    next = fields.String(allow_none=True)


class WrittenScriptSchema(RequestSchema):
    """Content of a new or changed question script."""

    title = CleanText(required=True, validate=validate.Length(1, question_scripts.LONGEST_TITLE))
    introduction = CleanText(
        load_default="", validate=validate.Length(max=question_scripts.LONGEST_INTRODUCTION)
    )
    prompts = fields.List(
        CleanText(validate=validate.Length(1, question_scripts.LONGEST_PROMPT)),
        required=True,
        validate=validate.Length(1, question_scripts.MOST_PROMPTS),
    )


bp = Blueprint(
    "api_scripts",
    __name__,
    url_prefix="/api/v1/scripts",
    description="Question scripts that guide a recording.",
)

Answer = tuple[QuestionScript, int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, ScriptListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the question scripts, newest first. Requires the right to add sessions."""
    require_may_add()
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, question_scripts.everything(db)))
    return {"scripts": shown, "next": next_url("api_scripts.index", page, last)}


@bp.post("")
@bp.arguments(WrittenScriptSchema)
@bp.response(201, ScriptSchema)
def add(given: dict[str, Any]) -> Answer:
    """Create a question script. For administrators."""
    with library().transaction() as db:
        script = question_scripts.save(db, viewer(), None, **given)
    where = url_for("api_scripts.one", script_id=script.id)
    return script, 201, {"ETag": tag_of_row(ScriptSchema(), script), "Location": where}


@bp.get("/<int:script_id>")
@bp.response(200, ScriptSchema)
def one(script_id: int) -> Answer:
    """Return one question script."""
    require_may_add()
    with library().reading() as db:
        script = question_scripts.get(db, script_id)
    return script, 200, {"ETag": tag_of_row(ScriptSchema(), script)}


@bp.put("/<int:script_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WrittenScriptSchema)
@bp.response(200, ScriptSchema)
def change(given: dict[str, Any], script_id: int) -> Answer:
    """Replace a question script, unless it has changed since you read it. For administrators."""
    with library().transaction() as db:
        script = _to_change(db, script_id)
        question_scripts.save(db, viewer(), script, **given)
    return script, 200, {"ETag": tag_of_row(ScriptSchema(), script)}


@bp.delete("/<int:script_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(script_id: int) -> None:
    """Remove a question script. Chapters that were made with it stay. For administrators."""
    with library().transaction() as db:
        question_scripts.remove(db, viewer(), _to_change(db, script_id))


def _to_change(db: Transaction, script_id: int) -> QuestionScript:
    require_admin(viewer())
    script = question_scripts.get(db, script_id)
    require_match(tag_of_row(ScriptSchema(), script))
    return script
