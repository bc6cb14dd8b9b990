"""A library with something on every page, and where each page of the site is found.

The addresses come from the URL map; a new route with numbers or a secret in its address finds
them in `Told.ids` or, where the same name means something else, in `Told.of_one`.
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

from library.accounts import one_time, people
from library.queue import WorkQueue
from library.settings import Settings
from library.store import open_library
from search.engine import Engine
from tests.fakes import BagOfWordsEmbedder
from tests.web.in_thread import in_thread
from tests.web.matrix_routes import EXPECTED
from tests.web.matrix_world import opened, signed_cookie
from tests.web.whole_library import Told, fill
from web import post, second_step
from web.site import create_app

QUESTION = "After I hand over, how do I stop the contractor from phoning me?"
ARGUMENT = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
FILE = re.compile(r"^/(api/v1|static|iiif|fs-static)/.|\.(\w+|<\w+>)$")
ELSEWHERE = {
    "clips.sound",
    "clips.state",
    "duplicates.progress",
    "elsewhere.back",
    "elsewhere.leave",
    "healthz.page",
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
"""Routes that show no page here: they lead on, give something to programs, or are below."""

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
}
BESIDE = (
    ("front", "/", "guest", 200),
    ("front-of-a-member", "/", "mentor", 200),
    ("nothing-found", "/?q=zeppelin%20gondolas", "guest", 200),
    ("a-note", "/sessions/{note_session_id}", "guest", 200),
    ("a-recording", "/sessions/{recording_session_id}", "guest", 200),
    ("a-waiting-session", "/sessions/{waiting_session_id}", "admin", 200),
    ("not-there", "/sessions/999983", "guest", 404),
    ("not-allowed", "/care/", "mentor", 403),
    ("own-sessions", "/mine", "mentor", 200),
    ("own-session", "/sessions/{session_id}", "mentor", 200),
)
"""Further looks of pages: name, address, who sees it, and its status."""

EMPTY = (
    ("first-visit", "/setup/{token}", "guest", 200),
    ("before-the-first-visit", "/", "guest", 503),
)
"""Looks of a library that nobody administers yet."""


@dataclass(frozen=True)
class Look:
    """A page as one person sees it."""

    name: str
    address: str  # from the scheme on
    who: str
    status: int = 200


@dataclass(frozen=True)
class Site:
    """A served site, everybody's cookie, and the numbers that its addresses hold."""

    app: Flask
    address: str
    cookies: Mapping[str, str]
    told: Told
    empty: list[Look]

    def looks(self) -> list[Look]:
        """Every page of the URL map and what else is to be seen.

        Raises:
            AssertionError: the address of a route cannot be built; says what is missing.
        """
        found = [look for rule in self.app.url_map.iter_rules() for look in self._looks_of(rule)]
        beside = [
            Look(name, self.address + path.format(**self.told.ids), who, status)
            for name, path, who, status in BESIDE
        ]
        return [*found, *beside, *self.empty]

    def _looks_of(self, rule: Rule) -> Iterator[Look]:
        name = rule.endpoint
        if name in ELSEWHERE or "GET" not in (rule.methods or ()) or FILE.search(rule.rule):
            return
        who = "halfway" if name == "second_steps.form" else "guest" if name in AS_GUEST else "admin"
        called = ARGUMENT.sub(r"\1", rule.rule).strip("/").replace("/", "-")
        yield Look(called or "answers", self.address + self._path(rule), who)

    def _path(self, rule: Rule) -> str:
        name, route = rule.endpoint, EXPECTED.get(rule.endpoint)
        ids = self.told.ids
        given = {**(route.args if route else {}), **ids, **self.told.of_one.get(name, {})}
        missing = rule.arguments - set(given)
        assert not missing, f"{name} needs {missing}: put it into tests/web/whole_library.py."
        built = rule.build({k: given[k] for k in rule.arguments}, append_unknown=False)
        assert built is not None, f"{name} does not take {given}"
        query = QUERIES.get(name, route.query.format(word="feedback") if route else "")
        return built[1] + (f"?{query.format(**ids)}" if query else "")


@contextmanager
def whole_site(home: Path) -> Iterator[Site]:
    """The site over a filled library in *home*, in which nothing changes."""
    settings = Settings(home=home / "whole", webhook_private_hosts="127.0.0.1")
    library = open_library(settings)
    told = fill(library)
    with (
        opened(library, settings) as world,
        in_thread(world.app) as address,
        _empty_site(home / "empty") as empty,
    ):
        yield Site(world.app, address, _cookies(world.app, told), told, empty)


@contextmanager
def _empty_site(home: Path) -> Iterator[list[Look]]:
    """The looks of a library that nobody administers yet."""
    library = open_library(Settings(home=home))
    with library.transaction() as db:
        token = one_time.offer_link(db, people.FIRST_ADMIN)
    queue = WorkQueue(home)
    app = create_app(library=library, engine=Engine(library, BagOfWordsEmbedder()), queue=queue)
    with in_thread(app) as address:
        yield [
            Look(name, address + path.format(token=token), who, status)
            for name, path, who, status in EMPTY
        ]
    app.extensions[post.KEY].settle()
    queue.close()
    library.close()


def _cookies(app: Flask, told: Told) -> dict[str, str]:
    """The cookie by which the site knows somebody; that of a guest is empty."""
    found = {who: signed_cookie(app, {"_user_id": token}) for who, token in told.tokens.items()}
    waiting = {
        "person": 1,
        "key": "",
        "way": "code",
        "remember": False,
        "next": "",
        "at": int(time.time()),
    }
    return {**found, "guest": "", "halfway": signed_cookie(app, {second_step.PENDING: waiting})}


@contextmanager
def reading(browser: Browser, site: Site, **options: Any) -> Iterator[Mapping[str, Page]]:
    """A page of a browser for everybody, signed in; *options* as of Playwright's contexts."""
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
        AssertionError: there is another page than expected; says what to do.
    """
    answer = page.goto(look.address, wait_until="load")
    kind = answer.header_value("Content-Type") if answer else None
    status = answer.status if answer else None
    assert (status, str(kind).partition(";")[0]) == (look.status, "text/html"), (
        f"{look.name} gives {status}, {kind} at {look.address}: put what its address holds into "
        "tests/web/whole_library.py, or its name into ELSEWHERE if it shows no page."
    )


def unfold(page: Page) -> None:
    """Open what can be opened on a page, as anybody may."""
    page.evaluate("document.querySelectorAll('main details').forEach((d) => { d.open = true; })")
