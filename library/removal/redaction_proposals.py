"""Proposals of a redaction: made by participants, decided by the owner of the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from sqlalchemy import select

from library.access import Viewer, session_for, session_to_edit
from library.consent import ledger, proposals, release
from library.consent.release_status import answer_of
from library.consent.requests import is_asked
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.models import (
    ConsentAnswer,
    CutProposal,
    MentoringSession,
    ProposalState,
    Segment,
    TranscriptVersion,
    now,
)
from library.removal import redaction
from library.removal.redaction import Chosen, RedactionPreview, TimeRange, Wording
from library.sessions import sources
from library.store import Library, Transaction, note
from library.transcripts import versions

MOST_AT_ONCE = 20
LONGEST = 2000  # characters of a sentence
LIKE = 0.6  # minimum difflib ratio at which a changed paragraph counts as the same


@dataclass(frozen=True, kw_only=True)
class ProposalView:
    """Proposal as its author or the deciding owner sees it."""

    proposal: CutProposal
    place: str
    loss: (
        RedactionPreview | None
    )  # effect of accepting the proposal; None: not open, or the words were not found
    decides: bool  # whether the viewer decides on the proposal
    own: bool  # whether the viewer made the proposal


def propose(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    wanted: Sequence[Chosen],
    *,
    sentence: str = "",
    via: str = "account",
) -> list[CutProposal]:
    """Consent to the release of a session on condition that the ranges *wanted* are redacted.

    Return the new proposals, one for each range.

    Raises:
        NotAllowedError: *viewer* is not asked for consent, or owns the session.
        InvalidInputError: no range, too many ranges, or a range that is not valid was chosen.
        ConflictError: the session is private, or its transcript is not ready.
    """
    if session.owner_id is not None and session.owner_id == viewer.person_id:
        raise NotAllowedError("You own this session. Take words off the record yourself.")
    if not wanted:
        raise InvalidInputError("Choose what is to be left out.")
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInputError("Choose at most %(most)s ranges at once.", most=MOST_AT_ONCE)
    comment = _checked_sentence(sentence)
    made = [_row(db, session, one) for one in wanted]
    for row in made:
        row.person_id, row.sentence = viewer.person_id or 0, comment
        db.add(row)
    db.flush()
    places = [proposals.place_of(row) for row in made]
    release.respond(db, viewer, session, agree=True, without=places, via=via)
    for row in made:
        proposals.record_new(db, viewer, row, via=via)
    return made


def accept(library: Library, viewer: Viewer, session_id: int, proposal_id: int) -> int:
    """Redact the range of a proposal for good. Return the source id, for the caller to queue.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: the proposal was already decided, or its paragraph was changed.
    """
    with library.reading() as db:
        session_to_edit(db, viewer, session_id)
        proposal = proposals.get_open(db, session_id, proposal_id)
        chosen = _where(db, proposal)
    if chosen is None:
        raise ConflictError(
            "The proposed paragraph is not in the note any more. Refuse the proposal and give a "
            "reason. The person who made the proposal is then asked for consent again."
        )
    redaction.redact(library, viewer, chosen, proposal_id=proposal_id)
    return chosen.source_id


def refuse(
    db: Transaction, viewer: Viewer, session_id: int, proposal_id: int, sentence: str
) -> None:
    """Refuse a proposal with a reason and ask its author for consent again.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: *sentence* is empty or too long.
        ConflictError: the proposal was already decided.
    """
    session = session_to_edit(db, viewer, session_id)
    proposal = proposals.get_open(db, session_id, proposal_id)
    if not (reason := _checked_sentence(sentence)):
        raise InvalidInputError("Enter a reason why this part stays in the session.")
    proposals.end(db, viewer, proposal, ProposalState.REFUSED, reply=reason)
    _ask_again(db, viewer, session, proposal.person_id)


def withdraw(
    db: Transaction,
    viewer: Viewer,
    session_id: int,
    proposal_id: int,
    *,
    via: str = "account",
) -> None:
    """Withdraw a proposal and ask its author for consent again.

    Raises:
        NotFoundError: *viewer* may not see the session, or has no such proposal in it.
        NotAllowedError: *viewer* is not asked for consent, or owns the session.
        ConflictError: the proposal was already decided.
    """
    session = session_for(db, viewer, session_id)
    if session.owner_id == viewer.person_id or not is_asked(session, viewer):
        raise NotAllowedError("Only the person who made this proposal can withdraw it.")
    by = viewer.person_id  # proposals of other people count as not found: their content is hidden
    proposal = proposals.get_open(db, session_id, proposal_id, person_id=by)
    proposals.end(db, viewer, proposal, ProposalState.WITHDRAWN, via=via)
    _ask_again(db, viewer, session, proposal.person_id)


def shown(
    library: Library, db: Transaction, viewer: Viewer, session: MentoringSession, *, decides: bool
) -> list[ProposalView]:
    """Return the proposals for a session: all if *decides*, else those of *viewer*."""
    person_id = None if decides else viewer.person_id
    found = proposals.of_session(db, session.id, person_id=person_id)
    return [
        ProposalView(
            proposal=proposal,
            place=proposals.shown_place_of(proposal),
            loss=_loss(library, db, viewer, proposal) if decides else None,
            decides=decides,
            own=proposal.person_id == viewer.person_id,
        )
        for proposal in found
    ]


def mark_seen(db: Transaction, viewer: Viewer, session_id: int) -> None:
    """Store that *viewer* has seen the decisions on their proposals. *db* may be read-only."""
    for proposal in proposals.of_session(db, session_id, person_id=viewer.person_id):
        if proposal.decided_at is not None and proposal.seen_at is None:
            note(db, partial(_mark, proposal_id=proposal.id))


def _mark(db: Transaction, proposal_id: int) -> None:
    proposal = db.get(CutProposal, proposal_id)
    if proposal is not None:
        proposal.seen_at = now()


def _row(db: Transaction, session: MentoringSession, chosen: Chosen) -> CutProposal:
    """Check a range and return a new proposal for it. The caller sets person and sentence."""
    if chosen.source_id not in {source.id for source in session.sources}:
        raise InvalidInputError("Choose a recording or a note of this session.")
    if isinstance(chosen, Wording) and chosen.text:
        raise InvalidInputError("In a note, you can only propose to leave out whole paragraphs.")
    place = redaction.place(db, sources.get(db, chosen.source_id), chosen)
    row = CutProposal(session_id=session.id, source_id=chosen.source_id, state=ProposalState.OPEN)
    if isinstance(chosen, Wording):
        row.paragraph, row.words_sha256 = chosen.paragraph, proposals.sha256_of(place.words)
    else:
        row.start, row.end = place.start, place.end
    return row


def _where(db: Transaction, proposal: CutProposal) -> Chosen | None:
    """Return the range of a proposal in the current transcript, or None if it is not found."""
    if proposal.paragraph is None:
        return TimeRange(proposal.source_id, proposal.start or 0.0, proposal.end or 0.0)
    version = versions.current_version(db, proposal.source_id)
    texts = [draft.text for draft in versions.drafts_of(db, version.id)] if version else []
    same = [
        number
        for number, text in enumerate(texts)
        if proposals.sha256_of(text) == proposal.words_sha256
    ]
    if same:
        nearest = min(same, key=lambda number: abs(number - (proposal.paragraph or 0)))
        return Wording(proposal.source_id, nearest)
    return _likest(db, proposal, texts)


def _likest(db: Transaction, proposal: CutProposal, texts: Sequence[str]) -> Wording | None:
    """Return the current paragraph that is most similar to the proposed paragraph, or None."""
    earlier = (
        select(Segment.text)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .where(TranscriptVersion.source_id == proposal.source_id)
        .order_by(Segment.version_id.desc())
    )
    original = next(
        (t for t in db.scalars(earlier) if proposals.sha256_of(t) == proposal.words_sha256), ""
    )
    ratios = [SequenceMatcher(None, original, text).ratio() if original else 0.0 for text in texts]
    best = max(range(len(texts)), key=ratios.__getitem__, default=None)
    if best is None or ratios[best] < LIKE:
        return None
    return Wording(proposal.source_id, best)


def _loss(
    library: Library, db: Transaction, viewer: Viewer, proposal: CutProposal
) -> RedactionPreview | None:
    """Return the effect of accepting a proposal, or None if that is not possible."""
    if proposal.state is not ProposalState.OPEN or (chosen := _where(db, proposal)) is None:
        return None
    try:
        return redaction.loss(library, db, viewer, chosen)
    except (ConflictError, InvalidInputError):  # the transcript became shorter in the meantime
        return None


def _ask_again(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Ask a person for consent again if their consent depended on a proposal."""
    answer = answer_of(session, person_id)
    if answer is not None and answer.state is ConsentAnswer.PROPOSED:
        answer.state, answer.asked_at = ConsentAnswer.ASKED, now()
        ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    release.refresh(db, session)


def _checked_sentence(sentence: str) -> str:
    clean = " ".join(sentence.split())
    if len(clean) > LONGEST:
        raise InvalidInputError(
            "Shorten the sentence to at most %(longest)s characters.", longest=LONGEST
        )
    return clean
