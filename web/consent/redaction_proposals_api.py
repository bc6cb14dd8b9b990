"""API resources of proposals to leave something out of a session."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from library.access import may_edit
from library.errors import InvalidInputError
from library.models import MentoringSession, ProposalState
from library.removal import redaction_proposals
from library.removal.redaction import Chosen, TimeRange, Wording
from library.removal.redaction_proposals import ProposalView
from library.store import Transaction
from web.consent import releases
from web.http.context import library, queue, viewer
from web.openapi.schemas import AN_ID, CleanText, RequestSchema

bp = Blueprint(
    "api_proposals",
    __name__,
    url_prefix="/api/v1/sessions",
    description="Consent to the release of sessions.",
)

ACTS = ("accept", "refuse", "take-back")
ADDRESS = "/<int:session_id>/proposals"
SENTENCE = validate.Length(max=redaction_proposals.LONGEST)


class CutStretchSchema(RequestSchema):
    """Range of a recording in seconds, or a paragraph of a note."""

    source_id = fields.Integer(required=True, validate=AN_ID)
    start = fields.Float(metadata={"description": "Start in seconds, for a recording."})
    end = fields.Float(metadata={"description": "End in seconds, for a recording."})
    paragraph = fields.Integer(
        validate=validate.Range(min=0, max=2**31),
        metadata={"description": "Index of the paragraph, for a note; 0 is the first."},
    )


class CutProposedSchema(RequestSchema):
    """Redactions that are a condition of your consent."""

    leave_out = fields.List(
        fields.Nested(CutStretchSchema),
        required=True,
        validate=validate.Length(min=1, max=redaction_proposals.MOST_AT_ONCE),
    )
    sentence = CleanText(load_default="", validate=SENTENCE)


class CutDecisionSchema(RequestSchema):
    """Decision on a proposal to leave something out."""

    act = fields.String(
        required=True,
        validate=validate.OneOf(ACTS),
        metadata={"description": "The owner accepts or refuses; the proposer withdraws."},
    )
    sentence = CleanText(
        load_default="",
        validate=SENTENCE,
        metadata={"description": "Reason to refuse; required with `refuse`."},
    )


class CutProposalSchema(Schema):
    """Proposed redaction and its state."""

    id = fields.Integer()
    source_id = fields.Integer()
    person_id = fields.Integer()
    start = fields.Float(allow_none=True)
    end = fields.Float(allow_none=True)
    paragraph = fields.Integer(allow_none=True)
    place = fields.String(metadata={"description": "Range or paragraph as text."})
    state = fields.Enum(ProposalState, by_value=True)
    sentence = fields.String()
    reply = fields.String()
    words = fields.String(
        metadata={"description": "Text that would be removed. For the owner, while it is open."}
    )
    made_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)


class CutProposalListSchema(Schema):
    """Proposals of a session. The owner of the session gets all, other people get their own."""

    session_id = fields.Integer()
    proposals = fields.List(fields.Nested(CutProposalSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.get(ADDRESS)
@bp.response(200, CutProposalListSchema)
def index(session_id: int) -> dict[str, Any]:
    """List the proposals to leave something out of a session."""
    with library().reading() as db:
        session = releases.session_of(db, session_id)
        redaction_proposals.mark_seen(db, viewer(), session_id)
        return _written(db, session)


@bp.post(ADDRESS)
@bp.arguments(CutProposedSchema)
@bp.response(201, CutProposalListSchema)
def propose(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Agree to the release of a session, on condition that the given ranges are left out."""
    with library().transaction() as db:
        session = releases.session_of(db, session_id)
        wanted = [_chosen(one) for one in given["leave_out"]]
        redaction_proposals.propose(db, viewer(), session, wanted, sentence=given["sentence"])
        return _written(db, session)


@bp.post(f"{ADDRESS}/<int:proposal_id>")
@bp.arguments(CutDecisionSchema)
@bp.response(200, CutProposalListSchema)
def act(given: dict[str, Any], session_id: int, proposal_id: int) -> dict[str, Any]:
    """Accept, refuse or withdraw a proposal. An accepted range is removed for good."""
    if given["act"] == "accept":
        queue().request(redaction_proposals.accept(library(), viewer(), session_id, proposal_id))
    else:
        with library().transaction() as db:
            if given["act"] == "refuse":
                redaction_proposals.refuse(db, viewer(), session_id, proposal_id, given["sentence"])
            else:
                redaction_proposals.withdraw(db, viewer(), session_id, proposal_id)
    with library().reading() as db:
        return _written(db, releases.session_of(db, session_id))


def _chosen(given: dict[str, Any]) -> Chosen:
    if "paragraph" in given:
        return Wording(given["source_id"], given["paragraph"])
    if "start" not in given or "end" not in given:
        raise InvalidInputError("Send start and end in seconds, or the paragraph of a note.")
    return TimeRange(given["source_id"], given["start"], given["end"])


def _written(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    decides = may_edit(viewer(), session)
    found = redaction_proposals.shown(library(), db, viewer(), session, decides=decides)
    return {
        "session_id": session.id,
        "proposals": [_one(shown) for shown in found],
        "links": {
            "self": url_for("api_proposals.index", session_id=session.id),
            "release": url_for("api_releases.one", session_id=session.id),
            "page": url_for("releases.page", session_id=session.id),
        },
    }


def _one(shown: ProposalView) -> dict[str, Any]:
    proposal = shown.proposal
    names = ("id", "source_id", "person_id", "start", "end", "paragraph", "state")
    more = ("sentence", "reply", "made_at", "decided_at")
    return {
        **{name: getattr(proposal, name) for name in (*names, *more)},
        "place": shown.place,
        "words": shown.loss.words if shown.loss else "",
    }
