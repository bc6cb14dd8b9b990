"""Tests of the transcript editor in a browser: keyboard, drafts, undo and conflicts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from library.models import Role, SpeakerProposal
from library.queue import WorkQueue
from library.sessions import sources
from library.speakers import recognition_consent, voice_prints
from library.store import Library
from library.transcripts import versions
from search.embedding.embedder import Embedder, open_embedder
from search.engine import Engine
from search.indexing import save_version
from tests.builders import LINE, Account, Built, add_account, add_session, agree
from tests.paths import DATA
from tests.web.browser.sign_in import sign_in
from tests.web.in_thread import in_thread
from tests.web.shared_routes import made_app

CHROMIUM = ("--autoplay-policy=no-user-gesture-required",)
SOUND = DATA / "handover.ogg"
LINES = [
    ("Speaker 1", "I kept the keys of the killing room for a year."),
    ("Speaker 2", "So whenever the gas failed, they rang you."),
    ("Speaker 1", "Give the keys away on the first day."),
    ("Speaker 1", "Thank you for watching."),
    ("Speaker 2", "And if the kiln cracks?"),
]
NOISE = "There is no voice under these words."
PLAYS = "() => !document.querySelector('audio').paused"
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden')
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
  .map((e) => e.outerHTML)"""
NAMED_AND_ON = """async () => {
  const dialog = document.querySelector('dialog[open]');
  const closed = new Promise((done) => dialog.addEventListener('close', done));
  dialog.querySelector('[value=ok]').click();
  document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }));
  await closed;
}"""


@pytest.fixture
def meaning(library: Library, prepared: Path) -> Embedder:
    """Embedder with the real embedding model."""
    return open_embedder(library.settings)


@pytest.fixture
def address(app: Flask, library: Library, queue: WorkQueue, meaning: Embedder) -> Iterator[str]:
    """Address of the site with the real search engine and an administrator."""
    real = made_app(library=library, engine=Engine(library, meaning), queue=queue)
    with in_thread(real) as site_address:
        yield site_address


@pytest.fixture
def talk(library: Library, admin: Account, meaning: Embedder) -> Built:
    """Session with unnamed speakers, a word of low confidence and a hallucinated segment."""
    built = add_session(library, owner=admin, lines=LINES, content=SOUND.read_bytes())
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.media_type, source.peaks = "audio/ogg", bytes(range(200))
        segments = versions.drafts_of(db, built.version_id)
    heard = []
    for at, segment in enumerate(segments):
        words = segment.text.split()
        timed = [
            (f" {word}", at * LINE + i, at * LINE + i + 1, 0.2 if word == "killing" else 0.9)
            for i, word in enumerate(words)
        ]
        heard.append(replace(segment, words=timed, suspect=NOISE if at == 3 else ""))
    save_version.save(
        library, meaning, admin.viewer, built.source_id, heard, base_id=built.version_id
    )
    return built


@pytest.fixture
def open_editor(
    browser: Browser, address: str, admin: Account, talk: Built
) -> Iterator[Callable[..., Page]]:
    """Function that opens the editor as the administrator. Script errors fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(**options: object) -> Page:
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        path = f"/sessions/{talk.session_id}/correct"
        page.goto(f"/sign-in?next={path}")
        sign_in(page, admin)
        page.wait_for_url(f"**{path}")
        wait_until_ready(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def written(library: Library, talk: Built) -> list[tuple[str, str]]:
    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        return [(s.speaker, s.text) for s in versions.segments_of(db, version.id)]


def wait_until_ready(page: Page) -> None:
    """Wait until the editor's script handles keys."""
    expect(page.get_by_role("toolbar", name="Editing")).to_be_visible()


def wait_until_saved(page: Page) -> None:
    expect(page.get_by_text("Saved as your draft.")).to_be_visible()


def test_a_transcript_is_corrected_by_keyboard_only_and_found_by_a_third_person(
    open_editor: Callable[..., Page], browser: Browser, address: str, library: Library, talk: Built
) -> None:
    """By keyboard alone, lines are corrected, named, split, restored by undo and saved.

    A guest then finds the corrected words.
    """
    page = open_editor()
    keys = page.keyboard
    keys.press("Space")
    page.wait_for_function(PLAYS)
    keys.press("u")  # selects the word of low confidence
    keys.type("kiln")
    keys.press("Alt+KeyK")
    page.wait_for_function("() => document.querySelector('audio').paused")
    keys.press("Escape")
    keys.press("s")  # goes to the hallucinated segment
    keys.press("x")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    keys.press("w")
    expect(page.get_by_role("dialog", name="Who says this?")).to_be_visible()
    keys.type("Ruth Okafor")
    keys.press("Enter")
    keys.press("ArrowDown")
    keys.press("w")
    keys.type("Sam Iwu")
    keys.press("Enter")
    keys.press("Enter")  # edits the text of the line
    keys.press("Home")
    for _ in range(len("So whenever the gas failed,")):
        keys.press("ArrowRight")
    keys.press("Control+Enter")
    keys.press("Escape")
    keys.press("Control+z")
    keys.press("Control+y")
    wait_until_saved(page)
    keys.press("Control+s")
    expect(page.get_by_text("is saved. Searches use it from now on")).to_be_visible()

    agree(library, talk.session_id)  # the speakers named now must consent first
    guest = browser.new_context(base_url=address).new_page()
    guest.goto("/?q=who had the keys of the kiln room")

    expect(guest.locator("blockquote").first).to_contain_text("keys of the kiln room")
    expect(guest.locator(".quote").first).to_contain_text("Ruth Okafor")
    guest.goto("/?q=thank you for watching")
    expect(guest.get_by_text("Thank you for watching")).to_have_count(0)
    guest.context.close()
    assert written(library, talk) == [
        ("Ruth Okafor", "I kept the keys of the kiln room for a year."),
        ("Sam Iwu", "So whenever the gas failed,"),
        ("Sam Iwu", "they rang you."),
        ("Ruth Okafor", "Give the keys away on the first day."),
        ("Sam Iwu", "And if the kiln cracks?"),
    ]


def test_a_key_right_after_a_name_moves_on_from_the_named_line(
    open_editor: Callable[..., Page],
) -> None:
    """An arrow key right after a new speaker name moves from the named line to the next one."""
    page = open_editor()
    page.keyboard.press("w")
    page.keyboard.type("Ruth Okafor")
    page.evaluate(NAMED_AND_ON)

    expect(page.locator(".editor-line").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".editor-line").nth(1)).to_be_focused()
    expect(page.locator(".editor-line").first.get_by_text("Ruth Okafor")).to_be_visible()


def test_escape_closes_the_name_dialog(open_editor: Callable[..., Page]) -> None:
    """Escape closes the name dialog without a name and returns the focus to the line."""
    page = open_editor()
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+KeyW")
    page.keyboard.type("Ruth Okafor")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".editor-line").first).to_be_focused()
    expect(page.locator(".by", has_text="Ruth Okafor")).to_have_count(0)


def test_a_split_line_begins_at_its_first_word(
    open_editor: Callable[..., Page], library: Library, talk: Built
) -> None:
    """After a split in the editor, the new line begins at the time of its first word."""
    page = open_editor()
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    for _ in range(len("I kept the keys")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("is saved. Searches use it")).to_be_visible()

    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        starts = [s.start for s in versions.segments_of(db, version.id)]

    assert starts[:3] == [0.0, 4.0, 10.0]


def test_find_and_replace_by_keyboard(open_editor: Callable[..., Page]) -> None:
    """In the editor's search box, Enter goes through the matches and Ctrl+Enter replaces all.

    One undo restores all replaced words.
    """
    page = open_editor()
    page.keyboard.press("r")
    page.keyboard.type("keys")
    expect(page.get_by_text("2 places")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("doors")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("the doors of the killing room")).to_be_visible()
    expect(page.get_by_text("Give the doors away")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("doors")).to_have_count(0)


def test_a_draft_outlives_a_reload_and_a_broken_connection(
    open_editor: Callable[..., Page], library: Library, talk: Built
) -> None:
    """A draft is saved as soon as the connection is back. The editor shows it after a reload."""
    page = open_editor()
    page.route("**/draft.json*", lambda route: route.abort())
    page.keyboard.press("x")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.unroute("**/draft.json*")
    page.keyboard.press("x")
    wait_until_saved(page)

    page.reload()
    wait_until_ready(page)

    expect(page.get_by_text("This is your saved draft.")).to_be_visible()
    expect(page.locator(".editor-line")).to_have_count(3)
    assert len(written(library, talk)) == 5


def test_two_editors_can_merge_their_versions(
    open_editor: Callable[..., Page],
    library: Library,
    talk: Built,
    admin: Account,
    meaning: Embedder,
) -> None:
    """If another editor has saved a version meanwhile, the changes of both can be merged."""
    page = open_editor()
    page.keyboard.press("x")
    wait_until_saved(page)
    with library.reading() as db:
        current = versions.current_version(db, talk.source_id)
        segments = versions.drafts_of(db, current.id)
    segments[4] = replace(segments[4], text="And if the pot cracks?", words=())
    save_version.save(library, meaning, admin.viewer, talk.source_id, segments, base_id=current.id)

    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Merge both versions").click()
    expect(page.get_by_text("And if the pot cracks?")).to_be_visible()
    wait_until_ready(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("is saved. Searches use it")).to_be_visible()

    texts = [text for _, text in written(library, talk)]
    assert texts[0] == LINES[1][1]
    assert texts[-1] == "And if the pot cracks?"


def test_an_outdated_window_shows_a_message(open_editor: Callable[..., Page]) -> None:
    """If a draft was changed in a second window, the first window shows a message."""
    first, second = open_editor(), open_editor()
    second.keyboard.press("x")
    wait_until_saved(second)

    first.keyboard.press("x")

    expect(first.get_by_text("You changed this transcript in another window.")).to_be_visible()


def test_single_keys_are_text_while_typing(open_editor: Callable[..., Page]) -> None:
    """While a person types in a line, letter keys are shortcuts only together with Alt."""
    page = open_editor()
    page.keyboard.press("Enter")
    page.keyboard.type(" xmas")
    page.keyboard.press("Alt+KeyM")
    page.keyboard.press("Escape")

    first = page.locator(".editor-line").first
    expect(first).to_contain_text("for a year. xmas So whenever the gas failed")


def test_a_line_is_written_on_a_phone(open_editor: Callable[..., Page]) -> None:
    """On a phone, a tap opens a line for typing.

    A toolbar button merges the line with the next one.
    """
    page = open_editor(viewport={"width": 390, "height": 800}, has_touch=True)

    page.get_by_text("Give the keys away").tap()
    page.keyboard.press("Home")
    page.keyboard.type("Now: ")
    page.get_by_role("button", name="Merge with the next line").tap()

    expect(page.get_by_role("textbox", name="Text of this line")).to_have_value(
        "Now: Give the keys away on the first day. Thank you for watching."
    )


def test_a_proposed_name_is_taken_with_one_key_and_undone(
    open_editor: Callable[..., Page], library: Library, admin: Account, talk: Built
) -> None:
    """The key `v` accepts a proposed name for all lines of the speaker.

    Undo shows the proposal again, and the button "No" declines it.
    """
    with library.transaction() as db:
        recognition_consent.agree(db, admin.viewer)
        row = SpeakerProposal(
            source_id=talk.source_id, voice="Speaker 2", person_id=admin.id, likeness=0.9
        )
        voice_prints.propose(db, talk.source_id, [row])
    page = open_editor()
    offer = page.get_by_text(f"Sounds like {admin.name}")
    named = page.locator(f"[data-lines] > li[class*=hue] .by:text-is('{admin.name}')")
    expect(offer).to_be_visible()

    page.keyboard.press("v")
    expect(offer).to_be_hidden()
    expect(named).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(offer).to_be_visible()
    expect(named).to_have_count(0)

    page.get_by_role("button", name="No").click()
    expect(offer).to_be_hidden()
    page.reload()
    wait_until_ready(page)
    expect(offer).to_be_hidden()


def test_a_name_that_two_people_have_is_chosen_in_a_dialog(
    open_editor: Callable[..., Page], library: Library, talk: Built
) -> None:
    """If two people have the typed name, saving asks which one speaks and stores the choice."""
    sams = [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]
    page = open_editor()
    page.keyboard.press("w")
    page.keyboard.type("Sam Lee")
    page.keyboard.press("Enter")

    page.keyboard.press("Control+s")
    dialog = page.get_by_role("dialog", name="Who is meant?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("radio")).to_have_count(3)
    dialog.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.get_by_text("is saved. Searches use it from now on")).to_be_visible()
    expect(dialog).to_be_hidden()
    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        assert version is not None
        named = {
            s.person_id for s in versions.segments_of(db, version.id) if s.speaker == "Sam Lee"
        }
    assert named == {sams[0].id}
