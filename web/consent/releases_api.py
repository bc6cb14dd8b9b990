"""API resources of a session's release: its state, your answer, and release links."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import session_to_edit
from library.consent import release, release_links
from library.consent.release_status import ground_of, standings
from library.models import (
    ConsentAnswer,
    MentoringSession,
    ParticipantRole,
    Receipt,
    Release,
    Visibility,
)
from library.store import Transaction
from web.consent import releases
from web.http.context import library, viewer
from web.http.etags import MATCH, require_match, tag_of_row
from web.openapi.schemas import AN_ID, LINKS, RequestSchema
from web.rendering import release_state_text
from web.rendering.urls import absolute_url
from web.speakers.speakers_api import ReleaseHoldSchema


class StandingSchema(Schema):
    """Answer of one speaker to the consent request for a session."""

    person_id = fields.Integer(attribute="person.id")
    name = fields.String(attribute="person.name")
    part = fields.Enum(
        ParticipantRole,
        by_value=True,
        allow_none=True,
        metadata={"description": "Null if only the transcript names the person."},
    )
    state = fields.Enum(ConsentAnswer, by_value=True)
    holds = fields.Boolean(
        metadata={"description": "Whether the answer covers the present visibility of the session."}
    )
    needed = fields.Boolean(metadata={"description": "Whether the release needs this answer."})
    answered_at = fields.AwareDateTime(allow_none=True)


class ReleaseSchema(Schema):
    """Release state of a session."""

    session_id = fields.Integer()
    visibility = fields.Enum(Visibility, by_value=True)
    release = fields.Enum(Release, by_value=True)
    words = fields.String(metadata={"description": "Release state as a sentence."})
    asked = fields.Boolean(metadata={"description": "Whether your own answer is awaited."})
    agreed = fields.Boolean(
        metadata={"description": "Whether you have given consent that you can withdraw."}
    )
    statement = fields.String(
        metadata={"description": "Consent statement; empty if consent is not needed."}
    )
    people = fields.List(fields.Nested(StandingSchema))
    holds = fields.List(
        fields.Nested(ReleaseHoldSchema),
        metadata={"description": "Others cannot find the session while it has a hold."},
    )
    links = LINKS


class OwnAnswerSchema(RequestSchema):
    """Your answer to the consent statement."""

    answer = fields.String(required=True, validate=validate.OneOf(["agree", "decline", "withdraw"]))


class LinkAskedSchema(RequestSchema):
    """Person who gets a release link."""

    person_id = fields.Integer(required=True, validate=AN_ID)


class LinkSchema(Schema):
    """Release link of a person without account. It is shown once."""

    person_id = fields.Integer()
    link = fields.String()


bp = Blueprint(
    "api_releases",
    __name__,
    url_prefix="/api/v1/sessions",
    description="Consent to the release of sessions.",
)

Response = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/release")
@bp.response(200, ReleaseSchema)
def one(session_id: int) -> Response:
    """Return the release state of a session, for its participants, owner and administrators."""
    with library().reading() as db:
        return _answer(_written(db, releases.session_of(db, session_id)))


@bp.post("/<int:session_id>/release")
@bp.doc(parameters=[MATCH])
@bp.arguments(OwnAnswerSchema)
@bp.response(200, ReleaseSchema)
def answer(given: dict[str, Any], session_id: int) -> Response:
    """Give, decline or withdraw your consent. Send the ETag of the release state."""
    receipt: Receipt | None = None
    with library().transaction(on_full_disk=True) as db:
        session = releases.session_of(db, session_id)
        require_match(tag_of_row(ReleaseSchema(), _written(db, session)))
        if given["answer"] == "withdraw":
            receipt = release.withdraw(db, viewer(), session)
        else:
            release.respond(db, viewer(), session, agree=given["answer"] == "agree")
        db.flush()
        return _answer(_written(db, session), receipt)


@bp.post("/<int:session_id>/release/links")
@bp.arguments(LinkAskedSchema)
@bp.response(201, LinkSchema)
def make_link(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Make a release link for a person without account. Their earlier links are revoked."""
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        token = release_links.make(db, viewer(), session, given["person_id"])
    link = absolute_url(url_for("release_link.page", token=token))
    return {"person_id": given["person_id"], "link": link}


@bp.delete("/<int:session_id>/release/links/<int:person_id>")
@bp.response(204)
def end_link(session_id: int, person_id: int) -> None:
    """Revoke the release links of a person for this session."""
    with library().transaction() as db:
        release_links.revoke(db, viewer(), session_to_edit(db, viewer(), session_id), person_id)


def _answer(content: dict[str, Any], receipt: Receipt | None = None) -> Response:
    headers = {"ETag": tag_of_row(ReleaseSchema(), content)}
    if receipt is not None:
        content["links"]["receipt"] = url_for("receipts.as_json", receipt_id=receipt.id)
    return content, 200, headers


def _written(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    ground = ground_of(db, session)
    found = standings(db, session, ground)
    return {
        "session_id": session.id,
        "visibility": session.visibility,
        "release": session.release,
        "words": release_state_text.of_session(session, found, ground.known.holds),
        "asked": release.is_waiting_for(session, viewer()),
        "agreed": release.has_agreed(session, viewer()),
        "statement": release.statement(session) if session.visibility.needs_release else "",
        "people": found,
        "holds": ground.known.holds if session.visibility.needs_release else [],
        "links": {
            "self": url_for("api_releases.one", session_id=session.id),
            "session": url_for("api_sessions.one", session_id=session.id),
            "page": url_for("releases.page", session_id=session.id),
        },
    }
