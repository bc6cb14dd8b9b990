"""Tests of the `Idempotency-Key` header, with which a program may safely repeat a request."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from library import idempotency
from library.models import AnsweredRequest
from library.sessions import sessions
from library.store import Library
from tests.builders import Account

Headers = dict[str, str]
KEY = '"8e03978e-40d5-43e8-bc93-6894a57f9324"'


@pytest.fixture
def add(
    app: Flask, mentor: Account, token_of: Callable[[Account], Headers]
) -> Callable[..., TestResponse]:
    """Function that adds a note by the API with an idempotency key."""
    client: FlaskClient = app.test_client()
    token = token_of(mentor)

    def send(note: str, key: str | None = KEY, **fields: Any) -> TestResponse:
        headers = token if key is None else {**token, "Idempotency-Key": key}
        return client.post("/api/v1/sessions", data={"note": note, **fields}, headers=headers)

    return send


def test_the_same_request_again_changes_nothing(
    add: Callable[..., TestResponse], library: Library, admin: Account
) -> None:
    """A repeated request with the same key gets the first response and adds no second session."""
    first, again = add("Ask the same day."), add("Ask the same day.")

    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 1


def test_the_key_is_the_same_with_and_without_quotes(add: Callable[..., TestResponse]) -> None:
    """A key in quotes (a structured field) and the same key without quotes are equal."""
    assert add("Ask.", key='"abc"').json == add("Ask.", key="abc").json


def test_another_request_with_the_same_key_is_refused(
    add: Callable[..., TestResponse], library: Library, admin: Account
) -> None:
    """Another request with a used key is refused with 422 and a problem document."""
    add("Ask the same day.")

    other = add("Wait a week.")

    assert (other.status_code, other.mimetype) == (422, "application/problem+json")
    assert "new key" in other.json["detail"]
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 1


def test_files_count_by_their_bytes_not_by_their_envelope(
    add: Callable[..., TestResponse],
) -> None:
    """The same file under the same key gets the first response again.

    Another file under this key is refused.
    """

    def file(content: bytes) -> tuple[io.BytesIO, str]:
        return io.BytesIO(content), "talk.ogg"

    first = add("", file=file(b"sound"))
    same, other = add("", file=file(b"sound")), add("", file=file(b"noise"))

    assert same.json == first.json
    assert other.status_code == 422


def test_a_refused_request_may_be_corrected_under_its_key(add: Callable[..., TestResponse]) -> None:
    """After a refused request, its key can be used for the corrected request."""
    refused, mended = add("Ask.", language="nonsense!"), add("Ask.", language="en")

    assert (refused.status_code, mended.status_code) == (400, 202)


@pytest.mark.parametrize("key", ["", '""', "x" * 300, "ü"])
def test_an_invalid_key_is_refused(add: Callable[..., TestResponse], key: str) -> None:
    """An empty, too long or non-ASCII key is refused with 400."""
    assert add("Ask.", key=key).status_code == 400


def test_two_at_once_make_one_session(
    add: Callable[..., TestResponse], library: Library, mentor: Account
) -> None:
    """Of two concurrent requests with one key, the second gets the response of the first."""
    first = add("Ask.")
    with library.reading() as db:
        row = db.get_one(AnsweredRequest, (mentor.id, KEY.strip('"')))

    with pytest.raises(idempotency.AnsweredError) as answered, library.transaction() as db:
        idempotency.keep(db, mentor.id, row.key, row.fingerprint, {"session_id": 99})

    assert answered.value.answer["session_id"] == first.json["session_id"]
