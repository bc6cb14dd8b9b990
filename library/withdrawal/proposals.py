"""Proposals to leave something out: made by whoever is asked, decided by the session's owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from sqlalchemy import select

from library.access import Viewer, session_for, session_to_edit
from library.consent import cut_proposals, ledger, release
from library.consent.asked import is_asked
from library.consent.standings import answer_of
from library.editing import transcripts
from library.errors import ConflictError, InvalidInputError, NotAllowedError
from library.holdings import sources
from library.models import (
    Answer,
    CutProposal,
    MentoringSession,
    ProposalState,
    Segment,
    TranscriptVersion,
    now,
)
from library.store import Library, Transaction, note
from library.withdrawal import off_record
from library.withdrawal.off_record import Chosen, Loss, Stretch, Wording

MOST_AT_ONCE = 20
LONGEST = 2000  # characters of a sentence
LIKE = 0.6  # ratio of difflib from which on a changed paragraph is taken for the same


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A proposal as whoever made it, or decides on it, sees it."""

    proposal: CutProposal
    place: str
    loss: Loss | None  # what would go; None: nothing to decide, or the words are not there
    decides: bool  # whether the reader does
    own: bool  # whether the reader made it


def propose(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    wanted: Sequence[Chosen],
    *,
    sentence: str = "",
    via: str = "account",
) -> list[CutProposal]:
    """Agree to a session's release, once these stretches are left out.

    Raises:
        NotAllowedError: nobody asks *viewer*, or the session is theirs.
        InvalidInputError: nothing was chosen, too much, or what is not there.
        ConflictError: the session is not meant for others, or its words are not there yet.
    """
    if session.owner_id is not None and session.owner_id == viewer.person_id:
        raise NotAllowedError("This session is yours: take it off the record yourself.")
    if not wanted:
        raise InvalidInputError("Choose what is to be left out.")
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInputError(f"Choose at most {MOST_AT_ONCE} stretches at once.")
    said = _checked_sentence(sentence)
    made = [_row(db, session, one) for one in wanted]
    for row in made:
        row.person_id, row.sentence = viewer.person_id or 0, said
        db.add(row)
    db.flush()
    places = [cut_proposals.place_of(row) for row in made]
    release.respond(db, viewer, session, agree=True, without=places, via=via)
    for row in made:
        cut_proposals.record_new(db, viewer, row, via=via)
    return made


def accept(library: Library, viewer: Viewer, session_id: int, proposal_id: int) -> int:
    """Leave out what was proposed, for good; gives the source to hand to the queue.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        ConflictError: it was decided meanwhile, or its paragraph was changed.
    """
    with library.reading() as db:
        session_to_edit(db, viewer, session_id)
        proposal = cut_proposals.get_open(db, session_id, proposal_id)
        chosen = _where(db, proposal)
    if chosen is None:
        raise ConflictError(
            "The paragraph that was proposed is not in the note any more. Answer with a sentence "
            "instead; whoever proposed it is then asked again."
        )
    off_record.take_off(library, viewer, chosen, proposal_id=proposal_id)
    return chosen.source_id


def refuse(
    db: Transaction, viewer: Viewer, session_id: int, proposal_id: int, sentence: str
) -> None:
    """Leave a stretch in, with a sentence why; its person is asked again.

    Raises:
        NotFoundError, NotAllowedError: *viewer* may not see or change the session.
        InvalidInputError: there is no sentence.
        ConflictError: it was decided meanwhile.
    """
    session = session_to_edit(db, viewer, session_id)
    proposal = cut_proposals.get_open(db, session_id, proposal_id)
    if not (said := _checked_sentence(sentence)):
        raise InvalidInputError("Say in a sentence why this is to stay.")
    cut_proposals.end(db, viewer, proposal, ProposalState.REFUSED, reply=said)
    _ask_again(db, viewer, session, proposal.person_id)


def take_back(
    db: Transaction,
    viewer: Viewer,
    session_id: int,
    proposal_id: int,
    *,
    via: str = "account",
) -> None:
    """Ask for a stretch no more; whoever proposed it is asked again for their answer.

    Raises:
        NotFoundError: *viewer* may not see the session, or made no such proposal about it.
        NotAllowedError: *viewer* takes no part in the session, or it is theirs.
        ConflictError: it was decided meanwhile.
    """
    session = session_for(db, viewer, session_id)
    if session.owner_id == viewer.person_id or not is_asked(session, viewer):
        raise NotAllowedError("Only whoever proposed this can take it back.")
    by = viewer.person_id  # others see that a cut was proposed, not which: theirs is not found
    proposal = cut_proposals.get_open(db, session_id, proposal_id, person_id=by)
    cut_proposals.end(db, viewer, proposal, ProposalState.WITHDRAWN, via=via)
    _ask_again(db, viewer, session, proposal.person_id)


def shown(
    library: Library, db: Transaction, viewer: Viewer, session: MentoringSession, *, decides: bool
) -> list[Shown]:
    """The proposals about a session that *viewer* may see: all who decide, else their own."""
    person_id = None if decides else viewer.person_id
    found = cut_proposals.of_session(db, session.id, person_id=person_id)
    return [
        Shown(
            proposal=proposal,
            place=cut_proposals.place_of(proposal),
            loss=_loss(library, db, viewer, proposal) if decides else None,
            decides=decides,
            own=proposal.person_id == viewer.person_id,
        )
        for proposal in found
    ]


def mark_seen(db: Transaction, viewer: Viewer, session_id: int) -> None:
    """Note that *viewer* saw what became of their proposals; also where *db* only reads."""
    for proposal in cut_proposals.of_session(db, session_id, person_id=viewer.person_id):
        if proposal.decided_at is not None and proposal.seen_at is None:
            note(db, partial(_mark, proposal_id=proposal.id))


def _mark(db: Transaction, proposal_id: int) -> None:
    proposal = db.get(CutProposal, proposal_id)
    if proposal is not None:
        proposal.seen_at = now()


def _row(db: Transaction, session: MentoringSession, chosen: Chosen) -> CutProposal:
    """A proposal without its person, at a place that is there."""
    if chosen.source_id not in {source.id for source in session.sources}:
        raise InvalidInputError("Choose a recording or a note of this session.")
    if isinstance(chosen, Wording) and chosen.text:
        raise InvalidInputError("Of a note, whole paragraphs can be proposed.")
    place = off_record.place(db, sources.get(db, chosen.source_id), chosen)
    row = CutProposal(session_id=session.id, source_id=chosen.source_id, state=ProposalState.OPEN)
    if isinstance(chosen, Wording):
        row.paragraph, row.words_sha256 = chosen.paragraph, cut_proposals.sha256_of(place.words)
    else:
        row.start, row.end = place.start, place.end
    return row


def _where(db: Transaction, proposal: CutProposal) -> Chosen | None:
    """Where a proposal is in the words as they are now; None: its paragraph is gone."""
    if proposal.paragraph is None:
        return Stretch(proposal.source_id, proposal.start or 0.0, proposal.end or 0.0)
    version = transcripts.current_version(db, proposal.source_id)
    texts = [draft.text for draft in transcripts.drafts_of(db, version.id)] if version else []
    same = [
        number
        for number, text in enumerate(texts)
        if cut_proposals.sha256_of(text) == proposal.words_sha256
    ]
    if same:
        nearest = min(same, key=lambda number: abs(number - (proposal.paragraph or 0)))
        return Wording(proposal.source_id, nearest)
    return _likest(db, proposal, texts)


def _likest(db: Transaction, proposal: CutProposal, texts: Sequence[str]) -> Wording | None:
    """The paragraph that a proposed one became when the note was corrected."""
    earlier = (
        select(Segment.text)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .where(TranscriptVersion.source_id == proposal.source_id)
        .order_by(Segment.version_id.desc())
    )
    was = next(
        (t for t in db.scalars(earlier) if cut_proposals.sha256_of(t) == proposal.words_sha256), ""
    )
    ratios = [SequenceMatcher(None, was, text).ratio() if was else 0.0 for text in texts]
    best = max(range(len(texts)), key=ratios.__getitem__, default=None)
    if best is None or ratios[best] < LIKE:
        return None
    return Wording(proposal.source_id, best)


def _loss(library: Library, db: Transaction, viewer: Viewer, proposal: CutProposal) -> Loss | None:
    """What accepting an open proposal would take."""
    if proposal.state is not ProposalState.OPEN or (chosen := _where(db, proposal)) is None:
        return None
    try:
        return off_record.loss(library, db, viewer, chosen)
    except (ConflictError, InvalidInputError):  # a shorter transcript came meanwhile
        return None


def _ask_again(db: Transaction, viewer: Viewer, session: MentoringSession, person_id: int) -> None:
    """Ask somebody for their answer whose agreement rested on a proposal."""
    answer = answer_of(session, person_id)
    if answer is not None and answer.state is Answer.PROPOSED:
        answer.state, answer.asked_at = Answer.ASKED, now()
        ledger.record(db, viewer, "asked", session_id=session.id, person_id=person_id)
    release.settle(db, session)


def _checked_sentence(sentence: str) -> str:
    said = " ".join(sentence.split())
    if len(said) > LONGEST:
        raise InvalidInputError(f"Say it in at most {LONGEST} characters.")
    return said
