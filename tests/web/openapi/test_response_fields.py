"""Tests of response fields that read database rows and dataclasses."""

import enum
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from marshmallow import Schema

from library.models import Person, Webhook
from library.store import Library
from tests.builders import Account
from tests.web.api_client import Program
from web.openapi.response_fields import Links, StoredEnum


@dataclass
class Thing:
    """Object that the schema of these tests converts to JSON."""

    number: int
    kind: str = "good"


class Kind(enum.StrEnum):
    """Enumeration with one value."""

    GOOD = "good"


class ThingSchema(Schema):
    """Response schema with an enumeration stored as text, and three links."""

    kind = StoredEnum(Kind, by_value=True)
    links = Links(
        {"self": "api_sessions.one", "page": "sessions.page", "away": lambda one: f"/{one.kind}"},
        session_id="number",
    )


def test_links_are_made_of_endpoints_and_functions(bare_app: Flask) -> None:
    """A link is the URL of an endpoint with ids of the object, or the result of a function."""
    with bare_app.test_request_context():
        links = ThingSchema(only=("links",)).dump(Thing(7))["links"]

    assert links == {"self": "/api/v1/sessions/7", "page": "/sessions/7", "away": "/good"}


def test_links_of_a_dictionary(bare_app: Flask) -> None:
    """If a response is a dictionary, its links take their ids from values of the dictionary."""

    class NumberSchema(Schema):
        links = Links({"self": "api_sessions.one"}, session_id="number")

    with bare_app.test_request_context():
        assert NumberSchema().dump({"number": 7}) == {"links": {"self": "/api/v1/sessions/7"}}


def test_a_stored_text_is_a_value_of_its_enumeration() -> None:
    """A stored text is converted to its value of the enumeration.

    Any other text raises `ValueError`.
    """
    schema = ThingSchema(only=("kind",))

    assert schema.dump(Thing(7)) == schema.dump(Thing(7, Kind.GOOD)) == {"kind": "good"}
    with pytest.raises(ValueError, match="bad"):
        schema.dump(Thing(7, "bad"))


def test_a_row_gives_only_the_columns_that_its_schema_lists(
    program: Program, library: Library, admin: Account
) -> None:
    """API responses omit the hashes and keys of accounts, tokens and webhooks."""
    hook = program("POST", "/webhooks", json={"url": "https://93.184.216.34/told"}).json
    with library.reading() as db:
        person, webhook = db.get_one(Person, admin.id), db.get_one(Webhook, hook["id"])
        secrets: list[Any] = [person.password_hash, webhook.seed]

    texts = [program("GET", path).text for path in ("/me", "/people", "/tokens", "/webhooks")]

    assert all(secret and secret not in text for secret in secrets for text in texts)
    assert not [text for text in texts if "_hash" in text or "login_key" in text]
