"""Tests of proposals to leave out: their state, position and ledger entries."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from library.consent import proposals, release
from library.errors import ConflictError, NotFoundError
from library.models import (
    CutProposal,
    LedgerEntry,
    ParticipantRole,
    ProposalState,
    Visibility,
)
from library.removal import redaction_proposals
from library.removal.redaction import TimeRange
from library.sessions import sessions
from tests.builders import add_session


@pytest.fixture
def proposal(library, mentor, mentee):
    """Session id and proposal id of the mentee's open proposal to leave out a range."""
    parts = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    lines = ((mentor.name, "Ask the same day."), (mentee.name, "My daughter was ill."))
    built = add_session(
        library,
        lines=lines,
        owner=mentor,
        participants=parts,
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.choose(db, mentor.viewer, session)
        ranges = [TimeRange(source_id=built.source_id, start=10.0, end=20.0)]
        proposal_rows = redaction_proposals.propose(db, mentee.viewer, session, ranges, sentence="")
        return session.id, proposal_rows[0].id


def test_an_open_proposal_is_found_in_its_session_only(library, mentor, mentee, proposal):
    """An open proposal is found only by its session and its author.

    Looking up a decided proposal raises an error.
    """
    session_id, number = proposal
    with library.transaction() as db:
        found = proposals.get_open(db, session_id, number, person_id=mentee.id)
        for session, person in ((session_id + 1, None), (session_id, mentor.id)):
            with pytest.raises(NotFoundError):
                proposals.get_open(db, session, number, person_id=person)
        proposals.end(db, mentor.viewer, found, ProposalState.REFUSED, reply="It matters.")
        with pytest.raises(ConflictError):
            proposals.get_open(db, session_id, number)

        entries = db.scalars(select(LedgerEntry.content).order_by(LedgerEntry.id)).all()
    assert entries[-1]["kind"] == "cut-refused"


def test_another_answer_withdraws_an_open_proposal(library, mentee, proposal):
    """Ending all open proposals of a participant sets their state to WITHDRAWN."""
    session_id, number = proposal
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        proposals.end_open(db, mentee.viewer, session, mentee.id, via="account")

        assert db.get(CutProposal, number).state is ProposalState.WITHDRAWN


def test_the_place_of_a_proposal_is_shown():
    """The position of a proposal is written as times with seconds, or as a paragraph number."""
    timed = SimpleNamespace(paragraph=None, start=730.0, end=3760.4)
    note = SimpleNamespace(paragraph=2)

    assert proposals.place_of(timed) == "12:10 to 1:02:40"
    assert proposals.place_of(note) == "paragraph 3"
    assert "12:10 to 1:02:40; paragraph 3" in proposals.condition(
        [proposals.place_of(timed), proposals.place_of(note)]
    )
    assert proposals.condition([]) == ""
