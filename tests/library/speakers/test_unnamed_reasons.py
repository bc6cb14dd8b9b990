"""Tests of reasons why a speaker needs no name."""

import pytest

from library.consent import release_holds
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import LedgerEntry, ParticipantRole, UnnamedReason, Visibility
from library.sessions import sessions
from library.speakers import unnamed_reasons
from tests.builders import OPERATOR, add_session


@pytest.fixture
def talk(library, mentor):
    """Session for all members that has an unnamed speaker."""
    return add_session(
        library,
        lines=[(mentor.name, "Ask the same day."), ("Speaker 2", "I was afraid to.")],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.MEMBERS,
        released=False,
    )


def labels(db, session):
    """Return the speaker labels that cause a release hold."""
    return {hold.label for hold in release_holds.holds_of(db, session)}


def test_a_reason_is_recorded_and_can_be_deleted(library, mentor, talk):
    """A reason why a speaker is unnamed ends the release hold.

    Deleting the reason restores the hold. The ledger records both changes.
    """
    place = (talk.source_id, "Speaker 2")
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        before = labels(db, session)
        why = UnnamedReason.INTERPRETER
        unnamed_reasons.set_reason(db, mentor.viewer, session, place, why)
        during = labels(db, session)
        unnamed_reasons.reopen(db, mentor.viewer, session, place)
        after = labels(db, session)
        with pytest.raises(NotFoundError):
            unnamed_reasons.reopen(db, mentor.viewer, session, place)

        kinds = [entry.content["kind"] for entry in db.query(LedgerEntry)]
    assert ["Speaker 2" in one for one in (before, during, after)] == [True, False, True]
    assert kinds[-2:] == ["excused", "excuse-ended"]


def test_two_reasons_have_further_conditions(library, mentor, mentee, talk):
    """Only the owner may say that an unnamed speaker is the owner.

    Only an administrator may say that a speaker is unreachable, with an explanation.
    """
    place = (talk.source_id, "Speaker 2")
    own, unreachable = UnnamedReason.OWN_VOICE, UnnamedReason.UNREACHABLE
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        for viewer, why in ((mentee.viewer, own), (mentor.viewer, unreachable)):
            with pytest.raises(NotAllowedError):
                unnamed_reasons.set_reason(db, viewer, session, place, why)
        with pytest.raises(InvalidInputError):
            unnamed_reasons.set_reason(db, OPERATOR, session, place, unreachable)
        unnamed_reasons.set_reason(db, OPERATOR, session, place, unreachable, reason="Wrote twice.")
