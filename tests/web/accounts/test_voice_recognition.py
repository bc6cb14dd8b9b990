"""Tests of voice recognition on the site: consent, proposals, and deletion of voice prints."""

from collections.abc import Callable

import pytest

from library.models import SpeakerProposal, Visibility
from library.speakers import recognition_consent, voice_prints
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.client import Browser

Browse = Callable[..., Browser]
LINES = [("Speaker 1", "Ask for feedback the same day."), ("Speaker 2", "I was afraid.")]


@pytest.fixture
def talk(library: Library, mentee: Account) -> Built:
    """Recording of the mentee with two unnamed speakers."""
    return add_session(library, owner=mentee, lines=LINES, visibility=Visibility.PRIVATE)


@pytest.fixture
def known(library: Library, mentor: Account, mentee: Account) -> None:
    """Consent of Ada to voice recognition. She speaks in a session that Ben may see."""
    add_session(library, owner=mentor, lines=[("Ada Mentor", "Good morning, everybody.")])
    with library.transaction() as db:
        recognition_consent.agree(db, mentor.viewer)


def propose(library: Library, talk: Built, person_id: int) -> None:
    row = SpeakerProposal(
        source_id=talk.source_id, voice="Speaker 1", person_id=person_id, likeness=0.9
    )
    with library.transaction() as db:
        voice_prints.propose(db, talk.source_id, [row])


def editor(browser: Browser, talk: Built) -> str:
    return browser.get(f"/sessions/{talk.session_id}/correct").text


def test_agreeing_shows_the_words_and_goes_back(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The page for consent to voice recognition shows the consent text.

    After consent, the page leads back to the requested page.
    """
    me = browse(mentor)

    page = me.get("/account/voice?next=/mine").text
    answer = me.post("/account/voice/agree", {"next": "/mine"})

    assert recognition_consent.WORDS in page
    assert answer.location == "/mine"
    assert "You agreed on" in me.get("/account/voice").text
    assert "Delete my voice prints" in me.get("/account/voice").text


def test_deleting_voice_prints_gives_a_receipt(browse: Browse, mentor: Account) -> None:
    """Deletion of voice prints gives a receipt as page, text and JSON.

    A second deletion answers 409.
    """
    me = browse(mentor)
    me.post("/account/voice/agree")

    answer = me.post("/account/voice/forget")

    assert "Your voice prints are deleted" in me.get(answer.location).text
    assert "voice prints were deleted" in me.get(f"{answer.location}.txt").text
    assert me.get(f"{answer.location}.json").json["receipt"] == recognition_consent.KIND
    assert me.post("/account/voice/forget").status_code == 409


def test_a_guest_cannot_consent(browse: Browse, library: Library, mentor: Account) -> None:
    """A guest is led to the sign-in page and cannot consent."""
    guest = browse()

    assert guest.get("/account/voice").location == "/sign-in?next=/account/voice"
    assert guest.post("/account/voice/agree").status_code == 401


def test_a_proposed_name_is_taken_or_refused_without_scripts(
    *, browse: Browse, library: Library, mentor: Account, mentee: Account, talk: Built, known: None
) -> None:
    """Without scripts, the editor offers a speaker proposal.

    Accepting writes the name into the draft, and declining removes the offer.
    """
    ben = browse(mentee)
    propose(library, talk, mentor.id)
    place, form = f"/sessions/{talk.session_id}/correct", {"source": talk.source_id}
    offered = editor(ben, talk)

    ben.post(place, {**form, "action": "rename", "label": "Speaker 1", "speaker": "Ada Mentor"})
    taken = editor(ben, talk)
    ben.post(place, {**form, "action": "leave"})
    ben.post(place, {**form, "action": "refuse", "label": "Speaker 1"})
    refused = editor(ben, talk)

    assert "Sounds like <strong data-likely>Ada Mentor" in offered
    assert 'data-speaker="Ada Mentor"' in taken
    assert 'data-speaker="Ada Mentor"' not in refused
    assert "<strong data-likely>Ada Mentor" not in refused


def test_an_invisible_person_is_not_proposed(
    browse: Browse, library: Library, mentor: Account, mentee: Account, talk: Built
) -> None:
    """A person whose sessions are all hidden from the editor is not proposed as a speaker."""
    with library.transaction() as db:
        recognition_consent.agree(db, mentor.viewer)
    propose(library, talk, mentor.id)

    page = editor(browse(mentee), talk)

    assert "data-likely>Ada Mentor" not in page
    assert 'data-proposed="{}"' in page


def test_the_editor_offers_to_recognise_one_s_own_voice(
    browse: Browse, mentee: Account, talk: Built
) -> None:
    """The editor links to the consent to voice recognition until the member has agreed."""
    ben = browse(mentee)
    before = editor(ben, talk)

    ben.post("/account/voice/agree")

    assert "/account/voice?next=" in before
    assert "/account/voice?next=" not in editor(ben, talk)
