"""What waits for a person, from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.errors import NotAllowedError
from library.overview.waiting import Desk, Kind, Waiting
from library.overview.waiting_words import words
from web import waiting
from web.context import viewer

bp = Blueprint(
    "api_waiting", __name__, url_prefix="/api/v1", description="Accounts; for administrators."
)


class WaitingThingSchema(Schema):
    """One thing that waits for whoever asks."""

    kind = fields.Enum(Kind, by_value=True)
    desk = fields.Enum(
        Desk, by_value=True, metadata={"description": "In which part of the site it is done."}
    )
    count = fields.Integer(metadata={"description": "How many it stands for; mostly one."})
    session_id = fields.Integer(allow_none=True)
    words = fields.String(metadata={"description": "The same in a sentence."})
    links = fields.Dict(keys=fields.String(), values=fields.String())


class AllWaitingSchema(Schema):
    """What waits for whoever asks."""

    count = fields.Integer()
    waiting = fields.List(fields.Nested(WaitingThingSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.get("/me/waiting")
@bp.response(200, AllWaitingSchema)
def mine() -> dict[str, Any]:
    """What waits for you: answers, decisions and repairs that only you can give."""
    if not viewer().is_member:
        raise NotAllowedError
    found = waiting.here()
    return {
        "count": sum(one.count for one in found),
        "waiting": [_written(one) for one in found],
        "links": {"self": url_for("api_waiting.mine"), "me": url_for("api_people.me")},
    }


def _written(one: Waiting) -> dict[str, Any]:
    links = {"page": waiting.page(one)}
    if one.session_id is not None:
        links["session"] = url_for("api_sessions.one", session_id=one.session_id)
    return {
        "kind": one.kind,
        "desk": one.desk,
        "count": one.count,
        "session_id": one.session_id,
        "words": words(one),
        "links": links,
    }
