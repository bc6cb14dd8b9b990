"""Tests of releases on pages: with an account, by link, and after a withdrawal.

Covers: receipts, release_link.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from library.access import Viewer
from library.accounts import service_settings, tokens
from library.accounts.service_settings import Service
from library.consent import release_links
from library.models import AuditEvent, ParticipantRole, Person, Role, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_account, add_session, person_named
from tests.web.client import Browser
from web.cli import cli

SECRET = "zanzibar"
LINES = (("Ada Mentor", "Nobody told me about zanzibar."), ("Ruth Okafor", "Zanzibar was mine."))


SAID = ("nobody told me", "talk of zanzibar")


@dataclass(frozen=True)
class Talk:
    """Session of Ada, to be public, with Ruth, who has no account."""

    built: Built
    ruth: int


@pytest.fixture
def talk(library: Library, mentor: Account, app: Flask) -> Talk:
    """Session that Ada wants to make public. Ruth has not answered."""
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    built = add_session(
        library,
        title="Talk of zanzibar",
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (ruth, ParticipantRole.MENTEE)],
        visibility=Visibility.PUBLIC,
        released=False,
    )
    return Talk(built, ruth)


def press(browser: Browser, talk: Talk, do: str, **more: Any) -> Any:
    """Press a button of the release page."""
    path = f"/sessions/{talk.built.session_id}/release"
    return browser.post(path, {"do": do, **more}, follow_redirects=True)


def link_for_ruth(browser: Browser, talk: Talk) -> str:
    """Return the path of a release link that the owner made."""
    match = re.search(r"/release/[\w-]+", press(browser, talk, "link", person=talk.ruth).text)
    assert match
    return match.group(0)


def all_addresses(built: Built) -> list[str]:
    """Return every address that could show the session to another person."""
    s, source = built.session_id, built.source_id
    return [
        "/",
        f"/?q={SECRET}",
        "/sessions",
        "/suggest?q=zan",
        "/suggest?q=zan&list=1",
        f"/feed.atom?q={SECRET}",
        f"/sessions/{s}",
        f"/sessions/{s}?q={SECRET}",
        f"/sessions/{s}/captions/{source}.vtt",
        f"/sessions/{s}/words/{source}.json",
        f"/media/{source}",
        f"/media/{source}/peaks",
        f"/p/{built.passage_ids[0]}",
        f"/api/v1/search?q={SECRET}",
        "/api/v1/sessions",
        f"/api/v1/sessions/{s}",
        f"/api/v1/sessions/{s}/transcript",
        f"/api/v1/sessions/{s}/transcript.vtt",
        f"/sessions/{s}/export/{source}.txt",
        f"/iiif/{s}/manifest.json",
        f"/iiif/{s}/search?q={SECRET}",
        "/oai?verb=ListRecords&metadataPrefix=oai_dc",
        "/api/v1/jobs",
        f"/api/v1/jobs/{source}",
        *(f"/people/{number}" for number in range(1, 8)),
    ]


def found_at(browser: Browser, built: Built) -> list[str]:
    """Return the addresses at which *browser* sees words or sound of the session."""
    showing = []
    for path in all_addresses(built):
        answer = browser.get(path)
        text = answer.get_data().decode("utf-8", errors="replace").lower()
        if path == "/suggest?q=zan":  # suggests the reader's own earlier searches
            text = str([s for s in answer.json["suggestions"] if s["kind"] != "search"]).lower()
        echo = text.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", "")
        sound = path.startswith("/media") and answer.status_code == 200
        asked_for = SECRET in path and any(words in text for words in SAID)
        if sound or asked_for or (SECRET in echo and SECRET not in path):
            showing.append(path)
    return showing


@pytest.mark.parametrize("third", ["guest", "member"])
def test_a_session_is_found_only_while_released(
    browse: Callable[..., Browser], library: Library, mentor: Account, talk: Talk, third: str
) -> None:
    """Guests and members cannot find a session before its release or after a withdrawal."""
    sam = None if third == "guest" else add_account(library, "Sam Stranger", Role.MENTEE)
    member, ada = browse(sam), browse(mentor)
    press(ada, talk, "agree")
    waiting = found_at(member, talk.built)
    by_link = Browser(member.client.application)
    path = link_for_ruth(ada, talk)
    by_link.post(path, {"do": "agree"})
    released = found_at(member, talk.built)

    by_link.post(path, {"do": "withdraw"})

    assert waiting == []
    assert len(released) > 12
    assert found_at(member, talk.built) == []
    assert "Talk of zanzibar" in ada.get("/mine").text


def test_a_release_link_shows_the_session(
    browse: Callable[..., Browser], mentor: Account, talk: Talk
) -> None:
    """A release link shows words, captions and sound of its session.

    Browsers may not store the page of the link, and the page sends no referrer.
    """
    path = link_for_ruth(browse(mentor), talk)
    guest = browse()

    page = guest.get(path)
    sound = guest.get(f"{path}/sound/{talk.built.source_id}", headers={"Range": "bytes=0-3"})
    captions = guest.get(f"{path}/captions/{talk.built.source_id}.vtt")

    assert "Zanzibar was mine." in page.text
    assert "May others find this session?" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert (sound.status_code, len(sound.data)) == (206, 4)
    assert captions.text.startswith("WEBVTT")


def test_a_link_opens_nothing_else(
    browse: Callable[..., Browser], library: Library, mentor: Account, talk: Talk
) -> None:
    """A release link gives 404 for sound and captions of other sessions, and for receipts.

    A guest with the link gets 404 at the usual address of the session.
    """
    other = add_session(library, title="Another", visibility=Visibility.MEMBERS)
    path = link_for_ruth(browse(mentor), talk)
    guest = browse()

    answers = [
        guest.get(f"{path}/sound/{other.source_id}"),
        guest.get(f"{path}/captions/{other.source_id}.vtt"),
        guest.get(f"{path}/receipts/1"),
        guest.get(f"{path[:-3]}abc"),
        guest.get(f"/sessions/{talk.built.session_id}"),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_an_ended_link_is_gone(browse: Callable[..., Browser], mentor: Account, talk: Talk) -> None:
    """A release link answers 404 after its owner ended it."""
    ada, guest = browse(mentor), browse()
    path = link_for_ruth(ada, talk)

    press(ada, talk, "end-link", person=talk.ruth)

    assert guest.get(path).status_code == 404
    assert guest.post(path, {"do": "agree"}).status_code == 404


def test_the_receipt_can_be_kept_and_checked(
    browse: Callable[..., Browser],
    library: Library,
    mentor: Account,
    talk: Talk,
    tmp_path: Any,
) -> None:
    """A withdrawal gives a receipt as page, text and JSON.

    The command `check-receipt` says whether the receipt is still true.
    """
    ada, guest = browse(mentor), browse()
    press(ada, talk, "agree")
    path = link_for_ruth(ada, talk)
    guest.post(path, {"do": "agree"})
    page = guest.post(path, {"do": "withdraw"}, follow_redirects=True)
    file = tmp_path / "receipt.json"
    file.write_bytes(guest.get(f"{page.request.path}.json").data)
    home = ["--home", str(library.settings.home)]

    holds = CliRunner().invoke(cli, [*home, "check-receipt", str(file)])
    guest.post(path, {"do": "agree"})
    broken = CliRunner().invoke(cli, [*home, "check-receipt", str(file)])
    verified = CliRunner().invoke(cli, [*home, "verify"])

    assert "Where it was removed" in page.text
    assert "took it back" not in guest.get(f"{page.request.path}.txt").text
    assert (holds.exit_code, broken.exit_code, verified.exit_code) == (0, 1, 0)
    assert "A search finds session" in broken.output
    assert "Consent ledger: in order" in verified.output
    assert json.loads(file.read_text())["session"] == talk.built.session_id


def test_a_receipt_is_for_its_person(
    browse: Callable[..., Browser], mentor: Account, mentee: Account, admin: Account, talk: Talk
) -> None:
    """Only the person who withdrew and administrators read a receipt. Others get 404."""
    press(browse(mentor), talk, "agree")
    press(browse(mentor), talk, "withdraw")

    statuses = [browse(who).get("/receipts/1").status_code for who in (mentor, admin, mentee, None)]

    assert statuses == [200, 200, 404, 404]


def test_the_release_page_is_for_participants(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account, talk: Talk
) -> None:
    """Other people get 404 from the release page before the release, and 403 after it."""
    path = f"/sessions/{talk.built.session_id}/release"
    hidden = browse(mentee).get(path).status_code
    press(browse(mentor), talk, "agree")
    guest = browse()
    guest.post(link_for_ruth(browse(mentor), talk), {"do": "agree"})

    assert hidden == 404
    assert browse(mentee).get(path).status_code == 403
    assert browse(mentor).get(path).status_code == 200


def test_the_owner_sees_whose_consent_is_missing(
    browse: Callable[..., Browser], mentor: Account, talk: Talk
) -> None:
    """The list, the session page and the release page tell the owner whose consent is missing."""
    ada, words = browse(mentor), "Waiting for Ruth Okafor&#39;s consent."
    press(ada, talk, "agree")

    pages = ["/mine", f"/sessions/{talk.built.session_id}", "/sessions/1/release"]

    assert [words in ada.get(path).text for path in pages] == [True] * 3


def test_a_speaker_finds_a_consent_request(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account
) -> None:
    """A speaker sees a request for consent in the list and on the session until they answer."""
    people_in = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    lines = [("Ada Mentor", "Ask."), ("Ben Mentee", "When?")]
    built = add_session(library, lines=lines, owner=mentor, participants=people_in, released=False)
    ben, path = browse(mentee), f"/sessions/{built.session_id}"
    before = ben.get("/mine").text, ben.get(path).text

    ben.post(f"{path}/release", {"do": "agree"})

    assert "Waiting for your answer" in before[0]
    assert "May others find this session?" in before[1]
    assert "Waiting for your answer" not in ben.get("/mine").text


@pytest.mark.parametrize(
    ("do", "status"),
    [("waive", 403), ("dance", 400), ("", 400), ("ask-again", 400), ("explain", 409)],
)
def test_an_invalid_button_is_refused(
    browse: Callable[..., Browser], mentor: Account, talk: Talk, do: str, status: int
) -> None:
    """The release page refuses an action that is unknown, forbidden or not possible now."""
    more = {"person": mentor.id} if do == "explain" else {}

    assert press(browse(mentor), talk, do, **more).status_code == status


def test_an_administrator_s_access_is_shown_to_the_owner(
    browse: Callable[..., Browser], library: Library, admin: Account, mentor: Account, talk: Talk
) -> None:
    """An administrator's repeated access is logged once and shown to the session's owner."""
    as_admin, path = browse(admin), f"/sessions/{talk.built.session_id}"
    before = browse(mentor).get(f"{path}/release").text

    for _ in range(3):
        as_admin.get(path)
        as_admin.get(f"/media/{talk.built.source_id}")

    with library.reading() as db:
        events = db.query(AuditEvent).all()
    assert [(e.actor_id, e.action, e.subject_id, e.address) for e in events] == [
        (admin.id, "session.read-by-admin", talk.built.session_id, "127.0.0.1")
    ]
    assert "Opened by administrators" not in before
    assert "Ines Admin" in browse(mentor).get(f"{path}/release").text


@pytest.mark.parametrize("way", ["/sessions/1", "/api/v1/sessions/1", "/media/1", "/p/1"])
def test_every_access_by_an_administrator_is_logged(
    browse: Callable[..., Browser], library: Library, admin: Account, talk: Talk, way: str
) -> None:
    """An access of an administrator by page, API, sound or passage address is logged once."""
    browse(admin).get(way, follow_redirects=True)

    with library.reading() as db:
        assert db.query(AuditEvent).count() == 1


def test_access_to_a_released_session_is_not_logged(
    browse: Callable[..., Browser], library: Library, admin: Account, app: Flask
) -> None:
    """An administrator's access to a session that members may see is not logged."""
    built = add_session(library, visibility=Visibility.MEMBERS)

    browse(admin).get(f"/sessions/{built.session_id}")

    with library.reading() as db:
        assert db.query(AuditEvent).count() == 0


def test_guests_read_only_if_the_settings_allow_it(
    browse: Callable[..., Browser], library: Library, admin: Account, mentee: Account, app: Flask
) -> None:
    """If the settings exclude guests, only members read public sessions.

    The change of the setting is logged.
    """
    built = add_session(library, visibility=Visibility.PUBLIC)
    path = f"/sessions/{built.session_id}"
    before = browse().get(path).status_code

    browse(admin).post("/care/settings", {"link_days": "7"})

    with library.reading() as db:
        assert service_settings.service(db) == Service(guests_read=False, link_days=7)
        assert {e.detail["name"] for e in db.query(AuditEvent)} == {"guests_read", "link_days"}
    assert (before, browse().get(path).status_code) == (200, 404)
    assert browse(mentee).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/care/settings", "/care/ledger", "/collections/1/members"])
def test_the_administration_is_for_administrators(
    browse: Callable[..., Browser], mentor: Account, app: Flask, path: str
) -> None:
    """A mentor is refused the settings, the ledger and the members of a collection."""
    assert browse(mentor).get(path).status_code == 403


def test_the_ledger_shows_who_agreed_in_which_words(
    browse: Callable[..., Browser], admin: Account, mentor: Account, talk: Talk
) -> None:
    """The page of the consent ledger names the person and quotes the agreed statement."""
    press(browse(mentor), talk, "agree")

    page = browse(admin).get("/care/ledger").text

    assert "Ada Mentor" in page
    assert "may be found, read and heard by everybody, also people without an account" in page


def test_a_curator_arranges_and_chooses_members(
    browse: Callable[..., Browser],
    library: Library,
    admin: Account,
    mentor: Account,
) -> None:
    """A curator edits a collection and its members, but not its release rule.

    The curator cannot edit other collections.
    """
    as_admin, ada = browse(admin), browse(mentor)
    for title in ("Mine", "Another"):
        as_admin.post("/care/collections/", {"title": title})
    before = ada.get("/care/collections/1").status_code
    as_admin.post("/collections/1/members", {"person": mentor.id, "role": "curator"})

    pages = [ada.get(f"/care/collections/{number}").status_code for number in (1, 2)]
    ada.post("/collections/1/members", {"person": admin.id, "role": "viewer"})

    assert before == 403
    assert pages == [200, 403]
    assert "ines.admin@example.org" in ada.get("/collections/1/members").text
    assert ada.post("/collections/1/members/rule", {"rule": "mentors"}).status_code == 403


def test_adding_a_session_asks_the_others(
    browse: Callable[..., Browser], library: Library, mentor: Account, app: Flask
) -> None:
    """Adding a session for members asks the other participants for consent."""
    ada = browse(mentor)

    ada.post(
        "/add",
        {
            "note": "What we talked about.",
            "person": ["Ada Mentor", "Ruth Okafor"],
            "part": ["mentor", "mentee"],
            "visibility": "members",
        },
    )

    assert "Waiting for Ruth Okafor&#39;s consent." in ada.get("/sessions/1").text


def test_a_token_that_may_only_read_changes_nothing(
    app: Flask, library: Library, mentor: Account, talk: Talk
) -> None:
    """A token with the read scope reads a session but cannot change it."""
    with library.transaction() as db:
        _, secret = tokens.add(db, mentor.id, "a reader")
    headers = {"Authorization": f"Bearer {secret}", "If-Match": "*"}
    client = app.test_client()

    read = client.get("/api/v1/sessions/1", headers=headers)
    change = client.patch("/api/v1/sessions/1", headers=headers, json={"title": "New"})

    assert (read.status_code, change.status_code) == (200, 403)
    assert "may only read" in change.json["detail"]


def test_an_administrators_token_administers_only_with_the_scope(
    app: Flask, library: Library, admin: Account, talk: Talk
) -> None:
    """Without the admin scope, an administrator's token does not open others' private sessions."""
    with library.transaction() as db:
        _, secret = tokens.add(db, admin.id, "search only")

    answer = app.test_client().get(
        "/api/v1/sessions/1", headers={"Authorization": f"Bearer {secret}"}
    )

    assert answer.status_code == 404


def test_a_link_gives_a_viewer(library: Library, mentor: Account, talk: Talk):
    """A release link identifies its person and its session."""
    with library.transaction() as db:
        session = sessions.get(db, talk.built.session_id)
        token = release_links.make(db, mentor.viewer, session, talk.ruth)

    with library.reading() as db:
        who, opened, link = release_links.opened(db, token)
        named = db.get_one(Person, link.person_id).name

    assert (who, opened.id, named) == (Viewer(person_id=talk.ruth), session.id, "Ruth Okafor")


def test_personal_details_are_offered_before_the_release(
    browse: Callable[..., Browser], library: Library, mentor: Account
) -> None:
    """Before the release, the owner sees a list of the personal details in the session.

    The page of a release link mentions these details.
    """
    with library.transaction() as db:
        ruth = person_named(db, "Ruth Okafor").id
    built = add_session(
        library,
        lines=[
            ("Ada Mentor", "Write to ruth@example.org, or call 020 7946 0018."),
            ("Ruth Okafor", "The card is 4111 1111 1111 1111."),
        ],
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR), (ruth, ParticipantRole.MENTEE)],
        visibility=Visibility.MEMBERS,
        released=False,
    )
    talk, ada, guest = Talk(built, ruth), browse(mentor), browse()

    before = [ada.get(f"/sessions/{built.session_id}{page}").text for page in ("", "/edit")]
    press(ada, talk, "agree")
    path = link_for_ruth(ada, talk)
    link_page = guest.get(path).text
    guest.post(path, {"do": "agree"})
    after = [ada.get(f"/sessions/{built.session_id}{page}").text for page in ("", "/edit")]

    assert all(
        "Check these personal details before others find the session." in text for text in before
    )
    assert all("an e-mail address" in text and "a payment card" in text for text in before)
    assert all(f"off-record?source={built.source_id}" in text for text in before)
    assert "ask the owner to take them off the record" in link_page
    assert not any(
        "Check these personal details before others find the session." in text
        for text in [*after, guest.get(path).text]
    )
