"""Tests of to-do items: for each kind, when it begins, who sees it, and when it ends."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, select, update

from library.access import Viewer, today
from library.accounts import join_requests, service_settings
from library.accounts.service_settings import Service
from library.collections import collections, members
from library.consent import release, requests
from library.consent.release_status import answer_of
from library.curation import review
from library.models import (
    CollectionRole,
    ConsentAnswer,
    MentoringSession,
    ParticipantRole,
    ReviewAct,
    Role,
    Source,
    SourceKind,
    SpeakerConsent,
    State,
    Visibility,
    now,
)
from library.removal import redaction_proposals
from library.removal.redaction import TimeRange
from library.sessions import sessions
from library.sessions.description import Description
from library.store import Library
from library.todo import items
from library.todo.items import Kind, TaskPage
from tests.builders import Account, Built, add_account, add_part, add_session

LINES = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Session for all members to which only its owner has agreed."""
    built = add_session(
        library,
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    do(library, built, release.choose, mentor.viewer)
    return built


def do(
    library: Library, built: Built, act: Callable[..., Any], *arguments: Any, **options: Any
) -> Any:
    """Call *act* in a new transaction with the viewer, the session and the other arguments.

    The viewer is the first of *arguments*. Return the result of *act*.
    """
    with library.transaction() as db:
        return act(db, arguments[0], sessions.get(db, built.session_id), *arguments[1:], **options)


def waits(library: Library, viewer: Viewer) -> list[tuple[Kind, int | None]]:
    """Return kind and session id of each to-do item of *viewer*."""
    with library.reading() as db:
        return [(one.kind, one.session_id) for one in items.tasks_of(db, viewer)]


def test_an_answer_that_is_asked_for_waits_until_it_is_given(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A consent request is a to-do item of the asked person until they answer."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)

    before = waits(library, mentee.viewer)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    assert before == [(Kind.CONSENT, talk.session_id)]
    assert waits(library, mentee.viewer) == []
    assert waits(library, mentor.viewer) == waits(library, stranger.viewer) == []


def test_a_repeated_request_is_a_new_task(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """After an answer, a wider audience or a new recording makes a new to-do item."""
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, Visibility.PUBLIC)
    wider = waits(library, mentee.viewer)
    do(library, talk, release.respond, mentee.viewer, agree=True)
    add_part(library, talk.session_id, lines=LINES, content=b"another")
    with library.transaction() as db:  # make the answer older, because add_part renewed it
        answers = update(SpeakerConsent).values(answered_at=now() - timedelta(days=1))
        db.execute(answers.where(SpeakerConsent.person_id == mentee.id))
        db.expire_all()
        release.refresh(db, sessions.get(db, talk.session_id))

    assert wider == [(Kind.CONSENT_AGAIN, talk.session_id)]
    assert waits(library, mentee.viewer) == [(Kind.CONSENT_AGAIN, talk.session_id)]


def test_the_database_says_the_same_as_the_rule(
    library: Library, talk: Built, mentee: Account
) -> None:
    """The SQL query for consent requests agrees with `release.is_waiting_for`.

    The test compares all combinations of answer, visibility and agreed audience.
    """
    later = today() + timedelta(days=2)
    days = [(None, None), (None, later), (later, None), (later, later)]
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        mine = answer_of(session, mentee.id)
        assert mine is not None
        early, late = (session.created_at + timedelta(hours=hours) for hours in (-1, 1))
        for state, seen, agreed in product(ConsentAnswer, Visibility, (None, *Visibility)):
            deep = (
                state in {ConsentAnswer.AGREED, ConsentAnswer.WAIVED}
                and agreed is Visibility.MEMBERS
            )
            for at, (embargo, first) in product((None, early, late), days if deep else days[:1]):
                session.visibility, session.embargo_until = seen, embargo
                mine.state, mine.audience = state, agreed
                mine.answered_at, mine.not_before = at, first
                db.flush()

                listed = requests.waiting_for(db, mentee.viewer)

                assert (session in listed) is release.is_waiting_for(session, mentee.viewer)


def test_a_refusal_waits_for_the_owner_until_they_act(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A refusal is a to-do item of the owner until the owner asks again."""
    do(library, talk, release.respond, mentee.viewer, agree=False)
    items_of_both = waits(library, mentor.viewer), waits(library, mentee.viewer)

    do(library, talk, release.ask_again, mentor.viewer, mentee.id)

    assert items_of_both == ([(Kind.REFUSED, talk.session_id)], [])
    assert waits(library, mentor.viewer) == []


def test_a_refusal_of_a_session_without_owner_waits_for_administrators(
    library: Library, talk: Built, admin: Account, mentor: Account, mentee: Account
) -> None:
    """If a session has no owner, a refusal is a to-do item of all administrators.

    The item ends when one of them acts.
    """
    other = add_account(library, "Otto Admin", Role.ADMIN)
    with library.transaction() as db:
        sessions.get(db, talk.session_id).owner_id = None
    do(library, talk, release.respond, mentee.viewer, agree=False)
    everybody = [admin, other, mentor, mentee]
    before = [waits(library, who.viewer) for who in everybody]

    do(library, talk, release.ask_again, admin.viewer, mentee.id)

    refused = (Kind.REFUSED, talk.session_id)
    assert before == [[refused], [refused], [], []]
    assert waits(library, admin.viewer) == waits(library, other.viewer) == []


def test_a_proposal_about_a_session_without_owner_waits_for_administrators(
    library: Library, admin: Account, mentor: Account, mentee: Account
) -> None:
    """If a session has no owner, a proposal to leave out waits for all administrators.

    Their to-do item ends when one of them decides.
    """
    other = add_account(library, "Otto Admin", Role.ADMIN)
    talk = add_session(
        library,
        lines=LINES,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    do(library, talk, release.choose, mentor.viewer)
    cut = [TimeRange(talk.source_id, 12, 18)]
    (proposal,) = do(library, talk, redaction_proposals.propose, mentee.viewer, cut)
    everybody = [admin, other, mentor, mentee]
    before = [(Kind.PROPOSAL, talk.session_id) in waits(library, who.viewer) for who in everybody]

    with library.transaction() as db:
        redaction_proposals.refuse(db, admin.viewer, talk.session_id, proposal.id, "It helps most.")

    assert before == [True, True, False, False]
    assert waits(library, other.viewer) == []


def test_reviews_wait_for_their_reviewer(
    library: Library, admin: Account, mentor: Account, mentee: Account
) -> None:
    """A review is a to-do item of its reviewer.

    If the reviewer asks for changes, this is a to-do item of the owner and the facilitator.
    """
    talk = add_session(library, lines=LINES[:1], owner=mentor, released=False, title="Alone")
    guide = add_account(library, "Gita Guide", Role.MENTOR)
    curator = add_account(library, "Cleo Curator", Role.MENTEE)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        people = [(mentor.id, ParticipantRole.MENTOR), (guide.id, ParticipantRole.FACILITATOR)]
        described = Description(title="A talk", visibility=Visibility.MEMBERS, participants=people)
        sessions.describe(db, session, described)
        collection = collections.add(db, admin.viewer, title="Feedback")
        members.set_member(db, admin.viewer, collection, curator.id, CollectionRole.CURATOR)
        collections.set_sessions(db, admin.viewer, collection, [talk.session_id])
        review.set_required_everywhere(db, admin.viewer, on=True)
        release.waive(db, admin.viewer, session, "as this test needs it")
        review.apply_action(db, admin.viewer, session.id, ReviewAct.ASSIGNED, to=curator.id)
    items_before = waits(library, curator.viewer)

    with library.transaction() as db:
        act = ReviewAct.NEEDS_WORK
        review.apply_action(db, curator.viewer, talk.session_id, act, text="Name the town.")

    assert items_before == [(Kind.REVIEW, talk.session_id)]
    assert waits(library, curator.viewer) == []
    assert waits(library, mentor.viewer) == [(Kind.WORK, talk.session_id)]
    assert waits(library, guide.viewer) == [(Kind.WORK, talk.session_id)]
    assert waits(library, mentee.viewer) == []


def test_a_failed_session_waits_for_its_owner_and_administrators(
    library: Library, talk: Built, admin: Account, mentor: Account
) -> None:
    """A session whose job failed is a to-do item of its owner.

    Administrators see one item with the number of failed sources.
    """
    with library.transaction() as db:
        db.execute(update(Source).values(state=State.FAILED))

    with library.reading() as db:
        found = items.tasks_of(db, admin.viewer)

    assert waits(library, mentor.viewer) == [(Kind.FAILED, talk.session_id)]
    assert [(one.kind, one.count, one.desk) for one in found] == [
        (Kind.SOURCES, 1, TaskPage.ADMINISTRATION)
    ]
    assert items.counted(found)[TaskPage.ADMINISTRATION] == 1


def test_join_requests_wait_for_administrators(
    library: Library, admin: Account, mentor: Account
) -> None:
    """All join requests are one to-do item of administrators, with the number of requests.

    Other people do not see the item.
    """
    with library.transaction() as db:
        service_settings.change(db, admin.viewer, Service(join_by_approval=True))
        join_requests.join(db, "Ann", "ann@example.org", "")
        join_requests.join(db, "Bea", "bea@example.org", "")

    with library.reading() as db:
        found = items.tasks_of(db, admin.viewer)

    assert [(one.kind, one.count) for one in found] == [(Kind.JOINING, 2)]
    assert waits(library, mentor.viewer) == []


def test_a_hidden_session_does_not_wait(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A session in the trash makes no to-do items."""
    with library.transaction() as db:
        sessions.get(db, talk.session_id).trashed_at = sessions.get(db, talk.session_id).created_at

    assert waits(library, mentee.viewer) == []


def test_tasks_cost_one_statement_until_the_next_write(
    library: Library, talk: Built, mentee: Account
) -> None:
    """Reading the to-do items of a person three times, without a write, takes one SQL statement."""
    statements: list[str] = []

    def listen(*event_args: Any) -> None:
        statements.append(event_args[2])

    with library.reading() as db:
        db.scalar(select(MentoringSession.id))
        engine = db.get_bind()
        event.listen(engine, "before_cursor_execute", listen)
        for _ in range(3):
            items.tasks_of(db, mentee.viewer)
        event.remove(engine, "before_cursor_execute", listen)

    assert len(statements) == 1


def test_a_session_with_many_sources_is_named_once(library: Library, mentor: Account) -> None:
    """A session with three failed files makes only one to-do item."""
    built = add_session(library, owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)])
    for number in range(2):
        add_part(
            library,
            built.session_id,
            lines=LINES,
            content=bytes([number]),
            kind=SourceKind.RECORDING,
        )
    with library.transaction() as db:
        db.execute(update(Source).values(state=State.FAILED))

    assert waits(library, mentor.viewer) == [(Kind.FAILED, built.session_id)]
