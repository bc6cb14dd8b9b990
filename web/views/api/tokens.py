"""One's own tokens, listed and ended from a program; made only on the page."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint

from library.accounts import tokens
from library.errors import NotAllowedError
from library.models import Scope
from web.context import library, viewer
from web.views.api.admin_schemas import TokenListSchema

bp = Blueprint("api_tokens", __name__, url_prefix="/api/v1/tokens", description="Your own tokens.")


@bp.get("")
@bp.response(200, TokenListSchema)
def index() -> dict[str, Any]:
    """Your tokens with their scopes and how long they work."""
    with library().reading() as db:
        listed = [
            {
                "id": token.id,
                "label": token.label,
                "scopes": [Scope(scope) for scope in token.scopes],
                "created_at": token.created_at,
                "expires_at": token.expires_at,
                "last_used_at": token.last_used_at,
            }
            for token in tokens.of(db, _me())
        ]
    return {"tokens": listed, "next": None}


@bp.delete("/<int:token_id>")
@bp.response(204)
def revoke(token_id: int) -> None:
    """End one of your tokens, this one as well."""
    with library().transaction() as db:
        tokens.revoke(db, _me(), token_id)


def _me() -> int:
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    return person_id
