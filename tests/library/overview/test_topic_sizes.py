"""Topics by sessions and voices, and what may be lost, against plain sets."""

from datetime import timedelta

import pytest

from library.access import GUEST, today
from library.accounts import people
from library.models import Part, SessionTopic, Topic, TopicState, Visibility
from library.overview.topics import SOON, Danger, at_risk, sizes
from tests.builders import add_session, agree


@pytest.fixture
def topics(library):
    """Two topics, by their label."""
    with library.transaction() as db:
        made = [Topic(label=label, folded=label.lower()) for label in ("Feedback", "Handover")]
        db.add_all(made)
        db.flush()
        return {topic.label: topic.id for topic in made}


def about(library, built, topic_id, state=TopicState.CONFIRMED):
    """Let a session be about a topic."""
    with library.transaction() as db:
        db.add(SessionTopic(session_id=built.session_id, topic_id=topic_id, state=state))


@pytest.fixture
def shelf(library, topics, mentor, mentee):
    """Feedback in two sessions, one of them private; Handover in one; one only suggested."""
    parts = [(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)]
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
    about(library, talk, topics["Feedback"])
    about(library, private, topics["Feedback"])
    about(library, alone, topics["Handover"])
    about(library, talk, topics["Handover"], TopicState.SUGGESTED)
    return talk


def told(library, viewer):
    """{label: (sessions, seconds, names)}."""
    with library.reading() as db:
        return {
            t.label: (t.sessions, t.seconds, {h.name for h in t.holders}) for t in sizes(db, viewer)
        }


@pytest.mark.usefixtures("shelf")
def test_only_what_is_confirmed_and_seen_counts(library, mentor, mentee):
    """A private session adds neither to the count nor to the voices of anybody else."""
    assert told(library, mentee.viewer) == {
        "Feedback": (1, 20, {"Cem", "Ada Mentor"}),
        "Handover": (1, 10, {"Ada Mentor"}),
    }
    assert told(library, mentor.viewer)["Feedback"] == (2, 30, {"Cem", "Ada Mentor", "Dee"})


@pytest.mark.usefixtures("shelf")
def test_a_topic_of_one_voice_is_at_risk(library, mentee):
    """With the person who holds it; a topic of two voices is not."""
    with library.reading() as db:
        found = at_risk(sizes(db, mentee.viewer))

    assert [(r.topic.label, r.danger) for r in found] == [("Handover", Danger.ONE_VOICE)]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("later", [0, 2], ids=["soon", "not so soon"])
def test_who_leaves_soon_is_told_to_administrators_only(library, admin, mentor, mentee, later):
    """By the day of the last who leaves; others see that there is one voice, and no day."""
    last_day = today() + SOON + timedelta(days=later)
    with library.transaction() as db:
        people.get(db, mentor.id).leaves_on = last_day

    with library.reading() as db:
        boss = {r.topic.label: r for r in at_risk(sizes(db, admin.viewer))}
        other = {r.topic.label: r for r in at_risk(sizes(db, mentee.viewer))}

    wanted = (Danger.ONE_VOICE, None) if later else (Danger.LEAVING, last_day)
    assert (boss["Handover"].danger, boss["Handover"].last_day) == wanted
    assert (other["Handover"].danger, other["Handover"].last_day) == (Danger.ONE_VOICE, None)
    assert all(h.leaves_on is None for r in other.values() for h in r.topic.holders)


@pytest.mark.usefixtures("shelf")
def test_a_guest_counts_what_is_public(library):
    """The one predicate, again."""
    assert set(told(library, GUEST)) == {"Feedback", "Handover"}
    assert told(library, GUEST)["Feedback"][0] == 1
