"""What waits for a person: each kind begins, is seen by nobody else, and ends."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, select, update

from library.access import Viewer, today
from library.accounts import joining, service
from library.accounts.service import Service
from library.consent import asked, release
from library.consent.standings import answer_of
from library.curating import review_desk, review_switch
from library.holdings import collections, members, sessions
from library.models import (
    Answer,
    CollectionRole,
    MentoringSession,
    Part,
    ReviewAct,
    Role,
    Source,
    SourceKind,
    SpeakerRelease,
    State,
    Visibility,
    now,
)
from library.overview import waiting
from library.overview.waiting import Desk, Kind
from library.store import Library
from library.withdrawal import proposals
from library.withdrawal.off_record import Stretch
from tests.builders import Account, Built, add_account, add_part, add_session

SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """A session for all members to which only its owner has agreed."""
    built = add_session(
        library,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    do(library, built, release.choose, mentor.viewer)
    return built


def do(library: Library, built: Built, act: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """Let *act* happen to a session, in a transaction of its own."""
    with library.transaction() as db:
        return act(db, given[0], sessions.get(db, built.session_id), *given[1:], **more)


def waits(library: Library, viewer: Viewer) -> list[tuple[Kind, int | None]]:
    """What waits for *viewer*: kind and session."""
    with library.reading() as db:
        return [(one.kind, one.session_id) for one in waiting.waits_for(db, viewer)]


def test_an_answer_that_is_asked_for_waits_until_it_is_given(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Who is asked sees it, whoever has answered does not, and nobody else does."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)

    before = waits(library, mentee.viewer)
    do(library, talk, release.respond, mentee.viewer, agree=True)

    assert before == [(Kind.CONSENT, talk.session_id)]
    assert waits(library, mentee.viewer) == []
    assert waits(library, mentor.viewer) == waits(library, stranger.viewer) == []


def test_whoever_is_asked_again_has_it_waiting_again(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A wider audience and a new recording both ask again, and wait as something new."""
    do(library, talk, release.respond, mentee.viewer, agree=True)

    do(library, talk, release.set_visibility, mentor.viewer, Visibility.PUBLIC)
    wider = waits(library, mentee.viewer)
    do(library, talk, release.respond, mentee.viewer, agree=True)
    add_part(library, talk.session_id, lines=SAID, content=b"another")
    with library.transaction() as db:  # the builder agrees for everybody: as if nobody had
        answers = update(SpeakerRelease).values(answered_at=now() - timedelta(days=1))
        db.execute(answers.where(SpeakerRelease.person_id == mentee.id))
        db.expire_all()
        release.settle(db, sessions.get(db, talk.session_id))

    assert wider == [(Kind.CONSENT_AGAIN, talk.session_id)]
    assert waits(library, mentee.viewer) == [(Kind.CONSENT_AGAIN, talk.session_id)]


def test_the_database_says_the_same_as_the_rule(
    library: Library, talk: Built, mentee: Account
) -> None:
    """Over all answers, audiences and days, the list holds what the rule of one session says."""
    later = today() + timedelta(days=2)
    days = [(None, None), (None, later), (later, None), (later, later)]
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        mine = answer_of(session, mentee.id)
        assert mine is not None
        early, late = (session.created_at + timedelta(hours=hours) for hours in (-1, 1))
        for state, seen, agreed in product(Answer, Visibility, (None, *Visibility)):
            deep = state in {Answer.AGREED, Answer.WAIVED} and agreed is Visibility.MEMBERS
            for at, (embargo, first) in product((None, early, late), days if deep else days[:1]):
                session.visibility, session.embargo_until = seen, embargo
                mine.state, mine.audience = state, agreed
                mine.answered_at, mine.not_before = at, first
                db.flush()

                listed = asked.waiting_for(db, mentee.viewer)

                assert (session in listed) is release.is_waiting_for(session, mentee.viewer)


def test_a_refusal_waits_for_the_owner_until_they_act(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A no of somebody else is told to the owner, until they ask again."""
    do(library, talk, release.respond, mentee.viewer, agree=False)
    told = waits(library, mentor.viewer), waits(library, mentee.viewer)

    do(library, talk, release.ask_again, mentor.viewer, mentee.id)

    assert told == ([(Kind.REFUSED, talk.session_id)], [])
    assert waits(library, mentor.viewer) == []


def test_a_refusal_of_a_session_without_owner_waits_for_administrators(
    library: Library, talk: Built, admin: Account, mentor: Account, mentee: Account
) -> None:
    """Each of them may act; once the person is asked again, it waits for none."""
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
    """Each of them may decide; once one has, it waits for none."""
    other = add_account(library, "Otto Admin", Role.ADMIN)
    talk = add_session(
        library,
        lines=SAID,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    do(library, talk, release.choose, mentor.viewer)
    cut = [Stretch(talk.source_id, 12, 18)]
    (proposal,) = do(library, talk, proposals.propose, mentee.viewer, cut)
    everybody = [admin, other, mentor, mentee]
    before = [(Kind.PROPOSAL, talk.session_id) in waits(library, who.viewer) for who in everybody]

    with library.transaction() as db:
        proposals.refuse(db, admin.viewer, talk.session_id, proposal.id, "It helps most.")

    assert before == [True, True, False, False]
    assert waits(library, other.viewer) == []


def test_reviews_wait_for_whoever_they_were_given_to(
    library: Library, admin: Account, mentor: Account, mentee: Account
) -> None:
    """A reviewer sees what was given to them; owner and mentors see where work is asked for."""
    talk = add_session(library, lines=SAID[:1], owner=mentor, released=False, title="Alone")
    guide = add_account(library, "Gita Guide", Role.MENTOR)
    curator = add_account(library, "Cleo Curator", Role.MENTEE)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        people = [(mentor.id, Part.MENTOR), (guide.id, Part.FACILITATOR)]
        described = sessions.Description(
            title="A talk", visibility=Visibility.MEMBERS, participants=people
        )
        sessions.describe(db, session, described)
        shelf = collections.add(db, admin.viewer, title="Feedback")
        members.put_member(db, admin.viewer, shelf, curator.id, CollectionRole.CURATOR)
        collections.fill(db, admin.viewer, shelf, [talk.session_id])
        review_switch.everywhere(db, admin.viewer, on=True)
        release.waive(db, admin.viewer, session, "as this test needs it")
        review_desk.act(db, admin.viewer, session.id, ReviewAct.ASSIGNED, to=curator.id)
    given = waits(library, curator.viewer)

    with library.transaction() as db:
        act = ReviewAct.NEEDS_WORK
        review_desk.act(db, curator.viewer, talk.session_id, act, text="Name the town.")

    assert given == [(Kind.REVIEW, talk.session_id)]
    assert waits(library, curator.viewer) == []
    assert waits(library, mentor.viewer) == [(Kind.WORK, talk.session_id)]
    assert waits(library, guide.viewer) == [(Kind.WORK, talk.session_id)]
    assert waits(library, mentee.viewer) == []


def test_what_failed_waits_for_its_owner_and_for_administrators(
    library: Library, talk: Built, admin: Account, mentor: Account
) -> None:
    """The owner is told of which session; administrators how many files of others."""
    with library.transaction() as db:
        db.execute(update(Source).values(state=State.FAILED))

    with library.reading() as db:
        found = waiting.waits_for(db, admin.viewer)

    assert waits(library, mentor.viewer) == [(Kind.FAILED, talk.session_id)]
    assert [(one.kind, one.count, one.desk) for one in found] == [
        (Kind.SOURCES, 1, Desk.ADMINISTRATION)
    ]
    assert waiting.counted(found)[Desk.ADMINISTRATION] == 1


def test_people_who_ask_to_join_wait_for_administrators(
    library: Library, admin: Account, mentor: Account
) -> None:
    """They are counted for administrators, and for nobody else."""
    with library.transaction() as db:
        service.change(db, admin.viewer, Service(join_by_approval=True))
        joining.join(db, "Ann", "ann@example.org", "")
        joining.join(db, "Bea", "bea@example.org", "")

    with library.reading() as db:
        found = waiting.waits_for(db, admin.viewer)

    assert [(one.kind, one.count) for one in found] == [(Kind.JOINING, 2)]
    assert waits(library, mentor.viewer) == []


def test_what_may_not_be_seen_does_not_wait(
    library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A session in the trash, or its owner's alone, waits for nobody."""
    with library.transaction() as db:
        sessions.get(db, talk.session_id).trashed_at = sessions.get(db, talk.session_id).created_at

    assert waits(library, mentee.viewer) == []


def test_it_costs_one_statement_and_none_until_somebody_writes(
    library: Library, talk: Built, mentee: Account
) -> None:
    """Every page shows the number, so it is asked once and then remembered."""
    asked: list[str] = []

    def listen(*given: Any) -> None:
        asked.append(given[2])

    with library.reading() as db:
        db.scalar(select(MentoringSession.id))
        engine = db.get_bind()
        event.listen(engine, "before_cursor_execute", listen)
        for _ in range(3):
            waiting.waits_for(db, mentee.viewer)
        event.remove(engine, "before_cursor_execute", listen)

    assert len(asked) == 1


def test_a_session_with_many_sources_is_named_once(library: Library, mentor: Account) -> None:
    """Three failed files of a session are one thing that waits."""
    built = add_session(library, owner=mentor, participants=[(mentor.id, Part.MENTOR)])
    for number in range(2):
        add_part(
            library,
            built.session_id,
            lines=SAID,
            content=bytes([number]),
            kind=SourceKind.RECORDING,
        )
    with library.transaction() as db:
        db.execute(update(Source).values(state=State.FAILED))

    assert waits(library, mentor.viewer) == [(Kind.FAILED, built.session_id)]
