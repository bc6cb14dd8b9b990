"""Tests of recording in a browser: chapters, interruptions and crashes.

A sound file replaces the microphone.

Covers: web.capture.record.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from ingest.media.decode import decode
from library.capture import browser_recordings
from library.models import Upload
from library.sessions import chapters, sessions
from library.store import Library
from tests.builders import Account
from tests.microphone import listening_chromium, recorded_until
from tests.web.browser.sign_in import sign_in

LOST_AT_MOST = 5.0  # seconds of sound that may be lost in a crash


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with a sound file as microphone, for all tests of the module."""
    with listening_chromium(tmp_path_factory.mktemp("microphone")) as opened:
        yield opened


@pytest.fixture
def signed_in(
    browser: Browser, address: str, admin: Account
) -> Iterator[Callable[[], BrowserContext]]:
    """Function that signs the administrator in, in a new browser context with its own storage."""
    contexts: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(base_url=address)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in?next=/record")
        sign_in(page, admin)
        page.wait_for_url("**/record")
        return context

    yield make
    for context in contexts:
        context.close()


def growing(library: Library, admin: Account) -> Upload:
    """Return the only browser recording that is not finished."""
    with library.reading() as db:
        (only,) = browser_recordings.unfinished(db, admin.viewer)
        return only


def seconds_of(library: Library, sha256: str, tmp_path: Path) -> float:
    """Return the duration of a stored recording, in seconds."""
    stored = library.files.path(sha256)
    return decode(stored, into=tmp_path / "sound.pcm", progress=lambda _: None).duration


def test_a_recording_becomes_a_session_with_its_chapters(
    signed_in: Callable[[], BrowserContext], library: Library, tmp_path: Path
) -> None:
    """A recording with a question script and a pause becomes a session.

    The chapters of the session have the right times.
    """
    page = signed_in().pages[0]

    page.get_by_label("Questions to guide you").select_option("What I wish I had known")
    page.get_by_role("button", name="Start recording").click()
    first_from = recorded_until(page, 1)
    page.get_by_label("When did you begin").check()
    second_from = recorded_until(page, 3)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.locator("main").press("c")
    page.keyboard.type("The first winter")
    page.keyboard.press("Enter")
    recorded_until(page, 5)
    started, finished = time.monotonic(), recorded_until(page, 5)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*")
    late = time.monotonic() - started
    expect(page.get_by_label("Title")).to_have_value("What I wish I had known")
    page.get_by_role("button", name="Add the session").click()
    page.wait_for_url("**/sessions/1/progress")

    with library.reading() as db:
        source = sessions.get(db, 1).sources[0]
        marked = [(chapter.start, chapter.title) for chapter in chapters.of(db, source.id)]
    assert [title for _, title in marked] == [
        "When did you begin, and what did you believe then?",
        "The first winter",
    ]
    assert first_from <= marked[0][0] < second_from <= marked[1][0] < finished
    recorded_seconds = seconds_of(library, source.sha256, tmp_path)
    assert finished - 1.5 < recorded_seconds < finished + late + 1.5, "the pause is not recorded"


def test_a_closed_tab_costs_at_most_five_seconds(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account, tmp_path: Path
) -> None:
    """After its tab was closed, a recording continues in a new tab as one recording.

    At most five seconds are lost.
    """
    context = signed_in()
    first = context.pages[0]
    first.get_by_role("button", name="Start recording").click()
    lost = recorded_until(first, 7)
    first.close()

    page = context.new_page()
    page.goto("/record")
    page.get_by_role("button", name="Continue").click()
    finished = recorded_until(page, 10)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*")

    upload = growing(library, admin)
    assert upload.sha256 is not None
    recorded_seconds = seconds_of(library, upload.sha256, tmp_path)
    assert finished - LOST_AT_MOST <= recorded_seconds < finished + lost, (
        "no second is stored twice"
    )
    page.goto("/record")
    expect(page.get_by_text("kept in this browser")).to_have_count(0)


def test_a_recording_continues_without_a_connection(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account, tmp_path: Path
) -> None:
    """Without a connection, the browser stores the sound and sends it later."""
    page = signed_in().pages[0]
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("recorded so far is in the library")).to_be_visible()
    page.route("**/uploads/**", lambda route: route.abort("connectionreset"))
    expect(page.get_by_text("The connection is interrupted")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    arrived = growing(library, admin).received
    page.unroute("**/uploads/**")
    page.wait_for_url("**/add?upload=*")

    upload = growing(library, admin)
    assert upload.received > arrived
    assert seconds_of(library, upload.sha256 or "", tmp_path) >= 2.0


def test_bytes_that_changed_are_sent_again_from_the_browsers_copy(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account
) -> None:
    """If the library answers with a wrong SHA-256, the recording is sent again until it matches."""
    page = signed_in().pages[0]
    lies: list[str] = []

    def lie_once(route: Route) -> None:
        if "upload-length" not in route.request.headers or lies:
            return route.continue_()
        answer = route.fetch()
        lies.append(answer.headers["upload-sha256"])
        return route.fulfill(response=answer, headers={**answer.headers, "upload-sha256": "0" * 64})

    page.route("**/uploads/*", lie_once)
    page.get_by_role("button", name="Start recording").click()
    recorded_until(page, 2)
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*")

    assert growing(library, admin).sha256 == lies[0]


def test_another_device_can_finish_a_recording(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account
) -> None:
    """The part of a recording that the server received can be finished in another browser."""
    first = signed_in().pages[0]
    first.get_by_role("button", name="Start recording").click()
    expect(first.get_by_text("recorded so far is in the library")).to_be_visible()
    first.close()

    page = signed_in().pages[0]
    page.get_by_role("button", name="Finish Recording").click()
    page.wait_for_url("**/add?upload=*")

    assert growing(library, admin).sha256 is not None
