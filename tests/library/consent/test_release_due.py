"""Changes to large collections: hidden at once where needed, worked out in short transactions."""

from functools import partial

import pytest
from sqlalchemy import select

from ingest.keeper import Keeper
from library.consent import release, release_due
from library.curating import review_switch
from library.holdings import collections, members, sessions
from library.holdings.sessions import Description
from library.keeping import verify
from library.models import (
    Delivery,
    Event,
    MentoringSession,
    Part,
    Release,
    ReleaseRule,
    Role,
    Visibility,
    Webhook,
)
from tests.builders import add_account
from tests.fakes import BagOfWordsEmbedder
from tests.transactions import counts_at_commits, statements_of

MENTORS, EVERYBODY = ReleaseRule.MENTORS, ReleaseRule.EVERYBODY
MANY = 7


@pytest.fixture
def few(monkeypatch):
    """Two sessions are settled at once, three in a transaction of the worker."""
    monkeypatch.setattr(release_due, "AT_ONCE", 2)
    monkeypatch.setattr(release_due, "PORTION", 3)


@pytest.fixture
def shelf(library, admin, mentor, mentee):
    """A collection in which the mentor alone is asked; the mentee agreed to the first session."""
    return make_shelf(library, (admin, mentor, mentee), MANY)


def make_shelf(library, people, many):
    """Make a collection of released sessions, in all but the first of which only one agreed."""
    admin, mentor, mentee = people
    with library.transaction() as db:
        made = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, made, MENTORS)
        both = [(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)]
        described = Description(title="A talk", visibility=Visibility.MEMBERS, participants=both)
        ids = [sessions.add(db, described, owner_id=mentor.id).id for _ in range(many)]
        collections.fill(db, admin.viewer, made, ids)
        for session_id in ids:
            release.choose(db, mentor.viewer, sessions.get(db, session_id))
        release.respond(db, mentee.viewer, sessions.get(db, ids[0]), agree=True)
    release_due.finish(library)
    return made.id


def ask(library, admin, shelf_id, rule):
    """Say whose release the sessions of a collection need."""
    with library.transaction() as db:
        members.set_rule(db, admin.viewer, collections.get(db, shelf_id), rule)


def complaints(library):
    """What `verify` says about releases."""
    return list(verify.checks(thorough=False)["Releases"](library))


def releases(library):
    """The release of each session, in the order of their numbers."""
    with library.reading() as db:
        return list(db.scalars(select(MentoringSession.release).order_by(MentoringSession.id)))


def test_what_a_stricter_rule_may_close_is_hidden_at_once(library, admin, shelf, few):
    """Before the worker comes, only the session to which both have agreed is found."""
    before = releases(library)

    ask(library, admin, shelf, EVERYBODY)

    assert before == [Release.RELEASED] * MANY
    assert releases(library) == [Release.RELEASED] + [Release.WAITING] * (MANY - 1)


def test_an_answer_to_less_than_what_is_shown_hides_too(library, admin, mentee, shelf, few):
    """Who agreed to the members of the library has not agreed to everybody."""
    with library.transaction() as db:
        first = db.scalars(select(MentoringSession).order_by(MentoringSession.id)).first()
        release.set_visibility(db, admin.viewer, first, Visibility.PUBLIC)
        first.release = Release.RELEASED

    ask(library, admin, shelf, EVERYBODY)

    assert set(releases(library)) == {Release.WAITING}


def test_the_worker_comes_to_the_same_as_one_who_does_it_at_once(library, admin, shelf, few):
    """Stricter, looser and stricter again: what is worked out later is what would be at once."""
    found = []
    for rule in (EVERYBODY, MENTORS, EVERYBODY):
        ask(library, admin, shelf, rule)
        Keeper(library, BagOfWordsEmbedder).keep()
        found.append(releases(library))
        with library.transaction() as db:
            release.settle_all(db, db.scalars(select(MentoringSession.id)).all())
        assert releases(library) == found[-1]

    strict = [Release.RELEASED] + [Release.WAITING] * (MANY - 1)
    assert found == [strict, [Release.RELEASED] * MANY, strict]


def test_verify_knows_what_is_still_to_be_worked_out(library, admin, shelf, few):
    """Hidden and due is no complaint; found by others though one is not asked yet is one."""
    ask(library, admin, shelf, EVERYBODY)
    hidden = complaints(library)
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        last.release = Release.RELEASED

    assert hidden == []
    assert "counts as released" in complaints(library)[0]


def test_a_session_that_is_settled_by_somebody_is_due_no_longer(library, admin, mentee, shelf, few):
    """An answer meanwhile counts at once, and the worker leaves it as it is."""
    ask(library, admin, shelf, EVERYBODY)
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        release.respond(db, mentee.viewer, last, agree=True)
        due = release_due.ids(db)

    worked_out = release_due.finish(library)

    assert (last.id in due, len(due), worked_out) == (False, MANY - 1, MANY - 1)
    assert releases(library)[-1] is Release.RELEASED


def test_programs_hear_of_what_really_closed(library, admin, shelf, few):
    """A webhook is called for the six that closed, not for the one that stayed open."""
    with library.transaction() as db:
        db.add(
            Webhook(seed="0" * 64, url="http://127.0.0.1/told", events=[Event.SESSION_WITHDRAWN])
        )

    ask(library, admin, shelf, EVERYBODY)
    ask(library, admin, shelf, MENTORS)
    ask(library, admin, shelf, EVERYBODY)
    release_due.finish(library)

    with library.reading() as db:
        told = [delivery.content["session"] for delivery in db.scalars(select(Delivery))]
    assert len(told) == len(set(told)) == MANY - 1


def test_the_worker_settles_some_at_a_time(library, admin, shelf, few):
    """Others can write between two portions of three."""
    ask(library, admin, shelf, EVERYBODY)

    left = counts_at_commits(
        library, "SELECT count(*) FROM release_due", lambda: release_due.finish(library)
    )

    assert left == [4, 1, 0]


def test_a_change_takes_as_many_statements_for_many_as_for_some(
    library, admin, mentor, mentee, few
):
    """Rule, review, order and removal: fifteen sessions need no more than five."""
    people = admin, mentor, mentee
    shelves = [make_shelf(library, people, many) for many in (5, 15)]

    def change(act, shelf_id):
        with library.transaction() as db:
            act(db, admin.viewer, collections.get(db, shelf_id))

    def turned(db, viewer, shelf):
        inside = [entry.session_id for entry in shelf.entries]
        collections.fill(db, viewer, shelf, inside[::-1])

    def emptied(db, viewer, shelf):
        collections.fill(db, viewer, shelf, [])

    acts = [
        partial(members.set_rule, rule=EVERYBODY),
        partial(review_switch.collection, on=True),
        partial(review_switch.collection, on=False),
        turned,
        emptied,
        collections.remove,
    ]
    counted = []
    for act in acts:
        counts = []
        for shelf_id in shelves:
            counts.append(len(statements_of(library, partial(change, act, shelf_id))))
            release_due.finish(library)
        counted.append(counts)

    assert all(few == many for few, many in counted), counted


def test_switching_review_on_accepts_what_is_found(library, admin, shelf, few):
    """It hides nothing, now or when the worker has been there."""
    with library.transaction() as db:
        review_switch.everywhere(db, admin.viewer, on=True)
    at_once = releases(library)
    release_due.finish(library)

    assert at_once == releases(library) == [Release.RELEASED] * MANY


def test_a_no_stays_a_no(library, admin, mentee, shelf, few):
    """What is worked out later does not open what somebody refused."""
    with library.transaction() as db:
        last = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        release.respond(db, mentee.viewer, last, agree=False)

    for rule in (EVERYBODY, MENTORS):
        ask(library, admin, shelf, rule)
        release_due.finish(library)

    assert releases(library)[-1] is Release.REFUSED


def test_a_curator_puts_in_no_session_that_they_do_not_see(library, admin, mentor, shelf):
    """One hidden session among many is enough for nothing to change."""
    other = add_account(library, "Cora Curator", Role.MENTOR)
    with library.transaction() as db:
        hidden = sessions.add(db, Description(title="Private"), owner_id=mentor.id).id
        collection = collections.get(db, shelf)
        members.put_member(db, admin.viewer, collection, other.id, members.CollectionRole.CURATOR)
        inside = [entry.session_id for entry in collection.entries]

    with pytest.raises(members.NotFoundError), library.transaction() as db:
        collections.fill(db, other.viewer, collections.get(db, shelf), [*inside, hidden])

    with library.reading() as db:
        assert [entry.session_id for entry in collections.get(db, shelf).entries] == inside
