"""The API's own description: every list comes in pages, and nothing is written over unread."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

Call = tuple[str, str, dict[str, Any]]  # method, path, what is said of it

IN_ONE_PIECE = {
    "/api/v1/passages/{passage_id}/related": "the nearest, as many as are asked for",
    "/api/v1/search": "the best, as many as are asked for",
    "/api/v1/suggest": "the best, as many as are asked for",
    "/api/v1/overview/growth": "one picture",
    "/api/v1/overview/topics": "one picture",
    "/api/v1/overview/at-risk": "one picture",
    "/api/v1/overview/gaps": "one picture",
    "/api/v1/overview/map": "one picture",
    "/api/v1/me/waiting": "what somebody has to do, all of it",
    "/api/v1/ledger/verification": "what is wrong with one chain",
}
"""What has a list in it that is no list of things one after the other."""

NOTHING_TO_READ = {
    "/api/v1/sessions/{session_id}/release/links/{person_id}": "a secret that is shown once",
    "/api/v1/topics/merges/{merge_id}": "an act that is undone or not",
    "/api/v1/openers/{kind}/{number}": "what only ends",
    "/api/v1/sessions/{session_id}/sources/{source_id}": "bytes that never change, taken back",
}
"""What is changed by an address and never read there: no version of it can be missed."""

OF_ONE_THING = {
    "/api/v1/collections/{collection_id}/members",
    "/api/v1/sessions/{session_id}/topics",
    "/api/v1/sessions/{session_id}/review",
    "/api/v1/sessions/{session_id}/release",
    "/api/v1/sessions/{session_id}/proposals",
}
"""Lists that are one thing with one ETag, put as a whole."""


@pytest.fixture
def spec(app: Flask) -> dict[str, Any]:
    """The description as it is served."""
    described: dict[str, Any] = app.test_client().get("/api/v1/openapi.json").get_json()
    return described


def calls(spec: dict[str, Any], *methods: str) -> Iterator[Call]:
    """The calls of these methods."""
    for path, item in spec["paths"].items():
        for method, call in item.items():
            if method in methods:
                yield method, path, call


def parameters(call: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a call can be given besides its content, by name."""
    return {given["name"]: given for given in call.get("parameters", []) if "name" in given}


def schema_of(spec: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    """What a call gives where all is well; nothing where that is no JSON."""
    content = call["responses"].get("200", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    schemas: dict[str, Any] = spec["components"]["schemas"]
    named: dict[str, Any] = schemas.get(reference.rpartition("/")[2], {})
    return named


def is_list(path: str, schema: dict[str, Any]) -> bool:
    """Whether something is a list of things, rather than one thing that has lists."""
    things = [name for name, field in schema.get("properties", {}).items() if "items" in field]
    return len(things) == 1 and ("id" not in schema["properties"]) and path[-1] != "}"


def test_every_list_comes_in_pages(spec: dict[str, Any]) -> None:
    """`limit` and `before` go in, and `next` comes out."""
    lists = {
        path: (parameters(call), schema_of(spec, call))
        for _, path, call in calls(spec, "get")
        if "next" in schema_of(spec, call).get("properties", {})
        or is_list(path, schema_of(spec, call))
    }

    whole = {
        path
        for path, (given, schema) in lists.items()
        if not {"limit", "before"} <= set(given) or "next" not in schema["properties"]
    }

    assert len(lists) > 15
    assert sorted(whole - set(IN_ONE_PIECE) - OF_ONE_THING) == []


def test_whatever_is_changed_or_removed_is_named_by_its_version(spec: dict[str, Any]) -> None:
    """Each such call needs If-Match, says what comes without it, and can be read before."""
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
    assert sorted(free - set(NOTHING_TO_READ)) == []
    assert loose == []


def test_every_call_is_on_the_page_that_people_read(app: Flask, spec: dict[str, Any]) -> None:
    """The page of the API names what the description names."""
    page = app.test_client().get("/api/v1").text

    described = set(calls_named(spec))

    assert [path for method, path in described if f"{method} {path}" not in page] == []


def calls_named(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each method with its path."""
    for method, path, _ in calls(spec, "get", "post", "put", "patch", "delete"):
        yield method.upper(), path
