"""Topics are suggested for what was indexed and when the vocabulary changes."""

from sqlalchemy import select

from library.models import MentoringSession, SessionTopic, TopicState
from library.searching.scope import Filters
from library.vocabulary import session_topics, starter_topics, topic_progress, topics
from library.vocabulary.topics import Wording
from search.classifying import Classifier
from search.engine import Engine
from tests.builders import OPERATOR, add_session

DELEGATING = (
    ("Ada", "Delegating is handing work over and letting go of it."),
    ("Ben", "I find delegation hard: I do the work myself."),
)
COOKING = (("Ada", "Boil the potatoes and slice an onion."), ("Ben", "Then salt and butter."))


def follow(library, embedder):
    """Look at all that there is to look at."""
    classifier = Classifier(library)
    while classifier.is_behind() and classifier.step(embedder):
        pass


def suggested(library, session_id):
    """Labels of what is suggested for a session, the surest first."""
    with library.reading() as db:
        session = db.get_one(MentoringSession, session_id)
        return [
            s.topic.label
            for s in session_topics.said_of(db, session)
            if s.state is TopicState.SUGGESTED
        ]


def test_a_session_gets_the_topic_that_its_passages_speak_of(library, embedder):
    """With the passages that say so; another session does not get it."""
    about = add_session(library, lines=DELEGATING, title="Letting go of work")
    other = add_session(library, lines=COOKING, title="Supper")
    with library.transaction() as db:
        starter_topics.load(db, OPERATOR)

    follow(library, embedder)

    assert suggested(library, about.session_id)[0] == "Delegation"
    assert "Delegation" not in suggested(library, other.session_id)
    with library.reading() as db:
        session = db.get_one(MentoringSession, about.session_id)
        proofs = session_topics.said_of(db, session)[0].proofs
    assert {proof.passage_id for proof in proofs} <= set(about.passage_ids)


def test_without_a_vocabulary_there_is_nothing_to_do(library):
    """A library that has no topics costs nothing."""
    add_session(library, lines=DELEGATING)

    assert not Classifier(library).is_behind()


def test_new_sessions_and_new_topics_are_followed(library, embedder):
    """Each is looked at once: what is done is not done again by the next process."""
    with library.transaction() as db:
        starter_topics.load(db, OPERATOR)
    follow(library, embedder)
    built = [add_session(library, lines=DELEGATING, title=f"Delegation {i}") for i in range(45)]

    follow(library, embedder)

    assert not Classifier(library).is_behind()
    assert all(suggested(library, one.session_id)[0] == "Delegation" for one in built)
    with library.transaction() as db:
        topics.add(db, OPERATOR, Wording(label="Letting go", definition="Handing work over."))
    follow(library, embedder)
    assert "Letting go" in suggested(library, built[44].session_id)


def test_a_vocabulary_that_changes_on_the_way_is_looked_at_from_the_start(library, embedder):
    """What one has come to with the old one does not count as seen."""
    add_session(library, lines=DELEGATING)
    with library.transaction() as db:
        starter_topics.load(db, OPERATOR)
    with library.reading() as db:
        before = topic_progress.looked(db)
        _, after = topic_progress.ahead(db, before, limit=20)
    with library.transaction() as db:
        topics.add(db, OPERATOR, Wording(label="Another"))

        topic_progress.note(db, before, after)

        assert topic_progress.is_behind(db)


def test_declined_topics_stay_away_and_confirmed_ones_keep_their_passages(library, embedder):
    """Looking again changes nothing of what people decided."""
    built = add_session(library, lines=DELEGATING, title="Letting go of work")
    with library.transaction() as db:
        starter_topics.load(db, OPERATOR)
        delegation = topics.by_name(db, "Delegation")
        teamwork = topics.by_name(db, "Teamwork")
        decisions = {delegation.id: TopicState.DECLINED, teamwork.id: TopicState.CONFIRMED}
        session_topics.decide(db, OPERATOR, built.session_id, decisions)

    follow(library, embedder)

    assert "Delegation" not in suggested(library, built.session_id)
    with library.reading() as db:
        session = db.get_one(MentoringSession, built.session_id)
        said = session_topics.said_of(db, session)
        rows = db.scalars(select(SessionTopic).where(SessionTopic.state == TopicState.CONFIRMED))
        assert [row.topic_id for row in rows] == [teamwork.id]
    assert said[0].topic.label == "Teamwork"
    assert said[0].proofs


def test_a_search_can_be_narrowed_to_a_topic_and_counts_it(library, embedder):
    """A broader topic includes narrower ones; the facet counts what was confirmed."""
    about = add_session(library, lines=DELEGATING, title="Letting go of work")
    add_session(library, lines=(("Ada", "Delegation again."),), title="Another")
    with library.transaction() as db:
        starter_topics.load(db, OPERATOR)
        delegation, leading = topics.by_name(db, "Delegation"), topics.by_name(db, "Leadership")
        session_topics.decide(db, OPERATOR, about.session_id, {delegation.id: TopicState.CONFIRMED})

    found = Engine(library, embedder).explore(
        "delegation", OPERATOR, filters=Filters(topic_id=leading.id)
    )

    assert [s.session_id for s in found.answer.sessions] == [about.session_id]
    counted = {count.name: count.sessions for count in found.facets.topics}
    assert counted == {"Delegation": 1, "Leadership": 1, "Time management": 1}
