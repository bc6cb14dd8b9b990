"""Tests of redaction proposals with a consent: on pages, by link and by the API.

Covers: redaction_proposal_form, redaction_proposals_api.
"""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from library.consent import release, release_links
from library.models import Participant, ParticipantRole, Role, SourceKind, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_account, add_session, person_named
from tests.web.api_client import Headers, Program
from tests.web.client import Browser

Browse = Callable[..., Browser]
SAID = (
    ("Ada Mentor", "Ask for feedback the same day."),
    ("Ben Mentee", "My daughter was ill that week."),
    ("Ben Mentee", "So I said nothing at all."),
    ("Ada Mentor", "Then ask for one thing only."),
)


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Session for members with the mentee, and with Ruth, who has no account."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    parts = [
        (mentor.id, ParticipantRole.MENTOR),
        (mentee.id, ParticipantRole.MENTEE),
        (ruth, ParticipantRole.MENTEE),
    ]
    built = add_session(
        library,
        title="About the same day",
        lines=SAID,
        owner=mentor,
        participants=parts,
        visibility=Visibility.MEMBERS,
        released=False,
    )
    with library.transaction() as db:
        release.choose(db, mentor.viewer, sessions.get(db, built.session_id))
    return built


def release_page(browser: Browser, built: Built) -> str:
    """Return the release page of a session."""
    return browser.get(f"/sessions/{built.session_id}/release").text


def form_of(browser: Browser, path: str) -> dict[str, str]:
    """Return the hidden fields of the form that selects lines."""
    return dict(re.findall(r'name="(version-\d+)" value="(\d+)"', browser.get(path).text))


def proposal_of(page: str) -> str:
    """Return the id of the first proposal that has a form on the page."""
    match = re.search(r"/proposals/(\d+)", page)
    assert match
    return match.group(1)


def propose(browser: Browser, built: Built, *lines: int, **more: str) -> str:
    """Propose to leave out the lines with these numbers, and agree to the rest.

    Return the next page.
    """
    path = f"/sessions/{built.session_id}/leave-out"
    ticked = [f"{built.source_id}-{line}" for line in lines]
    form = {**form_of(browser, path), "line": ticked, **more}
    return browser.post(path, form, follow_redirects=True).text


def decide(browser: Browser, built: Built, number: str, do: str, **more: str) -> str:
    """Press the button *do*, such as "accept", of the proposal with the id *number*.

    Return the next page.
    """
    path = f"/sessions/{built.session_id}/proposals/{number}"
    return browser.post(path, {"do": do, **more}, follow_redirects=True).text


def test_lines_are_ticked_decided_and_seen(
    browse: Browse, library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The owner sees a to-do item for a proposal and accepts the proposal.

    The author of the proposal sees a to-do item about the decision, and the words are removed.
    """
    ben, ada = browse(mentee), browse(mentor)
    release_form = release_page(ben, talk)

    next_page = propose(ben, talk, 1, 2, sentence="My family is not in it.")
    waiting = ada.get("/").text
    page = release_page(ada, talk)
    done = decide(ada, talk, proposal_of(page), "accept")

    assert "Agree, but leave something out" in release_form
    assert "You agreed, without what is proposed below." in next_page
    assert "0:10 to 0:30" in next_page
    assert "A participant proposes to leave something out of “About the same day”" in waiting
    assert "My family is not in it." in page
    assert "My daughter was ill that week." in page
    assert "This part is left out" in done
    assert "daughter" not in ben.get(f"/sessions/{talk.session_id}").text
    assert "Your proposal to leave something out" in ben.get("/").text
    assert "Left out" in release_page(ben, talk)
    assert "Your proposal to leave something out" not in ben.get("/").text
    assert "Something is proposed" not in ada.get("/").text


def test_a_refused_proposal_asks_again(
    browse: Browse, talk: Built, mentor: Account, mentee: Account
) -> None:
    """A refused proposal asks its author for consent again and shows the owner's sentence."""
    ben, ada = browse(mentee), browse(mentor)
    propose(ben, talk, 1)

    number = proposal_of(release_page(ada, talk))
    decide(ada, talk, number, "refuse", sentence="It is the point of the talk.")
    page = release_page(ben, talk)

    assert "It is the point of the talk." in page
    assert "May others find this session?" in page
    assert "asked again whether others may find “About the same day”" in ben.get("/").text


def test_an_invalid_proposal_is_refused(browse: Browse, talk: Built, mentee: Account) -> None:
    """A proposal is refused without lines, with only one time, or for an outdated transcript.

    The lines stay selected in the form.
    """
    ben, path = browse(mentee), f"/sessions/{talk.session_id}/leave-out"
    line = {"line": f"{talk.source_id}-1"}

    nothing = ben.post(path, {})
    half = ben.post(path, {f"from-{talk.source_id}": "0:12"})
    changed = ben.post(path, {**line, f"version-{talk.source_id}": "999"})

    assert (nothing.status_code, half.status_code, changed.status_code) == (400, 400, 409)
    assert "Choose what is to be left out." in nothing.text
    assert "Write both times" in half.text
    assert f'value="{talk.source_id}-1" checked' in changed.text


def test_a_proposal_can_be_given_by_times(
    browse: Browse, talk: Built, mentee: Account, mentor: Account
) -> None:
    """A proposal with two times covers the whole lines at these times."""
    ben, path = browse(mentee), f"/sessions/{talk.session_id}/leave-out"

    ben.post(path, {f"from-{talk.source_id}": "0:12", f"to-{talk.source_id}": "0:14"})

    assert "0:10 to 0:20" in release_page(browse(mentor), talk)


def test_a_paragraph_of_a_note_is_proposed(
    browse: Browse, library: Library, mentor: Account, mentee: Account
) -> None:
    """A proposal for a note selects paragraphs. They are removed when the owner accepts it."""
    note = add_session(
        library,
        lines=SAID,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        kind=SourceKind.NOTE,
        released=False,
    )
    ada = browse(mentor)

    propose(browse(mentee), note, 1)
    page = release_page(ada, note)
    decide(ada, note, proposal_of(page), "accept")

    assert "paragraph 2" in page
    assert "daughter" not in ada.get(f"/sessions/{note.session_id}").text


def test_a_person_with_a_link_proposes_and_withdraws(
    browse: Browse, app: Flask, library: Library, talk: Built, mentor: Account
) -> None:
    """A person without account proposes a redaction by link and withdraws it."""
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        ruth = next(p.person_id for p in session.participants if p.person.email is None)
        path = f"/release/{release_links.make(db, mentor.viewer, session, ruth)}"
    guest = Browser(app)
    lines = {**form_of(guest, f"{path}/leave-out"), "line": f"{talk.source_id}-1"}

    next_page = guest.post(f"{path}/leave-out", lines, follow_redirects=True).text
    owners = release_page(browse(mentor), talk)
    number = proposal_of(next_page)
    back = guest.post(f"{path}/proposals/{number}", {}, follow_redirects=True).text

    assert "You agreed, without what is proposed below." in next_page
    assert "Ruth Okafor proposes to leave out" in " ".join(re.sub("<[^>]+>", " ", owners).split())
    assert "Withdrawn" in back
    assert "I agree" in back


def test_a_proposal_is_hidden_from_others(
    browse: Browse, library: Library, talk: Built, mentee: Account, mentor: Account
) -> None:
    """Other members and guests get 404 for a proposal. Its author cannot accept it."""
    stranger = add_account(library, "Sam Stranger", Role.MENTOR)
    propose(browse(mentee), talk, 1, sentence="My family is not in it.")
    session = talk.session_id
    decision = f"/sessions/{session}/proposals/1"

    for browser in (browse(stranger), browse()):
        for path in (f"/sessions/{session}/leave-out", f"/api/v1/sessions/{session}/proposals"):
            assert browser.get(path).status_code == 404
        assert browser.post(decision, {"do": "accept"}).status_code == 404
    assert browse(mentor).get(f"/sessions/{session}/leave-out").status_code == 200
    assert (
        browse(mentee).post(f"/sessions/{session}/proposals/1", {"do": "accept"}).status_code == 403
    )


def test_other_speakers_read_neither_sentence_nor_range(
    browse: Browse, library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """Other participants see that a consent is missing, but not the proposal's text or range."""
    lea = add_account(library, "Lea Listener", Role.MENTEE)
    with library.transaction() as db:
        session = sessions.get(db, talk.session_id)
        ruth = next(p.person_id for p in session.participants if p.person.email is None)
        link = f"/release/{release_links.make(db, mentor.viewer, session, ruth)}"
        session.participants.append(
            Participant(person_id=lea.id, part=ParticipantRole.MENTEE, position=3)
        )
    own = f"/sessions/{talk.session_id}"
    pages = (f"{own}/release", f"{own}/leave-out")
    calls = (f"/api/v1{own}/proposals", f"/api/v1{own}/release")

    propose(browse(mentee), talk, 1, 2, sentence="My family is not in it.")
    pages_of_other = [browse(lea).get(path).text for path in (*pages, *calls)]
    pages_of_other += [browse().get(path).text for path in (link, f"{link}/leave-out")]

    assert "Ben Mentee agrees once something is left out" in pages_of_other[0]
    assert [text for text in pages_of_other if "My family" in text or "0:10 to 0:30" in text] == []
    assert "0:10 to 0:30" in release_page(browse(mentor), talk)


def test_programs_propose_and_decide(
    app: Flask,
    token_of: Callable[[Account], Headers],
    talk: Built,
    mentee: Account,
    mentor: Account,
) -> None:
    """By the API, a speaker proposes a redaction.

    The owner sees the affected words and accepts.
    """
    ben, ada = (Program(app, token_of(account)) for account in (mentee, mentor))
    path = f"/sessions/{talk.session_id}/proposals"
    time_range = {"source_id": talk.source_id, "start": 12.0, "end": 14.0}

    made = ben("POST", path, json={"leave_out": [time_range], "sentence": "Private."})
    decided = ada("GET", path).json["proposals"][0]
    done = ada("POST", f"{path}/{decided['id']}", json={"act": "accept"})

    assert made.status_code == 201
    assert made.json["proposals"][0]["state"] == "open"
    assert made.json["proposals"][0]["words"] == ""
    assert (decided["start"], decided["words"]) == (10.0, SAID[1][1])
    assert done.json["proposals"][0]["state"] == "accepted"
    assert ben("POST", path, json={"leave_out": []}).status_code == 422
    assert ada("POST", path, json={"leave_out": [time_range]}).status_code == 403
