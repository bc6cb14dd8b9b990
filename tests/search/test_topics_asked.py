"""Topics that a question names: by a synonym, by what is narrower, and only of what one may see."""

import pytest

from library.access import GUEST
from library.models import TopicState, Visibility
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from search.engine import Engine
from search.findings import SuggestionKind
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder


@pytest.fixture
def filed(library, admin, mentor) -> tuple[int, int]:
    """A broader topic and a narrower one with a synonym; one session is about the narrower."""
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


def _asked(library, who, question: str) -> list[tuple[int, str, int]]:
    findings = Engine(library, BagOfWordsEmbedder()).explore(question, who)
    return [(topic.topic_id, topic.said, topic.sessions) for topic in findings.topics]


def test_a_synonym_that_nobody_said_leads_to_its_topic(library, mentee, filed) -> None:
    """Also where nothing was found; and a broader topic to what is about a narrower one."""
    work, feedback = filed

    assert _asked(library, mentee.viewer, "How do appraisals go?") == [(feedback, "Appraisals", 1)]
    assert _asked(library, mentee.viewer, "teamwork") == [(work, "Teamwork", 1)]
    assert _asked(library, mentee.viewer, "How do I give feedback to a team?") == [
        (feedback, "Giving feedback", 1)
    ]
    assert _asked(library, mentee.viewer, "Where is the canteen?") == []


def test_of_a_topic_whose_sessions_one_may_not_see_nothing_is_told(library, filed) -> None:
    """A guest sees no session of members, and learns of no topic by it."""
    assert _asked(library, GUEST, "How do appraisals go?") == []


def test_names_follow_the_vocabulary(library, admin, mentee, filed) -> None:
    """A name that was added counts for the next question; one that was taken off does not."""
    engine = Engine(library, BagOfWordsEmbedder())
    before = engine.explore("reviews", mentee.viewer).topics

    with library.transaction() as db:
        topic = topics.get(db, filed[1])
        wording = Wording(label=topic.label, synonyms=["Reviews"])
        topics.describe(db, admin.viewer, topic, wording)

    assert before == []
    assert [t.said for t in engine.explore("reviews", mentee.viewer).topics] == ["Reviews"]
    assert engine.explore("appraisals", mentee.viewer).topics == []


def test_what_is_typed_may_become_a_topic_by_any_of_its_names(library, mentee, filed) -> None:
    """Suggested by the beginning of a synonym, to those who may see something about it."""
    engine = Engine(library, BagOfWordsEmbedder())

    def suggested(who) -> list[tuple[str, int | None]]:
        found = engine.suggest("apprai", who).suggestions
        return [(s.text, s.id) for s in found if s.kind is SuggestionKind.TOPIC]

    assert suggested(mentee.viewer) == [("Giving feedback", filed[1])]
    assert suggested(GUEST) == []
