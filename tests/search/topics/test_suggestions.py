"""Tests of suggested topics, for new sessions and for a changed vocabulary.

Covers: suggestion_job.
"""

from sqlalchemy import select

from library.discovery.search_scope import Filters
from library.models import MentoringSession, SessionTopic, TopicState
from library.vocabulary import session_topics, starter_vocabulary, suggestion_progress, topics
from library.vocabulary.topics import Wording
from search.engine import Engine
from search.topics.suggestion_job import Classifier
from tests.builders import OPERATOR, add_session

DELEGATING = (
    ("Ada", "Delegating is handing work over and letting go of it."),
    ("Ben", "I find delegation hard: I do the work myself."),
)
COOKING = (("Ada", "Boil the potatoes and slice an onion."), ("Ben", "Then salt and butter."))


def follow(library, embedder):
    """Suggest topics for all sessions that wait for suggestions."""
    classifier = Classifier(library)
    while classifier.is_behind() and classifier.step(embedder):
        pass


def suggested(library, session_id):
    """Return the labels of suggested topics of a session, best first."""
    with library.reading() as db:
        session = db.get_one(MentoringSession, session_id)
        return [
            s.topic.label
            for s in session_topics.topics_with_evidence(db, session)
            if s.state is TopicState.SUGGESTED
        ]


def test_a_session_gets_the_topic_of_its_passages(library, embedder):
    """The topic of a session's passages is suggested, with these passages as evidence.

    The topic is not suggested for a session on another subject.
    """
    about = add_session(library, lines=DELEGATING, title="Letting go of work")
    other = add_session(library, lines=COOKING, title="Supper")
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)

    follow(library, embedder)

    assert suggested(library, about.session_id)[0] == "Delegation"
    assert "Delegation" not in suggested(library, other.session_id)
    with library.reading() as db:
        session = db.get_one(MentoringSession, about.session_id)
        proofs = session_topics.topics_with_evidence(db, session)[0].proofs
    assert {proof.passage_id for proof in proofs} <= set(about.passage_ids)


def test_without_a_vocabulary_there_is_nothing_to_do(library):
    """Without topics in the vocabulary, no session waits for suggestions."""
    add_session(library, lines=DELEGATING)

    assert not Classifier(library).is_behind()


def test_new_sessions_and_new_topics_are_classified(library, embedder):
    """Topics are suggested for new sessions. A new topic is suggested for existing sessions."""
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
    follow(library, embedder)
    built = [add_session(library, lines=DELEGATING, title=f"Delegation {i}") for i in range(45)]

    follow(library, embedder)

    assert not Classifier(library).is_behind()
    assert all(suggested(library, session.session_id)[0] == "Delegation" for session in built)
    with library.transaction() as db:
        topics.add(db, OPERATOR, Wording(label="Letting go", definition="Handing work over."))
    follow(library, embedder)
    assert "Letting go" in suggested(library, built[44].session_id)


def test_a_changed_vocabulary_restarts_the_classification(library, embedder):
    """If the vocabulary changes during a batch, sessions wait for classification again."""
    add_session(library, lines=DELEGATING)
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
    with library.reading() as db:
        before = suggestion_progress.current(db)
        _, after = suggestion_progress.next_batch(db, before, limit=20)
    with library.transaction() as db:
        topics.add(db, OPERATOR, Wording(label="Another"))

        suggestion_progress.save(db, before, after)

        assert suggestion_progress.is_behind(db)


def test_decided_topics_keep_their_state(library, embedder):
    """A declined topic is not suggested again.

    A confirmed topic keeps its state and gets evidence.
    """
    built = add_session(library, lines=DELEGATING, title="Letting go of work")
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
        delegation = topics.by_name(db, "Delegation")
        teamwork = topics.by_name(db, "Teamwork")
        decisions = {delegation.id: TopicState.DECLINED, teamwork.id: TopicState.CONFIRMED}
        session_topics.decide(db, OPERATOR, built.session_id, decisions)

    follow(library, embedder)

    assert "Delegation" not in suggested(library, built.session_id)
    with library.reading() as db:
        session = db.get_one(MentoringSession, built.session_id)
        evidence = session_topics.topics_with_evidence(db, session)
        rows = db.scalars(select(SessionTopic).where(SessionTopic.state == TopicState.CONFIRMED))
        assert [row.topic_id for row in rows] == [teamwork.id]
    assert evidence[0].topic.label == "Teamwork"
    assert evidence[0].proofs


def test_a_search_can_be_narrowed_to_a_topic_and_counts_it(library, embedder):
    """The filter by a topic includes narrower topics. The facet counts confirmed topics."""
    about = add_session(library, lines=DELEGATING, title="Letting go of work")
    add_session(library, lines=(("Ada", "Delegation again."),), title="Another")
    with library.transaction() as db:
        starter_vocabulary.load(db, OPERATOR)
        delegation, leading = topics.by_name(db, "Delegation"), topics.by_name(db, "Leadership")
        session_topics.decide(db, OPERATOR, about.session_id, {delegation.id: TopicState.CONFIRMED})

    found = Engine(library, embedder).explore(
        "delegation", OPERATOR, filters=Filters(topic_id=leading.id)
    )

    assert [s.session_id for s in found.answer.sessions] == [about.session_id]
    counted = {count.name: count.sessions for count in found.facets.topics}
    assert counted == {"Delegation": 1, "Leadership": 1, "Time management": 1}
