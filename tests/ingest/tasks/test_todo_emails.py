"""Tests of e-mails about to-do items: each item is sent once."""

from collections.abc import Callable

import pytest

from ingest.tasks.todo_emails import PATHS, WaitingMail
from library.access import Viewer
from library.accounts import join_requests, people, service_settings
from library.accounts.service_settings import Service
from library.collections import collections, members
from library.consent import release
from library.models import Participant, ParticipantRole, ReleaseRule, Visibility
from library.notifications.email import OutgoingEmail
from library.removal import redaction_proposals
from library.removal.redaction import TimeRange
from library.sessions import sessions
from library.settings import Settings
from library.store import Library
from library.todo.emails import WRITTEN_ELSEWHERE
from library.todo.items import Kind
from tests.builders import Account, Built, add_session, person_named

LINES = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))
SendDue = Callable[[], list[OutgoingEmail]]


@pytest.fixture
def send_due(library: Library) -> SendDue:
    """Function that sends the e-mails that are due and returns them."""
    sent: list[OutgoingEmail] = []

    def record(_settings: Settings, message: OutgoingEmail) -> None:
        sent.append(message)

    def send_now() -> list[OutgoingEmail]:
        sent.clear()
        WaitingMail(library, send=record).tell()
        return list(sent)

    return send_now


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """A session for all members that waits for the mentee's consent."""
    built = add_session(
        library,
        title="About the same day",
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


def answer(library: Library, built: Built, viewer: Viewer, *, agree: bool) -> None:
    """Give or decline consent as *viewer*."""
    with library.transaction() as db:
        release.respond(db, viewer, sessions.get(db, built.session_id), agree=agree)


def test_a_request_for_consent_is_one_e_mail(
    library: Library, talk: Built, mentee: Account, send_due: SendDue
) -> None:
    """A request for consent is sent once, with a link. The subject does not name the session."""
    first, second = send_due(), send_due()

    assert [message.to for message in first] == [mentee.email]
    assert "You are asked whether others may find “About the same day”." in first[0].text
    assert f"/sessions/{talk.session_id}/release\n" in first[0].text
    assert "same day" not in first[0].subject
    assert second == []


def test_a_repeated_request_is_another_e_mail(
    library: Library, talk: Built, mentor: Account, mentee: Account, send_due: SendDue
) -> None:
    """A participant is asked for consent again when more people may see the session."""
    send_due()
    answer(library, talk, mentee.viewer, agree=True)
    between = send_due()

    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.PUBLIC)
    messages = send_due()

    assert between == []
    assert [message.to for message in messages] == [mentee.email]
    assert "You are asked again" in messages[0].text


def test_several_items_are_one_e_mail(
    library: Library, talk: Built, mentor: Account, mentee: Account, send_due: SendDue
) -> None:
    """Two to-do items of an owner are in one e-mail."""
    other = add_session(
        library,
        title="Another",
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        content=b"another",
        released=False,
    )
    answer(library, other, mentee.viewer, agree=False)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        redaction_proposals.propose(db, mentee.viewer, session, [TimeRange(talk.source_id, 12, 18)])

    messages = {message.to: message.text for message in send_due()}

    assert "“Another” is not released" in messages[mentor.email]
    assert "A participant proposes to leave something out" in messages[mentor.email]


def test_administrators_are_told_of_a_proposal_without_owner(
    library: Library, talk: Built, mentee: Account, admin: Account, send_due: SendDue
) -> None:
    """Administrators get one e-mail about a proposed redaction of a session without owner."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.owner_id = None
        redaction_proposals.propose(db, mentee.viewer, session, [TimeRange(talk.source_id, 12, 18)])

    first, second = send_due(), send_due()

    assert [message.to for message in first] == [admin.email]
    assert "something out of “About the same day”. Accept or refuse this." in first[0].text
    assert f"/sessions/{talk.session_id}/release\n" in first[0].text
    assert second == []


def test_a_participant_without_a_vote_gets_one_e_mail(
    library: Library, talk: Built, mentee: Account, admin: Account, send_due: SendDue
) -> None:
    """If only mentors must consent, a mentee gets one e-mail about the release.

    The e-mail says how to object.
    """
    with library.transaction() as db:
        unreachable_id = person_named(db, "Ruth Okafor").id  # has no e-mail address
        session = sessions.get(db, talk.session_id)
        session.participants.append(
            Participant(person_id=unreachable_id, part=ParticipantRole.PEER, position=2)
        )
        release.refresh(db, session)
    before = send_due()
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, collection, ReleaseRule.MENTORS)
        collections.set_sessions(db, admin.viewer, collection, [talk.session_id])

    messages, again = send_due(), send_due()

    assert [message.to for message in before] == [mentee.email]
    assert [message.to for message in messages] == [mentee.email]
    assert "“About the same day” is released to others" in messages[0].text
    assert "You can propose to leave something out, or keep the session" in messages[0].text
    assert f"/sessions/{talk.session_id}/release\n" in messages[0].text
    assert again == []


def test_sample_sessions_send_no_e_mail(library: Library, talk: Built, send_due: SendDue) -> None:
    """No e-mail is sent about sessions of the sample library."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.sample = True
        release.refresh(db, session)

    assert send_due() == []


def test_a_closed_account_gets_no_e_mail(
    library: Library, talk: Built, mentee: Account, admin: Account, send_due: SendDue
) -> None:
    """A closed account gets no e-mail. Administrators get an e-mail about a request to join."""
    with library.transaction() as db:
        people.get(db, mentee.id).active = False
        service_settings.change(db, admin.viewer, Service(join_by_approval=True))
        join_requests.join(db, "Ann", "ann@example.org", "")

    messages = send_due()

    assert [message.to for message in messages] == [admin.email]
    assert "1 person requests an account." in messages[0].text


def test_every_kind_has_a_page() -> None:
    """For each kind of to-do item, the e-mail links to a page."""
    assert set(PATHS) == set(Kind) - WRITTEN_ELSEWHERE
