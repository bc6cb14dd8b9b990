"""Tests of the size limits of request bodies.

Every route applies its limit to the headers, before it reads the body.
"""

import io
from collections.abc import Callable, Collection

import pytest
from flask import Flask

from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.access.test_security import addresses
from tests.web.api_client import Headers
from web.http import body_limits

MIB = 1024 * 1024
HUGE = 5 * 1024 * MIB
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def talk(library: Library) -> Built:
    """Session, so that ids in the addresses exist."""
    return add_session(library)


class Unread(io.RawIOBase):
    """Request body that records whether it was read."""

    touched = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, _target: object) -> int:
        """Record that the body was read."""
        self.touched = True
        return 0


def refused(app: Flask, method: str, path: str, size: int, headers: Headers) -> tuple[int, bool]:
    """Send a request that announces a body of *size* bytes.

    Return the status and whether the body was read.
    """
    body = Unread()
    answer = app.test_client().open(
        path,
        method=method,
        headers={**TUS, **headers},
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": str(size)},
    )
    return answer.status_code, body.touched


def wrong(
    app: Flask, size: int, headers: Headers, *, but: Collection[str] = ()
) -> dict[str, tuple[int, bool]]:
    """Return the routes that accepted or read a body of *size* bytes, except those in *but*.

    Each route has the status and whether the body was read.
    """
    answers = {
        f"{method} {path}": refused(app, method, path, size, headers)
        for method, path in addresses(app, unsafe=True)
        if _endpoint(app, method, path) not in but
    }
    assert len(answers) > 100
    return {
        where: (status, read)
        for where, (status, read) in answers.items()
        if read or not 400 <= status < 500
    }


def _endpoint(app: Flask, method: str, path: str) -> str:
    return str(app.url_map.bind("localhost").match(path, method)[0])


def test_no_route_reads_a_large_body_of_a_guest(app: Flask, talk: Built) -> None:
    """Every route refuses a body of 200 MiB from a guest without reading it.

    Every route also refuses such a body with an unknown token.
    """
    assert wrong(app, 200 * MIB, {}) == {}
    assert wrong(app, 200 * MIB, {"Authorization": "Bearer lh_nobodys"}) == {}


def test_no_route_reads_more_than_it_takes(
    app: Flask, talk: Built, admin: Account, token_of: Callable[[Account], Headers]
) -> None:
    """Every route refuses an administrator's body over its limit without reading the body."""
    headers = token_of(admin)

    assert wrong(app, HUGE, headers) == {}
    assert wrong(app, 2 * MIB, headers, but=body_limits.RULES) == {}


def test_no_route_reads_a_file_without_the_right_to_send_it(
    app: Flask, talk: Built, mentee: Account, token_of: Callable[[Account], Headers]
) -> None:
    """Every route checks role and ownership first, and refuses a mentee's file unread."""
    assert wrong(app, 2 * MIB, token_of(mentee)) == {}


def test_every_rule_names_a_route(app: Flask) -> None:
    """Each size limit in the table names an endpoint of the site."""
    assert set(body_limits.RULES) <= set(app.view_functions)


def test_a_guest_must_announce_the_size_of_a_body(app: Flask) -> None:
    """A guest's chunked body, which has no announced size, answers 413 and is not read."""
    body = Unread()

    answer = app.test_client().post(
        "/sign-in",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": ""},
    )

    assert (answer.status_code, body.touched) == (413, False)


def test_a_form_that_does_not_fit_on_the_disk_is_refused_unread(
    app: Flask,
    mentor: Account,
    library: Library,
    token_of: Callable[[Account], Headers],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A form that needs more than the free disk space is refused with 507 and is not read."""
    monkeypatch.setattr(library.files, "free_bytes", lambda: 3 * MIB)
    form = {**token_of(mentor), "Content-Type": "multipart/form-data; boundary=edge"}

    assert refused(app, "POST", "/api/v1/sessions", 2 * MIB, form) == (507, False)


def test_forms_that_arrive_at_once_have_a_ceiling() -> None:
    """Concurrent forms are refused if their total size exceeds a limit.

    A finished form does not count any more.
    """
    arriving = body_limits.UploadReservations()

    assert arriving.add(60, 100)
    assert not arriving.add(60, 100)
    arriving.remove(60)
    assert arriving.add(60, 100)
