"""Tests of topic coverage: sessions, speakers and risks of topics, compared with plain sets."""

from datetime import timedelta

import pytest

from library.access import GUEST, today
from library.accounts import people
from library.models import ParticipantRole, SessionTopic, Topic, TopicState, Visibility
from library.overview.topic_coverage import SOON, RiskReason, at_risk, sizes
from tests.builders import add_session, agree


@pytest.fixture
def topics(library):
    """Two topics by their label."""
    with library.transaction() as db:
        made = [Topic(label=label, folded=label.lower()) for label in ("Feedback", "Handover")]
        db.add_all(made)
        db.flush()
        return {topic.label: topic.id for topic in made}


def add_topic(library, built, topic_id, state=TopicState.CONFIRMED):
    """Add a topic to a session."""
    with library.transaction() as db:
        db.add(SessionTopic(session_id=built.session_id, topic_id=topic_id, state=state))


@pytest.fixture
def three_sessions(library, topics, mentor, mentee):
    """Three sessions with the topics Feedback and Handover.

    One of the sessions is private, and one of their topics is only suggested.
    """
    parts = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    talk = add_session(library, lines=[("Cem", "Ask."), ("Ada Mentor", "Yes.")], participants=parts)
    agree(library, talk.session_id)
    private = add_session(
        library,
        title="Private",
        lines=[("Dee", "Not told.")],
        owner=mentor,
        visibility=Visibility.PRIVATE,
    )
    alone = add_session(library, title="Alone", participants=parts[:1], lines=[("", "So it is.")])
    agree(library, alone.session_id)
    add_topic(library, talk, topics["Feedback"])
    add_topic(library, private, topics["Feedback"])
    add_topic(library, alone, topics["Handover"])
    add_topic(library, talk, topics["Handover"], TopicState.SUGGESTED)
    return talk


def coverage(library, viewer):
    """Return sessions, seconds and names of speakers by topic."""
    with library.reading() as db:
        return {
            t.label: (t.sessions, t.seconds, {h.name for h in t.holders}) for t in sizes(db, viewer)
        }


@pytest.mark.usefixtures("three_sessions")
def test_only_confirmed_topics_of_visible_sessions_count(library, mentor, mentee):
    """Only confirmed topics of visible sessions count."""
    assert coverage(library, mentee.viewer) == {
        "Feedback": (1, 20, {"Cem", "Ada Mentor"}),
        "Handover": (1, 10, {"Ada Mentor"}),
    }
    assert coverage(library, mentor.viewer)["Feedback"] == (2, 30, {"Cem", "Ada Mentor", "Dee"})


@pytest.mark.usefixtures("three_sessions")
def test_a_topic_with_one_speaker_is_at_risk(library, mentee):
    """A topic with one speaker is at risk, and a topic with two is not."""
    with library.reading() as db:
        found = at_risk(sizes(db, mentee.viewer))

    assert [(r.topic.label, r.danger) for r in found] == [("Handover", RiskReason.ONE_SPEAKER)]


@pytest.mark.usefixtures("three_sessions")
@pytest.mark.parametrize("later", [0, 2], ids=["soon", "not so soon"])
def test_a_leaving_speaker_is_shown_to_administrators_only(library, admin, mentor, mentee, later):
    """Only an administrator sees that the last speaker of a topic leaves soon, with the day."""
    last_day = today() + SOON + timedelta(days=later)
    with library.transaction() as db:
        people.get(db, mentor.id).leaves_on = last_day

    with library.reading() as db:
        boss = {r.topic.label: r for r in at_risk(sizes(db, admin.viewer))}
        other = {r.topic.label: r for r in at_risk(sizes(db, mentee.viewer))}

    wanted = (RiskReason.ONE_SPEAKER, None) if later else (RiskReason.LEAVING, last_day)
    assert (boss["Handover"].danger, boss["Handover"].last_day) == wanted
    assert (other["Handover"].danger, other["Handover"].last_day) == (RiskReason.ONE_SPEAKER, None)
    assert all(h.leaves_on is None for r in other.values() for h in r.topic.holders)


@pytest.mark.usefixtures("three_sessions")
def test_a_guest_counts_public_sessions(library):
    """A guest's topic counts contain public sessions only."""
    assert set(coverage(library, GUEST)) == {"Feedback", "Handover"}
    assert coverage(library, GUEST)["Feedback"][0] == 1
