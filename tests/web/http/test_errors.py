"""Tests of errors as HTML pages for people and problem documents for programs."""

from http import HTTPStatus

import pytest

from library.errors import InvalidInputError, LibraryError, NotFoundError
from library.idempotency import KeyReusedError
from web.http.errors import STATUS, status_of


def test_the_first_kind_that_fits_gives_the_status():
    """An error gets the HTTP status of the first matching class in the table, or else 500.

    No entry of the table is for a subclass of an earlier entry.
    """
    assert status_of(NotFoundError()) is HTTPStatus.NOT_FOUND
    assert status_of(KeyReusedError()) is HTTPStatus.UNPROCESSABLE_ENTITY
    assert status_of(InvalidInputError()) is HTTPStatus.BAD_REQUEST
    assert status_of(LibraryError()) is HTTPStatus.INTERNAL_SERVER_ERROR
    kinds = [kind for kind, _ in STATUS]
    for number, kind in enumerate(kinds):
        assert not [late for late in kinds[number + 1 :] if issubclass(late, kind)]


@pytest.mark.parametrize("path", ["/api/v1/sessions/99", "/uploads/unknown"])
def test_a_program_gets_a_problem_document(browse, admin, path):
    """An error of the API is a problem document with status, detail and path (RFC 9457)."""
    answer = browse(admin).get(path)

    assert answer.status_code in {404, 405}
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    assert answer.json["instance"] == path
    assert answer.json["detail"]


def test_a_person_gets_a_page(browse, mentor):
    """For people, an absent page is an HTML page with status 404.

    On an administration page, a guest is led to sign in, and a mentor is refused.
    """
    missing = browse().get("/sessions/99")
    guest = browse().get("/care/settings")

    assert missing.status_code == 404
    assert "<h1" in missing.text
    assert guest.status_code == 302
    assert "/sign-in" in guest.location
    assert browse(mentor).get("/care/settings").status_code == 403
