"""Tests of topics that a question names, limited by access."""

import pytest

from library.access import GUEST
from library.models import TopicState, Visibility
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from search.engine import Engine
from search.results.result_types import SuggestionKind
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder


@pytest.fixture
def topic_ids(library, admin, mentor) -> tuple[int, int]:
    """Ids of a broader and a narrower topic. A session for members is about the narrower one."""
    built = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    with library.transaction() as db:
        work = topics.add(
            db, admin.viewer, Wording(label="Working together", synonyms=["Teamwork"])
        )
        feedback = topics.add(
            db,
            admin.viewer,
            Wording(label="Giving feedback", synonyms=["Appraisals"], broader=[work.id]),
        )
        decided = {feedback.id: TopicState.CONFIRMED}
        session_topics.decide(db, mentor.viewer, built.session_id, decided)
        return work.id, feedback.id


def _topics_named(library, who, question: str) -> list[tuple[int, str, int]]:
    findings = Engine(library, BagOfWordsEmbedder()).explore(question, who)
    return [(topic.topic_id, topic.said, topic.sessions) for topic in findings.topics]


def test_a_synonym_leads_to_its_topic(library, mentee, topic_ids) -> None:
    """A question that contains a synonym is linked to the topic.

    A broader topic also counts the sessions of its narrower topics.
    """
    work, feedback = topic_ids

    assert _topics_named(library, mentee.viewer, "How do appraisals go?") == [
        (feedback, "Appraisals", 1)
    ]
    assert _topics_named(library, mentee.viewer, "teamwork") == [(work, "Teamwork", 1)]
    assert _topics_named(library, mentee.viewer, "How do I give feedback to a team?") == [
        (feedback, "Giving feedback", 1)
    ]
    assert _topics_named(library, mentee.viewer, "Where is the canteen?") == []


def test_a_topic_without_visible_sessions_is_not_named(library, topic_ids) -> None:
    """A topic whose sessions are only for members is not shown to a guest."""
    assert _topics_named(library, GUEST, "How do appraisals go?") == []


def test_names_follow_the_vocabulary(library, admin, mentee, topic_ids) -> None:
    """A changed synonym of a topic takes effect at the next question."""
    engine = Engine(library, BagOfWordsEmbedder())
    before = engine.explore("reviews", mentee.viewer).topics

    with library.transaction() as db:
        topic = topics.get(db, topic_ids[1])
        wording = Wording(label=topic.label, synonyms=["Reviews"])
        topics.describe(db, admin.viewer, topic, wording)

    assert before == []
    assert [t.said for t in engine.explore("reviews", mentee.viewer).topics] == ["Reviews"]
    assert engine.explore("appraisals", mentee.viewer).topics == []


def test_a_topic_is_suggested_by_any_of_its_names(library, mentee, topic_ids) -> None:
    """The start of a synonym suggests the topic to a member who may see its sessions."""
    engine = Engine(library, BagOfWordsEmbedder())

    def suggested(who) -> list[tuple[str, int | None]]:
        found = engine.suggest("apprai", who).suggestions
        return [(s.text, s.id) for s in found if s.kind is SuggestionKind.TOPIC]

    assert suggested(mentee.viewer) == [("Giving feedback", topic_ids[1])]
    assert suggested(GUEST) == []
