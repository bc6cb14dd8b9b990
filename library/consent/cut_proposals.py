"""Stretches that somebody wants left out before they agree: kept, found again, and ended.

An answer with an open proposal releases nothing. Once everything that was proposed is off the
record, it counts as the agreement that it is. `library.withdrawal.proposals` decides on them.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from library.access import Viewer
from library.consent import ledger
from library.errors import ConflictError, NotFoundError
from library.models import (
    Answer,
    CutProposal,
    LedgerEntry,
    MentoringSession,
    ProposalState,
    Redaction,
    Source,
    SpeakerRelease,
    now,
)
from library.store import Transaction

ROUNDING = 0.001  # seconds


def of_session(
    db: Transaction, session_id: int, *, person_id: int | None = None
) -> Sequence[CutProposal]:
    """The proposals about a session, of one person or of all, in the order in which they came."""
    query = select(CutProposal).where(CutProposal.session_id == session_id)
    if person_id is not None:
        query = query.where(CutProposal.person_id == person_id)
    return db.scalars(query.order_by(CutProposal.id)).all()


def get_open(
    db: Transaction, session_id: int, proposal_id: int, *, person_id: int | None = None
) -> CutProposal:
    """A proposal about a session, of one person or of any, that waits for a decision.

    Raises:
        NotFoundError: there is none of that number.
        ConflictError: it was decided, or taken back.
    """
    found = db.get(CutProposal, proposal_id)
    by_others = found is not None and person_id not in {None, found.person_id}
    if found is None or by_others or found.session_id != session_id:
        raise NotFoundError("There is no such proposal for this session.")
    if found.state is not ProposalState.OPEN:
        raise ConflictError(
            "This proposal was decided or taken back meanwhile. Load the page anew."
        )
    return found


def end(
    db: Transaction,
    viewer: Viewer,
    proposal: CutProposal,
    state: ProposalState,
    *,
    reply: str = "",
    via: str = "account",
) -> None:
    """Let a proposal stand so from now on, and write it into the ledger."""
    proposal.state, proposal.decided_at = state, now()
    proposal.decided_by, proposal.reply = viewer.person_id, reply
    _record(db, viewer, proposal, KINDS[state], via=via, reason=reply)


KINDS = {
    ProposalState.OPEN: "cut-proposed",
    ProposalState.ACCEPTED: "cut-accepted",
    ProposalState.REFUSED: "cut-refused",
    ProposalState.WITHDRAWN: "cut-withdrawn",
}
"""What a ledger entry about a proposal is called."""


def record_new(
    db: Transaction, viewer: Viewer, proposal: CutProposal, *, via: str = "account"
) -> None:
    """Write a new proposal into the ledger."""
    _record(db, viewer, proposal, KINDS[ProposalState.OPEN], via=via, reason=proposal.sentence)


def end_open(
    db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int | None, *, via: str
) -> None:
    """Take back whatever somebody proposed: another answer of theirs stands in its place."""
    if person_id is None:
        return
    for proposal in of_session(db, session.id, person_id=person_id):
        if proposal.state is ProposalState.OPEN:
            end(db, viewer, proposal, ProposalState.WITHDRAWN, via=via)


def settle_answer(db: Transaction, answer: SpeakerRelease) -> None:
    """Let an agreement count once all that was to be left out is gone.

    Where what was proposed went with its whole recording or note, its person is asked again.
    """
    if answer.state is not Answer.PROPOSED:
        return
    found = of_session(db, answer.session_id, person_id=answer.person_id)
    states = {proposal.state for proposal in found}
    if ProposalState.OPEN not in states:
        done = ProposalState.ACCEPTED in states
        answer.state = Answer.AGREED if done else Answer.ASKED


def note_left_out(
    db: Transaction, viewer: Viewer, source: Source, changed: tuple[str, str] | None
) -> None:
    """Mark what is off the record by now, whoever took it off; settle the release afterwards.

    Args:
        db: the transaction in which something of *source* went.
        viewer: who took it off the record.
        source: a recording, transcript or note.
        changed: a paragraph of a note before and after; None where times were chosen.
    """
    query = select(CutProposal).where(
        CutProposal.source_id == source.id, CutProposal.state == ProposalState.OPEN
    )
    for proposal in db.scalars(query).all():
        if changed is not None and proposal.words_sha256 == sha256_of(changed[0]):
            proposal.words_sha256 = sha256_of(changed[1])
            gone = not changed[1]
        else:
            gone = changed is None and _is_covered(db, proposal)
        if gone:
            end(db, viewer, proposal, ProposalState.ACCEPTED)
    db.flush()


def sha256_of(paragraph: str) -> str:
    """The hash by which a paragraph is found again."""
    return hashlib.sha256(paragraph.strip().encode()).hexdigest()


def place_of(proposal: CutProposal) -> str:
    """Where a proposed stretch is, in words: 12:10 to 12:40, or paragraph 3."""
    if proposal.paragraph is not None:
        return f"paragraph {proposal.paragraph + 1}"
    return f"{_clock(proposal.start or 0.0)} to {_clock(proposal.end or 0.0)}"


def condition(without: Sequence[str]) -> str:
    """What is added to an agreement that counts only once these places are left out."""
    return f" This counts once this is left out: {'; '.join(without)}." if without else ""


def _is_covered(db: Transaction, proposal: CutProposal) -> bool:
    """Whether all of a stretch is off the record."""
    if proposal.start is None or proposal.end is None:
        return False
    reached = proposal.start
    spans = select(Redaction.start, Redaction.end).where(
        Redaction.source_id == proposal.source_id, Redaction.start.is_not(None)
    )
    for start, end_ in sorted((row.start or 0.0, row.end or 0.0) for row in db.execute(spans)):
        if start <= reached + ROUNDING:
            reached = max(reached, end_)
    return reached >= proposal.end - ROUNDING


def _record(
    db: Transaction, viewer: Viewer, proposal: CutProposal, kind: str, *, via: str, reason: str
) -> LedgerEntry:
    return ledger.record(
        db,
        viewer,
        kind,
        session_id=proposal.session_id,
        person_id=proposal.person_id,
        via=via,
        reason=reason,
        source=proposal.source_id,
        place=place_of(proposal),
    )


def _clock(seconds: float) -> str:
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
