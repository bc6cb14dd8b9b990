"""API resource for the to-do items of the viewer."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.errors import NotAllowedError
from library.todo.items import Kind, Task, TaskPage
from library.todo.texts import words
from web.http.context import viewer
from web.rendering import todo_items as items

bp = Blueprint(
    "api_waiting",
    __name__,
    url_prefix="/api/v1",
    description="To-do items of the signed-in person.",
)


class WaitingThingSchema(Schema):
    """A to-do item: its kind, a sentence, and links to the pages for it."""

    kind = fields.Enum(Kind, by_value=True)
    desk = fields.Enum(
        TaskPage, by_value=True, metadata={"description": "Part of the site where it is done."}
    )
    count = fields.Integer(
        metadata={"description": "Number of things that the item stands for; usually 1."}
    )
    session_id = fields.Integer(allow_none=True)
    words = fields.String(metadata={"description": "Description as a sentence."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class AllWaitingSchema(Schema):
    """The to-do items of the signed-in person."""

    count = fields.Integer()
    waiting = fields.List(fields.Nested(WaitingThingSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.get("/me/waiting")
@bp.response(200, AllWaitingSchema)
def mine() -> dict[str, Any]:
    """List your to-do items, such as consent requests, decisions and failed jobs."""
    if not viewer().is_member:
        raise NotAllowedError
    found = items.items_of_viewer()
    return {
        "count": sum(one.count for one in found),
        "waiting": [_written(one) for one in found],
        "links": {"self": url_for("api_waiting.mine"), "me": url_for("api_people.me")},
    }


def _written(one: Task) -> dict[str, Any]:
    links = {"page": items.page(one)}
    if one.session_id is not None:
        links["session"] = url_for("api_sessions.one", session_id=one.session_id)
    return {**vars(one), "desk": one.desk, "words": words(one), "links": links}
