"""The vocabulary of topics, what sessions are about, and merges that can be undone."""

from functools import partial

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import sessions
from library.holdings.sessions import Description
from library.models import MentoringSession, SessionTopic, TopicPassage, TopicState, Visibility
from library.vocabulary import (
    filed,
    relations,
    session_topics,
    starter_topics,
    topic_merging,
    topics,
)
from library.vocabulary.session_topics import Suggestion
from library.vocabulary.topics import Wording
from tests.builders import OPERATOR, add_session
from tests.transactions import statements_of

CONFIRMED, DECLINED = TopicState.CONFIRMED, TopicState.DECLINED


def make(db, label, **more):
    """A topic, by whoever may make one."""
    return topics.add(db, OPERATOR, Wording(label=label, **more))


def test_the_starter_vocabulary_loads_once_and_holds_together(library):
    """Sixty needs with definitions; a second time nothing is new, and no topic is above itself."""
    with library.transaction() as db:
        first = starter_topics.load(db, OPERATOR)
        again = starter_topics.load(db, OPERATOR)
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


def test_a_topic_never_stands_below_itself(library):
    """Neither at once nor through others; what was there before stays."""
    with library.transaction() as db:
        one, two, three = make(db, "One"), make(db, "Two"), make(db, "Three")
        relations.set_broader(db, two, [one.id])
        relations.set_broader(db, three, [two.id])

        for broader in ([three.id], [two.id], [one.id]):
            with pytest.raises(InvalidInputError):
                relations.set_broader(db, one, broader)


def test_a_name_belongs_to_one_topic(library, mentor):
    """Whatever its case, and whether it is a label or a synonym; only administrators add one."""
    with library.transaction() as db:
        make(db, "Feedback", synonyms=["Giving  feedback", "feedback", "Giving feedback"])

        assert topics.by_name(db, "giving FEEDBACK").label == "Feedback"
        for taken in ("FEEDBACK", "giving feedback"):
            with pytest.raises(ConflictError):
                make(db, taken)
        with pytest.raises(NotAllowedError):
            topics.add(db, mentor.viewer, Wording(label="Mine"))


def test_readers_are_told_what_somebody_confirmed(library, mentor, mentee):
    """Suggestions are for who owns the session; guests know only topics of what they may see."""
    built = add_session(library, owner=mentor)
    hidden = add_session(library, owner=mentor, visibility=Visibility.MEMBERS, title="Inside")
    with library.transaction() as db:
        broad = make(db, "Communication")
        topic = make(db, "Feedback", broader=[broad.id])
        inside = make(db, "Inside knowledge")
        found = [Suggestion(topic_id=topic.id, score=0.5, passages=[(built.passage_ids[0], 0.5)])]
        session_topics.save_suggestions(db, built.session_id, found)

        assert filed.subjects(db, OPERATOR, built.session_id) == []
        assert topics.visible(db, GUEST) == []
        with pytest.raises(NotAllowedError):
            session_topics.decide(db, mentee.viewer, built.session_id, {topic.id: CONFIRMED})
        session_topics.decide(db, mentor.viewer, built.session_id, {topic.id: CONFIRMED})
        session_topics.decide(db, mentor.viewer, hidden.session_id, {inside.id: CONFIRMED})

        assert filed.subjects(db, GUEST, built.session_id) == ["Feedback"]
        assert [t.label for t in topics.visible(db, GUEST)] == ["Communication", "Feedback"]
        assert filed.counts(db, GUEST) == {broad.id: 1, topic.id: 1}
        assert inside.id in filed.counts(db, mentee.viewer)
        with pytest.raises(NotFoundError):
            topics.visible_one(db, GUEST, inside.id)
        about = filed.sessions_about(db, GUEST, broad.id, limit=9)
        assert [s.id for s in about] == [built.session_id]


def test_what_was_declined_is_not_suggested_again(library, mentor):
    """New suggestions replace old ones and leave decisions; without passages they are gone."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        one, two = make(db, "One"), make(db, "Two")
        proof = [(built.passage_ids[0], 0.4)]
        session_topics.decide(db, mentor.viewer, built.session_id, {one.id: DECLINED})
        found = [Suggestion(topic_id=t.id, score=0.4, passages=proof) for t in (one, two)]
        session_topics.save_suggestions(db, built.session_id, found)
        session = db.get_one(MentoringSession, built.session_id)

        said = {
            s.topic.label: (s.state, len(s.proofs)) for s in session_topics.said_of(db, session)
        }
        assert said == {"One": (DECLINED, 0), "Two": (TopicState.SUGGESTED, 1)}
        session_topics.save_suggestions(db, built.session_id, [])
        assert [s.topic.label for s in session_topics.said_of(db, session)] == ["One"]


def test_a_merge_can_be_undone(library, mentor):
    """Names, places and decisions move, and come back; what was decided since stays."""
    kept_at = add_session(library, owner=mentor, title="A")
    both_at = add_session(library, owner=mentor, title="B")
    later_at = add_session(library, owner=mentor, title="C")
    with library.transaction() as db:
        above, beside = make(db, "Above"), make(db, "Beside")
        kept = make(db, "Kept", synonyms=["keeping"])
        gone = make(
            db, "Gone", synonyms=["going", "keeping"], broader=[above.id], related=[beside.id]
        )
        below = make(db, "Below", broader=[gone.id])
        decide = session_topics.decide
        decide(db, mentor.viewer, kept_at.session_id, {gone.id: CONFIRMED})
        decide(db, mentor.viewer, both_at.session_id, {gone.id: CONFIRMED, kept.id: DECLINED})
        decide(db, mentor.viewer, later_at.session_id, {gone.id: CONFIRMED})

        merged = topic_merging.merge(db, OPERATOR, kept.id, gone.id)

        assert topics.get(db, gone.id).id == kept.id
        assert topics.by_name(db, "going").id == kept.id
        assert relations.broader_of(db, kept.id) == [above.id]
        assert relations.broader_of(db, below.id) == [kept.id]
        assert relations.related_to(db, kept.id) == [beside.id]
        assert filed.counts(db, OPERATOR)[kept.id] == 3
        assert "Gone" not in {t.label for t in topics.visible(db, OPERATOR)}
        decide(db, mentor.viewer, later_at.session_id, {kept.id: DECLINED})

        topic_merging.undo(db, OPERATOR, merged.id)

        assert topics.by_name(db, "going").id == gone.id
        assert relations.broader_of(db, below.id) == [gone.id]
        assert relations.broader_of(db, gone.id) == [above.id]
        assert relations.broader_of(db, kept.id) == []
        assert relations.related_to(db, gone.id) == [beside.id]
        rows = db.scalars(select(SessionTopic)).all()
        states = {(r.session_id, r.topic_id): r.state for r in rows}
        assert states == {
            (kept_at.session_id, gone.id): CONFIRMED,
            (both_at.session_id, gone.id): CONFIRMED,
            (both_at.session_id, kept.id): DECLINED,
            (later_at.session_id, gone.id): CONFIRMED,
            (later_at.session_id, kept.id): DECLINED,
        }
        with pytest.raises(ConflictError):
            topic_merging.undo(db, OPERATOR, merged.id)


def test_a_merge_of_large_topics_takes_the_statements_of_small_ones(library, mentor):
    """Joined and parted: topics of 50 sessions need no more statements than topics of 5."""
    counts = {}
    for many in (5, 50):
        with library.transaction() as db:
            kept, gone = make(db, f"Kept {many}").id, make(db, f"Gone {many}").id
            for number in range(many):
                session = sessions.add(db, Description(title="A talk"), owner_id=mentor.id)
                said = {gone: CONFIRMED, kept: DECLINED} if number % 2 else {gone: CONFIRMED}
                session_topics.decide(db, mentor.viewer, session.id, said)
        merged = partial(joined, library, kept, gone)
        counts[many] = [
            len(statements_of(library, act)) for act in (merged, partial(parted, library))
        ]
        with library.reading() as db:
            both = set(db.scalars(select(SessionTopic.topic_id).distinct()))
            assert {kept, gone} <= both, "they were parted again"

    assert counts[50] == counts[5]


def joined(library, kept, gone):
    """Let one topic take another in."""
    with library.transaction() as db:
        topic_merging.merge(db, OPERATOR, kept, gone)


def parted(library):
    """Undo the newest merge."""
    with library.transaction() as db:
        topic_merging.undo(db, OPERATOR, topic_merging.recent(db)[0].id)


def test_nothing_is_left_of_a_session_that_is_removed(library, mentor):
    """Its topics go with its words, and so does what speaks for them."""
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        topic = make(db, "Feedback")
        found = [Suggestion(topic_id=topic.id, score=0.5, passages=[(built.passage_ids[0], 0.5)])]
        session_topics.save_suggestions(db, built.session_id, found)
        session_topics.decide(db, mentor.viewer, built.session_id, {topic.id: CONFIRMED})
        session = db.get_one(MentoringSession, built.session_id)

        topics_before = filed.counts(db, OPERATOR)
        sessions.remove(db, session)

        assert topics_before == {topic.id: 1}
        assert filed.counts(db, OPERATOR) == {}
        assert db.scalars(select(TopicPassage)).all() == []
