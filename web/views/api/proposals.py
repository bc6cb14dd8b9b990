"""Proposals to leave something out of a session, from a program."""

# flask-smorest has no types for its decorators.
# mypy: disable-error-code="untyped-decorator"

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from library.access import may_edit
from library.errors import InvalidInputError
from library.models import MentoringSession, ProposalState
from library.store import Transaction
from library.withdrawal import proposals
from library.withdrawal.off_record import Chosen, Stretch, Wording
from library.withdrawal.proposals import Shown
from web.context import library, queue, viewer
from web.views import releases
from web.views.api.schemas import AN_ID, CleanText

bp = Blueprint(
    "api_proposals", __name__, url_prefix="/api/v1/sessions", description="Who agreed to what."
)

ACTS = ("accept", "refuse", "take-back")
ADDRESS = "/<int:session_id>/proposals"
SENTENCE = validate.Length(max=proposals.LONGEST)


class CutStretchSchema(Schema):
    """Seconds of a recording, or a whole paragraph of a note."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    source_id = fields.Integer(required=True, validate=AN_ID)
    start = fields.Float(metadata={"description": "Second from which on; of a recording."})
    end = fields.Float(metadata={"description": "Second up to which."})
    paragraph = fields.Integer(
        validate=validate.Range(min=0, max=2**31), metadata={"description": "0 is the first."}
    )


class CutProposedSchema(Schema):
    """What is to be left out before one's agreement counts."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    leave_out = fields.List(
        fields.Nested(CutStretchSchema),
        required=True,
        validate=validate.Length(min=1, max=proposals.MOST_AT_ONCE),
    )
    sentence = CleanText(load_default="", validate=SENTENCE)


class CutDecisionSchema(Schema):
    """What becomes of a proposal."""

    class Meta:
        """Refuse what we do not know, so that a misspelled field is not lost silently."""

        unknown = RAISE

    act = fields.String(
        required=True,
        validate=validate.OneOf(ACTS),
        metadata={"description": "accept and refuse are the owner's; take-back is the proposer's."},
    )
    sentence = CleanText(
        load_default="",
        validate=SENTENCE,
        metadata={"description": "Why it is to stay; necessary to refuse."},
    )


class CutProposalSchema(Schema):
    """A stretch that somebody wants left out, and what became of it."""

    id = fields.Integer()
    source_id = fields.Integer()
    person_id = fields.Integer()
    start = fields.Float(allow_none=True)
    end = fields.Float(allow_none=True)
    paragraph = fields.Integer(allow_none=True)
    place = fields.String(metadata={"description": "The same in words."})
    state = fields.Enum(ProposalState, by_value=True)
    sentence = fields.String()
    reply = fields.String()
    words = fields.String(
        metadata={"description": "What would go; for whoever decides, while it is open."}
    )
    made_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)


class CutProposalListSchema(Schema):
    """The proposals about a session that you may see: your own, or all as its owner."""

    session_id = fields.Integer()
    proposals = fields.List(fields.Nested(CutProposalSchema))
    links = fields.Dict(keys=fields.String(), values=fields.String())


@bp.get(ADDRESS)
@bp.response(200, CutProposalListSchema)
def index(session_id: int) -> dict[str, Any]:
    """What was proposed to be left out of a session, with what became of it."""
    with library().reading() as db:
        session = releases.session_of(db, session_id)
        proposals.mark_seen(db, viewer(), session_id)
        return _written(db, session)


@bp.post(ADDRESS)
@bp.arguments(CutProposedSchema)
@bp.response(201, CutProposalListSchema)
def propose(given: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Agree to a session's release, once these stretches are left out."""
    with library().transaction() as db:
        session = releases.session_of(db, session_id)
        wanted = [_chosen(one) for one in given["leave_out"]]
        proposals.propose(db, viewer(), session, wanted, sentence=given["sentence"])
        return _written(db, session)


@bp.post(f"{ADDRESS}/<int:proposal_id>")
@bp.arguments(CutDecisionSchema)
@bp.response(200, CutProposalListSchema)
def act(given: dict[str, Any], session_id: int, proposal_id: int) -> dict[str, Any]:
    """Leave it out for good, let it stay, or take one's own proposal back."""
    if given["act"] == "accept":
        queue().request(proposals.accept(library(), viewer(), session_id, proposal_id))
    else:
        with library().transaction() as db:
            if given["act"] == "refuse":
                proposals.refuse(db, viewer(), session_id, proposal_id, given["sentence"])
            else:
                proposals.take_back(db, viewer(), session_id, proposal_id)
    with library().reading() as db:
        return _written(db, releases.session_of(db, session_id))


def _chosen(given: dict[str, Any]) -> Chosen:
    if "paragraph" in given:
        return Wording(given["source_id"], given["paragraph"])
    if "start" not in given or "end" not in given:
        raise InvalidInputError("Give start and end in seconds, or the paragraph of a note.")
    return Stretch(given["source_id"], given["start"], given["end"])


def _written(db: Transaction, session: MentoringSession) -> dict[str, Any]:
    decides = may_edit(viewer(), session)
    found = proposals.shown(library(), db, viewer(), session, decides=decides)
    return {
        "session_id": session.id,
        "proposals": [_one(shown) for shown in found],
        "links": {
            "self": url_for("api_proposals.index", session_id=session.id),
            "release": url_for("api_releases.one", session_id=session.id),
            "page": url_for("releases.page", session_id=session.id),
        },
    }


def _one(shown: Shown) -> dict[str, Any]:
    proposal = shown.proposal
    names = ("id", "source_id", "person_id", "start", "end", "paragraph", "state")
    more = ("sentence", "reply", "made_at", "decided_at")
    return {
        **{name: getattr(proposal, name) for name in (*names, *more)},
        "place": shown.place,
        "words": shown.loss.words if shown.loss else "",
    }
