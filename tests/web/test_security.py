"""What holds for every address of the site: policy, forged requests, roles, odd input."""

import errno
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.routing import Rule

from library.accounts import tokens
from library.holdings import collections
from library.models import SourceKind, Visibility
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, Built, add_session
from tests.web.browsing import Browser
from tests.web.scanning import ScanningEngine
from web.site import create_app

Browse = Callable[..., Browser]
SAFE = {"GET", "HEAD", "OPTIONS"}
SAME_FOR_ALL = {"/static/site.css", "/healthz", "/robots.txt"}
ODD = "?q=%00%ff&t=-1e999&before=99999999999999999999&limit=1e9&person=x&since=31.2.&source=%F0"


@pytest.fixture
def shelf(library: Library, admin: Account) -> Built:
    """A public session in a collection, and a note."""
    built = add_session(library, owner=admin)
    add_session(library, kind=SourceKind.NOTE, title="A note", visibility=Visibility.MEMBERS)
    with library.transaction() as db:
        made = collections.add(db, admin.viewer, title="First steps")
        collections.fill(db, admin.viewer, made, [built.session_id])
        tokens.add(db, admin.id, "a program")
    return built


def addresses(app: Flask, *, unsafe: bool) -> Iterator[tuple[str, str]]:
    """(method, path) of every rule, with numbers of things that are there."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if (method not in SAFE) is unsafe:
                yield method, filled(rule)


def filled(rule: Rule) -> str:
    """A rule's path with values in the place of its arguments."""
    path = re.sub(r"<any\((\w+)[^)]*\):\w+>", r"\1", re.sub(r"<int:\w+>", "1", rule.rule))
    return re.sub(r"<(?:\w+:)?\w+>", "site.css" if "static" in path else "abc", path)


def test_every_page_carries_the_policy(browse: Browse, shelf: Built) -> None:
    """Pages, errors and the API come with a policy that forbids foreign and inline content."""
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
def test_what_a_member_is_shown_is_stored_by_nobody(
    *,
    app: Flask,
    browse: Browse,
    shelf: Built,
    admin: Account,
    token_of: Callable[[Account], dict[str, str]],
    way: str,
) -> None:
    """Every address that depends on who asks forbids storing it, also where it refuses."""
    client = browse(admin).client if way == "browser" else app.test_client()
    headers = token_of(admin) if way == "token" else {}

    answers = {
        path: client.get(path, headers=headers, buffered=True).headers.get("Cache-Control")
        for _, path in addresses(app, unsafe=False)
    }

    assert len(answers) > 100
    assert {path for path, said in answers.items() if said != "private, no-store"} == SAME_FOR_ALL


def test_what_a_guest_is_shown_is_stored_only_where_its_view_says_so(
    app: Flask, browse: Browse, shelf: Built
) -> None:
    """Pages with a form token are not stored; public sound may be, by this browser alone."""
    guest = browse()

    said = {
        path: guest.get(path).headers.get("Cache-Control") or ""
        for _, path in addresses(app, unsafe=False)
    }

    assert {said[path] for path in ("/", "/sign-in", "/sessions/1", "/api/v1/sessions")} == {
        "private, no-store"
    }
    loose = {p for p, value in said.items() if "private" not in value and "no-store" not in value}
    assert loose == SAME_FOR_ALL


def test_no_page_holds_inline_script_or_style(
    app: Flask, browse: Browse, shelf: Built, admin: Account
) -> None:
    """No page needs what the policy forbids."""
    member = browse(admin)

    pages = [member.get(path) for method, path in addresses(app, unsafe=False)]

    for page in pages:
        if page.mimetype == "text/html":
            assert not re.search(
                r"<script(?![^>]*(\bsrc=|application/ld\+json))|\sstyle=|\son\w+=|<style", page.text
            )


def test_cookies_are_kept_from_scripts_and_other_sites(browse: Browse) -> None:
    """The cookie is not for scripts and is not sent from other sites' forms."""
    cookie = browse().get("/sign-in").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_with_https_cookies_are_secure_and_browsers_stay_with_it(
    settings: Settings, queue: WorkQueue
) -> None:
    """Where the public address is https, cookies never travel without it."""
    secure = open_library(replace(settings, public_url="https://library.example.org"))
    app = create_app(library=secure, engine=ScanningEngine(secure), queue=queue)

    answer = app.test_client().get("/healthz")

    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["REMEMBER_COOKIE_SECURE"]
    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    secure.close()


def test_the_secret_is_made_once_and_only_its_owner_reads_it(
    bare_app: Flask, library: Library, queue: WorkQueue
) -> None:
    """The key that signs cookies outlives a restart and is no other user's to read."""
    again = create_app(library=library, engine=ScanningEngine(library), queue=queue)

    path = library.settings.home / "secret_key"
    assert again.config["SECRET_KEY"] == bare_app.config["SECRET_KEY"] == path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_change_demands_a_token(
    app: Flask, browse: Browse, shelf: Built, admin: Account
) -> None:
    """No address changes anything for a forged request with somebody's cookie.

    Harvesters may ask by POST as well as by GET (OAI-PMH 2.0): that one changes nothing. Mail
    programs stop letters by POST (RFC 8058): the address itself is the secret that allows it.
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


def test_a_guest_changes_nothing(app: Flask, browse: Browse, shelf: Built) -> None:
    """Without an account, every change is refused or leads to the sign-in, even with a token."""
    guest = browse()
    open_to_all = ("/sign-in", "/setup", "/welcome", "/forgot", "/reset", "/join", "/oai")

    answers = {
        path: guest.send(method, path, headers={"Tus-Resumable": "1.0.0"}).status_code
        for method, path in addresses(app, unsafe=True)
        if not path.startswith(open_to_all)
    }

    refused = {400, 401, 403, 404, 302}  # 400: a form is read before it is seen who sends it
    cut = {path: answers.pop(path) for path in list(answers) if "/clip/" in path}
    assert set(cut.values()) == {303}  # the sound of a moment that a guest may hear anyway
    assert {path: code for path, code in answers.items() if code not in refused} == {}


@pytest.mark.parametrize("who", ["guest", "mentee", "mentor", "admin"])
def test_no_address_breaks_for_anybody(
    app: Flask, browse: Browse, shelf: Built, request: pytest.FixtureRequest, who: str
) -> None:
    """Every address answers every role, also to odd parameters and empty forms."""
    visitor = browse(None if who == "guest" else request.getfixturevalue(who))

    answers = {
        (path + odd): visitor.get(path + odd).status_code
        for _, path in addresses(app, unsafe=False)
        for odd in ("", ODD)
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
    """An address with an enormous number is not found; it breaks nothing."""
    guest = browse()

    answers = [
        guest.get(path.format(number)).status_code
        for path in ("/sessions/{}", "/p/{}", "/jobs/{}.json", "/api/v1/jobs/{}", "/people/{}")
    ]

    assert set(answers) == {404}


def test_a_page_that_breaks_is_told_in_our_own_words(bare_app: Flask, browse: Browse) -> None:
    """A bug is a designed page for people and a problem document for programs."""
    bare_app.add_url_rule("/broken", "broken", lambda: 1 / 0)
    bare_app.add_url_rule("/api/v1/broken", "api_broken", lambda: 1 / 0)

    page, problem = browse().get("/broken"), browse().get("/api/v1/broken")

    assert page.status_code == problem.status_code == 500
    assert "Something broke" in page.text
    assert "ZeroDivision" not in page.text
    assert problem.mimetype == "application/problem+json"


def test_a_full_disk_is_told_in_words(bare_app: Flask, browse: Browse) -> None:
    """Where the system has no room for a form's file, the page says so: 507, not a bug."""

    def fail() -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    bare_app.add_url_rule("/full", "full", fail)

    answer = browse().get("/full")

    assert answer.status_code == 507
    assert "disk is full" in answer.text


def test_a_guest_cannot_fill_the_disk(browse: Browse) -> None:
    """A large body from a guest is refused before it is read."""
    answer = browse().client.post("/sign-in", data={"email": "x" * 100_000})

    assert answer.status_code == 413


def test_the_site_says_that_it_is_well(bare_app: Flask) -> None:
    """Whatever watches the process gets an answer, also before the first visit."""
    answer = bare_app.test_client().get("/healthz")

    assert answer.json == {"status": "ok"}
