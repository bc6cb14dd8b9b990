"""Tests of citing and clipping a moment in a browser, also on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.media.clips import ClipCutter
from library.models import ParticipantRole
from library.sessions import sources
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.paths import DATA

SOUND = DATA / "handover.ogg"
LINES = [
    ("Ruth", "I kept the keys of the kiln room for a year."),
    ("Sam", "So whenever the gas failed, they rang you."),
]
SELECT = """([from, start, to, end]) => {
  const said = (line) => document.querySelector(`#s${line} .said`).firstChild;
  getSelection().setBaseAndExtent(said(from), start, said(to), end);
}"""


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session with a sound recording."""
    built = add_session(
        library,
        title="The keys of the kiln room",
        lines=LINES,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        content=SOUND.read_bytes(),
    )
    with library.transaction() as db:
        sources.get(db, built.source_id).media_type = "audio/ogg"
    return built


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def page(
    browser: Browser, address: str, talk: Built, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Page of the session, on a large and on a small screen."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto(f"{address}/sessions/{talk.session_id}")
    yield opened
    context.close()


def test_selected_words_become_a_clip(page: Page, library: Library) -> None:
    """Selected words are cited, copied as BibTeX, cut as a clip and downloaded."""
    page.evaluate(SELECT, [0, LINES[0][1].index("keys"), 1, len("So whenever")])
    page.get_by_role("link", name="Cite or clip this moment").click()

    quote = page.locator("#words")
    expect(quote).to_have_text("Ruth: keys of the kiln room for a year. Sam: So whenever")
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{session-")
    page.get_by_role("button", name="Save this part as an audio file").click()
    expect(page.get_by_text("The clip is being cut.")).to_be_visible()
    ClipCutter(library).cut_waiting()
    expect(page.get_by_role("link", name="Download the clip")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_key_cites_the_line_and_times_are_typed(page: Page) -> None:
    """The key `c` cites the current line. Typed times change the cited range."""
    page.keyboard.press("c")
    expect(page.locator("#words")).to_have_text(f"Ruth: {LINES[0][1]}")

    page.get_by_label("To", exact=True).fill("0:20")
    page.get_by_label("To", exact=True).press("Enter")

    expect(page.locator("#words")).to_contain_text(f"Sam: {LINES[1][1]}")


def test_a_transcript_is_exported_by_keyboard(page: Page) -> None:
    """The list of export formats opens by keyboard, and WebVTT is downloaded."""
    page.get_by_text("Export transcript").focus()
    page.keyboard.press("Enter")

    with page.expect_download() as download:
        page.get_by_role("link", name="WebVTT", exact=True).click()

    assert download.value.suggested_filename == "The-keys-of-the-kiln-room.vtt"
