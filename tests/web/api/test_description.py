"""Tests that the OpenAPI document declares pages of lists and changes with `If-Match`."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

Call = tuple[str, str, dict[str, Any]]  # method, path, description

IN_ONE_PIECE = {
    "/api/v1/passages/{passage_id}/related": "the nearest passages, as many as requested",
    "/api/v1/search": "the best, as many as are asked for",
    "/api/v1/suggest": "the best, as many as are asked for",
    "/api/v1/overview/growth": "one picture",
    "/api/v1/overview/topics": "one picture",
    "/api/v1/overview/at-risk": "one picture",
    "/api/v1/overview/gaps": "one picture",
    "/api/v1/overview/map": "one picture",
    "/api/v1/me/waiting": "all to-do items of one person",
    "/api/v1/ledger/verification": "the errors of one hash chain",
}
"""Calls that return a list without pages, and why."""

NOTHING_TO_READ = {
    "/api/v1/sessions/{session_id}/release/links/{person_id}": "a secret that is shown once",
    "/api/v1/topics/merges/{merge_id}": "a merge can only be undone",
    "/api/v1/openers/{kind}/{number}": "a credential can only be revoked",
    "/api/v1/sessions/{session_id}/sources/{source_id}": "its bytes never change",
}
"""Calls that change a thing without reading an ETag of it first, and why."""

OF_ONE_THING = {
    "/api/v1/collections/{collection_id}/members",
    "/api/v1/sessions/{session_id}/topics",
    "/api/v1/sessions/{session_id}/review",
    "/api/v1/sessions/{session_id}/release",
    "/api/v1/sessions/{session_id}/proposals",
}
"""Lists that have one ETag and are replaced as a whole, and so have no pages."""


@pytest.fixture
def spec(app: Flask) -> dict[str, Any]:
    """OpenAPI document as the site serves it."""
    described: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return described


def calls(spec: dict[str, Any], *methods: str) -> Iterator[Call]:
    """Yield path operations of the OpenAPI document that have one of these methods."""
    for path, item in spec["paths"].items():
        for method, call in item.items():
            if method in methods:
                yield method, path, call


def parameters(call: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters of an operation by name."""
    return {
        parameter["name"]: parameter
        for parameter in call.get("parameters", [])
        if "name" in parameter
    }


def schema_of(spec: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of an operation's successful response, or an empty schema."""
    content = call["responses"].get("200", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schemas: dict[str, Any] = spec["components"]["schemas"]
    named: dict[str, Any] = schemas.get(reference.rpartition("/")[2], {})
    return named


def is_list(path: str, schema: dict[str, Any]) -> bool:
    """Return whether a response is a list of items, and not one item that contains lists."""
    things = [name for name, field in schema.get("properties", {}).items() if "items" in field]
    return len(things) == 1 and ("id" not in schema["properties"]) and path[-1] != "}"


def test_every_list_comes_in_pages(spec: dict[str, Any]) -> None:
    """Every list has the parameters `limit` and `before`, and `next` in its response."""
    lists = {
        path: (parameters(call), schema_of(spec, call))
        for _, path, call in calls(spec, "get")
        if "next" in schema_of(spec, call).get("properties", {})
        or is_list(path, schema_of(spec, call))
    }

    without_pages = {
        path
        for path, (names, schema) in lists.items()
        if not {"limit", "before"} <= set(names) or "next" not in schema["properties"]
    }

    assert len(lists) > 15
    assert sorted(without_pages - set(IN_ONE_PIECE) - OF_ONE_THING) == [], (
        "These lists come without pages. Use `PageSchema` and web/http/paging.py, or add the path "
        "to `IN_ONE_PIECE` with a reason."
    )


def test_every_change_needs_if_match(spec: dict[str, Any]) -> None:
    """A call that changes or removes a readable object requires `If-Match`.

    The call lists the responses 412 and 428.
    """
    changing = list(calls(spec, "put", "patch", "delete"))
    free = {path for _, path, call in changing if "If-Match" not in parameters(call)}
    heeding = [(path, call) for _, path, call in changing if path not in free]

    loose = [
        path
        for path, call in heeding
        if not parameters(call)["If-Match"].get("required")
        or not {"412", "428"} <= set(call["responses"])
    ]

    assert len(heeding) > 15
    assert sorted(free - set(NOTHING_TO_READ)) == [], (
        "These calls change an object without `If-Match`. Use web/http/etags.py, or add the path "
        "to `NOTHING_TO_READ` with a reason."
    )
    assert loose == []


def test_every_call_is_on_the_page_that_people_read(app: Flask, spec: dict[str, Any]) -> None:
    """The API's page for people lists every operation of the OpenAPI document."""
    page = app.test_client().get("/api/v1").text

    described = set(calls_named(spec))

    assert [path for method, path in described if f"{method} {path}" not in page] == []


def calls_named(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the method and the path of each operation."""
    for method, path, _ in calls(spec, "get", "post", "put", "patch", "delete"):
        yield method.upper(), path
