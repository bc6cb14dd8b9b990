"""Question scripts from a program: read by whoever may record, written by administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import require_admin
from library.capture import scripts
from library.models import QuestionScript
from library.store import Transaction
from web.context import library, viewer
from web.intake import adder
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema
from web.views.api.trust_schemas import ScriptListSchema, ScriptSchema, WrittenScriptSchema

bp = Blueprint(
    "api_scripts",
    __name__,
    url_prefix="/api/v1/scripts",
    description="Questions that guide a recording.",
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, ScriptListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """All scripts, the newest first; for whoever may add sessions."""
    adder()
    with library().reading() as db:
        shown, last = cut(page, behind(page, scripts.everything(db)))
        listed = [_written(script) for script in shown]
    return {"scripts": listed, "next": following("api_scripts.index", page, last)}


@bp.post("")
@bp.arguments(WrittenScriptSchema)
@bp.response(201, ScriptSchema)
def add(given: dict[str, Any]) -> Answer:
    """Write a script; for administrators."""
    with library().transaction() as db:
        content = _written(scripts.save(db, viewer(), None, **given))
    return content, 201, {"ETag": tag_of(content), "Location": content["links"]["self"]}


@bp.get("/<int:script_id>")
@bp.response(200, ScriptSchema)
def one(script_id: int) -> Answer:
    """One script."""
    adder()
    with library().reading() as db:
        content = _written(scripts.get(db, script_id))
    return content, 200, {"ETag": tag_of(content)}


@bp.put("/<int:script_id>")
@bp.doc(parameters=[MATCH])
@bp.arguments(WrittenScriptSchema)
@bp.response(200, ScriptSchema)
def change(given: dict[str, Any], script_id: int) -> Answer:
    """Write a script anew, unless somebody else did since you read it; for administrators."""
    with library().transaction() as db:
        script = _to_change(db, script_id)
        content = _written(scripts.save(db, viewer(), script, **given))
    return content, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:script_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def remove(script_id: int) -> None:
    """Remove a script; chapters that were made with it stay. For administrators."""
    with library().transaction() as db:
        scripts.remove(db, viewer(), _to_change(db, script_id))


def _to_change(db: Transaction, script_id: int) -> QuestionScript:
    require_admin(viewer())
    script = scripts.get(db, script_id)
    require_match(tag_of(_written(script)))
    return script


def _written(script: QuestionScript) -> dict[str, Any]:
    return {
        "id": script.id,
        "title": script.title,
        "introduction": script.introduction,
        "prompts": script.prompts,
        "links": {"self": url_for("api_scripts.one", script_id=script.id)},
    }
