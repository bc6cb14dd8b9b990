"""Fixtures: a site over an empty library, and browsers for it."""

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
from tests.web.api_client import Headers, Program
from tests.web.browser.sign_in import PASSWORD, sign_in
from tests.web.client import Browser
from tests.web.in_thread import in_thread
from tests.web.running_site import Site, whole_site
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine
from web.app import create_app


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates, compiled once for all tests of the run."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def queue(library: Library) -> Iterator[WorkQueue]:
    """Queue of jobs, without a worker that does them."""
    opened = WorkQueue(library.settings.home)
    yield opened
    opened.close()


@pytest.fixture
def bare_app(library: Library, queue: WorkQueue, compiled: FileSystemBytecodeCache) -> Flask:
    """Site without an administrator."""
    made = made_app(library=library, engine=ScanningEngine(library), queue=queue)
    made.jinja_env.bytecode_cache = compiled
    return made


@pytest.fixture
def own_app(library: Library, queue: WorkQueue) -> Flask:
    """Site with its own URL map, to which a test may add routes."""
    return create_app(library=library, engine=ScanningEngine(library), queue=queue)


@pytest.fixture(scope="session")
def hashes() -> dict[str, str]:
    """Password hashes by password. Each is computed once, because hashing is slow on purpose."""
    return {}


@pytest.fixture
def app(bare_app: Flask, library: Library, admin: Account, hashes: dict[str, str]) -> Flask:
    """Site with an administrator whose password is `PASSWORD`."""
    if PASSWORD not in hashes:
        hashes[PASSWORD] = passwords.hashed(PASSWORD)
    with library.transaction() as db:
        people.set_password(db, people.get(db, admin.id), hashes[PASSWORD])
    return bare_app


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Address of the site on a real server."""
    with in_thread(app) as site_address:
        yield site_address


@pytest.fixture
def browse(app: Flask, library: Library) -> Callable[..., Browser]:
    """Function that returns a browser of the given account, or of a guest."""

    def open_for(account: Account | None = None) -> Browser:
        if account is None:
            return Browser(app)
        return Browser(app, signed_in(library, account.id))

    return open_for


@pytest.fixture
def answering(app: Flask, library: Library, queue: WorkQueue) -> Callable[[Any], Browser]:
    """Function that returns a guest's browser at a site with the given engine."""
    return lambda engine: Browser(made_app(library=library, engine=engine, queue=queue))


@pytest.fixture
def token_of(library: Library) -> Callable[[Account], dict[str, str]]:
    """Function that returns request headers with an API token of the given account."""

    def make(account: Account) -> dict[str, str]:
        with library.transaction() as db:
            _, secret = tokens.add(db, account.id, "a program", scopes=list(Scope))
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def program(app: Flask, admin: Account, token_of: Callable[[Account], Headers]) -> Program:
    """API client of the administrator."""
    return Program(app, token_of(admin))


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """Chromium for all tests of a module. `CHROMIUM` of the module has its launch options."""
    with chromium("--mute-audio", *getattr(request.module, "CHROMIUM", ())) as opened:
        yield opened


@pytest.fixture
def arrive(
    app: Flask, browser: Chromium, address: str, library: Library, hashes: dict[str, str]
) -> Iterator[Callable[..., Page]]:
    """Function that opens a page in a new browser context.

    If an account is given, the context is signed in first.
    """
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
    """Site with content on every page."""
    with whole_site(tmp_path_factory.mktemp("whole")) as opened:
        yield opened
