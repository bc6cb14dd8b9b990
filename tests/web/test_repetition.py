"""Requests of programs that may be sent again: the Idempotency-Key."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from library.holdings import sessions
from library.models import AnsweredRequest
from library.searching import answered
from library.store import Library
from tests.builders import Account

Headers = dict[str, str]
KEY = '"8e03978e-40d5-43e8-bc93-6894a57f9324"'


@pytest.fixture
def add(
    app: Flask, mentor: Account, token_of: Callable[[Account], Headers]
) -> Callable[..., TestResponse]:
    """A program that adds a note under a key."""
    client: FlaskClient = app.test_client()
    token = token_of(mentor)

    def send(note: str, key: str | None = KEY, **fields: Any) -> TestResponse:
        headers = token if key is None else {**token, "Idempotency-Key": key}
        return client.post("/api/v1/sessions", data={"note": note, **fields}, headers=headers)

    return send


def test_the_same_request_again_changes_nothing(
    add: Callable[..., TestResponse], library: Library, admin: Account
) -> None:
    """The same key and content give the same answer, and there is one session."""
    first, again = add("Ask the same day."), add("Ask the same day.")

    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 1


def test_the_key_is_the_same_with_and_without_quotes(add: Callable[..., TestResponse]) -> None:
    """A client that forgets the quotes of the structured field is understood."""
    assert add("Ask.", key='"abc"').json == add("Ask.", key="abc").json


def test_another_request_with_the_same_key_is_refused(
    add: Callable[..., TestResponse], library: Library, admin: Account
) -> None:
    """A key that came with other content is answered with 422 and a sentence."""
    add("Ask the same day.")

    other = add("Wait a week.")

    assert (other.status_code, other.mimetype) == (422, "application/problem+json")
    assert "new key" in other.json["detail"]
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 1


def test_files_count_by_their_bytes_not_by_their_envelope(
    add: Callable[..., TestResponse],
) -> None:
    """The same file in another form's boundary is the same request; other bytes are not."""

    def file(content: bytes) -> tuple[io.BytesIO, str]:
        return io.BytesIO(content), "talk.ogg"

    first = add("", file=file(b"sound"))
    same, other = add("", file=file(b"sound")), add("", file=file(b"noise"))

    assert same.json == first.json
    assert other.status_code == 422


def test_a_refused_request_may_be_mended_under_its_key(add: Callable[..., TestResponse]) -> None:
    """Nothing was done for a refused request, so its key is still free."""
    refused, mended = add("Ask.", language="nonsense!"), add("Ask.", language="en")

    assert (refused.status_code, mended.status_code) == (400, 202)


@pytest.mark.parametrize("key", ["", '""', "x" * 300, "ü"])
def test_what_is_no_key_is_refused(add: Callable[..., TestResponse], key: str) -> None:
    """An empty, endless or foreign key is a bad request, not an error of the server."""
    assert add("Ask.", key=key).status_code == 400


def test_two_at_once_make_one_session(
    add: Callable[..., TestResponse], library: Library, mentor: Account
) -> None:
    """Whoever comes second under the write lock gets the first one's answer."""
    first = add("Ask.")
    with library.reading() as db:
        row = db.get_one(AnsweredRequest, (mentor.id, KEY.strip('"')))

    with pytest.raises(answered.AnsweredError) as told, library.transaction() as db:
        answered.keep(db, mentor.id, row.key, row.fingerprint, {"session_id": 99})

    assert told.value.answer["session_id"] == first.json["session_id"]
