"""The release of a session from a program: who is asked, one's own answer, links to answer by."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint

from library.access import session_to_edit
from library.consent import release, release_links
from library.consent.standings import ground_of, standings
from library.models import MentoringSession, Receipt
from library.store import Transaction
from web import release_words
from web.addresses import whole
from web.context import library, viewer
from web.views import releases
from web.views.api.matching import MATCH, require_match, tag_of
from web.views.api.release_schemas import (
    LinkAskedSchema,
    LinkSchema,
    OwnAnswerSchema,
    ReleaseSchema,
)

bp = Blueprint(
    "api_releases", __name__, url_prefix="/api/v1/sessions", description="Who agreed to what."
)

Answer = tuple[dict[str, Any], int, dict[str, str]]


@bp.get("/<int:session_id>/release")
@bp.response(200, ReleaseSchema)
def one(session_id: int) -> Answer:
    """How it stands with a session's release, for those who take part in it."""
    with library().reading() as db:
        return _answer(_written(db, releases.session_of(db, session_id)))


@bp.post("/<int:session_id>/release")
@bp.doc(parameters=[MATCH])
@bp.arguments(OwnAnswerSchema)
@bp.response(200, ReleaseSchema)
def answer(given: dict[str, Any], session_id: int) -> Answer:
    """Agree, decline, or take one's release back; the ETag says what was read."""
    receipt: Receipt | None = None
    with library().transaction(on_full_disk=True) as db:
        session = releases.session_of(db, session_id)
        require_match(tag_of(_written(db, session)))
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
    """Make a link for somebody without an account; their earlier ones end."""
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        token = release_links.make(db, viewer(), session, given["person_id"])
    link = whole(url_for("release_link.page", token=token))
    return {"person_id": given["person_id"], "link": link}


@bp.delete("/<int:session_id>/release/links/<int:person_id>")
@bp.response(204)
def end_link(session_id: int, person_id: int) -> None:
    """End the links of somebody for this session."""
    with library().transaction() as db:
        release_links.revoke(db, viewer(), session_to_edit(db, viewer(), session_id), person_id)


def _answer(content: dict[str, Any], receipt: Receipt | None = None) -> Answer:
    headers = {"ETag": tag_of(content)}
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
        "words": release_words.of_session(session, found, ground.known.holds),
        "asked": release.is_waiting_for(session, viewer()),
        "agreed": release.has_agreed(session, viewer()),
        "statement": release.statement(session) if session.visibility.needs_release else "",
        "people": [
            {
                "person_id": standing.person.id,
                "name": standing.person.name,
                "part": standing.part,
                "state": standing.state,
                "holds": standing.holds,
                "needed": standing.needed,
                "answered_at": standing.answered_at,
            }
            for standing in found
        ],
        "holds": ground.known.holds if session.visibility.needs_release else [],
        "links": {
            "self": url_for("api_releases.one", session_id=session.id),
            "session": url_for("api_sessions.one", session_id=session.id),
            "page": url_for("releases.page", session_id=session.id),
        },
    }
