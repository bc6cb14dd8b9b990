"""Site on a real server with content on every page, and the address of each page.

The addresses come from the URL map. A new route takes its ids or secrets from `SampleIds.ids`.
`SampleIds.of_one` has different values for single endpoints.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.routing import Rule

from library.accounts import one_time_links, people
from library.queue import WorkQueue
from library.settings import Settings
from library.store import open_library
from search.engine import Engine
from tests.fakes import BagOfWordsEmbedder
from tests.web.access.matrix_routes import EXPECTED
from tests.web.access.matrix_world import opened, signed_cookie
from tests.web.in_thread import in_thread
from tests.web.sample_world import SampleIds, fill
from tests.web.shared_routes import made_app
from web.accounts import totp
from web.mail import sender

QUESTION = "After I hand over, how do I stop the contractor from phoning me?"
ARGUMENT = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
FILE = re.compile(r"^/(api/v1|static|iiif|fs-static)/.|\.(\w+|<\w+>)$")
NO_PAGE = {
    "clips.sound",
    "clips.state",
    "duplicates.progress",
    "elsewhere.back",
    "elsewhere.leave",
    "healthz.page",
    "keeping.health_page",
    "media.page",
    "media.peaks",
    "oai.provide",
    "passages.page",
    "release_link.captions_of",
    "release_link.sound",
    "security.change_password",
    "security.logout",
    "setup.page",
    "showcase.cover",
    "suggestions.page",
}
"""Endpoints without a page at their usual address.

They redirect, they answer programs, or `FURTHER` or `EMPTY` contains their page.
"""

AS_GUEST = {
    "security.login",
    "join.page",
    "lost_password.page",
    "lost_password.form",
    "account.welcome",
    "alerts.page",
    "leaving.receipt",
    "release_link.page",
    "release_link.leave_out",
    "release_link.receipt",
}
QUERIES = {
    "clips.page": "from=0&to=20",
    "duplicates.look": "kept={person_id}&gone={other_id}",
    "ask.page": f"q={quote(QUESTION)}",
    "pins.new": "q=How+do+I+hand+over%3F&words=hand+over+well",
}
FURTHER = (
    ("front", "/", "guest", 200),
    ("front-of-a-member", "/", "mentor", 200),
    ("nothing-found", "/?q=zeppelin%20gondolas", "guest", 200),
    ("a-note", "/sessions/{note_session_id}", "guest", 200),
    ("a-recording", "/sessions/{recording_session_id}", "guest", 200),
    ("a-waiting-session", "/sessions/{waiting_session_id}", "admin", 200),
    ("not-there", "/sessions/999983", "guest", 404),
    ("not-allowed", "/care/", "mentor", 403),
    ("own-sessions", "/mine", "mentor", 200),
    ("nothing-saved", "/saved", "mentor", 200),
    ("own-session", "/sessions/{session_id}", "mentor", 200),
)
"""Further pages: name, address, viewer and expected status."""

EMPTY = (
    ("first-visit", "/setup/{token}", "guest", 200),
    ("before-the-first-visit", "/", "guest", 503),
)
"""Pages of a library without an administrator."""


@dataclass(frozen=True)
class Look:
    """Page of the site, with the kind of person who opens it and the expected status."""

    name: str
    address: str  # including the scheme
    who: str
    status: int = 200


@dataclass(frozen=True)
class Site:
    """Site on a real server, with a cookie for each kind of viewer.

    `sample` has the ids and secrets of its content, which fill the arguments of the routes.
    """

    app: Flask
    address: str
    cookies: Mapping[str, str]
    sample: SampleIds
    empty: list[Look]

    def looks(self) -> list[Look]:
        """Return every page of the URL map, the pages in `FURTHER` and those of an empty library.

        Raises:
            AssertionError: the address of a route cannot be built, with what is missing.
        """
        pages = [look for rule in self.app.url_map.iter_rules() for look in self._looks_of(rule)]
        beside = [
            Look(name, self.address + path.format(**self.sample.ids), who, status)
            for name, path, who, status in FURTHER
        ]
        return [*pages, *beside, *self.empty]

    def _looks_of(self, rule: Rule) -> Iterator[Look]:
        name = rule.endpoint
        if name in NO_PAGE or "GET" not in (rule.methods or ()) or FILE.search(rule.rule):
            return
        who = "halfway" if name == "second_steps.form" else "guest" if name in AS_GUEST else "admin"
        called = ARGUMENT.sub(r"\1", rule.rule).strip("/").replace("/", "-")
        yield Look(called or "answers", self.address + self._path(rule), who)

    def _path(self, rule: Rule) -> str:
        name, route = rule.endpoint, EXPECTED.get(rule.endpoint)
        ids = self.sample.ids
        arguments = {**(route.args if route else {}), **ids, **self.sample.of_one.get(name, {})}
        missing = rule.arguments - set(arguments)
        assert not missing, f"{name} needs {missing}. Add it to tests/web/sample_world.py."
        built = rule.build({k: arguments[k] for k in rule.arguments}, append_unknown=False)
        assert built is not None, f"the address of {name} cannot be built with {arguments}"
        query = QUERIES.get(name, route.query.format(word="feedback") if route else "")
        return built[1] + (f"?{query.format(**ids)}" if query else "")


@contextmanager
def whole_site(home: Path) -> Iterator[Site]:
    """Open a site over a filled library in *home*. Changes through the site are rolled back."""
    settings = Settings(home=home / "whole", webhook_private_hosts="127.0.0.1")
    library = open_library(settings)
    sample = fill(library)
    with (
        opened(library, settings) as world,
        in_thread(world.app) as address,
        _empty_site(home / "empty") as empty,
    ):
        yield Site(world.app, address, _cookies(world.app, sample), sample, empty)


@contextmanager
def _empty_site(home: Path) -> Iterator[list[Look]]:
    """Serve a library without an administrator. Yield its pages."""
    library = open_library(Settings(home=home))
    with library.transaction() as db:
        token = one_time_links.offer_link(db, people.FIRST_ADMIN)
    queue = WorkQueue(home)
    app = made_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)
    with in_thread(app) as address:
        yield [
            Look(name, address + path.format(token=token), who, status)
            for name, path, who, status in EMPTY
        ]
    app.extensions[sender.KEY].settle()
    queue.close()
    library.close()


def _cookies(app: Flask, sample: SampleIds) -> dict[str, str]:
    """Return the session cookie of each kind of person. A guest has an empty one."""
    cookies = {who: signed_cookie(app, {"_user_id": token}) for who, token in sample.tokens.items()}
    waiting = {
        "person": 1,
        "key": "",
        "way": "code",
        "remember": False,
        "next": "",
        "at": int(time.time()),
    }
    return {**cookies, "guest": "", "halfway": signed_cookie(app, {totp.PENDING: waiting})}


@contextmanager
def reading(browser: Browser, site: Site, **options: Any) -> Iterator[Mapping[str, Page]]:
    """Yield a browser page for each kind of person.

    *options* are passed to Playwright's browser contexts.
    """
    contexts: dict[str, BrowserContext] = {}
    for who, cookie in site.cookies.items():
        contexts[who] = browser.new_context(reduced_motion="reduce", **options)
        name, _, value = cookie.partition("=")
        if value:
            contexts[who].add_cookies([{"name": name, "value": value, "url": site.address}])
    yield {who: context.new_page() for who, context in contexts.items()}
    for context in contexts.values():
        context.close()


def go(page: Page, look: Look) -> None:
    """Open a page.

    Raises:
        AssertionError: another page than expected is shown; the message says what to do.
    """
    answer = page.goto(look.address, wait_until="load")
    kind = answer.header_value("Content-Type") if answer else None
    status = answer.status if answer else None
    assert (status, str(kind).partition(";")[0]) == (look.status, "text/html"), (
        f"{look.name} gives {status}, {kind} at {look.address}. Add the content for "
        "its address to tests/web/sample_world.py, or its name to NO_PAGE if it shows no page."
    )


def unfold(page: Page) -> None:
    """Open all collapsed elements of a page."""
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
