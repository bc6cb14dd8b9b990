"""Credentials of all people and requests for an account, from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import require_admin
from library.accounts import joining, people
from library.consent import open_links
from library.consent.open_links import Door, Opener
from library.errors import NotFoundError
from library.holdings import account_names
from library.models import JoinRequest
from web import letters, post
from web.context import library, viewer
from web.views.api.door_schemas import JoinAnswerSchema, JoinRequestListSchema, OpenerListSchema
from web.views.api.name_schemas import given_name
from web.views.api.paging import behind, cut, following
from web.views.api.schemas import PageSchema

bp = Blueprint(
    "api_doors",
    __name__,
    url_prefix="/api/v1",
    description="What opens doors; for administrators.",
)


@bp.get("/join-requests")
@bp.arguments(PageSchema, location="query")
@bp.response(200, JoinRequestListSchema)
def requests(page: dict[str, Any]) -> dict[str, Any]:
    """Who asked for an account and waits for an answer, the newest first."""
    with library().reading() as db:
        require_admin(viewer())
        shown, last = cut(page, behind(page, joining.waiting(db)))
        listed = [_asked(request) for request in shown]
    return {"requests": listed, "next": following("api_doors.requests", page, last)}


@bp.post("/join-requests/<int:request_id>")
@bp.arguments(JoinAnswerSchema)
@bp.response(204)
def answer(given: dict[str, Any], request_id: int) -> None:
    """Give somebody the account that they asked for, with a letter, or forget that they asked."""
    with library().transaction() as db:
        if not given["approve"]:
            joining.decline(db, viewer(), request_id)
            return
        named = given_name(joining.name_of(db, viewer(), request_id), given.get("person_id"))
        asked = given["adopt"] or named.person_id is not None
        heard = account_names.person_for(db, viewer(), named) if asked else None
        person, token = joining.approve(db, viewer(), request_id, role=given["role"], heard=heard)
        known = people.get(db, person.id)
    link = letters.welcome_link(known.id, token)
    post.room().later(lambda: letters.invitation(known, link))


@bp.get("/openers/<any(link,release,token,passkey,'sign-in'):kind>")
@bp.arguments(PageSchema, location="query")
@bp.response(200, OpenerListSchema)
def openers(page: dict[str, Any], kind: str) -> dict[str, Any]:
    """List what works now of one kind: links, release links, tokens, passkeys or sign-ins."""
    with library().reading() as db:
        found = [one for one in open_links.listed(db, viewer()) if one.door is Door(kind)]
        shown, last = cut(page, behind(page, found))
        listed = [_opener(one) for one in shown]
    return {"openers": listed, "next": following("api_doors.openers", page, last, kind=kind)}


@bp.delete("/openers/<any(link,release,token,passkey,'sign-in'):kind>/<int:number>")
@bp.response(204)
def revoke(kind: str, number: int) -> None:
    """End one of them, whosever it is."""
    with library().transaction() as db:
        require_admin(viewer())
        if all((one.door, one.id) != (kind, number) for one in open_links.listed(db, viewer())):
            raise NotFoundError("This has ended already.")
        open_links.revoke(db, viewer(), Door(kind), number)


def _asked(request: JoinRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "name": request.name,
        "email": request.email,
        "reason": request.reason,
        "created_at": request.created_at,
        "links": {"answer": url_for("api_doors.answer", request_id=request.id)},
    }


def _opener(one: Opener) -> dict[str, Any]:
    return {
        "kind": one.door.value,
        "id": one.id,
        "person": one.person,
        "about": one.about,
        "created_at": one.made_at,
        "expires_at": one.ends_at,
        "last_used_at": one.last_used_at,
        "links": {"self": url_for("api_doors.revoke", kind=one.door.value, number=one.id)},
    }
