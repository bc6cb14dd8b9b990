"""Tests of every address: security headers, forged requests, roles and unusual input.

Covers: web.security.
"""

import errno
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from library.accounts import tokens
from library.collections import collections
from library.models import SourceKind, Visibility
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, Built, add_session
from tests.web.client import Browser
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine

Browse = Callable[..., Browser]
SAFE = {"GET", "HEAD", "OPTIONS"}
SAME_FOR_ALL = {"/static/site.css", "/healthz", "/robots.txt"}
ODD = "?q=%00%ff&t=-1e999&before=99999999999999999999&limit=1e9&person=x&since=31.2.&source=%F0"


@pytest.fixture
def talk(library: Library, admin: Account) -> Built:
    """Public session in a collection, and a note."""
    built = add_session(library, owner=admin)
    add_session(library, kind=SourceKind.NOTE, title="A note", visibility=Visibility.MEMBERS)
    with library.transaction() as db:
        made = collections.add(db, admin.viewer, title="First steps")
        collections.set_sessions(db, admin.viewer, made, [built.session_id])
        tokens.add(db, admin.id, "a program")
    return built


def addresses(app: Flask, *, unsafe: bool) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of every route, with ids of existing objects.

    If *unsafe* is true, yield only methods that change data, otherwise only reading ones.
    """
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if (method not in SAFE) is unsafe:
                yield method, filled(rule)


def filled(rule: Rule) -> str:
    """Return the path of a rule with values for its arguments."""
    path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", re.sub(r"<int:\w+>", "1", rule.rule))
    return re.sub(r"<(?:\w+:)?\w+>", "site.css" if "static" in path else "abc", path)


def test_every_page_carries_the_policy(browse: Browse, talk: Built) -> None:
    """Pages, errors and API responses have headers that forbid foreign and inline content."""
    guest = browse()

    answers = [guest.get(path) for path in ("/", "/sessions/1", "/nowhere", "/api/v1/sessions")]

    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Permissions-Policy" in answer.headers
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("way", ["browser", "token"])
def test_answers_to_a_member_are_never_stored(
    *,
    app: Flask,
    browse: Browse,
    talk: Built,
    admin: Account,
    token_of: Callable[[Account], dict[str, str]],
    way: str,
) -> None:
    """Responses to a member forbid storing, except for files that are the same for all users."""
    client = browse(admin).client if way == "browser" else app.test_client()
    headers = token_of(admin) if way == "token" else {}

    answers = {
        path: client.get(path, headers=headers, buffered=True).headers.get("Cache-Control")
        for _, path in addresses(app, unsafe=False)
    }

    assert len(answers) > 100
    assert {path for path, said in answers.items() if said != "private, no-store"} == SAME_FOR_ALL


def test_answers_to_a_guest_are_stored_only_where_the_view_allows_it(
    app: Flask, browse: Browse, talk: Built
) -> None:
    """For guests, pages with a form token forbid storing.

    Proxies may store only files whose content is the same for all users.
    """
    guest = browse()

    cache_control = {
        path: guest.get(path).headers.get("Cache-Control") or ""
        for _, path in addresses(app, unsafe=False)
    }

    assert {
        cache_control[path] for path in ("/", "/sign-in", "/sessions/1", "/api/v1/sessions")
    } == {"private, no-store"}
    loose = {
        p
        for p, value in cache_control.items()
        if "private" not in value and "no-store" not in value
    }
    assert loose == SAME_FOR_ALL


def test_no_page_holds_inline_script_or_style(
    app: Flask, browse: Browse, talk: Built, admin: Account
) -> None:
    """No page contains an inline script, style or event handler."""
    member = browse(admin)

    pages = [member.get(path) for method, path in addresses(app, unsafe=False)]

    for page in pages:
        if page.mimetype == "text/html":
            assert not re.search(
                r"<script(?![^>]*(\bsrc=|application/ld\+json))|\sstyle=|\son\w+=|<style", page.text
            )


def test_cookies_are_kept_from_scripts_and_other_sites(browse: Browse) -> None:
    """Scripts cannot read the session cookie (`HttpOnly`), and it is `SameSite=Lax`."""
    cookie = browse().get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_with_https_cookies_are_secure_and_browsers_stay_with_it(
    settings: Settings, queue: WorkQueue
) -> None:
    """With https, cookies are `Secure` and responses set `Strict-Transport-Security`."""
    secure = open_library(replace(settings, public_url="https://library.example.org"))
    app = made_app(library=secure, engine=ScanningEngine(secure), queue=queue)

    answer = app.test_client().get("/healthz")

    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["REMEMBER_COOKIE_SECURE"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    secure.close()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(
    bare_app: Flask, library: Library, queue: WorkQueue
) -> None:
    """The key that signs cookies stays the same after a restart. Its file has mode 0600."""
    again = made_app(library=library, engine=ScanningEngine(library), queue=queue)

    path = library.settings.home / "secret_key"
    assert again.config["SECRET_KEY"] == bare_app.config["SECRET_KEY"] == path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_change_demands_a_token(
    app: Flask, browse: Browse, talk: Built, admin: Account
) -> None:
    """With a cookie and without a form token, a request that changes data answers 400.

    Two routes are exempt. OAI-PMH 2.0 harvesters may read by POST. Mail programs end alerts by
    POST (RFC 8058), with a secret in the address.
    """
    member = browse(admin)

    answers = {
        (method, path): member.client.open(path, method=method, headers={"Tus-Resumable": "1.0.0"})
        for method, path in addresses(app, unsafe=True)
    }

    reading = answers.pop(("POST", "/oai"))
    assert reading.status_code == 200
    stopping = answers.pop(("POST", "/alerts/abc"))
    assert stopping.status_code == 404
    assert len(answers) > 25
    assert {key: a.status_code for key, a in answers.items() if a.status_code != 400} == {}


def test_a_guest_changes_nothing(app: Flask, browse: Browse, talk: Built) -> None:
    """A guest who sends a form is refused or led to sign in, except on routes open to guests."""
    guest = browse()
    open_to_all = ("/sign-in", "/setup", "/welcome", "/forgot", "/reset", "/join", "/oai")

    answers = {
        path: guest.send(method, path, headers={"Tus-Resumable": "1.0.0"}).status_code
        for method, path in addresses(app, unsafe=True)
        if not path.startswith(open_to_all)
    }

    refused = {400, 401, 403, 404, 302}  # 400: the form is checked before the user
    cut = {path: answers.pop(path) for path in list(answers) if "/clip/" in path}
    assert set(cut.values()) == {303}  # a guest may hear this session, so also cut a clip
    assert {path: code for path, code in answers.items() if code not in refused} == {}


@pytest.mark.parametrize(
    "who",
    ["guest", "admin", *(pytest.param(w, marks=pytest.mark.proof) for w in ("mentee", "mentor"))],
)
def test_no_address_fails_for_any_role(
    app: Flask, browse: Browse, talk: Built, request: pytest.FixtureRequest, who: str
) -> None:
    """No address answers 5xx to any role, even with unusual parameters or an empty form.

    `test_matrix` requests the addresses without parameters.
    """
    visitor = browse(None if who == "guest" else request.getfixturevalue(who))

    answers = {
        (path + ODD): visitor.get(path + ODD).status_code
        for _, path in addresses(app, unsafe=False)
    }
    answers |= {
        f"{method} {path}": visitor.send(
            method, path, data=data, headers={"Tus-Resumable": "1.0.0"}
        ).status_code
        for method, path in sorted(addresses(app, unsafe=True), key=lambda a: "remove" in a[1])
        for data in ({}, {"title": "\x00", "source": "9" * 30, "session": "x", "role": "king"})
        if not path.startswith(("/sign-", "/account/password"))
    }

    assert {path: code for path, code in answers.items() if code >= 500} == {}


@pytest.mark.parametrize("number", [2**63, 2**64, 10**40, 0])
def test_numbers_beyond_the_database_find_nothing(browse: Browse, number: int) -> None:
    """An address with the id 0, or with an id too large for the database, answers 404."""
    guest = browse()

    answers = [
        guest.get(path.format(number)).status_code
        for path in ("/sessions/{}", "/p/{}", "/jobs/{}.json", "/api/v1/jobs/{}", "/people/{}")
    ]

    assert set(answers) == {404}


@pytest.mark.usefixtures("app")  # an administrator with a password
def test_an_unexpected_error_shows_no_details(own_app: Flask) -> None:
    """An unexpected error shows no details on the error page or in the API's answer."""
    own_app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    own_app.add_url_rule("/api/v1/broken", "api_broken", lambda: 1 / 0)
    guest = Browser(own_app)

    page, problem = guest.get("/broken"), guest.get("/api/v1/broken")

    assert page.status_code == problem.status_code == 500
    assert "Internal error" in page.text
    assert "ZeroDivision" not in page.text
    assert problem.mimetype == "application/problem+json"


@pytest.mark.usefixtures("app")  # an administrator with a password
def test_a_full_disk_answers_507(own_app: Flask) -> None:
    """If the disk is full, the page has status 507 and names the cause."""

    def fail() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    own_app.add_url_rule("/full", "full", fail)

    answer = Browser(own_app).get("/full")

    assert answer.status_code == 507
    assert "disk is full" in answer.text


def test_a_guest_cannot_fill_the_disk(browse: Browse) -> None:
    """A large request body from a guest answers 413."""
    answer = browse().client.post("/sign-in", data={"email": "x" * 100_000})

    assert answer.status_code == 413


def test_the_health_check_answers_before_the_set_up(bare_app: Flask) -> None:
    """The health check answers "ok" even before the first administrator exists."""
    answer = bare_app.test_client().get("/healthz")

    assert answer.json == {"status": "ok"}
