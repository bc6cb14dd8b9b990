"""Tests of consent requests: which sessions wait for a person's answer."""

import pytest

from library.consent import release, requests
from library.errors import ConflictError, NotAllowedError
from library.models import ParticipantRole, Role, Visibility
from library.sessions import sessions
from tests.builders import add_account, add_session


@pytest.fixture
def talk(library, mentor, mentee):
    """Id of a session for all members to which only the owner has agreed."""
    parts = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    lines = ((mentor.name, "Ask the same day."), (mentee.name, "I was afraid to."))
    built = add_session(
        library,
        lines=lines,
        owner=mentor,
        participants=parts,
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built.session_id


def test_a_session_waits_for_missing_answers(library, mentor, mentee, talk):
    """A participant has a consent request until they answer. The owner who agreed has none."""
    with library.transaction() as db:
        waiting = [[s.id for s in requests.waiting_for(db, who.viewer)] for who in (mentor, mentee)]
        release.respond(db, mentee.viewer, sessions.get(db, talk), agree=True)
        after = requests.waiting_for(db, mentee.viewer)

    assert waiting == [[], [talk]]
    assert after == []


def test_only_the_owner_and_participants_are_asked(library, mentor, talk):
    """Only the owner and participants can answer a consent request.

    A private session has no consent requests.
    """
    stranger = add_account(library, "Sam Stranger", Role.MENTEE)
    with library.transaction() as db:
        session = sessions.get(db, talk)
        requests.require_asked(session, mentor.viewer)
        with pytest.raises(NotAllowedError):
            requests.require_asked(session, stranger.viewer)
        session.visibility = Visibility.PRIVATE
        with pytest.raises(ConflictError):
            requests.require_asked(session, mentor.viewer)
