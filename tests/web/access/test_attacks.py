"""Tests of attacks: password guesses, account enumeration, planted cookies, forged input and files.

Covers: web.attempt_limits.
"""

import io
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from library.accounts import people
from library.models import Role, Source, SourceKind, Visibility
from library.queue import WorkQueue
from library.settings import Settings
from library.store import Library, open_library
from tests.builders import Account, add_session
from tests.web.access.test_security import addresses
from tests.web.browser.sign_in import PASSWORD
from tests.web.client import TOKEN, Browser
from tests.web.shared_routes import made_app
from tests.web.stub_engine import ScanningEngine
from web.mail import sender

Browse = Callable[..., Browser]
NOBODY = "nobody@example.org"
WRONG = "some wrong words"
HASHING = {"hash_secret", "verify_secret"}
EVIL = "<script>alert(document.domain)</script>"
ACTING = (
    ("page.html", "text/html"),
    ("picture.svg", "image/svg+xml"),
    ("page.xhtml", "application/xhtml+xml"),
    ("feed.xml", "text/xml"),
)


def work_of(library: Library, act: Callable[[], Any]) -> list[str]:
    """Run *act*. Return what its thread did, in order: "hash" or an SQL statement for each step."""
    steps: list[str] = []
    here = threading.get_ident()

    def record_hash(frame: FrameType, what: str, _arg: object) -> None:
        code = frame.f_code
        if what == "call" and code.co_name in HASHING and "argon2" in code.co_filename:
            steps.append("hash")

    def record(_db: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if threading.get_ident() == here:
            steps.append(statement)

    event.listen(library._engine, "before_cursor_execute", record)
    sys.setprofile(record_hash)
    try:
        act()
    finally:
        sys.setprofile(None)
        event.remove(library._engine, "before_cursor_execute", record)
    return steps


@pytest.mark.parametrize("password", ["set", "not set"])
def test_a_refused_sign_in_is_the_same_work_for_every_address(
    *, app: Flask, browse: Browse, library: Library, admin: Account, mentor: Account, password: str
) -> None:
    """A refused sign-in runs one hash and the same SQL for known and unknown e-mail addresses."""
    email = admin.email if password == "set" else mentor.email
    visitors = [browse(), browse()]
    tokens = [visitor.token() for visitor in visitors]

    def attempt(number: int, email: str) -> None:
        form = {"email": email, "password": WRONG, "csrf_token": tokens[number]}
        visitors[number].client.post("/sign-in", data=form)

    known = work_of(library, lambda: attempt(0, email))
    unknown = work_of(library, lambda: attempt(1, NOBODY))

    assert known == unknown
    assert known.count("hash") == 1


@pytest.mark.parametrize("path", ["/forgot", "/join"])
def test_requesting_an_email_is_the_same_work_for_every_address(
    app: Flask, browse: Browse, library: Library, admin: Account, path: str
) -> None:
    """Password reset and joining run the same SQL for known and unknown e-mail addresses."""
    with library.transaction() as db:
        from library.accounts import service_settings

        changed_settings = replace(service_settings.service(db), join_by_approval=True)
        service_settings.change(db, admin.viewer, changed_settings)
    visitors = [browse(), browse()]
    tokens = [visitor.token() for visitor in visitors]

    def ask(number: int, email: str) -> None:
        form = {"name": "Zoe", "email": email, "csrf_token": tokens[number]}
        visitors[number].client.post(path, data=form)

    known = work_of(library, lambda: ask(0, admin.email))
    unknown = work_of(library, lambda: ask(1, NOBODY))
    app.extensions[sender.KEY].settle()

    assert known == unknown


def behind_proxies(settings: Settings, library: Library, queue: WorkQueue, **more: Any) -> Flask:
    """Return a second site over the same library, with the settings *more*."""
    opened = open_library(replace(settings, **more))
    app = made_app(library=opened, engine=ScanningEngine(opened), queue=queue)
    app.extensions["opened"] = opened
    return app


@pytest.mark.parametrize(("proxies", "codes"), [(1, {200}), (0, {200, 429})])
def test_sign_ins_are_limited_by_client_address(
    *,
    app: Flask,
    settings: Settings,
    library: Library,
    queue: WorkQueue,
    proxies: int,
    codes: set[int],
) -> None:
    """The sign-in limit uses `X-Forwarded-For` only if the proxy is trusted."""
    site = behind_proxies(settings, library, queue, trusted_proxies=proxies)
    client = site.test_client()
    found = TOKEN.search(client.get("/sign-in").text)
    assert found
    form = {"email": NOBODY, "password": WRONG, "csrf_token": found.group(1)}

    answers = {
        client.post(
            "/sign-in", data=form, headers={"X-Forwarded-For": f"192.0.2.9, 203.0.113.{number}"}
        ).status_code
        for number in range(12)
    }

    site.extensions["opened"].close()
    assert answers == codes


@pytest.mark.parametrize("email", ["ines.admin@example.org", NOBODY])
def test_guesses_from_many_addresses_are_limited_by_account(
    app: Flask, settings: Settings, library: Library, queue: WorkQueue, email: str
) -> None:
    """Failed sign-ins from many clients count together for one e-mail address in any spelling."""
    site = behind_proxies(settings, library, queue, trusted_proxies=1, account_limit="3 per hour")
    client = site.test_client()
    found = TOKEN.search(client.get("/sign-in").text)
    assert found

    answers = [
        client.post(
            "/sign-in",
            data={"email": typed, "password": WRONG, "csrf_token": found.group(1)},
            headers={"X-Forwarded-For": f"203.0.113.{number}"},
        ).status_code
        for number, typed in enumerate([email, email.upper(), f" {email}", email, "other@x.org"])
    ]

    site.extensions["opened"].close()
    assert answers == [200, 200, 200, 429, 200]


def test_signing_in_does_not_use_up_the_account_s_tries(
    app: Flask, settings: Settings, library: Library, queue: WorkQueue, admin: Account
) -> None:
    """A successful sign-in does not count against the limit of an account."""
    site = behind_proxies(settings, library, queue, account_limit="2 per hour")

    answers = []
    for _ in range(4):
        visitor = Browser(site)
        form = {"email": admin.email, "password": PASSWORD}
        answers.append(visitor.post("/sign-in", form).status_code)

    site.extensions["opened"].close()
    assert answers == [302] * 4


def test_guesses_of_reset_links_are_limited(browse: Browse, mentor: Account) -> None:
    """After ten wrong password reset links, an eleventh answers 429."""
    guest = browse()
    token = guest.token()

    answers = [
        guest.client.post(f"/reset/{mentor.id}/guess{n}", data={"csrf_token": token}).status_code
        for n in range(11)
    ]

    assert answers == [404] * 10 + [429]


def test_a_planted_cookie_is_not_signed_in_by_its_victim(
    app: Flask, browse: Browse, admin: Account
) -> None:
    """A session cookie that an attacker planted stays signed out when the victim signs in."""
    victim, attacker = browse(), app.test_client()
    victim.get("/sign-in")
    planted = victim.client.get_cookie("session")
    assert planted
    attacker.set_cookie("session", planted.value)

    answer = victim.post("/sign-in", {"email": admin.email, "password": PASSWORD})

    after = victim.client.get_cookie("session")
    assert after
    assert answer.status_code == 302
    assert after.value != planted.value
    assert victim.get("/account").status_code == 200
    assert attacker.get("/account").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        pytest.param("https://evil.example/", marks=pytest.mark.proof),
        pytest.param("/\\evil.example", marks=pytest.mark.proof),
    ],
)
def test_no_form_leads_to_another_site(
    app: Flask, browse: Browse, library: Library, admin: Account, target: str
) -> None:
    """No route redirects to the foreign host of a `next` parameter."""
    add_session(library, owner=admin)
    member, reader = browse(admin), browse(admin)
    token = member.token()
    unsafe_addresses = addresses(app, unsafe=True)
    last = {"/sign-out", "/account/password"}

    locations = {
        f"GET {path}": reader.get(path, query_string={"next": target}).headers.get("Location", "")
        for _, path in addresses(app, unsafe=False)
    }
    for method, path in sorted(unsafe_addresses, key=lambda a: (a[1] in last, a[1])):
        answer = member.client.open(
            path,
            method=method,
            query_string={"next": target},
            data={"next": target, "csrf_token": token, "password": PASSWORD},
        )
        locations[path] = answer.headers.get("Location", "")

    led_away = {
        path: place
        for path, place in locations.items()
        if place.startswith(("//", "/\\", "http")) and not place.startswith("http://localhost/")
    }
    assert led_away == {}


def test_no_text_becomes_a_header(
    app: Flask, browse: Browse, library: Library, admin: Account
) -> None:
    """Line breaks in titles, file names and query parameters reach no response header."""
    forged = "A talk\r\nX-Evil: 1\r\n\r\n<b>"
    built = add_session(library, owner=admin, title=forged)
    with library.transaction() as db:
        source = db.get(Source, built.source_id)
        assert source is not None
        source.filename = forged
    as_admin = browse(admin)

    answers = {
        path: as_admin.get(path, query_string={"q": forged, "next": forged, "download": "1"})
        for _, path in addresses(app, unsafe=False)
    }

    assert [p for p, a in answers.items() if "X-Evil" in a.headers] == []
    assert [p for p, a in answers.items() if {"\r", "\n"} & set("".join(a.headers.values()))] == []


def _added(library: Library, owner: Account, added: SourceKind, name: str, kind: str) -> int:
    """Add a source whose bytes, title and words contain HTML. Return its id."""
    content = f"<html><svg xmlns='http://www.w3.org/2000/svg'>{EVIL}</svg></html>".encode()
    built = add_session(
        library,
        owner=owner,
        title=f"{EVIL} {added.value}",
        lines=[("Ada", EVIL)],
        kind=added,
        content=content + f"{added.value} {name}".encode(),
        visibility=Visibility.PUBLIC,
    )
    with library.transaction() as db:
        source = db.get(Source, built.source_id)
        assert source is not None
        source.filename, source.media_type = name, kind
    return built.source_id


def test_added_files_are_never_served_as_pages(
    app: Flask, browse: Browse, library: Library, admin: Account
) -> None:
    """Added HTML and SVG files are served as downloads, and their words as escaped text."""
    sources = [
        _added(library, admin, added, name, kind)
        for name, kind in ACTING
        for added in (SourceKind.RECORDING, SourceKind.NOTE)
    ]
    as_admin = browse(admin)

    answers = [
        as_admin.get(path, query_string={"q": EVIL, "download": "1"})
        for _, path in addresses(app, unsafe=False)
    ] + [as_admin.get(f"/media/{source}{how}") for source in sources for how in ("", "?download=1")]

    acting = [
        answer.request.path
        for answer in answers
        if EVIL.encode() in answer.data
        and (answer.mimetype.endswith(("html", "xml")) or answer.mimetype == "")
        and not answer.headers.get("Content-Disposition", "").startswith("attachment")
    ]
    files = [a for a in answers if a.request.path.startswith("/media/") and EVIL.encode() in a.data]
    assert acting == []
    assert len(files) >= len(sources)
    for answer in files:
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "page.xhtml"])
def test_html_and_svg_files_are_no_sources(
    browse: Browse, library: Library, mentor: Account, name: str
) -> None:
    """An HTML or SVG file in the add form is refused, or not stored as `text/html`."""
    answer = browse(mentor).post("/add", {"file": (io.BytesIO(EVIL.encode()), name)})

    assert answer.status_code in {400, 302}
    with library.reading() as db:
        kinds = db.query(Source.media_type).all()
    assert answer.status_code == 400 or ("text/html",) not in kinds


def test_a_role_is_not_taken_from_a_form(browse: Browse, library: Library, mentee: Account) -> None:
    """A role or e-mail address sent with the profile form is ignored."""
    member = browse(mentee)

    member.post("/account/profile", {"helps_with": "x", "role": "admin", "email": "ines@x.org"})

    with library.reading() as db:
        person = people.get(db, mentee.id)
        assert (person.role, person.email) == (Role.MENTEE, mentee.email)
