"""Recording in a real browser whose microphone hears a file: chapters, broken lines, crashes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from ingest.decode import decode
from library.capture import captures
from library.holdings import chapters, sessions
from library.models import Upload
from library.store import Library
from tests.builders import Account
from tests.speaking import listening_chromium
from tests.web.signing_in import sign_in

LOST_AT_MOST = 5.0  # seconds that a crash may cost
LATE = 60_000  # milliseconds that a busy machine may need


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium with a microphone for all of these tests."""
    with listening_chromium(tmp_path_factory.mktemp("microphone")) as opened:
        yield opened


@pytest.fixture
def signed_in(
    browser: Browser, address: str, admin: Account
) -> Iterator[Callable[[], BrowserContext]]:
    """Browsers of the administrator, each with a storage of its own."""
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


def record_until(page: Page, clock: str) -> None:
    """Begin or go on, and come back when the clock says so."""
    expect(page.get_by_role("timer")).to_have_text(clock, timeout=LATE)


def growing(library: Library, admin: Account) -> Upload:
    """The one recording that is not a session yet."""
    with library.reading() as db:
        (only,) = captures.unfinished(db, admin.viewer)
        return only


def seconds_of(library: Library, sha256: str, tmp_path: Path) -> float:
    """How long the kept recording sounds."""
    kept = library.files.path(sha256)
    return decode(kept, into=tmp_path / "sound.pcm", progress=lambda _: None).duration


def test_what_is_said_becomes_a_session_with_its_chapters(
    signed_in: Callable[[], BrowserContext], library: Library, tmp_path: Path
) -> None:
    """Guided by a script, with a pause and chapters by key and by ticking, then added."""
    page = signed_in().pages[0]

    page.get_by_label("Questions to guide you").select_option("What I wish I had known")
    page.get_by_role("button", name="Start recording").click()
    record_until(page, "0:01")
    page.get_by_label("When did you begin").check()
    record_until(page, "0:03")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.locator("main").press("c")
    page.keyboard.type("The first winter")
    page.keyboard.press("Enter")
    record_until(page, "0:05")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*", timeout=LATE)
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
    assert 1.0 <= marked[0][0] < 3.0 <= marked[1][0] < 5.0
    assert abs(seconds_of(library, source.sha256, tmp_path) - 5.0) < 1.5


def test_a_killed_tab_costs_at_most_five_seconds(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account, tmp_path: Path
) -> None:
    """The recording is offered again, goes on as one, and ends with both parts in it."""
    context = signed_in()
    first = context.pages[0]
    first.get_by_role("button", name="Start recording").click()
    record_until(first, "0:07")
    first.close()

    page = context.new_page()
    page.goto("/record")
    page.get_by_role("button", name="Continue").click()
    record_until(page, "0:10")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*", timeout=LATE)

    upload = growing(library, admin)
    assert upload.sha256 is not None
    heard = seconds_of(library, upload.sha256, tmp_path)
    assert 10.0 - LOST_AT_MOST <= heard < 10.0 + 7.0, "the first seven seconds are in it once"
    page.goto("/record")
    expect(page.get_by_text("kept in this browser")).to_have_count(0)


def test_a_recording_goes_on_while_the_line_is_broken(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account, tmp_path: Path
) -> None:
    """What could not be sent is kept in the browser, and sent when the line is back."""
    page = signed_in().pages[0]
    page.get_by_role("button", name="Start recording").click()
    expect(page.get_by_text("Everything so far is in the library")).to_be_visible(timeout=LATE)
    page.route("**/uploads/**", lambda route: route.abort("connectionreset"))
    expect(page.get_by_text("The connection is interrupted")).to_be_visible(timeout=LATE)
    page.get_by_role("button", name="Finish").click()
    arrived = growing(library, admin).received
    page.unroute("**/uploads/**")
    page.wait_for_url("**/add?upload=*", timeout=LATE)

    upload = growing(library, admin)
    assert upload.received > arrived
    assert seconds_of(library, upload.sha256 or "", tmp_path) >= 2.0


def test_bytes_that_changed_are_sent_again_from_the_browsers_copy(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account
) -> None:
    """When the library answers with another SHA-256 than the browser's, nothing is given up."""
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
    record_until(page, "0:02")
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/add?upload=*", timeout=LATE)

    assert growing(library, admin).sha256 == lies[0]


def test_another_device_can_finish_what_has_arrived(
    signed_in: Callable[[], BrowserContext], library: Library, admin: Account
) -> None:
    """Without the browser that recorded it, what the library has can still become a session."""
    first = signed_in().pages[0]
    first.get_by_role("button", name="Start recording").click()
    expect(first.get_by_text("Everything so far is in the library")).to_be_visible(timeout=LATE)
    first.close()

    page = signed_in().pages[0]
    page.get_by_role("button", name="Finish Recording").click()
    page.wait_for_url("**/add?upload=*")

    assert growing(library, admin).sha256 is not None
