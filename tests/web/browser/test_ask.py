"""Tests of the search page in a browser: suggestions, live answers and quotes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from library.access import Viewer
from library.models import ParticipantRole
from library.queue import WorkQueue
from library.sessions import sources
from library.store import Library
from search.results.result_types import (
    Answer,
    FacetCount,
    Facets,
    Findings,
    SpeakerResult,
    Suggestions,
)
from tests.builders import Account, Built, add_session
from tests.paths import DATA
from tests.web.in_thread import in_thread
from tests.web.prepared_answers import quote
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine

SOUND = DATA / "handover.ogg"
LINES = [
    ("Ruth", "I kept the keys of the kiln room for a year."),
    ("Sam", "So whenever the gas failed, they rang you."),
    ("Ruth", "Give the keys away on the first day."),
]
WITHOUT_ABORT = "window.AbortController = class { signal = undefined; abort() {} };"
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, summary, meter')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden')
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
  .map((e) => e.outerHTML)"""


class DelayedEngine(ScanningEngine):
    """Search engine that can delay its answers and add prepared results."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.delays: dict[str, Event] = {}
        self.around: dict[str, Any] = {}

    def delay(self, question: str) -> Event:
        """Delay the answer to *question* until the returned event is set."""
        return self.delays.setdefault(question, Event())

    def search(self, question: str, viewer: Viewer, **narrowed: Any) -> Answer:
        """Return the answer. If the question has a delay, wait first."""
        if question in self.delays:
            self.delays[question].wait(120)
        return super().search(question, viewer, **narrowed)

    def explore(self, question: str, viewer: Viewer, **narrowed: Any) -> Findings:
        """Return the answer together with the prepared results."""
        return replace(super().explore(question, viewer, **narrowed), **self.around)

    def suggest(self, typed: str, viewer: Viewer, *, limit: int = 8) -> Suggestions:
        """Return suggestions. If the typed text has a delay, wait first."""
        if typed in self.delays:
            self.delays[typed].wait(120)
        return super().suggest(typed, viewer, limit=limit)


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Session with a sound recording."""
    built = add_session(
        library,
        title="The keys of the kiln room",
        lines=LINES,
        participants=[(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)],
        content=SOUND.read_bytes(),
    )
    with library.transaction() as db:
        sources.get(db, built.source_id).media_type = "audio/ogg"
    return built


@pytest.fixture
def engine(library: Library) -> DelayedEngine:
    """Search engine of the site, which can delay its answers."""
    return DelayedEngine(library)


@pytest.fixture
def address(app: Flask, library: Library, engine: DelayedEngine, queue: WorkQueue) -> Iterator[str]:
    """Address of the site on a real server, with an administrator."""
    site = made_app(library=library, engine=engine, queue=queue)
    with in_thread(site) as site_address:
        yield site_address


@pytest.fixture
def open_page(browser: Browser, address: str, talk: Built) -> Iterator[Callable[..., Page]]:
    """Function that opens a page as a guest. Errors in the browser console fail the test."""
    complaints: list[str] = []
    opened = []

    def make(path: str, *, width: int = 1280, first: str = "") -> Page:
        context = browser.new_context(base_url=address, viewport={"width": width, "height": 844})
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        if first:
            page.add_init_script(first)
        page.goto(path)
        return page

    yield make
    for context in opened:
        context.close()
    assert complaints == []


def test_suggestions_are_used_by_keyboard(open_page: Callable[..., Page]) -> None:
    """Arrow keys choose a suggestion. Up from the typed text chooses the last suggestion.

    Escape restores the typed text, and Enter searches.
    """
    page = open_page("/")
    box = page.get_by_role("combobox", name="Your question")
    suggestions = page.get_by_role("listbox", name="Suggestions")

    box.press_sequentially("the k")
    expect(suggestions.get_by_role("option")).to_have_text(["the kept", "the keys", "the kiln"])
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(box).to_have_value("the keys")
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-1")
    expect(suggestions.get_by_role("option", selected=True)).to_have_text("the keys")
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(box).to_have_value("the k")
    box.press("ArrowUp")
    expect(box).to_have_value("the kiln")
    box.press("Escape")
    expect(box).to_have_value("the k")
    expect(suggestions).to_be_hidden()
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("ArrowDown")
    expect(suggestions).to_be_visible()
    box.press("ArrowDown")
    box.press("ArrowDown")
    box.press("Enter")

    page.wait_for_url("**/?q=the+keys")
    expect(page.get_by_role("heading", name="All results by session")).to_be_visible()


@pytest.mark.parametrize("first", ["", WITHOUT_ABORT], ids=["aborted", "not abortable"])
def test_an_older_answer_never_replaces_a_newer_one(
    open_page: Callable[..., Page], engine: DelayedEngine, first: str
) -> None:
    """A late answer to an earlier question is not shown, even if its request was not aborted."""
    page = open_page("/?q=give", first=first)
    box = page.get_by_role("combobox")
    results = page.locator("[data-results]")
    late = engine.delay("gas")

    with page.expect_request(lambda sent: "part=results" in sent.url and "gas" in sent.url) as old:
        box.fill("gas")
    box.fill("kiln")
    expect(results).to_contain_text("kiln room for a year")
    late.set()
    if first:
        old.value.response().finished()
    page.evaluate("fetch('/healthz').then((answer) => answer.text())")

    expect(results).to_contain_text("kiln room for a year")
    expect(results).not_to_contain_text("the gas failed")
    expect(page).to_have_url(re.compile(r"/\?q=kiln$"))


@pytest.mark.parametrize("first", ["", WITHOUT_ABORT], ids=["aborted", "not abortable"])
def test_older_suggestions_never_replace_newer_ones(
    open_page: Callable[..., Page], engine: DelayedEngine, first: str
) -> None:
    """Late suggestions for earlier text are not shown, even if the request was not aborted."""
    page = open_page("/", first=first)
    box = page.get_by_role("combobox")
    late = engine.delay("ga")

    with page.expect_request(lambda sent: "/suggest?q=ga" in sent.url) as old:
        box.fill("ga")
    box.fill("ki")
    expect(page.get_by_role("option")).to_have_text(["kiln"])
    late.set()
    if first:
        old.value.response().finished()
    page.evaluate("fetch('/healthz').then((answer) => answer.text())")

    expect(page.get_by_role("option")).to_have_text(["kiln"])


def test_answers_follow_the_typing(open_page: Callable[..., Page]) -> None:
    """While a question is typed, the page shows answers before Enter is pressed.

    The focus stays in the question box, and the address contains the question.
    """
    page = open_page("/?q=give&kind=recording")
    box = page.get_by_role("combobox")

    box.fill("gas failed")

    expect(page.locator("[data-results]")).to_contain_text("the gas failed")
    page.wait_for_url("**/?q=gas+failed&kind=recording")
    expect(box).to_be_focused()
    expect(page).to_have_title("gas failed · Living History")
    page.reload()
    expect(page.locator("[data-results]")).to_contain_text("the gas failed")


def test_a_quote_plays_in_place_by_keyboard(
    open_page: Callable[..., Page], engine: DelayedEngine, talk: Built
) -> None:
    """The space key on a quote's button plays only the seconds of the quote.

    The player bar links to the session.
    """
    prepared = replace(
        quote("Give the keys away.", start=20.0, source_id=talk.source_id),
        session_id=talk.session_id,
        title="The keys of the kiln room",
    )
    engine.around = {"quotes": [prepared]}
    page = open_page("/?q=keys")
    play = page.locator(".quotes").get_by_role("button", name="Play this moment, 0:20")

    play.focus()
    page.keyboard.press(" ")
    page.wait_for_function("() => !document.querySelector('audio').paused")

    assert page.evaluate("document.querySelector('audio').currentTime") >= 20
    expect(play).to_have_attribute("aria-pressed", "true")
    bar = page.get_by_role("region", name="Now playing")
    expect(bar.get_by_role("link")).to_have_text("The keys of the kiln room")
    page.evaluate("document.querySelector('audio').currentTime = 24.1")
    page.wait_for_function("() => document.querySelector('audio').paused")
    expect(play).to_have_attribute("aria-pressed", "false")
    bar.get_by_role("button", name="Stop and close").click()
    expect(play).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_everything_around_an_answer_fits_and_is_named(
    open_page: Callable[..., Page], engine: DelayedEngine, width: int
) -> None:
    """Quotes, speakers and filters fit into the window, and every control has a label."""
    long_quote = quote("Tell them the same day. " * 8, person_id=2)
    names = ["Ruth Adebayo-Featherstonehaugh", "Sam", "Wilhelmina van der Merwe"]
    engine.around = {
        "quotes": [replace(long_quote, asked="And then? " * 9, asked_by=names[0])] * 3,
        "speakers": [
            SpeakerResult(
                name=n, person_id=2, moments=3, sessions=2, newest=None, proof=long_quote, score=1.0
            )
            for n in names
        ],
        "facets": Facets(
            speakers=[FacetCount(str(i), name, 3) for i, name in enumerate(names)],
            years=[FacetCount("2025", "2025", 2), FacetCount("2024", "2024", 1)],
        ),
        "instead": "keys of the kiln",
    }
    page = open_page("/?q=keys&from=2024-01-01", width=width)
    for summary in page.locator("summary").all():
        summary.evaluate("(it) => (it.parentElement.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(UNNAMED) == []
    expect(page.get_by_role("link", name="Sam 3 sessions")).to_be_visible()


def test_filters_are_a_sheet_on_a_phone(
    open_page: Callable[..., Page], engine: DelayedEngine
) -> None:
    """On a phone, the filters open as a sheet.

    Escape closes it, and so does a click beside it.
    """
    engine.around = {
        "facets": Facets(years=[FacetCount("2025", "2025", 2), FacetCount("2024", "2024", 1)])
    }
    page = open_page("/?q=keys", width=390)
    opener = page.locator(".filters summary")

    opener.click()
    year = page.get_by_role("link", name="2024")
    expect(year).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(year).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.mouse.click(200, 40)
    expect(year).to_be_hidden()
    opener.click()
    year.click()

    page.wait_for_url("**/?q=keys&from=2024-01-01&to=2024-12-31")
