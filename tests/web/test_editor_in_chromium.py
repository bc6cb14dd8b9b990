"""The editor in a real browser: by keyboard only, with drafts, undo, and what others find then."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from library.editing import transcripts
from library.holdings import sources
from library.models import Role, VoiceProposal
from library.queue import WorkQueue
from library.store import Library
from library.voices import voice_consent, voice_prints
from search import revising
from search.embed import Embedder, open_embedder
from search.engine import Engine
from tests.builders import LINE, Account, Built, add_account, add_session, agree
from tests.web.in_thread import in_thread
from tests.web.signing_in import sign_in
from web.site import create_app

CHROMIUM = ("--autoplay-policy=no-user-gesture-required",)
SOUND = Path(__file__).parent.parent / "data" / "handover.ogg"
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
    """The real embedder."""
    return open_embedder(library.settings)


@pytest.fixture
def address(app: Flask, library: Library, queue: WorkQueue, meaning: Embedder) -> Iterator[str]:
    """The site with the real search behind it; `app` has given the administrator a password."""
    real = create_app(library=library, engine=Engine(library, meaning), queue=queue)
    with in_thread(real) as found:
        yield found


@pytest.fixture
def talk(library: Library, admin: Account, meaning: Embedder) -> Built:
    """A conversation as the worker leaves it: nameless voices, an unsure word, an invention."""
    built = add_session(library, owner=admin, lines=LINES, content=SOUND.read_bytes())
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.media_type, source.peaks = "audio/ogg", bytes(range(200))
        segments = transcripts.drafts_of(db, built.version_id)
    heard = []
    for at, segment in enumerate(segments):
        words = segment.text.split()
        timed = [
            (f" {word}", at * LINE + i, at * LINE + i + 1, 0.2 if word == "killing" else 0.9)
            for i, word in enumerate(words)
        ]
        heard.append(replace(segment, words=timed, suspect=NOISE if at == 3 else ""))
    revising.save(library, meaning, admin.viewer, built.source_id, heard, base_id=built.version_id)
    return built


@pytest.fixture
def sit_down(
    browser: Browser, address: str, admin: Account, talk: Built
) -> Iterator[Callable[..., Page]]:
    """The administrator at the editor; what the browser complains about fails the test."""
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
        at_desk(page)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def written(library: Library, talk: Built) -> list[tuple[str, str]]:
    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        return [(s.speaker, s.text) for s in transcripts.segments_of(db, version.id)]


def at_desk(page: Page) -> None:
    """Wait until the page obeys keys."""
    expect(page.get_by_role("toolbar", name="Editing")).to_be_visible()


def kept(page: Page) -> None:
    expect(page.get_by_text("Kept as your draft.")).to_be_visible()


def test_a_transcript_is_corrected_by_keyboard_only_and_found_by_a_third_person(
    sit_down: Callable[..., Page], browser: Browser, address: str, library: Library, talk: Built
) -> None:
    """Play, mend an unsure word, drop an invention, name voices, part, undo, save: no mouse."""
    page = sit_down()
    keys = page.keyboard
    keys.press("Space")
    page.wait_for_function(PLAYS)
    keys.press("u")  # the unsure word is selected
    keys.type("kiln")
    keys.press("Alt+KeyK")
    page.wait_for_function("() => document.querySelector('audio').paused")
    keys.press("Escape")
    keys.press("s")  # the invention
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
    keys.press("Enter")  # into the words of the line
    keys.press("Home")
    for _ in range(len("So whenever the gas failed,")):
        keys.press("ArrowRight")
    keys.press("Control+Enter")
    keys.press("Escape")
    keys.press("Control+z")
    keys.press("Control+y")
    kept(page)
    keys.press("Control+s")
    expect(page.get_by_text("is saved, and searched from now on")).to_be_visible()

    agree(library, talk.session_id)  # the speakers who are named now are asked first
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
    sit_down: Callable[..., Page],
) -> None:
    """The next line is chosen even when the arrow comes before the dialog says that it closed."""
    page = sit_down()
    page.keyboard.press("w")
    page.keyboard.type("Ruth Okafor")
    page.evaluate(NAMED_AND_ON)

    expect(page.locator(".editor-line").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator(".editor-line").nth(1)).to_be_focused()
    expect(page.locator(".editor-line").first.get_by_text("Ruth Okafor")).to_be_visible()


def test_the_question_who_says_a_line_is_left_by_escape(sit_down: Callable[..., Page]) -> None:
    """No name is given, and the line has the keys again, also from within its words."""
    page = sit_down()
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+KeyW")
    page.keyboard.type("Ruth Okafor")
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".editor-line").first).to_be_focused()
    expect(page.locator(".by", has_text="Ruth Okafor")).to_have_count(0)


def test_parts_begin_where_their_first_word_was_said(
    sit_down: Callable[..., Page], library: Library, talk: Built
) -> None:
    """Cutting and joining in the page gives the seconds of the words, not guesses."""
    page = sit_down()
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    for _ in range(len("I kept the keys")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("is saved, and searched")).to_be_visible()

    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        starts = [s.start for s in transcripts.segments_of(db, version.id)]

    assert starts[:3] == [0.0, 4.0, 10.0]


def test_find_and_replace_by_keyboard(sit_down: Callable[..., Page]) -> None:
    """Enter walks through the places, Ctrl+Enter replaces all, one undo takes it back."""
    page = sit_down()
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


def test_a_draft_outlives_a_closed_page_and_a_broken_line(
    sit_down: Callable[..., Page], library: Library, talk: Built
) -> None:
    """What was typed is kept as soon as the server answers again, and is there the next day."""
    page = sit_down()
    page.route("**/draft.json*", lambda route: route.abort())
    page.keyboard.press("x")
    expect(page.get_by_text("Not kept yet")).to_be_visible()
    page.unroute("**/draft.json*")
    page.keyboard.press("x")
    kept(page)

    page.reload()
    at_desk(page)

    expect(page.get_by_text("Your draft from before.")).to_be_visible()
    expect(page.locator(".editor-line")).to_have_count(3)
    assert len(written(library, talk)) == 5


def test_a_second_editor_is_told_and_nothing_is_lost(
    sit_down: Callable[..., Page], library: Library, talk: Built, admin: Account, meaning: Embedder
) -> None:
    """While one writes another saves: both changes end in the next version."""
    page = sit_down()
    page.keyboard.press("x")
    kept(page)
    with library.reading() as db:
        current = transcripts.current_version(db, talk.source_id)
        segments = transcripts.drafts_of(db, current.id)
    segments[4] = replace(segments[4], text="And if the pot cracks?", words=())
    revising.save(library, meaning, admin.viewer, talk.source_id, segments, base_id=current.id)

    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Bring both together").click()
    expect(page.get_by_text("And if the pot cracks?")).to_be_visible()
    at_desk(page)
    page.keyboard.press("Control+s")
    expect(page.get_by_text("is saved, and searched")).to_be_visible()

    texts = [text for _, text in written(library, talk)]
    assert texts[0] == LINES[1][1]
    assert texts[-1] == "And if the pot cracks?"


def test_another_window_of_ones_own_is_told(sit_down: Callable[..., Page]) -> None:
    """The window that is behind stops keeping, and says how to go on."""
    first, second = sit_down(), sit_down()
    second.keyboard.press("x")
    kept(second)

    first.keyboard.press("x")

    expect(first.get_by_text("You changed this transcript in another window.")).to_be_visible()


def test_single_keys_do_nothing_while_one_writes(sit_down: Callable[..., Page]) -> None:
    """Letters are letters in a line; with Alt they are keys again."""
    page = sit_down()
    page.keyboard.press("Enter")
    page.keyboard.type(" xmas")
    page.keyboard.press("Alt+KeyM")
    page.keyboard.press("Escape")

    first = page.locator(".editor-line").first
    expect(first).to_contain_text("for a year. xmas So whenever the gas failed")


def test_a_line_is_written_on_a_phone(sit_down: Callable[..., Page]) -> None:
    """A tap opens a line, the tools at the foot work on it."""
    page = sit_down(viewport={"width": 390, "height": 800}, has_touch=True)

    page.get_by_text("Give the keys away").tap()
    page.keyboard.press("Home")
    page.keyboard.type("Now: ")
    page.get_by_role("button", name="Join next").tap()

    expect(page.get_by_role("textbox", name="Words of this line")).to_have_value(
        "Now: Give the keys away on the first day. Thank you for watching."
    )


def test_a_proposed_name_is_taken_with_one_key_and_undone(
    sit_down: Callable[..., Page], library: Library, admin: Account, talk: Built
) -> None:
    """`v` names the voice everywhere, undo takes it back, and No ends the offer for good."""
    with library.transaction() as db:
        voice_consent.agree(db, admin.viewer)
        row = VoiceProposal(
            source_id=talk.source_id, voice="Speaker 2", person_id=admin.id, likeness=0.9
        )
        voice_prints.propose(db, talk.source_id, [row])
    page = sit_down()
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
    at_desk(page)
    expect(offer).to_be_hidden()


def test_a_name_that_two_people_have_is_chosen_in_a_dialog(
    sit_down: Callable[..., Page], library: Library, talk: Built
) -> None:
    """Saving asks who is meant, by keyboard; the answer saves, and the draft is not lost."""
    sams = [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]
    page = sit_down()
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

    expect(page.get_by_text("is saved, and searched from now on")).to_be_visible()
    expect(dialog).to_be_hidden()
    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        assert version is not None
        named = {
            s.person_id for s in transcripts.segments_of(db, version.id) if s.speaker == "Sam Lee"
        }
    assert named == {sams[0].id}
