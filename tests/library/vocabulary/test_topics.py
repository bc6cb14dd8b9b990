"""Tests of topics: the vocabulary, the topics of sessions, and merges with undo.

Covers: confirmed_topics, merge_topics, relations, session_topics, starter_vocabulary.
"""

from functools import partial

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.models import MentoringSession, SessionTopic, TopicPassage, TopicState, Visibility
from library.sessions import sessions
from library.sessions.description import Description
from library.vocabulary import (
    confirmed_topics,
    merge_topics,
    relations,
    session_topics,
    starter_vocabulary,
    topics,
)
from library.vocabulary.session_topics import Suggestion
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR, add_session
from tests.transactions import statements_of

CONFIRMED, DECLINED = TopicState.CONFIRMED, TopicState.DECLINED


def make(db, label, **more):
    """Add a topic with the rights of an administrator."""
    return topics.add(db, OPERATOR, Wording(label=label, **more))


def test_the_starter_vocabulary_loads_once_and_is_consistent(library):
    """Loading the starter vocabulary a second time adds no topic.

    Each topic has a definition. No topic is above itself.
    """
    with library.transaction() as db:
        first = starter_vocabulary.load(db, OPERATOR)
        again = starter_vocabulary.load(db, OPERATOR)
        every = topics.visible(db, OPERATOR)

        assert (first, again) == (len(every), 0)
        assert {"Career plans", "Self-confidence", "Decision making", "Technology"} <= {
            t.label for t in every
        }
        assert all(t.definition and t.starter for t in every)
        delegation = topics.by_name(db, "delegating")
        above = {topics.get(db, i).label for i in relations.broader_of(db, delegation.id)}
        assert above == {"Leadership", "Time management"}
        for one in every:
            direct = relations.broader_of(db, one.id)
            assert all(one.id not in relations.above(db, other) for other in direct)


def test_a_topic_is_never_below_itself(library):
    """A topic cannot be narrower than itself, directly or through other topics."""
    with library.transaction() as db:
        one, two, three = make(db, "One"), make(db, "Two"), make(db, "Three")
        relations.set_broader(db, two, [one.id])
        relations.set_broader(db, three, [two.id])

        for broader in ([three.id], [two.id], [one.id]):
            with pytest.raises(InvalidInputError):
                relations.set_broader(db, one, broader)


def test_a_name_belongs_to_one_topic(library, mentor):
    """Two topics cannot share a label or a synonym. Upper and lower case do not matter.

    Only administrators add topics.
    """
    with library.transaction() as db:
        make(db, "Feedback", synonyms=["Giving  feedback", "feedback", "Giving feedback"])

        assert topics.by_name(db, "giving FEEDBACK").label == "Feedback"
        for label in ("FEEDBACK", "giving feedback"):
            with pytest.raises(ConflictError):
                make(db, label)
        with pytest.raises(NotAllowedError):
            topics.add(db, mentor.viewer, Wording(label="Mine"))


def test_readers_see_confirmed_topics_only(library, mentor, mentee):
    """Readers see only confirmed topics of sessions that they may see.

    The owner of a session decides about suggested topics.
    """
    built = add_session(library, owner=mentor)
    hidden = add_session(library, owner=mentor, visibility=Visibility.MEMBERS, title="Inside")
    with library.transaction() as db:
        broad = make(db, "Communication")
        topic = make(db, "Feedback", broader=[broad.id])
        inside = make(db, "Inside knowledge")
        found = [Suggestion(topic_id=topic.id, score=0.5, passages=[(built.passage_ids[0], 0.5)])]
        session_topics.save_suggestions(db, built.session_id, found)

        assert confirmed_topics.subjects(db, OPERATOR, built.session_id) == []
        assert topics.visible(db, GUEST) == []
        with pytest.raises(NotAllowedError):
            session_topics.decide(db, mentee.viewer, built.session_id, {topic.id: CONFIRMED})
        session_topics.decide(db, mentor.viewer, built.session_id, {topic.id: CONFIRMED})
        session_topics.decide(db, mentor.viewer, hidden.session_id, {inside.id: CONFIRMED})

        assert confirmed_topics.subjects(db, GUEST, built.session_id) == ["Feedback"]
        assert [t.label for t in topics.visible(db, GUEST)] == ["Communication", "Feedback"]
        assert confirmed_topics.counts(db, GUEST) == {broad.id: 1, topic.id: 1}
        assert inside.id in confirmed_topics.counts(db, mentee.viewer)
        with pytest.raises(NotFoundError):
            topics.visible_one(db, GUEST, inside.id)
        about = confirmed_topics.sessions_about(db, GUEST, broad.id, limit=9)
        assert [s.id for s in about] == [built.session_id]


def test_a_declined_topic_is_not_suggested_again(library, mentor):
    """A topic that was declined for a session is not suggested again.

    New suggestions replace the earlier suggestions.
    """
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        one, two = make(db, "One"), make(db, "Two")
        proof = [(built.passage_ids[0], 0.4)]
        session_topics.decide(db, mentor.viewer, built.session_id, {one.id: DECLINED})
        found = [Suggestion(topic_id=t.id, score=0.4, passages=proof) for t in (one, two)]
        session_topics.save_suggestions(db, built.session_id, found)
        session = db.get_one(MentoringSession, built.session_id)

        states = {
            s.topic.label: (s.state, len(s.proofs))
            for s in session_topics.topics_with_evidence(db, session)
        }
        assert states == {"One": (DECLINED, 0), "Two": (TopicState.SUGGESTED, 1)}
        session_topics.save_suggestions(db, built.session_id, [])
        assert [s.topic.label for s in session_topics.topics_with_evidence(db, session)] == ["One"]


def test_a_merge_can_be_undone(library, mentor):
    """Undo of a merge restores labels, relations and decisions about sessions.

    Decisions from after the merge stay.
    """
    kept_at = add_session(library, owner=mentor, title="A")
    both_at = add_session(library, owner=mentor, title="B")
    later_at = add_session(library, owner=mentor, title="C")
    with library.transaction() as db:
        above, beside = make(db, "Above"), make(db, "Beside")
        target = make(db, "Kept", synonyms=["keeping"])
        removed = make(
            db, "Gone", synonyms=["going", "keeping"], broader=[above.id], related=[beside.id]
        )
        below = make(db, "Below", broader=[removed.id])
        decide = session_topics.decide
        decide(db, mentor.viewer, kept_at.session_id, {removed.id: CONFIRMED})
        decide(db, mentor.viewer, both_at.session_id, {removed.id: CONFIRMED, target.id: DECLINED})
        decide(db, mentor.viewer, later_at.session_id, {removed.id: CONFIRMED})

        merged = merge_topics.merge(db, OPERATOR, target.id, removed.id)

        assert topics.get(db, removed.id).id == target.id
        assert topics.by_name(db, "going").id == target.id
        assert relations.broader_of(db, target.id) == [above.id]
        assert relations.broader_of(db, below.id) == [target.id]
        assert relations.related_to(db, target.id) == [beside.id]
        assert confirmed_topics.counts(db, OPERATOR)[target.id] == 3
        assert "Gone" not in {t.label for t in topics.visible(db, OPERATOR)}
        decide(db, mentor.viewer, later_at.session_id, {target.id: DECLINED})

        merge_topics.undo(db, OPERATOR, merged.id)

        assert topics.by_name(db, "going").id == removed.id
        assert relations.broader_of(db, below.id) == [removed.id]
        assert relations.broader_of(db, removed.id) == [above.id]
        assert relations.broader_of(db, target.id) == []
        assert relations.related_to(db, removed.id) == [beside.id]
        rows = db.scalars(select(SessionTopic)).all()
        states = {(r.session_id, r.topic_id): r.state for r in rows}
        assert states == {
            (kept_at.session_id, removed.id): CONFIRMED,
            (both_at.session_id, removed.id): CONFIRMED,
            (both_at.session_id, target.id): DECLINED,
            (later_at.session_id, removed.id): CONFIRMED,
            (later_at.session_id, target.id): DECLINED,
        }
        with pytest.raises(ConflictError):
            merge_topics.undo(db, OPERATOR, merged.id)


def test_a_merge_of_large_topics_takes_the_statements_of_small_ones(library, mentor):
    """Merging topics with 50 sessions takes as many SQL statements as with 5 sessions.

    Undoing the two merges also takes the same number of statements.
    """
    counts = {}
    for many in (5, 50):
        with library.transaction() as db:
            target, removed = make(db, f"Kept {many}").id, make(db, f"Gone {many}").id
            for number in range(many):
                session = sessions.add(db, Description(title="A talk"), owner_id=mentor.id)
                decisions = (
                    {removed: CONFIRMED, target: DECLINED} if number % 2 else {removed: CONFIRMED}
                )
                session_topics.decide(db, mentor.viewer, session.id, decisions)
        merged = partial(merge, library, target, removed)
        counts[many] = [
            len(statements_of(library, act)) for act in (merged, partial(undo_newest, library))
        ]
        with library.reading() as db:
            both = set(db.scalars(select(SessionTopic.topic_id).distinct()))
            assert {target, removed} <= both, "the undo did not restore both topics"

    assert counts[50] == counts[5]


def merge(library, target, removed):
    """Merge one topic into another."""
    with library.transaction() as db:
        merge_topics.merge(db, OPERATOR, target, removed)


def undo_newest(library):
    """Undo the newest merge."""
    with library.transaction() as db:
        merge_topics.undo(db, OPERATOR, merge_topics.recent(db)[0].id)


def test_removing_a_session_deletes_its_topics(library, mentor):
    """Removing a session deletes the list of its topics and the evidence for them."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        topic = make(db, "Feedback")
        found = [Suggestion(topic_id=topic.id, score=0.5, passages=[(built.passage_ids[0], 0.5)])]
        session_topics.save_suggestions(db, built.session_id, found)
        session_topics.decide(db, mentor.viewer, built.session_id, {topic.id: CONFIRMED})
        session = db.get_one(MentoringSession, built.session_id)

        topics_before = confirmed_topics.counts(db, OPERATOR)
        sessions.remove(db, session)

        assert topics_before == {topic.id: 1}
        assert confirmed_topics.counts(db, OPERATOR) == {}
        assert db.scalars(select(TopicPassage)).all() == []
