"""Every route x everybody who may ask x every state of a session: nothing leaks.

The addresses come from the URL map itself, and what is expected of them from `matrix_routes`.
Each session of the world holds a word that is nowhere else. Whoever may not see the session gets
that word in no byte; and the answer to them is the one that they get for a session that was never
there, in status, words, headers and in the work that it took.
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

from library.settings import Settings
from tests.web.matrix_routes import ABSENT, EXPECTED, Gate, Route
from tests.web.matrix_world import (
    OWNS,
    Asker,
    Kept,
    World,
    alike,
    all_bytes,
    could_have_seen,
    has_trashed,
    made,
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
SIGN_IN = re.compile(r"/sign-in(?![-\w])")  # not the list of one's sign-ins
REFUSED_UNSEEN = {400, 415, 422, 428}  # a form was looked at before who sent it: tells nothing


@dataclass(frozen=True)
class Address:
    """A route with one of its methods."""

    rule: Rule
    method: str
    route: Route

    @property
    def about(self) -> str:
        """What to call it."""
        return f"{self.method} {self.rule.rule}"

    @property
    def of_a_session(self) -> bool:
        """Whether its address names a session."""
        by_secret = self.route.gate is Gate.SECRET
        person = self.route.gate is Gate.SEE and "person_id" in self.rule.arguments
        return by_secret or person or bool(OF_A_SESSION & self.rule.arguments)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site over a library with a session in every state."""
    with made(Settings(home=tmp_path_factory.mktemp("matrix"))) as built:
        yield built


def addresses(app: Flask) -> list[Address]:
    """Every route of the URL map with every method of its own."""
    return [
        Address(rule, method, EXPECTED[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in methods_of(rule)
        if rule.endpoint in EXPECTED
    ]


def methods_of(rule: Rule) -> list[str]:
    """The methods that a route answers by itself."""
    methods = (rule.methods or set()) - {"OPTIONS"}
    return sorted(methods - {"HEAD"} if "GET" in methods else methods)


def test_every_route_says_whom_it_tells_what(world: World) -> None:
    """A route that is not in the table fails here, and so does a line without a route."""
    routes = {rule.endpoint for rule in world.app.url_map.iter_rules()}

    new, gone = sorted(routes - set(EXPECTED)), sorted(set(EXPECTED) - routes)

    assert new == [], (
        f"Say in EXPECTED of tests/web/matrix_routes.py whom {', '.join(new)} may tell what: "
        'a line such as "pins.page": Route(Gate.SEE). The gates are explained in `Gate`.'
    )
    assert gone == [], f"Take out of tests/web/matrix_routes.py: {', '.join(gone)}"


def path_of(address: Address, numbers: dict[str, Any]) -> str:
    """Where the route is, for these numbers."""
    given = {**dict.fromkeys(address.rule.arguments, "1"), **numbers, **address.route.args}
    domain, path = address.rule.build(
        {name: given[name] for name in address.rule.arguments}, append_unknown=False
    ) or ("", "")
    return f"{domain}{path}".removeprefix("|") or path


def numbers_of(address: Address, world: World, kept: Kept | None) -> dict[str, Any]:
    """What the arguments of an address are filled with; without a session, by what is not there."""
    return {**world.own, **(kept.ids if kept else NOTHING)}


def ask(world: World, asker: Asker, address: Address, path: str) -> tuple[TestResponse, list[str]]:
    """Send a good request."""
    route = address.route
    more: dict[str, Any] = {"query_string": route.query.format(word="feedback")}
    if address.method not in SAFE:
        more |= {"json": route.json} if route.json is not None else {"data": dict(route.form)}
    return world.ask(asker, address.method, path, headers=dict(route.headers), **more)


def told(world: World, answer: TestResponse) -> set[str]:
    """The words of sessions and of the owner's things that an answer holds."""
    said = all_bytes(answer)
    words = {OWNS, *(word for k in world.kept for word in (k.canary, *k.sentences))}
    return {word for word in words if word.encode() in said}


def may_be_told(world: World, asker: Asker, address: Address, kept: Kept | None) -> set[str]:
    """The words that an answer may hold."""
    words = {k.canary for k in world.kept if may_see(asker, k)}
    of_the_trash = address.rule.endpoint.startswith(("trash.", "api_trash."))
    if of_the_trash or address.route.gate is Gate.ADMIN:
        words |= {k.canary for k in world.kept if has_trashed(asker, k)}
    words |= {
        word
        for k in world.kept
        for word, whose in k.sentences.items()
        if may_read_sentence(asker, k, whose)
    }
    if address.route.gate is Gate.SECRET and kept is not None:
        words |= {kept.canary, *(w for w, whose in kept.sentences.items() if whose == "voice")}
    return words | ({OWNS} if asker.relation in {"owner", "admin"} else set())


def let_in(address: Address, asker: Asker, kept: Kept | None = None) -> bool:
    """Whether somebody who may know of it gets what a route gives."""
    gate = address.route.gate
    if asker.reads_only and address.method not in SAFE:
        return False
    if asker.by_token and not address.route.by_token:
        return False
    inside = {
        Gate.NOBODY: False,
        Gate.MEMBER: asker.member,
        Gate.HOLDER: asker.member and not asker.by_token,
        Gate.GIVER: asker.gives,
        Gate.ADMIN: asker.admin,
        Gate.HOLD: asker.admin,
        Gate.CURATE: asker.admin or asker.relation == "curator",
        Gate.SEND: asker.member,
        Gate.ANSWER: asker.relation in {"owner", "participant"},
        Gate.PROPOSE: asker.relation == "participant",
        Gate.SPEAK: asker.admin or asker.relation in {"owner", "participant"},
        Gate.EDIT: kept is not None and may_edit(asker, kept),
        Gate.REVIEW: kept is not None and may_review(asker, kept),
    }
    return inside.get(gate, True)


def fits(address: Address, answer: TestResponse, *, inside: bool) -> bool:
    """Whether an answer lets in, or turns away, as it should."""
    away = answer.status_code in {401, 403} or SIGN_IN.search(answer.headers.get("Location", ""))
    if answer.status_code >= 500 and answer.status_code != 501:
        return False
    if not inside:
        unseen = address.method not in SAFE and answer.status_code in REFUSED_UNSEEN
        return away or unseen
    return not away and (answer.status_code != 404 or address.route.may_miss)


ASKERS = (
    "guest",
    "mentee",
    "mentor",
    "participant",
    "owner",
    "viewer",
    "contributor",
    "curator",
    "admin",
    "mentor's token to admin",
    "owner's token to read",
    "admin's token to write",
    "admin's token to admin",
)


def states(world: World, asker: Asker, number: int, *, costly: bool = False) -> list[Kept]:
    """The sessions by which a route is asked: some of each kind, others for the next route."""
    kinds: dict[tuple[bool, bool, bool], list[Kept]] = {}
    for kept in world.kept:
        kind = (may_see(asker, kept), may_edit(asker, kept), could_have_seen(asker, kept))
        kinds.setdefault(kind, []).append(kept)
    if ALL and not costly:
        return world.kept
    return [of[number % len(of)] for of in kinds.values()]


@pytest.mark.parametrize("name", ASKERS)
def test_nothing_of_a_session_reaches_who_may_not_see_it(world: World, name: str) -> None:
    """What one may not see looks like what is not there, and takes the same work; the rest fits."""
    asker = world.askers[name]
    asked = [a for a in addresses(world.app) if a.of_a_session]

    wrong = [
        f"{address.about}, {kept.state.visibility} and {kept.state.fate}: {objection}"
        for number, address in enumerate(asked)
        for kept, objection in objections(world, asker, address, number)
    ]

    assert "\n".join(wrong) == ""


def objections(
    world: World, asker: Asker, address: Address, number: int
) -> Iterator[tuple[Kept, str]]:
    """What a route tells of sessions that it should not, or does not tell."""
    if asker.by_token and not address.route.by_token:
        return
    nothing = path_of(address, numbers_of(address, world, None))
    absent, work = ask(world, asker, address, nothing)
    for kept in states(world, asker, number, costly=address.route.costly):
        path = path_of(address, numbers_of(address, world, kept))
        answer, took = ask(world, asker, address, path)
        if more := told(world, answer) - may_be_told(world, asker, address, kept):
            yield kept, f"tells {more}"
        if is_known(address, asker, kept):
            inside = let_in(address, asker, kept)
            if not fits(address, answer, inside=inside):
                yield kept, f"{answer.status} to somebody who is {'' if inside else 'not '}let in"
        elif could_have_seen(asker, kept):
            if answer.status_code not in {410, absent.status_code}:
                yield kept, f"{answer.status} of what was here"
        elif alike(answer, path) != alike(absent, nothing):
            yield kept, f"{answer.status} is told from {absent.status} of what is not there"
        elif took != work:
            yield kept, f"{len(took)} statements, {len(work)} for what is not there"


def is_known(address: Address, asker: Asker, kept: Kept) -> bool:
    """Whether an asker may know that what a route is about is there."""
    if address.route.gate is Gate.TRASH:
        return has_trashed(asker, kept)
    if address.route.gate is Gate.SECRET:
        return kept.state.visibility.needs_release and kept.state.fate not in {"trashed", "gone"}
    return may_see(asker, kept)


@pytest.mark.parametrize("name", ASKERS)
def test_lists_and_pages_tell_nobody_more(world: World, name: str) -> None:
    """Whatever is asked without naming a session: who is turned away, and what the rest is told."""
    asker = world.askers[name]

    wrong = [
        f"{address.about}: {objection}"
        for address in addresses(world.app)
        if not address.of_a_session
        for objection in objections_to_list(world, asker, address)
    ]

    assert "\n".join(wrong) == ""


def objections_to_list(world: World, asker: Asker, address: Address) -> Iterator[str]:
    """What a route that names no session tells that it should not, or does not tell."""
    inside = let_in(address, asker)
    if inside and address.route.only_refused:
        return
    path = path_of(address, dict(world.own))
    answer, took = ask(world, asker, address, path)
    if more := told(world, answer) - may_be_told(world, asker, address, None):
        yield f"tells {more}"
    shared = asker.admin and "receipt_id" in address.rule.arguments  # administrators read them
    if address.route.gate is Gate.OWN and asker.relation != "owner" and not shared:
        nothing = path_of(address, {**world.own, **dict.fromkeys(OF_THE_OWNER, ABSENT)})
        absent, work = ask(world, asker, address, nothing)
        if alike(answer, path) != alike(absent, nothing):
            yield f"{answer.status} is told from {absent.status} of what is not there"
        elif took != work:
            yield f"{len(took)} statements, {len(work)} for what is not there"
    elif not fits(address, answer, inside=inside):
        yield f"{answer.status} to somebody who is {'' if inside else 'not '}let in"
