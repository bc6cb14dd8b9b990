"""The site over an empty library, and people who browse it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page

from library.accounts import passwords, people, tokens
from library.models import Scope
from library.queue import WorkQueue
from library.store import Library
from tests.builders import Account, signed_in
from tests.chromium import chromium
from tests.web.browsing import Browser
from tests.web.in_thread import in_thread
from tests.web.program import Headers, Program
from tests.web.scanning import ScanningEngine
from tests.web.signing_in import PASSWORD, sign_in
from tests.web.whole_site import Site, whole_site
from web.site import create_app


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates, compiled once for all tests of the run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def queue(library: Library) -> Iterator[WorkQueue]:
    """The queue to a worker that is not there."""
    opened = WorkQueue(library.settings.home)
    yield opened
    opened.close()


@pytest.fixture
def bare_app(library: Library, queue: WorkQueue, compiled: FileSystemBytecodeCache) -> Flask:
    """The site before anybody administers it."""
    made = create_app(library=library, engine=ScanningEngine(library), queue=queue)
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture(scope="session")
def hashes() -> dict[str, str]:
    """What passwords become; hashing one takes long on purpose."""
    return {}


@pytest.fixture
def app(bare_app: Flask, library: Library, admin: Account, hashes: dict[str, str]) -> Flask:
    """The site, with an administrator whose password is `PASSWORD`."""
    if PASSWORD not in hashes:
        hashes[PASSWORD] = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), hashes[PASSWORD])
    return bare_app


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the site is served."""
    with in_thread(app) as found:
        yield found


@pytest.fixture
def browse(app: Flask, library: Library) -> Callable[..., Browser]:
    """A browser for an account, or for a guest."""

    def open_for(account: Account | None = None) -> Browser:
        if account is None:
            return Browser(app)
        return Browser(app, signed_in(library, account.id))

    return open_for


@pytest.fixture
def answering(app: Flask, library: Library, queue: WorkQueue) -> Callable[[Any], Browser]:
    """A guest at a site whose engine is the one given."""
    return lambda engine: Browser(create_app(library=library, engine=engine, queue=queue))


@pytest.fixture
def token_of(library: Library) -> Callable[[Account], dict[str, str]]:
    """The headers with which a program speaks for an account."""

    def make(account: Account) -> dict[str, str]:
        with library.transaction() as db:
            _, secret = tokens.add(db, account.id, "a program", scopes=list(Scope))
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def program(app: Flask, admin: Account, token_of: Callable[[Account], Headers]) -> Program:
    """A program of the administrator's."""
    return Program(app, token_of(admin))


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """One Chromium for all tests of a module, with the options that its CHROMIUM names."""
    with chromium("--mute-audio", *getattr(request.module, "CHROMIUM", ())) as opened:
        yield opened


@pytest.fixture
def arrive(
    app: Flask, browser: Chromium, address: str, library: Library, hashes: dict[str, str]
) -> Iterator[Callable[..., Page]]:
    """A browser of one's own, signed in as somebody or nobody; options are its context's."""
    contexts: list[BrowserContext] = []

    def make(account: Account | None = None, *, width: int = 1280, **options: Any) -> Page:
        size = {"width": width, "height": 800}
        contexts.append(browser.new_context(base_url=address, viewport=size, **options))
        page = contexts[-1].new_page()
        if account is not None:
            with library.transaction() as db:
                people.set_password(db, people.get(db, account.id), hashes[PASSWORD])
            page.goto("/sign-in")
            sign_in(page, account)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site with something on every page."""
    with whole_site(tmp_path_factory.mktemp("whole")) as opened:
        yield opened
