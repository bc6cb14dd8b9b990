"""Tests of adding sessions in a browser: chunks, interruptions, progress, without scripts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from library.models import Stage, State, now
from library.sessions import jobs, sessions, sources
from library.store import Library
from tests.builders import Account, add_session, add_waiting, hash_of
from tests.chromium import TOO_WIDE
from tests.web.browser.sign_in import sign_in

PIECES = bytes(range(251)) * 36_000  # 9 MB: three chunks
UNNAMED = """() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden')
  .filter((e) => !(e.textContent.trim() || e.ariaLabel || e.labels?.length))
  .map((e) => e.outerHTML)"""


@pytest.fixture
def open_page(browser: Browser, address: str, admin: Account) -> Iterator[Callable[..., Page]]:
    """Function that signs the administrator in and opens a page."""
    contexts: list[BrowserContext] = []

    def make(path: str, **options: object) -> Page:
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"/sign-in?next={path}")
        sign_in(page, admin)
        page.wait_for_url(f"**{path}")
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """File with the size of three upload chunks."""
    path = tmp_path / "2024-05-31_talk with Bo.ogg"
    path.write_bytes(PIECES)
    return path


def test_a_recording_is_uploaded_in_chunks_over_a_broken_connection(
    open_page: Callable[..., Page], library: Library, recording: Path
) -> None:
    """Chunks that were lost are sent again. The form is sent when the upload is complete."""
    page = open_page("/add")
    lost: list[str] = []

    def lose_two(route: Route) -> None:
        if route.request.method == "PATCH" and len(lost) < 2:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/*", lose_two)
    page.get_by_label("Drop a recording").set_input_files(recording)
    expect(page.get_by_label("Title")).to_have_value("Talk with Bo")
    expect(page.get_by_label("Date")).to_have_value("2024-05-31")
    page.get_by_label("Description").fill("About listening.")
    page.get_by_role("button", name="Add the session").click()

    page.wait_for_url("**/sessions/1/progress")

    assert len(lost) == 2
    with library.reading() as db:
        session = sessions.get(db, 1)
        assert session.description == "About listening."
        assert session.sources[0].sha256 == hash_of(PIECES)
        assert library.files.path(hash_of(PIECES)).stat().st_size == len(PIECES)


def test_an_upload_resumes_after_a_reload(open_page: Callable[..., Page], recording: Path) -> None:
    """After a reload, choosing the same file again sends only the missing chunks."""
    page = open_page("/add")
    seen_requests: list[tuple[str, str | None]] = []
    page.on("request", lambda r: seen_requests.append((r.method, r.headers.get("upload-offset"))))
    page.on("dialog", lambda dialog: dialog.accept())

    def stop_after_the_first(route: Route) -> None:
        if route.request.headers.get("upload-offset", "0") == "0":
            route.continue_()
        else:
            route.abort()

    page.route("**/uploads/*", stop_after_the_first)
    page.get_by_label("Drop a recording").set_input_files(recording)
    expect(page.get_by_text("The connection is interrupted")).to_be_visible()
    page.unroute("**/uploads/*")
    page.reload()
    seen_requests.clear()
    page.get_by_label("Drop a recording").set_input_files(recording)

    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible()

    uploads = [(method, offset) for method, offset in seen_requests if method in {"POST", "PATCH"}]
    assert uploads == [("PATCH", str(4 * 1024 * 1024)), ("PATCH", str(8 * 1024 * 1024))]


PICKED = """async () => {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle("long talk.ogg", { create: true });
  if ((await handle.getFile()).size === 0) {
    const out = await handle.createWritable();
    await out.write(new Uint8Array(9 * 1024 * 1024).fill(7));
    await out.close();
  }
  window.showOpenFilePicker = async () => [handle];
}"""


def test_an_upload_resumes_with_a_remembered_file(
    open_page: Callable[..., Page], library: Library
) -> None:
    """After a reload, a button resumes the upload with the file that the browser remembers."""
    page = open_page("/add")
    page.on("dialog", lambda dialog: dialog.accept())
    page.add_init_script(f"window.picked = ({PICKED})()")
    page.reload()
    page.evaluate("window.picked")

    def lose_all_bytes(route: Route) -> None:
        if route.request.method == "PATCH":
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*", lose_all_bytes)
    page.locator("#file").click()
    expect(page.get_by_text("The connection is interrupted")).to_be_visible()
    page.reload()
    page.unroute("**/uploads/*")

    page.get_by_role("button", name="Continue upload of long talk.ogg").click()

    expect(page.get_by_text("Uploaded", exact=True)).to_be_visible()
    assert library.files.has(hash_of(b"\x07" * 9 * 1024 * 1024))


def test_an_upload_with_a_wrong_hash_is_refused(
    open_page: Callable[..., Page], recording: Path
) -> None:
    """If the library answers with a wrong SHA-256, the page says so and drops the upload."""
    page = open_page("/add")

    def lie(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "upload-sha256": "0" * 64})

    page.route("**/uploads/*", lie)
    page.get_by_label("Drop a recording").set_input_files(recording)

    expect(page.get_by_text("The file was changed during the upload")).to_be_visible()
    assert page.locator("input[name=upload]").count() == 0


def test_an_unusable_file_is_refused_before_the_upload(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    """The page refuses an empty file and one over the limit without a request."""
    page = open_page("/add")
    empty, large = tmp_path / "empty.mp3", tmp_path / "large.mp3"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(4097 * 1024 * 1024)
    seen_requests: list[str] = []
    page.on("request", lambda r: seen_requests.append(r.url))

    page.get_by_label("Drop a recording").set_input_files([empty, large])

    expect(page.get_by_text("it holds 0 bytes")).to_be_visible()
    expect(page.get_by_text("files of up to 4.0 GB")).to_be_visible()
    assert [url for url in seen_requests if "/uploads" in url] == []


def test_progress_is_live_and_leads_to_the_session(
    open_page: Callable[..., Page], library: Library
) -> None:
    """The progress page updates without a reload and opens the session when it is ready."""
    source_id = add_waiting(library)
    page = open_page("/sessions/1/progress")
    expect(page.get_by_text("Waiting in the queue")).to_be_visible()

    with library.transaction() as db:
        source = sources.get(db, source_id)
        source.state, source.stage, source.activity = State.WORKING, Stage.DECODED, "Listening"
        source.progress, source.heartbeat_at = 0.42, now()
    expect(page.get_by_text("42 %")).to_be_visible()
    expect(page.locator("[aria-current=step]")).to_have_text("Transcribing")
    with library.transaction() as db:
        jobs.finish_stage(db, sources.get(db, source_id), Stage.INDEXED)

    page.wait_for_url("**/sessions/1")


def test_a_failure_appears_on_the_open_page(
    open_page: Callable[..., Page], library: Library
) -> None:
    """A failure appears on the open progress page with its reason and a retry button."""
    source_id = add_waiting(library)
    page = open_page("/sessions/1/progress")

    with library.transaction() as db:
        jobs.fail(db, source_id, "No sound could be read from this file.")

    expect(page.get_by_text("No sound could be read")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_session_is_added_without_scripts(
    open_page: Callable[..., Page], library: Library, tmp_path: Path
) -> None:
    """Without scripts, the plain form adds a session."""
    page = open_page("/add", java_script_enabled=False)
    path = tmp_path / "plain talk.ogg"
    path.write_bytes(b"some sound")

    page.get_by_label("Choose a recording").set_input_files(path)
    page.get_by_role("button", name="Add the session").click()

    page.wait_for_url("**/sessions/1/progress")
    with library.reading() as db:
        assert sessions.get(db, 1).title == "Plain talk"


def test_more_people_than_rows_can_take_part(
    open_page: Callable[..., Page], library: Library
) -> None:
    """A button adds a row for another participant and moves the focus to it."""
    page = open_page("/add")

    for name in ("Ada", "Ben", "Cleo", "Dan"):
        page.get_by_role("button", name="Add a person").click()
        page.keyboard.type(name)
    page.locator("summary").click()
    page.get_by_label("Your note").fill("We were many.")
    page.get_by_role("button", name="Add the session").click()

    page.wait_for_url("**/sessions/1/progress")
    with library.reading() as db:
        assert len(sessions.get(db, 1).participants) == 5


@pytest.mark.parametrize("width", [390])
def test_the_working_pages_fit_and_have_names(
    open_page: Callable[..., Page], library: Library, admin: Account, width: int
) -> None:
    """On a phone, none of the pages is wider than the screen, and every control has a label."""
    add_session(library, owner=admin)
    source_id = add_waiting(library)
    with library.transaction() as db:
        jobs.fail(db, source_id, "No sound could be read from this file.")
    page = open_page("/mine", viewport={"width": width, "height": 800})
    console_lines: list[str] = []
    page.on("console", lambda message: console_lines.append(message.text))  # also CSP violations

    found = {}
    for path in (
        "/add",
        "/mine",
        "/sessions/1/edit",
        "/sessions/1/remove",
        "/sessions/2/progress",
        "/account",
        "/account/tokens",
        "/account/password",
        "/care/",
        "/care/people",
        "/care/collections/",
        "/api/v1",
    ):
        page.goto(path)
        found[path] = (page.evaluate(TOO_WIDE), page.evaluate(UNNAMED))

    assert found == dict.fromkeys(found, (0, []))
    assert console_lines == []
