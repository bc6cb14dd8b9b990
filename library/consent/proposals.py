"""Proposed redactions on which a speaker's consent depends.

An answer with an open proposal is not consent yet. It becomes consent once all proposed ranges are
redacted. `library.removal.redaction_proposals` decides on proposals.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from library.access import Viewer
from library.consent import ledger
from library.errors import ConflictError, NotFoundError
from library.models import (
    ConsentAnswer,
    CutProposal,
    LedgerEntry,
    MentoringSession,
    ProposalState,
    Redaction,
    Source,
    SpeakerConsent,
    now,
)
from library.store import Transaction
from library.translation import gettext, mark

ROUNDING = 0.001  # seconds


def of_session(
    db: Transaction, session_id: int, *, person_id: int | None = None
) -> Sequence[CutProposal]:
    """Return the proposals about a session, of one person or of all people, oldest first."""
    query = select(CutProposal).where(CutProposal.session_id == session_id)
    if person_id is not None:
        query = query.where(CutProposal.person_id == person_id)
    return db.scalars(query.order_by(CutProposal.id)).all()


def get_open(
    db: Transaction, session_id: int, proposal_id: int, *, person_id: int | None = None
) -> CutProposal:
    """Return an open proposal about a session, of one person or of any person.

    Raises:
        NotFoundError: the proposal does not exist, or belongs to another session or person.
        ConflictError: the proposal was decided or withdrawn.
    """
    found = db.get(CutProposal, proposal_id)
    by_others = found is not None and person_id not in {None, found.person_id}
    if found is None or by_others or found.session_id != session_id:
        raise NotFoundError("This proposal was not found in this session.")
    if found.state is not ProposalState.OPEN:
        raise ConflictError("This proposal was decided or withdrawn meanwhile. Reload the page.")
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
    """Set the final state of a proposal and record it in the ledger."""
    proposal.state, proposal.decided_at = state, now()
    proposal.decided_by, proposal.reply = viewer.person_id, reply
    _record(db, viewer, proposal, KINDS[state], via=via, reason=reply)


KINDS = {
    ProposalState.OPEN: "cut-proposed",
    ProposalState.ACCEPTED: "cut-accepted",
    ProposalState.REFUSED: "cut-refused",
    ProposalState.WITHDRAWN: "cut-withdrawn",
}
"""Kinds of ledger entries about proposals."""


def record_new(
    db: Transaction, viewer: Viewer, proposal: CutProposal, *, via: str = "account"
) -> None:
    """Write a new proposal into the ledger."""
    _record(db, viewer, proposal, KINDS[ProposalState.OPEN], via=via, reason=proposal.sentence)


def end_open(
    db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int | None, *, via: str
) -> None:
    """Withdraw a person's open proposals.

    The caller has a new answer of the person, which replaces the proposals.
    """
    if person_id is None:
        return
    for proposal in of_session(db, session.id, person_id=person_id):
        if proposal.state is ProposalState.OPEN:
            end(db, viewer, proposal, ProposalState.WITHDRAWN, via=via)


def settle_answer(db: Transaction, answer: SpeakerConsent) -> None:
    """Turn a conditional consent into a full consent if no proposal is open any more.

    Proposals also end if the recording or note is removed. If none was accepted, the state becomes
    ASKED, so that the person answers again.
    """
    if answer.state is not ConsentAnswer.PROPOSED:
        return
    found = of_session(db, answer.session_id, person_id=answer.person_id)
    states = {proposal.state for proposal in found}
    if ProposalState.OPEN not in states:
        done = ProposalState.ACCEPTED in states
        answer.state = ConsentAnswer.AGREED if done else ConsentAnswer.ASKED


def note_left_out(
    db: Transaction, viewer: Viewer, source: Source, changed: tuple[str, str] | None
) -> None:
    """Accept the open proposals whose range a redaction covers. The release is not updated.

    Args:
        db: transaction of the redaction.
        viewer: person who redacted.
        source: recording, transcript or note.
        changed: paragraph of a note before and after the redaction; None for a time range.
    """
    query = select(CutProposal).where(
        CutProposal.source_id == source.id, CutProposal.state == ProposalState.OPEN
    )
    for proposal in db.scalars(query).all():
        if changed is not None and proposal.words_sha256 == sha256_of(changed[0]):
            proposal.words_sha256 = sha256_of(changed[1])
            left_out = not changed[1]
        else:
            left_out = changed is None and _is_covered(db, proposal)
        if left_out:
            end(db, viewer, proposal, ProposalState.ACCEPTED)
    db.flush()


def sha256_of(paragraph: str) -> str:
    """Return the SHA-256 that identifies a paragraph."""
    return hashlib.sha256(paragraph.strip().encode()).hexdigest()


def place_of(proposal: CutProposal) -> str:
    """Return the range of a proposal as the ledger stores it: 12:10 to 12:40, or paragraph 3."""
    message, values = _place(proposal)
    return message % values


def shown_place_of(proposal: CutProposal) -> str:
    """Return the range of a proposal in the language of the page."""
    message, values = _place(proposal)
    return gettext(message, **values)


def _place(proposal: CutProposal) -> tuple[str, dict[str, object]]:
    if proposal.paragraph is not None:
        return mark("paragraph %(number)s"), {"number": proposal.paragraph + 1}
    start, end_ = _clock(proposal.start or 0.0), _clock(proposal.end or 0.0)
    return mark("%(start)s to %(end)s"), {"start": start, "end": end_}


def condition(without: Sequence[str]) -> str:
    """Return the sentence that makes consent depend on redactions, for a consent statement.

    *without* has the ranges to redact, as text. The result is empty if *without* is empty.
    """
    if not without:
        return ""
    return f" My consent counts only after these parts are left out: {'; '.join(without)}."


def _is_covered(db: Transaction, proposal: CutProposal) -> bool:
    """Return whether redactions cover the whole proposed range."""
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
    total = int(seconds)
    hours, minutes, rest = total // 3600, total // 60 % 60, total % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
