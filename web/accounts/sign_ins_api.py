"""API resources that list and end the viewer's sign-ins. They cannot start a sign-in."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.accounts import sign_ins
from library.errors import NotAllowedError
from library.models import SignIn, SignInWay
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.response_fields import Links
from web.openapi.schemas import PageSchema


class SignInSchema(Schema):
    """Browser that is signed in to your account."""

    id = fields.Integer()
    browser = fields.String(
        metadata={"description": "Browser and system, such as “Firefox on Linux”."}
    )
    way = fields.Enum(SignInWay, by_value=True)
    remembered = fields.Boolean(metadata={"description": "Whether “Stay signed in” was chosen."})
    address = fields.String(metadata={"description": "Network address at sign-in."})
    created_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime(
        metadata={"description": "Time of the last use, stored once an hour."}
    )
    ends_at = fields.AwareDateTime(
        metadata={"description": "End of the sign-in, unless use extends it."}
    )
    links = Links({"self": "api_sign_ins.one"}, sign_in_id="id")


class SignInListSchema(Schema):
    """Browsers that are signed in to your account, newest first."""

    sign_ins = fields.List(fields.Nested(SignInSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_sign_ins",
    __name__,
    url_prefix="/api/v1/sign-ins",
    description="The browsers that are signed in as you.",
)


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, SignInListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List the browsers that are signed in as you, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, sign_ins.for_person(db, _me())))
    return {"sign_ins": shown, "next": next_url("api_sign_ins.index", page, last)}


@bp.get("/<int:sign_in_id>")
@bp.response(200, SignInSchema)
def one(sign_in_id: int) -> tuple[SignIn, int, dict[str, str]]:
    """Return one of your sign-ins. Send its ETag as If-Match to end it."""
    with library().reading() as db:
        row = sign_ins.get(db, _me(), sign_in_id)
    return row, 200, {"ETag": _tag(row)}


@bp.delete("/<int:sign_in_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def end(sign_in_id: int) -> None:
    """Sign a browser out. Its cookies stop working."""
    with library().transaction() as db:
        row = sign_ins.get(db, _me(), sign_in_id)
        require_match(_tag(row))
        sign_ins.end(db, row)


def _tag(row: SignIn) -> str:
    """Return the entity tag of a sign-in. It does not depend on the time of last use."""
    return tag_of_row(SignInSchema(exclude=("last_used_at", "ends_at")), row)


def _me() -> int:
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    return person_id
