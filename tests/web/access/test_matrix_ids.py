"""Tests that a session's id in a query, form or document discloses nothing.

`test_matrix` puts ids of sessions into addresses. These tests put ids into query strings, forms and
JSON. For a session that the user may not see, the response and the SQL statements are the same as
for an unknown id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.access.matrix_routes import ABSENT, EXPECTED
from tests.web.access.matrix_world import (
    Asker,
    SessionCase,
    World,
    comparable,
    could_have_seen,
    may_see,
)
from tests.web.access.test_matrix import (
    ASKERS,
    NOTHING,
    Address,
    allowed_secrets,
    path_of,
    secrets_in,
    states,
)

NAMES = {
    *("session", "sessions", "session_id", "source", "source_id"),
    *("passage", "passages", "passage_id", "person", "person_id", "replaced_by"),
}
"""Names of parameters and fields that contain the id of a session or of one of its parts."""

SEARCHED = "session={session_id}", "person={person_id}", "session={session_id}&person={person_id}"
SESSION = [{"field": "language", "value": "de"}]
MOMENT = {"start": 0, "end": 1}
ZORA = {"name": "Zora Known", "email": "zora@example.org"}


@dataclass(frozen=True)
class Naming:
    """Request with the id of a session in its query string, form or JSON document."""

    endpoint: str
    query: str = ""
    form: Mapping[str, str] | None = None
    json: Any = None

    def filled(self, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """Return query string and form or JSON of the request, with ids for its placeholders."""
        more: dict[str, Any] = {"query_string": self.query.format(**numbers)}
        if self.json is not None:
            return more | {"json": _put(self.json, numbers)}
        form = {name: value.format(**numbers) for name, value in (self.form or {}).items()}
        return more | ({"data": form} if self.form is not None else {})


def _put(value: Any, numbers: Mapping[str, Any]) -> Any:
    """Return a JSON value with ids, as numbers, instead of its placeholders."""
    if isinstance(value, str):
        return numbers.get(value[1:-1], value)
    if isinstance(value, list):
        return [_put(each, numbers) for each in value]
    if isinstance(value, dict):
        return {name: _put(each, numbers) for name, each in value.items()}
    return value


NAMINGS = (
    *(Naming("api_search.search", f"q=feedback&{named}") for named in SEARCHED),
    *(Naming("api_search.answer", f"q=feedback&{named}") for named in SEARCHED),
    Naming("ask.page", "q=feedback&speaker={person_id}"),
    Naming("ask.page", "q=Zora+qanary&speaker={person_id}"),
    *(
        Naming("oai.provide", f"verb={verb}&identifier=oai:localhost:{{session_id}}")
        for verb in ("GetRecord&metadataPrefix=oai_dc", "ListMetadataFormats")
    ),
    Naming("pins.new", "passage={passage_id}"),
    Naming("pins.save", form={"questions": "How?", "passages": "{passage_id}"}),
    Naming("pins.save", form={"questions": "How?", "passage": "{passage_id}"}),
    Naming("pins.change", form={"questions": "How?", "passages": "{passage_id}"}),
    *(
        Naming(endpoint, json={"questions": ["How?"], "passages": ["{passage_id}"]})
        for endpoint in ("api_pins.add", "api_pins.change")
    ),
    Naming("api_collections.fill", json={"sessions": ["{session_id}"]}),
    Naming("api_collections.pick", json={"passage_id": "{passage_id}"}),
    Naming("showcase.pick", form={"address": "/p/{passage_id}", "do": "add"}),
    Naming("showcase.pick", form={"address": "/sessions/{session_id}?t=1", "do": "add"}),
    Naming("shelves.fill", form={"session": "{session_id}"}),
    Naming("shelves.order", form={"session": "{session_id}", "do": "up"}),
    Naming("many.look", form={"session": "{session_id}", "language": "de"}),
    Naming("many.change", form={"session": "{session_id}", "language": "de"}),
    Naming("api_many.preview", json={"sessions": ["{session_id}"], "wishes": SESSION}),
    Naming("api_many.change", json={"sessions": ["{session_id}"], "wishes": SESSION, "mark": "x"}),
    Naming("api_searches.add", json={"question": "How?", "filters": {"speaker": "{person_id}"}}),
    Naming("searches.save", form={"q": "How?", "speaker": "{person_id}"}),
    Naming("marks.put", form={"passage": "{passage_id}", "do": "saved"}),
    Naming("marks.put", form={"source": "{source_id}", "from": "1", "do": "helped"}),
    Naming("api_marks.put", json={"passage_id": "{passage_id}"}),
    Naming("searches.count", form={"q": "How?", "speaker": "{person_id}"}),
    Naming("overview.ask_for", form={"person": "{person_id}"}),
    Naming("keeping.hold", form={"session": "{session_id}"}),
    Naming("members.change", form={"person": "{person_id}", "role": "viewer"}),
    Naming("duplicates.look", "kept=1&gone={person_id}"),
    Naming("feeds.page", "q=feedback&speaker={person_id}"),
    Naming("api_ledger.index", "session_id={session_id}"),
    Naming("speakers.together", form={"do": "confirm", "session": "{session_id}"}),
    Naming("api_doors.answer", json={"approve": True, "person_id": "{person_id}"}),
    Naming("api_people.invite", json={**ZORA, "person_id": "{person_id}"}),
)
"""Requests with the id of a session that is not in their address."""

OF_ONE_S_OWN = (
    Naming("api_current.keep", json={"review_by": None, "replaced_by": "{session_id}"}),
    Naming("review.keep_current", form={"replaced_by": "{session_id}"}),
    Naming("api_redactions.take_off", json={"source_id": "{source_id}", "start": 0, "end": 1}),
    Naming("off_record.confirm", form={"source": "{source_id}", "from": "0:00", "to": "0:05"}),
    Naming("off_record.take_off", form={"source": "{source_id}", "from": "0:00", "to": "0:05"}),
    Naming("off_record.page", "source={source_id}"),
    Naming("mine.add_transcript", form={"source": "{source_id}"}),
    Naming("sessions.page", "source={source_id}"),
    Naming("api_proposals.propose", json={"leave_out": [{"source_id": "{source_id}", **MOMENT}]}),
    Naming("proposals.propose", form={"line": "{source_id}-0"}),
    *(
        Naming("api_speakers.say", json={"speakers": [{"label": "Speaker 2", **said}]})
        for said in (
            {"source_id": "{source_id}", "excuse": "no-person"},
            {"source_id": "{source_id}", "person_id": "{person_id}"},
        )
    ),
)
"""Requests to the address of a visible session that contain the id of another session."""

ELSEWHERE = {
    "api_releases.make_link": "about the session in its address: see test_matrix",
    "api_sessions.add": "has names of people, no ids",
    "api_sessions.change": "has ids of people on the page of the session in its address",
    "releases.act": "about the session in its address: see test_matrix",
}
"""Endpoints with such a field that another test covers, or whose field is not an id."""


def test_every_api_call_with_an_id_field_is_listed(world: World) -> None:
    """Every API call with a field for a session, passage or person is listed in this module."""
    spec = world.app.extensions["api"].spec.to_dict()
    naming = set(_with_names(world.app, spec))

    known = {named.endpoint for named in (*NAMINGS, *OF_ONE_S_OWN)} | set(ELSEWHERE)

    assert sorted(naming - known) == []


def _with_names(app: Flask, spec: dict[str, Any]) -> Iterator[str]:
    """Yield the endpoints whose OpenAPI description has a field that `NAMES` lists."""
    rules = {
        (_templated(rule.rule), method): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, item in spec["paths"].items():
        for method, call in item.items():
            if method == "parameters":
                continue
            query_names = {
                p.get("name") for p in call.get("parameters", []) if p.get("in") == "query"
            }
            for content in call.get("requestBody", {}).get("content", {}).values():
                query_names |= set(_fields(spec, content["schema"]))
            if query_names & NAMES:
                yield rules[path, method.upper()]


def _templated(rule: str) -> str:
    """Return a Flask rule in the path syntax of the OpenAPI document."""
    return "".join(
        f"{{{piece.partition('>')[0].rpartition(':')[2]}}}{piece.partition('>')[2]}"
        if ">" in piece
        else piece
        for piece in rule.split("<")
    )


def _fields(spec: dict[str, Any], schema: Any) -> Iterator[str]:
    """Yield the names of all fields of a schema, nested ones too."""
    if isinstance(schema, list):
        for each in schema:
            yield from _fields(spec, each)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            named = schema["$ref"].rsplit("/", 1)[-1]
            yield from _fields(spec, spec["components"]["schemas"][named])
        yield from schema.get("properties", {})
        for each in schema.values():
            if isinstance(each, (dict, list)):
                yield from _fields(spec, each)


@pytest.mark.parametrize("name", ASKERS)
def test_the_id_of_a_hidden_session_discloses_nothing(world: World, name: str) -> None:
    """The id of a hidden session in a request's content is answered like an unknown id."""
    asker = world.askers[name]

    wrong = [
        f"{naming.endpoint} {naming}, {case.state.visibility} and {case.state.fate}: {objection}"
        for number, (naming, own) in enumerate(requests_of(world, asker))
        for case, objection in objections(world, asker, naming, own, number)
    ]

    assert "\n".join(wrong) == ""


def requests_of(world: World, asker: Asker) -> Iterator[tuple[Naming, Mapping[str, Any]]]:
    """Yield each request, with the ids for its address.

    The ids are those of a session that the requester may see.
    """
    yield from ((naming, {}) for naming in NAMINGS)
    visible = [case for case in world.cases if may_see(asker, case)]
    if visible:
        yield from ((naming, visible[0].ids) for naming in OF_ONE_S_OWN)


def objections(
    world: World, asker: Asker, naming: Naming, own: Mapping[str, Any], number: int
) -> Iterator[tuple[SessionCase, str]]:
    """Yield each hidden session whose id in a request discloses something, with the error.

    *own* has the ids for the address. *number* selects the tested sessions (see `states`).
    """
    if asker.by_token and not EXPECTED[naming.endpoint].by_token:
        return
    send(world, asker, naming, own, NOTHING)  # the first request fills the caches
    absent, absent_statements = send(world, asker, naming, own, NOTHING)
    for case in states(world, asker, number):
        if may_see(asker, case) or could_have_seen(asker, case):
            continue
        answer, statements = send(world, asker, naming, own, case.ids)
        if more := secrets_in(world, answer) - allowed_secrets_of(world, asker, naming):
            yield case, f"discloses {more}"
        if unnamed(answer, case.ids) != unnamed(absent, case.ids):
            yield case, f"{answer.status} differs from {absent.status} for an absent session"
        elif statements != absent_statements:
            yield (
                case,
                f"{len(statements)} SQL statements, {len(absent_statements)} for an absent session",
            )


def allowed_secrets_of(world: World, asker: Asker, naming: Naming) -> set[str]:
    """Return the secret words that a response to this requester may contain."""
    rule = next(world.app.url_map.iter_rules(naming.endpoint))
    return allowed_secrets(world, asker, Address(rule, "GET", EXPECTED[naming.endpoint]), None)


def send(
    world: World, asker: Asker, naming: Naming, own: Mapping[str, Any], named: Mapping[str, Any]
) -> tuple[TestResponse, list[str]]:
    """Send a request with the ids *own* in its address and *named* in its content.

    Return the response and the SQL statements that it ran.
    """
    route = EXPECTED[naming.endpoint]
    rule = next(world.app.url_map.iter_rules(naming.endpoint))
    reads = "GET" in (rule.methods or ())
    method = "GET" if reads else next(iter((rule.methods or set()) - {"OPTIONS", "HEAD"}))
    address = Address(rule, method, route)
    path = path_of(address, {**world.own, **NOTHING, **own})
    return world.ask(asker, method, path, headers=dict(route.headers), **naming.filled(named))


def unnamed(answer: TestResponse, ids: Mapping[str, Any]) -> Any:
    """Return status, body and headers of a response without the ids that the request named."""
    status, body, headers = comparable(answer, answer.request.full_path)
    numbers = "|".join(str(number) for number in {ABSENT, *ids.values()})
    named = re.compile(rf"(?<!\d)(?:{numbers})(?!\d)".encode())
    other_headers = {name: named.sub(b"@", value.encode()) for name, value in headers.items()}
    return status, named.sub(b"@", body), other_headers
