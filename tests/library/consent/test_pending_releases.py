"""Tests of pending releases: sessions are hidden at once, and the worker decides later."""

from functools import partial

import pytest
from sqlalchemy import select

from ingest.tasks.housekeeping import Housekeeping
from library.collections import collections, members
from library.consent import pending_releases, release
from library.curation import review
from library.models import (
    Delivery,
    Event,
    MentoringSession,
    ParticipantRole,
    Release,
    ReleaseRule,
    Role,
    Visibility,
    Webhook,
)
from library.preservation import checks
from library.sessions import sessions
from library.sessions.description import Description
from tests.builders import add_account
from tests.fakes import BagOfWordsEmbedder
from tests.transactions import counts_at_commits, statements_of

MENTORS, EVERYBODY = ReleaseRule.MENTORS, ReleaseRule.EVERYBODY
MANY = 7


@pytest.fixture
def few(monkeypatch):
    """Lower two limits: two releases are decided immediately, and three per worker transaction."""
    monkeypatch.setattr(pending_releases, "AT_ONCE", 2)
    monkeypatch.setattr(pending_releases, "PORTION", 3)


@pytest.fixture
def open_talks(library, admin, mentor, mentee):
    """Id of a collection of sessions in which only mentors must agree.

    The mentee agreed to the first session only.
    """
    return add_collection(library, (admin, mentor, mentee), MANY)


def add_collection(library, people, many):
    """Add a collection in which only mentors must agree, with *many* released sessions.

    The mentee agreed to the first session only. Return the collection's id.
    """
    admin, mentor, mentee = people
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, collection, MENTORS)
        both = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
        described = Description(title="A talk", visibility=Visibility.MEMBERS, participants=both)
        ids = [sessions.add(db, described, owner_id=mentor.id).id for _ in range(many)]
        collections.set_sessions(db, admin.viewer, collection, ids)
        for session_id in ids:
            release.choose(db, mentor.viewer, sessions.get(db, session_id))
        release.respond(db, mentee.viewer, sessions.get(db, ids[0]), agree=True)
    pending_releases.finish(library)
    return collection.id


def ask(library, admin, collection_id, rule):
    """Set the consent rule of a collection."""
    with library.transaction() as db:
        members.set_rule(db, admin.viewer, collections.get(db, collection_id), rule)


def findings(library):
    """Return what `verify` reports about releases."""
    return list(checks.checks(thorough=False)["Releases"](library))


def releases(library):
    """Return the releases of all sessions in the order of their ids."""
    with library.reading() as db:
        return list(db.scalars(select(MentoringSession.release).order_by(MentoringSession.id)))


def test_a_stricter_rule_hides_sessions_at_once(library, admin, open_talks, few):
    """A stricter consent rule hides sessions without full consent before the worker runs."""
    before = releases(library)

    ask(library, admin, open_talks, EVERYBODY)

    assert before == [Release.RELEASED] * MANY
    assert releases(library) == [Release.RELEASED] + [Release.WAITING] * (MANY - 1)


def test_an_agreement_to_a_smaller_audience_hides_a_session(
    library, admin, mentee, open_talks, few
):
    """A session for a large audience is hidden if a speaker agreed to a smaller audience."""
    with library.transaction() as db:
        first = db.scalars(select(MentoringSession).order_by(MentoringSession.id)).first()
        release.set_visibility(db, admin.viewer, first, Visibility.PUBLIC)
        first.release = Release.RELEASED

    ask(library, admin, open_talks, EVERYBODY)

    assert set(releases(library)) == {Release.WAITING}


def test_the_worker_decides_as_an_immediate_decision_would(library, admin, open_talks, few):
    """The worker computes the same releases as an immediate computation."""
    found = []
    for rule in (EVERYBODY, MENTORS, EVERYBODY):
        ask(library, admin, open_talks, rule)
        Housekeeping(library, BagOfWordsEmbedder).run_once()
        found.append(releases(library))
        with library.transaction() as db:
            release.settle_all(db, db.scalars(select(MentoringSession.id)).all())
        assert releases(library) == found[-1]

    strict = [Release.RELEASED] + [Release.WAITING] * (MANY - 1)
    assert found == [strict, [Release.RELEASED] * MANY, strict]


def test_verify_knows_pending_releases(library, admin, open_talks, few):
    """`verify` accepts a session with a pending release.

    `verify` reports a session that is stored as released and lacks a consent.
    """
    ask(library, admin, open_talks, EVERYBODY)
    hidden = findings(library)
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        last.release = Release.RELEASED

    assert hidden == []
    assert "is stored as released" in findings(library)[0]


def test_an_answer_settles_a_pending_session(library, admin, mentee, open_talks, few):
    """A speaker's answer completes the pending release of the session at once.

    The worker then skips the session.
    """
    ask(library, admin, open_talks, EVERYBODY)
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        release.respond(db, mentee.viewer, last, agree=True)
        due = pending_releases.ids(db)

    worked_out = pending_releases.finish(library)

    assert (last.id in due, len(due), worked_out) == (False, MANY - 1, MANY - 1)
    assert releases(library)[-1] is Release.RELEASED


def test_webhooks_are_called_for_closed_sessions_only(library, admin, open_talks, few):
    """A webhook is called once for each session that a consent rule hides.

    It is called for no other session.
    """
    with library.transaction() as db:
        db.add(
            Webhook(seed="0" * 64, url="http://127.0.0.1/told", events=[Event.SESSION_WITHDRAWN])
        )

    ask(library, admin, open_talks, EVERYBODY)
    ask(library, admin, open_talks, MENTORS)
    ask(library, admin, open_talks, EVERYBODY)
    pending_releases.finish(library)

    with library.reading() as db:
        session_ids = [delivery.content["session"] for delivery in db.scalars(select(Delivery))]
    assert len(session_ids) == len(set(session_ids)) == MANY - 1


def test_the_worker_settles_some_at_a_time(library, admin, open_talks, few):
    """The worker commits after every three sessions, so that other transactions can write."""
    ask(library, admin, open_talks, EVERYBODY)

    counts = counts_at_commits(
        library, "SELECT count(*) FROM release_due", lambda: pending_releases.finish(library)
    )

    assert counts == [4, 1, 0]


def test_a_change_takes_as_many_statements_for_many_as_for_some(
    library, admin, mentor, mentee, few
):
    """Changing a collection of 15 sessions takes as many SQL statements as changing one of 5."""
    people = admin, mentor, mentee
    collection_ids = [add_collection(library, people, many) for many in (5, 15)]

    def change(act, collection_id):
        with library.transaction() as db:
            act(db, admin.viewer, collections.get(db, collection_id))

    def reverse(db, viewer, collection):
        inside = [entry.session_id for entry in collection.entries]
        collections.set_sessions(db, viewer, collection, inside[::-1])

    def remove_all(db, viewer, collection):
        collections.set_sessions(db, viewer, collection, [])

    acts = [
        partial(members.set_rule, rule=EVERYBODY),
        partial(review.collection, on=True),
        partial(review.collection, on=False),
        reverse,
        remove_all,
        collections.remove,
    ]
    counted = []
    for act in acts:
        counts = []
        for collection_id in collection_ids:
            counts.append(len(statements_of(library, partial(change, act, collection_id))))
            pending_releases.finish(library)
        counted.append(counts)

    assert all(few == many for few, many in counted), counted


def test_switching_review_on_accepts_visible_sessions(library, admin, open_talks, few):
    """Switching review on hides no released session, also after the worker has run."""
    with library.transaction() as db:
        review.set_required_everywhere(db, admin.viewer, on=True)
    at_once = releases(library)
    pending_releases.finish(library)

    assert at_once == releases(library) == [Release.RELEASED] * MANY


def test_a_refused_session_stays_refused(library, admin, mentee, open_talks, few):
    """A looser consent rule does not release a session that a speaker refused."""
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        release.respond(db, mentee.viewer, last, agree=False)

    for rule in (EVERYBODY, MENTORS):
        ask(library, admin, open_talks, rule)
        pending_releases.finish(library)

    assert releases(library)[-1] is Release.REFUSED


def test_a_curator_puts_in_no_session_that_they_do_not_see(library, admin, mentor, open_talks):
    """A curator cannot add sessions to a collection if one of them is hidden from the curator.

    None of the sessions is added then.
    """
    other = add_account(library, "Cora Curator", Role.MENTOR)
    with library.transaction() as db:
        hidden = sessions.add(db, Description(title="Private"), owner_id=mentor.id).id
        collection = collections.get(db, open_talks)
        members.set_member(db, admin.viewer, collection, other.id, members.CollectionRole.CURATOR)
        inside = [entry.session_id for entry in collection.entries]

    with pytest.raises(members.NotFoundError), library.transaction() as db:
        collections.set_sessions(
            db, other.viewer, collections.get(db, open_talks), [*inside, hidden]
        )

    with library.reading() as db:
        assert [entry.session_id for entry in collections.get(db, open_talks).entries] == inside
