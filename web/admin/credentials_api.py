"""API resources of credentials and requests for an account, for administrators."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import require_admin
from library.accounts import join_requests, people
from library.consent import credentials
from library.consent.credentials import CredentialKind
from library.errors import NotFoundError
from library.models import Role
from library.sessions import account_matching
from web.http.context import library, viewer
from web.http.paging import next_url, page_in_memory, split_page
from web.mail import messages, sender
from web.openapi.person_name_schemas import given_name, person_choice
from web.openapi.response_fields import Links
from web.openapi.schemas import PageSchema, RequestSchema


class JoinRequestSchema(Schema):
    """Request for an account."""

    id = fields.Integer()
    name = fields.String()
    email = fields.String()
    reason = fields.String()
    created_at = fields.AwareDateTime()
    links = Links({"answer": "api_doors.answer"}, request_id="id")


class JoinRequestListSchema(Schema):
    """One page of the open requests for an account, newest first."""

    requests = fields.List(fields.Nested(JoinRequestSchema))
    next = fields.String(allow_none=True)


class JoinAnswerSchema(RequestSchema):
    """Decision on a request for an account."""

    approve = fields.Boolean(required=True)
    role = fields.Enum(Role, by_value=True, load_default=Role.MENTEE)
    adopt = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Whether the requester is the person without account who has this "
            "name in sessions. If several people have it, send `person_id`."
        },
    )
    person_id = person_choice(
        "Person without account who is the requester, or “new”; see `ambiguous_names` of 409."
    )


class CredentialSchema(Schema):
    """Active link, token, passkey or sign-in. Its secret is not stored."""

    kind = fields.String(
        attribute="kind",
        validate=validate.OneOf(["link", "release", "token", "passkey", "sign-in"]),
    )
    id = fields.Integer()
    person = fields.String(metadata={"description": "Name of the person who can use it."})
    about = fields.String(metadata={"description": "Label, purpose, session or browser."})
    created_at = fields.AwareDateTime(attribute="made_at", allow_none=True)
    expires_at = fields.AwareDateTime(attribute="ends_at", allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)
    links = Links({"self": "api_doors.revoke"}, kind="kind", number="id")


class OpenerListSchema(Schema):
    """One page of the active credentials, newest first."""

    openers = fields.List(fields.Nested(CredentialSchema))
    next = fields.String(allow_none=True)


bp = Blueprint(
    "api_doors",
    __name__,
    url_prefix="/api/v1",
    description="Credentials and requests for an account, for administrators.",
)


@bp.get("/join-requests")
@bp.arguments(PageSchema, location="query")
@bp.response(200, JoinRequestListSchema)
def requests(page: dict[str, Any]) -> dict[str, Any]:
    """List the open requests for an account, newest first."""
    with library().reading() as db:
        require_admin(viewer())
        shown, last = split_page(page, page_in_memory(page, join_requests.waiting(db)))
    return {"requests": shown, "next": next_url("api_doors.requests", page, last)}


@bp.post("/join-requests/<int:request_id>")
@bp.arguments(JoinAnswerSchema)
@bp.response(204)
def answer(given: dict[str, Any], request_id: int) -> None:
    """Approve a request for an account and send an e-mail, or decline the request."""
    with library().transaction() as db:
        if not given["approve"]:
            join_requests.decline(db, viewer(), request_id)
            return
        named = given_name(join_requests.name_of(db, viewer(), request_id), given.get("person_id"))
        asked = given["adopt"] or named.person_id is not None
        matched = account_matching.person_for(db, viewer(), named) if asked else None
        person, token = join_requests.approve(
            db, viewer(), request_id, role=given["role"], heard=matched
        )
        known = people.get(db, person.id)
    link = messages.welcome_link(known.id, token)
    sender.mail_sender().later(lambda: messages.invitation(known, link))


@bp.get("/openers/<any(link,release,token,passkey,'sign-in'):kind>")
@bp.arguments(PageSchema, location="query")
@bp.response(200, OpenerListSchema)
def openers(page: dict[str, Any], kind: str) -> dict[str, Any]:
    """List the active credentials of one kind, newest first."""
    with library().reading() as db:
        found = [
            one for one in credentials.listed(db, viewer()) if one.kind is CredentialKind(kind)
        ]
        shown, last = split_page(page, page_in_memory(page, found))
    return {"openers": shown, "next": next_url("api_doors.openers", page, last, kind=kind)}


@bp.delete("/openers/<any(link,release,token,passkey,'sign-in'):kind>/<int:number>")
@bp.response(204)
def revoke(kind: str, number: int) -> None:
    """Revoke a credential of any person."""
    with library().transaction() as db:
        require_admin(viewer())
        if all((one.kind, one.id) != (kind, number) for one in credentials.listed(db, viewer())):
            raise NotFoundError(
                "This link or token has expired or was revoked already. You do not need to do "
                "anything."
            )
        credentials.revoke(db, viewer(), CredentialKind(kind), number)
