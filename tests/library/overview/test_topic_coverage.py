"""Tests of topic coverage: sessions, speakers and risks of each topic."""

from datetime import timedelta

import pytest

from library.access import GUEST, today
from library.accounts import people
from library.models import ParticipantRole, SessionTopic, Topic, TopicState, Visibility
from library.overview.topic_coverage import SOON, RiskReason, at_risk, sizes
from tests.builders import add_session, agree


@pytest.fixture
def topics(library):
    """Ids of two topics by label."""
    with library.transaction() as db:
        rows = [Topic(label=label, folded=label.lower()) for label in ("Feedback", "Handover")]
        db.add_all(rows)
        db.flush()
        return {topic.label: topic.id for topic in rows}


def add_topic(library, built, topic_id, state=TopicState.CONFIRMED):
    """Add a topic with a state to a session."""
    with library.transaction() as db:
        db.add(SessionTopic(session_id=built.session_id, topic_id=topic_id, state=state))


@pytest.fixture
def three_sessions(library, topics, mentor, mentee):
    """Three sessions with the topics Feedback and Handover. The first one is returned.

    One session is private, and one topic of the first session is only a suggestion.
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
    """Return number of sessions, seconds and names of speakers for each topic."""
    with library.reading() as db:
        return {
            t.label: (t.sessions, t.seconds, {h.name for h in t.holders}) for t in sizes(db, viewer)
        }


@pytest.mark.usefixtures("three_sessions")
def test_only_confirmed_topics_of_visible_sessions_count(library, mentor, mentee):
    """A topic counts only sessions that the viewer may see and in which the topic is confirmed."""
    assert coverage(library, mentee.viewer) == {
        "Feedback": (1, 20, {"Cem", "Ada Mentor"}),
        "Handover": (1, 10, {"Ada Mentor"}),
    }
    assert coverage(library, mentor.viewer)["Feedback"] == (2, 30, {"Cem", "Ada Mentor", "Dee"})


@pytest.mark.usefixtures("three_sessions")
def test_a_topic_with_one_speaker_is_at_risk(library, mentee):
    """Knowledge of a topic is at risk if the topic has only one speaker."""
    with library.reading() as db:
        found = at_risk(sizes(db, mentee.viewer))

    assert [(r.topic.label, r.danger) for r in found] == [("Handover", RiskReason.ONE_SPEAKER)]


@pytest.mark.usefixtures("three_sessions")
@pytest.mark.parametrize("later", [0, 2], ids=["soon", "not so soon"])
def test_a_leaving_speaker_is_shown_to_administrators_only(library, admin, mentor, mentee, later):
    """Only administrators see that the last speaker of a topic leaves soon, and on which day."""
    last_day = today() + SOON + timedelta(days=later)
    with library.transaction() as db:
        people.get(db, mentor.id).leaves_on = last_day

    with library.reading() as db:
        boss = {r.topic.label: r for r in at_risk(sizes(db, admin.viewer))}
        other = {r.topic.label: r for r in at_risk(sizes(db, mentee.viewer))}

    expected = (RiskReason.ONE_SPEAKER, None) if later else (RiskReason.LEAVING, last_day)
    assert (boss["Handover"].danger, boss["Handover"].last_day) == expected
    assert (other["Handover"].danger, other["Handover"].last_day) == (RiskReason.ONE_SPEAKER, None)
    assert all(h.leaves_on is None for r in other.values() for h in r.topic.holders)


@pytest.mark.usefixtures("three_sessions")
def test_a_guest_counts_public_sessions(library):
    """For a guest, a topic counts only public sessions."""
    assert set(coverage(library, GUEST)) == {"Feedback", "Handover"}
    assert coverage(library, GUEST)["Feedback"][0] == 1
