"""People are told by e-mail of what began to wait for them, once for each thing."""

from collections.abc import Callable

import pytest

from ingest.waiting import PATHS, WaitingMail
from library.access import Viewer
from library.accounts import joining, people, service
from library.accounts.service import Service
from library.consent import release
from library.holdings import collections, members, sessions
from library.mail import Letter
from library.models import Part, Participant, ReleaseRule, Visibility
from library.overview.waiting import Kind
from library.overview.waiting_mail import WRITTEN_ELSEWHERE
from library.settings import Settings
from library.store import Library
from library.withdrawal import proposals
from library.withdrawal.off_record import Stretch
from tests.builders import Account, Built, add_session, person_named

SAID = (("Ada Mentor", "Ask for feedback the same day."), ("Ben Mentee", "I was afraid to."))
Tell = Callable[[], list[Letter]]


@pytest.fixture
def tell(library: Library) -> Tell:
    """What is written now."""
    sent: list[Letter] = []

    def keep(_settings: Settings, letter: Letter) -> None:
        sent.append(letter)

    def now() -> list[Letter]:
        sent.clear()
        WaitingMail(library, send=keep).tell()
        return list(sent)

    return now


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """A session for all members that waits for the mentee."""
    built = add_session(
        library,
        title="About the same day",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


def answer(library: Library, built: Built, viewer: Viewer, *, agree: bool) -> None:
    """Let *viewer* agree or decline."""
    with library.transaction() as db:
        release.respond(db, viewer, sessions.get(db, built.session_id), agree=agree)


def test_somebody_is_told_once(library: Library, talk: Built, mentee: Account, tell: Tell) -> None:
    """One e-mail with the sentence and the page; not a second one for the same."""
    first, second = tell(), tell()

    assert [letter.to for letter in first] == [mentee.email]
    assert "You are asked whether others may find “About the same day”." in first[0].text
    assert f"/sessions/{talk.session_id}/release\n" in first[0].text
    assert "same day" not in first[0].subject
    assert second == []


def test_what_begins_anew_is_told_anew(
    library: Library, talk: Built, mentor: Account, mentee: Account, tell: Tell
) -> None:
    """Asked again because the audience grew, they are told again."""
    tell()
    answer(library, talk, mentee.viewer, agree=True)
    between = tell()

    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        release.set_visibility(db, mentor.viewer, session, Visibility.PUBLIC)
    told = tell()

    assert between == []
    assert [letter.to for letter in told] == [mentee.email]
    assert "You are asked again" in told[0].text


def test_what_waits_together_is_one_mail(
    library: Library, talk: Built, mentor: Account, mentee: Account, tell: Tell
) -> None:
    """An owner to whom two things happened gets one e-mail with both."""
    other = add_session(
        library,
        title="Another",
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)],
        visibility=Visibility.MEMBERS,
        content=b"another",
        released=False,
    )
    answer(library, other, mentee.viewer, agree=False)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        proposals.propose(db, mentee.viewer, session, [Stretch(talk.source_id, 12, 18)])

    told = {letter.to: letter.text for letter in tell()}

    assert "“Another” is not released" in told[mentor.email]
    assert "Something is proposed to be left out" in told[mentor.email]


def test_administrators_are_told_once_of_a_proposal_that_no_owner_decides(
    library: Library, talk: Built, mentee: Account, admin: Account, tell: Tell
) -> None:
    """The session has no owner any more: whoever administers the library decides."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.owner_id = None
        proposals.propose(db, mentee.viewer, session, [Stretch(talk.source_id, 12, 18)])

    first, second = tell(), tell()

    assert [letter.to for letter in first] == [admin.email]
    assert "“About the same day”: you decide." in first[0].text
    assert f"/sessions/{talk.session_id}/release\n" in first[0].text
    assert second == []


def test_whoever_is_only_told_of_a_release_gets_one_letter(
    library: Library, talk: Built, mentee: Account, admin: Account, tell: Tell
) -> None:
    """Where only mentors are asked: what the others can do stands in it, and it comes once."""
    with library.transaction() as db:
        nowhere = person_named(db, "Ruth Okafor").id  # she has no address
        session = sessions.get(db, talk.session_id)
        session.participants.append(Participant(person_id=nowhere, part=Part.PEER, position=2))
        release.settle(db, session)
    asked = tell()
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Open talks")
        members.set_rule(db, admin.viewer, shelf, ReleaseRule.MENTORS)
        collections.fill(db, admin.viewer, shelf, [talk.session_id])

    told, again = tell(), tell()

    assert [letter.to for letter in asked] == [mentee.email]
    assert [letter.to for letter in told] == [mentee.email]
    assert "“About the same day” is released to others" in told[0].text
    assert "You can propose to leave something out, or object." in told[0].text
    assert f"/sessions/{talk.session_id}/release\n" in told[0].text
    assert again == []


def test_nobody_of_the_sample_library_is_told(library: Library, talk: Built, tell: Tell) -> None:
    """A session of the sample library asks nobody, whatever its collections ask."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        session.sample = True
        release.settle(db, session)

    assert tell() == []


def test_nobody_without_a_way_in_is_written_to(
    library: Library, talk: Built, mentee: Account, admin: Account, tell: Tell
) -> None:
    """A closed account gets no e-mail; administrators hear of who asks to join."""
    with library.transaction() as db:
        people.get(db, mentee.id).active = False
        service.change(db, admin.viewer, Service(join_by_approval=True))
        joining.join(db, "Ann", "ann@example.org", "")

    told = tell()

    assert [letter.to for letter in told] == [admin.email]
    assert "Somebody asks for an account." in told[0].text


def test_every_kind_has_a_page() -> None:
    """What is told by e-mail leads somewhere."""
    assert set(PATHS) == set(Kind) - WRITTEN_ELSEWHERE
