"""Tests of every route, for every kind of user and every state of a session.

The addresses come from the URL map, and the expected access from `matrix_routes`. Each session
contains a word that occurs nowhere else. A user who may not see the session never receives that
word. The response equals that for an unknown id in status, words, headers and SQL statements.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.web.access.matrix_routes import ABSENT, EXPECTED, Gate, Route
from tests.web.access.matrix_world import (
    OWNS,
    Asker,
    SessionCase,
    World,
    all_bytes,
    comparable,
    could_have_seen,
    has_trashed,
    may_edit,
    may_read_sentence,
    may_review,
    may_see,
)

ALL = os.environ.get("WHOLE_MATRIX") == "1"
OF_A_SESSION = {"session_id", "source_id", "passage_id"}
NUMBERED = [*OF_A_SESSION, "person_id", "proposal_id"]
NOTHING = {**dict.fromkeys(NUMBERED, ABSENT), "token": "no-such-secret"}
OF_THE_OWNER = {"upload_id", "search_id", "token_id", "passkey_id", "receipt_id"}
SAFE = {"GET", "HEAD"}
SIGN_IN = re.compile(r"/sign-in(?![-\w])")  # but not /sign-ins
REFUSED_UNSEEN = {400, 415, 422, 428}  # the form is checked before the access: no disclosure


@dataclass(frozen=True)
class Address:
    """Route with one of its methods, and the expected access to it."""

    rule: Rule
    method: str
    route: Route

    @property
    def about(self) -> str:
        """Return the method and the rule, for messages of the tests."""
        return f"{self.method} {self.rule.rule}"

    @property
    def of_a_session(self) -> bool:
        """Return whether the address names a session, directly or by a secret or a person."""
        by_secret = self.route.gate is Gate.SECRET
        person = self.route.gate is Gate.SEE and "person_id" in self.rule.arguments
        return by_secret or person or bool(OF_A_SESSION & self.rule.arguments)


def addresses(app: Flask) -> list[Address]:
    """Return every route of the URL map with each of its methods."""
    return [
        Address(rule, method, EXPECTED[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in methods_of(rule)
        if rule.endpoint in EXPECTED
    ]


def methods_of(rule: Rule) -> list[str]:
    """Return the HTTP methods that a route handles itself, without automatic HEAD and OPTIONS."""
    methods = (rule.methods or set()) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def test_every_route_has_its_expected_access(world: World) -> None:
    """Every route has an entry in `EXPECTED`, and every entry has a route."""
    routes = {rule.endpoint for rule in world.app.url_map.iter_rules()}

    new, obsolete = sorted(routes - set(EXPECTED)), sorted(set(EXPECTED) - routes)

    assert new == [], (
        f"Add the expected access of {', '.join(new)} to EXPECTED in "
        "tests/web/access/matrix_routes.py, with a line such as "
        '"pins.page": Route(Gate.SEE). `Gate` explains the gates.'
    )
    assert obsolete == [], (
        f"Remove from EXPECTED in tests/web/access/matrix_routes.py: {', '.join(obsolete)}"
    )


def path_of(address: Address, numbers: dict[str, Any]) -> str:
    """Return the path of a route with the given ids."""
    values = {**dict.fromkeys(address.rule.arguments, "1"), **numbers, **address.route.args}
    domain, path = address.rule.build(
        {name: values[name] for name in address.rule.arguments}, append_unknown=False
    ) or ("", "")
    return f"{domain}{path}".removeprefix("|") or path


def numbers_of(address: Address, world: World, case: SessionCase | None) -> dict[str, Any]:
    """Return values for the arguments of an address. Without a session, use unknown ids."""
    return {**world.own, **(case.ids if case else NOTHING)}


def ask(world: World, asker: Asker, address: Address, path: str) -> tuple[TestResponse, list[str]]:
    """Send a valid request to a path. Return the response and the SQL statements that it ran."""
    route = address.route
    more: dict[str, Any] = {"query_string": route.query.format(word="feedback")}
    if address.method not in SAFE:
        more |= {"json": route.json} if route.json is not None else {"data": dict(route.form)}
    return world.ask(asker, address.method, path, headers=dict(route.headers), **more)


def secrets_in(world: World, answer: TestResponse) -> set[str]:
    """Return the secret words of sessions and of the owner's data that a response contains."""
    content = all_bytes(answer)
    words = {OWNS, *(word for k in world.cases for word in (k.canary, *k.sentences))}
    return {word for word in words if word.encode() in content}


def allowed_secrets(
    world: World, asker: Asker, address: Address, case: SessionCase | None
) -> set[str]:
    """Return the secret words that a response to this requester may contain."""
    words = {k.canary for k in world.cases if may_see(asker, k)}
    of_the_trash = address.rule.endpoint.startswith(("trash.", "api_trash."))
    if of_the_trash or address.route.gate is Gate.ADMIN:
        words |= {k.canary for k in world.cases if has_trashed(asker, k)}
    words |= {
        word
        for k in world.cases
        for word, whose in k.sentences.items()
        if may_read_sentence(asker, k, whose)
    }
    if address.route.gate is Gate.SECRET and case is not None:
        words |= {case.canary, *(w for w, whose in case.sentences.items() if whose == "speaker")}
    return words | ({OWNS} if asker.relation in {"owner", "admin"} else set())


def let_in(address: Address, asker: Asker, case: SessionCase | None = None) -> bool:
    """Return whether a route admits a requester who may know that the requested object exists."""
    gate = address.route.gate
    if asker.reads_only and address.method not in SAFE:
        return False
    if asker.by_token and not address.route.by_token:
        return False
    inside = {
        Gate.NOBODY: False,
        Gate.MEMBER: asker.member,
        Gate.HOLDER: asker.member and not asker.by_token,
        Gate.GIVER: asker.may_add,
        Gate.ADMIN: asker.admin,
        Gate.HOLD: asker.admin,
        Gate.CURATE: asker.admin or asker.relation == "curator",
        Gate.SEND: asker.member,
        Gate.ANSWER: asker.relation in {"owner", "participant"},
        Gate.PROPOSE: asker.relation == "participant",
        Gate.SPEAK: asker.admin or asker.relation in {"owner", "participant"},
        Gate.EDIT: case is not None and may_edit(asker, case),
        Gate.REVIEW: case is not None and may_review(asker, case),
    }
    return inside.get(gate, True)


def fits(address: Address, answer: TestResponse, *, inside: bool) -> bool:
    """Return whether a response admits the requester if *inside* is true, or else refuses."""
    refused = answer.status_code in {401, 403} or SIGN_IN.search(answer.headers.get("Location", ""))
    if answer.status_code >= 500 and answer.status_code != 501:
        return False
    if not inside:
        unseen = address.method not in SAFE and answer.status_code in REFUSED_UNSEEN
        return refused or unseen
    return not refused and (answer.status_code != 404 or address.route.may_miss)


USUAL = (
    "guest",
    "mentee",
    "participant",
    "owner",
    "contributor",
    "curator",
    "admin",
    "mentor's token to admin",
    "owner's token to read",
)
FURTHER = ("mentor", "viewer", "admin's token to write", "admin's token to admin")
ASKERS = (*USUAL, *FURTHER) if ALL else USUAL
"""Tested requesters. `FURTHER` differ from one of `USUAL` in one right only."""


def states(world: World, asker: Asker, number: int, *, costly: bool = False) -> list[SessionCase]:
    """Return the sessions with which a route is tested: one for each set of access rights.

    *number* is the position of the route. It selects among sessions to which the requester has the
    same rights. With `WHOLE_MATRIX`, all sessions are returned, except for costly routes.
    """
    kinds: dict[tuple[bool, bool, bool], list[SessionCase]] = {}
    for case in world.cases:
        kind = (may_see(asker, case), may_edit(asker, case), could_have_seen(asker, case))
        kinds.setdefault(kind, []).append(case)
    if ALL and not costly:
        return world.cases
    return [of[number % len(of)] for of in kinds.values()]


@pytest.mark.parametrize("name", ASKERS)
def test_no_route_discloses_a_hidden_session(world: World, name: str) -> None:
    """A hidden session gives the same response and SQL statements as an unknown id.

    For visible sessions, each route admits and refuses the expected users.
    """
    asker = world.askers[name]
    requested = [a for a in addresses(world.app) if a.of_a_session]

    wrong = [
        f"{address.about}, {case.state.visibility} and {case.state.fate}: {objection}"
        for number, address in enumerate(requested)
        for case, objection in objections(world, asker, address, number)
    ]

    assert "\n".join(wrong) == ""


def objections(
    world: World, asker: Asker, address: Address, number: int
) -> Iterator[tuple[SessionCase, str]]:
    """Yield each session of which a route discloses too much or too little, and the error.

    *number* is the position of the route. It selects the tested sessions (see `states`).
    """
    if asker.by_token and not address.route.by_token:
        return
    nothing = path_of(address, numbers_of(address, world, None))
    absent, absent_statements = ask(world, asker, address, nothing)
    for case in states(world, asker, number, costly=address.route.costly):
        path = path_of(address, numbers_of(address, world, case))
        answer, statements = ask(world, asker, address, path)
        if more := secrets_in(world, answer) - allowed_secrets(world, asker, address, case):
            yield case, f"discloses {more}"
        if is_known(address, asker, case):
            inside = let_in(address, asker, case)
            if not fits(address, answer, inside=inside):
                yield (
                    case,
                    f"{answer.status}, expected to {'admit' if inside else 'refuse'}",
                )
        elif could_have_seen(asker, case):
            if answer.status_code not in {410, absent.status_code}:
                yield case, f"{answer.status} for a removed session"
        elif comparable(answer, path) != comparable(absent, nothing):
            yield case, f"{answer.status} differs from {absent.status} for an absent object"
        elif statements != absent_statements:
            yield (
                case,
                f"{len(statements)} SQL statements, {len(absent_statements)} for an absent object",
            )


def is_known(address: Address, asker: Asker, case: SessionCase) -> bool:
    """Return whether a requester may know that the object of a route exists."""
    if address.route.gate is Gate.TRASH:
        return has_trashed(asker, case)
    if address.route.gate is Gate.SECRET:
        return case.state.visibility.needs_release and case.state.fate not in {"trashed", "gone"}
    return may_see(asker, case)


@pytest.mark.parametrize("name", ASKERS)
def test_lists_and_pages_disclose_no_hidden_session(world: World, name: str) -> None:
    """A route without a session in its address admits exactly the expected users.

    Its response contains no secret word of a hidden session.
    """
    asker = world.askers[name]

    wrong = [
        f"{address.about}: {objection}"
        for address in addresses(world.app)
        if not address.of_a_session
        for objection in objections_to_list(world, asker, address)
    ]

    assert "\n".join(wrong) == ""


def objections_to_list(world: World, asker: Asker, address: Address) -> Iterator[str]:
    """Yield each error in the response of a route without a session in its address."""
    inside = let_in(address, asker)
    if inside and address.route.only_refused:
        return
    path = path_of(address, dict(world.own))
    answer, statements = ask(world, asker, address, path)
    if more := secrets_in(world, answer) - allowed_secrets(world, asker, address, None):
        yield f"discloses {more}"
    shared = asker.admin and "receipt_id" in address.rule.arguments  # admins read all receipts
    if address.route.gate is Gate.OWN and asker.relation != "owner" and not shared:
        nothing = path_of(address, {**world.own, **dict.fromkeys(OF_THE_OWNER, ABSENT)})
        absent, absent_statements = ask(world, asker, address, nothing)
        if comparable(answer, path) != comparable(absent, nothing):
            yield f"{answer.status} differs from {absent.status} for an absent object"
        elif statements != absent_statements:
            yield f"{len(statements)} SQL statements, {len(absent_statements)} for an absent object"
    elif not fits(address, answer, inside=inside):
        yield f"{answer.status}, expected to {'admit' if inside else 'refuse'}"
