"""Bodies that are not wanted: refused from the head of the request, by every route."""

import io
from collections.abc import Callable, Collection

import pytest
from flask import Flask

from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.program import Headers
from tests.web.test_security import addresses
from web import bodies

MIB = 1024 * 1024
HUGE = 5 * 1024 * MIB
TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def shelf(library: Library) -> Built:
    """A session of somebody's, which the addresses name."""
    return add_session(library)


class Unread(io.RawIOBase):
    """A body that must not be read."""

    touched = False

    def readable(self) -> bool:
        """Say that there is something."""
        return True

    def readinto(self, _target: object) -> int:
        """Note that somebody tried."""
        self.touched = True
        return 0


def refused(app: Flask, method: str, path: str, size: int, headers: Headers) -> tuple[int, bool]:
    """The status of a request with a body of *size*, and whether a byte of it was read."""
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
    """The routes that did not refuse such a body unread."""
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


def test_no_route_reads_a_large_body_of_a_guest(app: Flask, shelf: Built) -> None:
    """Without an account 200 MiB are refused everywhere, with a cookie or an unknown token."""
    assert wrong(app, 200 * MIB, {}) == {}
    assert wrong(app, 200 * MIB, {"Authorization": "Bearer lh_nobodys"}) == {}


def test_no_route_reads_more_than_it_takes(
    app: Flask, shelf: Built, admin: Account, token_of: Callable[[Account], Headers]
) -> None:
    """Not even for an administrator: a small form stays small, a file within the limit."""
    headers = token_of(admin)

    assert wrong(app, HUGE, headers) == {}
    assert wrong(app, 2 * MIB, headers, but=bodies.RULES) == {}


def test_no_route_reads_a_file_from_whoever_may_not_send_it(
    app: Flask, shelf: Built, mentee: Account, token_of: Callable[[Account], Headers]
) -> None:
    """Role and ownership are judged before the body: a mentee's file is read by no route."""
    assert wrong(app, 2 * MIB, token_of(mentee)) == {}


def test_every_rule_is_of_a_route(app: Flask) -> None:
    """A route that was renamed does not lose its rule unnoticed."""
    assert set(bodies.RULES) <= set(app.view_functions)


def test_a_body_of_unknown_size_is_no_guests(app: Flask) -> None:
    """A guest has to say how much is coming."""
    body = Unread()

    answer = app.test_client().post(
        "/sign-in",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input": body, "CONTENT_LENGTH": ""},
    )

    assert (answer.status_code, body.touched) == (413, False)


def test_a_form_without_room_for_its_files_is_refused_unread(
    app: Flask,
    mentor: Account,
    library: Library,
    token_of: Callable[[Account], Headers],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the disk cannot hold it as it arrives and as it is kept, it need not arrive."""
    monkeypatch.setattr(library.files, "free_bytes", lambda: 3 * MIB)
    form = {**token_of(mentor), "Content-Type": "multipart/form-data; boundary=edge"}

    assert refused(app, "POST", "/api/v1/sessions", 2 * MIB, form) == (507, False)


def test_forms_that_arrive_at_once_have_a_ceiling() -> None:
    """More than so many bytes of forms at once are asked to come later; room is given back."""
    arriving = bodies.Arriving()

    assert arriving.add(60, 100)
    assert not arriving.add(60, 100)
    arriving.remove(60)
    assert arriving.add(60, 100)
