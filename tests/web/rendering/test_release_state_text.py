"""Tests of the sentences about the release of a session."""

import pytest

from library.consent import release
from library.models import ParticipantRole, Visibility
from library.sessions import sessions
from tests.builders import add_session
from web.rendering import release_state_text


@pytest.fixture
def talk(library, mentor, mentee):
    """Id of a session for all members. Only its owner has agreed to the release."""
    built = add_session(
        library,
        lines=((mentor.name, "Ask the same day."), (mentee.name, "Call 020 7946 0018.")),
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built.session_id


def test_a_sentence_says_what_a_release_waits_for(app, library, mentor, mentee, talk):
    """The sentence about a release names who has not answered or has refused.

    For a private session, the sentence says that only the owner can see it.
    """
    with app.test_request_context("/"), library.transaction() as db:
        session = sessions.get(db, talk)
        sentences = [release_state_text.present_state(db, session)]
        release.respond(db, mentee.viewer, session, agree=False)
        sentences.append(release_state_text.present_state(db, session))
        release.set_visibility(db, mentor.viewer, session, Visibility.PRIVATE)
        sentences.append(release_state_text.present_state(db, session))

    assert "Ben Mentee" in sentences[0]
    assert sentences[1] == "Not released: Ben Mentee said no. Only participants can see it."
    assert sentences[2] == "Private: only its owner can see it."


def test_personal_data_is_summed_up_by_source(app, library, talk):
    """A source's summary of personal details mentions a spoken telephone number."""
    with app.test_request_context("/"), library.reading() as db:
        (summary,) = release_state_text.details(db, sessions.get(db, talk))

    assert "number" in summary.words
