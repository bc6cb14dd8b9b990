"""One's own voice on the site: agreed to in words, proposed to who may see it, forgotten."""

from collections.abc import Callable

import pytest

from library.models import Visibility, VoiceProposal
from library.store import Library
from library.voices import voice_consent, voice_prints
from tests.builders import Account, Built, add_session
from tests.web.browsing import Browser

Browse = Callable[..., Browser]
LINES = [("Speaker 1", "Ask for feedback the same day."), ("Speaker 2", "I was afraid.")]


@pytest.fixture
def talk(library: Library, mentee: Account) -> Built:
    """A recording of the mentee's with two voices that have no name."""
    return add_session(library, owner=mentee, lines=LINES, visibility=Visibility.PRIVATE)


@pytest.fixture
def known(library: Library, mentor: Account, mentee: Account) -> None:
    """Ada agreed, speaks in a session that Ben sees, and one of his voices sounds like hers."""
    add_session(library, owner=mentor, lines=[("Ada Mentor", "Good morning, everybody.")])
    with library.transaction() as db:
        voice_consent.agree(db, mentor.viewer)


def propose(library: Library, talk: Built, person_id: int) -> None:
    row = VoiceProposal(
        source_id=talk.source_id, voice="Speaker 1", person_id=person_id, likeness=0.9
    )
    with library.transaction() as db:
        voice_prints.propose(db, talk.source_id, [row])


def editor(browser: Browser, talk: Built) -> str:
    return browser.get(f"/sessions/{talk.session_id}/correct").text


def test_agreeing_shows_the_words_and_goes_back(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The words stand above the button; after it one is where one came from."""
    me = browse(mentor)

    page = me.get("/account/voice?next=/mine").text
    answer = me.post("/account/voice/agree", {"next": "/mine"})

    assert voice_consent.WORDS in page
    assert answer.location == "/mine"
    assert "You agreed on" in me.get("/account/voice").text
    assert "Forget my voice" in me.get("/account/voice").text


def test_forgetting_gives_a_receipt_to_keep(browse: Browse, mentor: Account) -> None:
    """The receipt is a page, a text and a JSON file; forgetting twice is told."""
    me = browse(mentor)
    me.post("/account/voice/agree")

    answer = me.post("/account/voice/forget")

    assert "Your voice is forgotten" in me.get(answer.location).text
    assert "a voice was forgotten" in me.get(f"{answer.location}.txt").text
    assert me.get(f"{answer.location}.json").json["receipt"] == voice_consent.KIND
    assert me.post("/account/voice/forget").status_code == 409


def test_a_voice_is_its_owner_s_alone(browse: Browse, library: Library, mentor: Account) -> None:
    """A guest is led to the sign-in, and agrees to nothing."""
    guest = browse()

    assert guest.get("/account/voice").location == "/sign-in?next=/account/voice"
    assert guest.post("/account/voice/agree").status_code == 401


def test_a_proposed_name_is_taken_or_refused_without_scripts(
    *, browse: Browse, library: Library, mentor: Account, mentee: Account, talk: Built, known: None
) -> None:
    """The name is offered beside the voice; yes writes it into the draft, no ends the offer."""
    ben = browse(mentee)
    propose(library, talk, mentor.id)
    place, given = f"/sessions/{talk.session_id}/correct", {"source": talk.source_id}
    offered = editor(ben, talk)

    ben.post(place, {**given, "action": "rename", "voice": "Speaker 1", "speaker": "Ada Mentor"})
    taken = editor(ben, talk)
    ben.post(place, {**given, "action": "leave"})
    ben.post(place, {**given, "action": "refuse", "voice": "Speaker 1"})
    refused = editor(ben, talk)

    assert "Sounds like <strong data-likely>Ada Mentor" in offered
    assert 'data-speaker="Ada Mentor"' in taken
    assert 'data-speaker="Ada Mentor"' not in refused
    assert "<strong data-likely>Ada Mentor" not in refused


def test_whom_one_may_not_see_is_not_proposed(
    browse: Browse, library: Library, mentor: Account, mentee: Account, talk: Built
) -> None:
    """Ada is in no session that Ben sees: he is not told whose voice his sounds like."""
    with library.transaction() as db:
        voice_consent.agree(db, mentor.viewer)
    propose(library, talk, mentor.id)

    page = editor(browse(mentee), talk)

    assert "data-likely>Ada Mentor" not in page
    assert 'data-proposed="{}"' in page


def test_the_editor_offers_to_recognise_one_s_own_voice(
    browse: Browse, mentee: Account, talk: Built
) -> None:
    """Whoever names voices is asked about their own, until they have agreed."""
    ben = browse(mentee)
    before = editor(ben, talk)

    ben.post("/account/voice/agree")

    assert "/account/voice?next=" in before
    assert "/account/voice?next=" not in editor(ben, talk)
