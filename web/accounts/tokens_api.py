"""API resources that list and revoke the viewer's tokens. They cannot create a token."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from library.accounts import tokens
from library.errors import NotAllowedError
from library.models import ApiToken, Scope
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.http.paging import next_url, page_in_memory, split_page
from web.openapi.response_fields import Links, StoredEnum
from web.openapi.schemas import PageSchema


class TokenSchema(Schema):
    """One of your API tokens. Its secret is not stored."""

    id = fields.Integer()
    label = fields.String()
    scopes = fields.List(StoredEnum(Scope, by_value=True))
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)
    links = Links({"self": "api_tokens.one"}, token_id="id")  # noqa: S106 - names


class TokenListSchema(Schema):
    """Your API tokens, newest first."""

    tokens = fields.List(fields.Nested(TokenSchema))
    next = fields.String(allow_none=True)


bp = Blueprint("api_tokens", __name__, url_prefix="/api/v1/tokens", description="Your own tokens.")


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TokenListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """List your tokens with their scopes and expiry, newest first."""
    with library().reading() as db:
        shown, last = split_page(page, page_in_memory(page, tokens.for_person(db, _me())))
    return {"tokens": shown, "next": next_url("api_tokens.index", page, last)}


@bp.get("/<int:token_id>")
@bp.response(200, TokenSchema)
def one(token_id: int) -> tuple[ApiToken, int, dict[str, str]]:
    """Return one of your tokens. Send its ETag as If-Match to revoke it."""
    with library().reading() as db:
        token = tokens.get(db, _me(), token_id)
    return token, 200, {"ETag": _tag(token)}


@bp.delete("/<int:token_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def revoke(token_id: int) -> None:
    """Revoke one of your tokens. This can be the token that authenticates the request."""
    with library().transaction() as db:
        require_match(_tag(tokens.get(db, _me(), token_id)))
        tokens.revoke(db, _me(), token_id)


def _tag(token: ApiToken) -> str:
    """Return the entity tag of a token. It does not depend on the time of last use."""
    return tag_of_row(TokenSchema(exclude=("last_used_at",)), token)


def _me() -> int:
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    return person_id
