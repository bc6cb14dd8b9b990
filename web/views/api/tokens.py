"""One's own tokens, listed and ended from a program; made only on the page."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.accounts import tokens
from library.errors import NotAllowedError
from library.models import ApiToken, Scope
from web.context import library, viewer
from web.views.api.admin_schemas import TokenListSchema, TokenSchema
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint("api_tokens", __name__, url_prefix="/api/v1/tokens", description="Your own tokens.")


@bp.get("")
@bp.arguments(PageSchema, location="query")
@bp.response(200, TokenListSchema)
def index(page: dict[str, Any]) -> dict[str, Any]:
    """Your tokens with their scopes and how long they work, newest first."""
    with library().reading() as db:
        shown, last = cut(page, behind(page, tokens.of(db, _me())))
        listed = [{**_written(token), "last_used_at": token.last_used_at} for token in shown]
    return {"tokens": listed, "next": following("api_tokens.index", page, last)}


@bp.get("/<int:token_id>")
@bp.response(200, TokenSchema)
def one(token_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One of your tokens; its ETag is what ending it has to name."""
    with library().reading() as db:
        token = tokens.get(db, _me(), token_id)
        content = _written(token)
    shown = {**content, "last_used_at": token.last_used_at}
    return shown, 200, {"ETag": tag_of(content)}


@bp.delete("/<int:token_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def revoke(token_id: int) -> None:
    """End one of your tokens, this one as well."""
    with library().transaction() as db:
        require_match(tag_of(_written(tokens.get(db, _me(), token_id))))
        tokens.revoke(db, _me(), token_id)


def _written(token: ApiToken) -> dict[str, Any]:
    """What does not change by using it: a token may end itself."""
    return {
        "id": token.id,
        "label": token.label,
        "scopes": [Scope(scope) for scope in token.scopes],
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "links": {"self": url_for("api_tokens.one", token_id=token.id)},
    }


def _me() -> int:
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    return person_id
