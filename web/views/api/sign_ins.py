"""One's own sign-ins, listed and ended from a program; begun only on the page."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.accounts import sign_ins
from library.errors import NotAllowedError
from library.models import SignIn
from web.context import library, viewer
from web.views.api.admin_schemas import SignInListSchema, SignInSchema
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema

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
    """List the browsers that are signed in as you, the newest first."""
    with library().reading() as db:
        shown, last = cut(page, behind(page, sign_ins.of(db, _me())))
        listed = [_written(row) for row in shown]
    return {"sign_ins": listed, "next": following("api_sign_ins.index", page, last)}


@bp.get("/<int:sign_in_id>")
@bp.response(200, SignInSchema)
def one(sign_in_id: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One of your sign-ins; its ETag is what ending it has to name."""
    with library().reading() as db:
        row = sign_ins.get(db, _me(), sign_in_id)
    return _written(row), 200, {"ETag": tag_of(_lasting(row))}


@bp.delete("/<int:sign_in_id>")
@bp.doc(parameters=[MATCH])
@bp.response(204)
def end(sign_in_id: int) -> None:
    """Sign a browser out: its cookies open nothing any more."""
    with library().transaction() as db:
        row = sign_ins.get(db, _me(), sign_in_id)
        require_match(tag_of(_lasting(row)))
        sign_ins.end(db, row)


def _written(row: SignIn) -> dict[str, Any]:
    return {**_lasting(row), "last_used_at": row.last_used_at, "ends_at": row.ends_at}


def _lasting(row: SignIn) -> dict[str, Any]:
    """Return what does not change by using the browser."""
    return {
        "id": row.id,
        "browser": row.browser,
        "way": row.way,
        "remembered": row.remembered,
        "address": row.address,
        "created_at": row.created_at,
        "links": {"self": url_for("api_sign_ins.one", sign_in_id=row.id)},
    }


def _me() -> int:
    if (person_id := viewer().person_id) is None:
        raise NotAllowedError
    return person_id
