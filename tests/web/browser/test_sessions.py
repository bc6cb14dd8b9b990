"""Tests of reading and playing sessions in a browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from library.collections import collections
from library.models import ParticipantRole, SourceKind
from library.sessions import sources
from library.store import Library
from tests.builders import LINE, Account, Built, add_session
from tests.chromium import BEGAN
from tests.paths import DATA

SOUND = DATA / "handover.ogg"
LINES = [
    ("Ruth", "I kept the keys of the kiln room for a year."),
    ("Sam", "So whenever the gas failed, they rang you."),
    ("Ruth", "Give the keys away on the first day."),
    ("Sam", "And if the kiln cracks?"),
    ("Ruth", "Then you will have keys and a crack. Both teach."),
]
NOW = """() => ({
  time: document.querySelector('audio').currentTime,
  paused: document.querySelector('audio').paused,
  line: document.querySelector('.is-now')?.id ?? null,
  word: [...(CSS.highlights.get('saying') ?? [])].map(String).join(' '),
  field: document.activeElement?.name ?? null,
})"""
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, audio')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden')
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length
    || e.tagName === 'AUDIO'))
  .map((e) => e.outerHTML)"""
SMALL = """() => [...document.querySelectorAll('.player button, .player select, .button, .play')]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.outerHTML.slice(0, 60), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44).map(([html]) => html)"""


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account, admin: Account) -> Built:
    """Session with a sound recording, in a collection."""
    built = add_session(
        library,
        title="The keys of the kiln room",
        lines=LINES,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        content=SOUND.read_bytes(),
    )
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.media_type, source.peaks = "audio/ogg", bytes(range(200))
        collection = collections.add(
            db, admin.viewer, title="Letting go", description="Handing over."
        )
        collections.set_sessions(db, admin.viewer, collection, [built.session_id])
    return built


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Page of a guest. Errors in the browser console fail the test."""
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 500})
    opened = context.new_page()
    opened.add_init_script(BEGAN)
    complaints: list[str] = []
    opened.on(
        "console", lambda said: complaints.append(said.text) if said.type == "error" else None
    )
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert complaints == []


def wait_until_it_plays(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('audio').paused")


def began(page: Page) -> float:
    """Return the second of the recording at which the page's player began."""
    page.wait_for_function("() => window.began !== undefined")
    second: float = page.evaluate("window.began")
    return second


def test_a_moment_plays_in_place(page: Page, talk: Built) -> None:
    """A search hit plays only the seconds of the hit.

    The player bar links to the session.
    """
    page.goto("/?q=gas failed")

    page.get_by_role("button", name="Play this moment").first.click()
    wait_until_it_plays(page)

    assert page.evaluate(NOW)["time"] >= LINE
    bar = page.get_by_role("region", name="Now playing")
    expect(bar.get_by_role("link", name="The keys of the kiln room")).to_be_visible()
    page.evaluate("document.querySelector('audio').currentTime = 20.1")
    page.wait_for_function("() => document.querySelector('audio').paused")


def test_sound_that_is_not_cached_plays_and_seeks(
    arrive: Callable[..., Page], talk: Built, mentee: Account
) -> None:
    """A member can seek forward and backward in sound that the browser does not store."""
    window = arrive(mentee)
    responses: list[tuple[int, str | None]] = []
    window.on(
        "response",
        lambda answer: (
            responses.append((answer.status, answer.headers.get("cache-control")))
            if "/media/" in answer.url and "peaks" not in answer.url
            else None
        ),
    )
    window.goto(f"/sessions/{talk.session_id}")

    window.evaluate("document.querySelector('audio').play()")
    wait_until_it_plays(window)
    for second in (40, 1, 30):
        window.evaluate(f"document.querySelector('audio').currentTime = {second}")
        window.wait_for_function(
            f"() => {{ const a = document.querySelector('audio');"
            f" return !a.seeking && !a.paused && a.currentTime > {second} + 0.2; }}"
        )

    assert responses
    assert {status for status, _ in responses} <= {200, 206}
    assert {said for _, said in responses} == {"private, no-store"}


def test_a_result_opens_playing_and_the_words_follow(page: Page, talk: Built) -> None:
    """A search result opens the session and plays it from the second of the hit.

    The marked line and word follow the sound.
    """
    page.goto("/?q=gas failed")

    page.locator("blockquote a").first.click()
    page.wait_for_url(re.compile(r"t=10"))
    wait_until_it_plays(page)
    page.wait_for_function("() => CSS.highlights.get('saying')?.size === 1")

    now = page.evaluate(NOW)
    assert LINE <= began(page) < LINE + 5
    assert now["word"] in LINES[int(now["line"].removeprefix("s"))][1]


def test_a_press_on_a_word_plays_it(page: Page, talk: Built) -> None:
    """A click on a word plays the sound from that word on."""
    page.goto(f"/sessions/{talk.session_id}")

    page.locator("#s3 .said").click()
    wait_until_it_plays(page)

    assert 3 * LINE < began(page) < 4 * LINE


def test_scrolling_stops_following(page: Page, talk: Built) -> None:
    """Scrolling stops the page from following the current line. A button starts it again."""
    page.goto(f"/sessions/{talk.session_id}")
    page.keyboard.press("Space")
    wait_until_it_plays(page)
    follow = page.get_by_role("button", name="Follow along")
    expect(follow).to_be_hidden()

    page.mouse.wheel(0, 200)
    expect(follow).to_be_visible()
    follow.click()

    expect(follow).to_be_hidden()


def test_shortcuts_navigate_play_and_search(page: Page, talk: Built) -> None:
    """`n` and `p` go to the next and previous match, `/` goes to the search box.

    `?` shows the list of shortcuts.
    """
    page.goto(f"/sessions/{talk.session_id}?q=keys")
    walked = []
    for key in "nnnp":
        page.keyboard.press(key)
        walked.append(page.evaluate("location.hash"))

    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("/")
    page.keyboard.type("n?")
    box = page.get_by_role("searchbox")

    assert walked == ["#s0", "#s2", "#s4", "#s2"]
    assert page.evaluate(NOW)["field"] == "q"
    expect(box).to_have_value("n?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    box.blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def test_shortcuts_can_be_switched_off(page: Page, talk: Built) -> None:
    """Shortcuts that a reader switched off stay off on the next page (WCAG 2.1.4)."""
    page.goto("/")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Keyboard shortcuts are on").uncheck()
    page.goto(f"/sessions/{talk.session_id}")

    page.keyboard.press("/")

    assert page.evaluate(NOW)["field"] != "q"


def test_light_and_dark_are_remembered(page: Page, talk: Built) -> None:
    """A reader's choice of the light or dark theme also applies to the next page."""
    page.goto("/")
    page.get_by_role("button", name="Theme").click()

    page.goto("/collections")

    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 27)"


def test_everything_can_be_read_asked_and_played_without_scripts(
    browser: Browser, address: str, talk: Built
) -> None:
    """Without scripts, search works, and a hit opens the browser's player at the hit's second."""
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")

    page.get_by_role("searchbox").fill("gas failed")
    page.get_by_role("button", name="Ask").click()
    page.locator("blockquote a").first.click()

    player = page.locator("audio[controls]")
    expect(player).to_have_attribute("src", re.compile(r"#t=10\.0$"))
    expect(player).to_be_visible()
    expect(page.locator("#s1")).to_contain_text(LINES[1][1])
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_hidden()
    context.close()


@pytest.mark.parametrize("width", [390])
def test_pages_fit_the_window_and_name_their_controls(
    page: Page, library: Library, talk: Built, width: int
) -> None:
    """On a phone, pages fit the window.

    Every control has a label, and every button is at least 44 pixels wide and high.
    """
    note = add_session(
        library, title="A note", lines=[("", "# Keys"), ("", "*Again*.")], kind=SourceKind.NOTE
    )
    page.set_viewport_size({"width": width, "height": 844})
    paths = [
        "/",
        "/?q=keys&form=one-to-one",
        "/sessions",
        "/collections",
        "/collections/1",
        f"/sessions/{talk.session_id}?q=keys",
        f"/sessions/{note.session_id}",
    ]
    for path in paths:
        page.goto(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(UNNAMED) == [], path
        assert page.evaluate(SMALL) == [], path
        assert page.locator("h1").count() == 1, path
