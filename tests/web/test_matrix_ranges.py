"""Pieces of every address of a session: a range, a condition or a HEAD tells no more than a GET.

Whoever may not see the session gets, for each of these, what they get for one that was never
there, after the same work; whoever may see it gets the bytes that they asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from werkzeug.test import TestResponse

from library.settings import Settings
from tests.web.matrix_routes import Route
from tests.web.matrix_world import Asker, Kept, World, alike, could_have_seen, made
from tests.web.test_matrix import (
    ALL,
    ASKERS,
    SAFE,
    Address,
    addresses,
    is_known,
    let_in,
    may_be_told,
    numbers_of,
    path_of,
    states,
    told,
)

Place = tuple[Route, str]  # with its path

LENGTH = 10  # bytes of a piece
BEHIND = 99_999_999  # a byte behind every end


@dataclass(frozen=True)
class Way:
    """How a piece is asked for; `{tag}` stands for the entity tag that others got."""

    name: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)

    def with_tag(self, tag: str) -> dict[str, str]:
        """Its headers."""
        return {name: value.format(tag=tag) for name, value in self.headers.items()}


WHOLE = Way("everything")
FIRST = Way("the first bytes", headers={"Range": f"bytes=0-{LENGTH - 1}"})
LAST = Way("the last bytes", headers={"Range": f"bytes=-{LENGTH}"})
WAYS = (
    FIRST,
    LAST,
    Way("bytes behind the end", headers={"Range": f"bytes={BEHIND}-"}),
    Way("several ranges", headers={"Range": "bytes=0-1,4-5"}),
    Way("only if it changed", headers={"If-None-Match": "{tag}"}),
    Way("a range of what is known", headers={"If-Range": "{tag}", "Range": "bytes=0-9"}),
    Way("its head", method="HEAD"),
)
"""The parts of RFC 9110 by which somebody can ask for less than everything (13, 14, 9.3.2)."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site over a library with a session in every state."""
    with made(Settings(home=tmp_path_factory.mktemp("ranges"))) as built:
        yield built


def ask(world: World, asker: Asker, place: Place, way: Way, tag: str = "") -> TestResponse:
    """Ask for a piece."""
    answer, _ = asked(world, asker, place, way, tag)
    return answer


def asked(
    world: World, asker: Asker, place: Place, way: Way, tag: str
) -> tuple[TestResponse, list[str]]:
    """The same, with the statements that it took."""
    route, path = place
    query = route.query.format(word="feedback")
    headers = {**route.headers, **way.with_tag(tag)}
    return world.ask(asker, way.method, path, query_string=query, headers=headers)


def tag_of(world: World, address: Address, kept: Kept) -> str:
    """The entity tag that the owner gets: somebody may have it from them."""
    path = path_of(address, numbers_of(address, world, kept))
    answer = ask(world, world.askers["owner"], (address.route, path), WHOLE)
    return answer.headers.get("ETag", '"none"')


@pytest.mark.parametrize("name", ASKERS)
def test_a_piece_of_a_session_tells_no_more_than_the_whole(world: World, name: str) -> None:
    """A range, a condition, a HEAD: of what one may not see, each looks like what is not there."""
    asker = world.askers[name]
    read = [a for a in addresses(world.app) if a.of_a_session and a.method in SAFE]

    wrong = [
        f"{address.about}, {way.name}, {kept.state.visibility} and {kept.state.fate}: {objection}"
        for number, address in enumerate(read)
        for way, kept, objection in objections(world, asker, address, number)
    ]

    assert "\n".join(wrong) == ""


def objections(
    world: World, asker: Asker, address: Address, number: int
) -> Iterator[tuple[Way, Kept, str]]:
    """What pieces of an address tell of sessions that they should not, or do not tell."""
    if asker.by_token and not address.route.by_token:
        return
    route, nothing = address.route, path_of(address, numbers_of(address, world, None))
    hidden = []
    for kept in states(world, asker, number, costly=address.route.costly):
        path = path_of(address, numbers_of(address, world, kept))
        if not is_known(address, asker, kept) and not could_have_seen(asker, kept):
            hidden.append((kept, path, tag_of(world, address, kept)))
        elif let_in(address, asker, kept) and (why := unfit(world, asker, (route, path))):
            yield FIRST, kept, why
    for way in WAYS if ALL else (WAYS[0], WAYS[1 + number % (len(WAYS) - 1)]):
        for kept, path, tag in hidden:
            absent, work = asked(world, asker, (route, nothing), way, tag)
            answer, took = asked(world, asker, (route, path), way, tag)
            if more := told(world, answer) - may_be_told(world, asker, address, kept):
                yield way, kept, f"tells {more}"
            if alike(answer, path) != alike(absent, nothing):
                yield way, kept, f"{answer.status} is told from {absent.status} of nothing"
            elif took != work:
                yield way, kept, f"{len(took)} statements, {len(work)} for nothing"


def unfit(world: World, asker: Asker, place: Place) -> str:
    """Why the pieces are not those of the whole; empty where they are."""
    if place[0].costly:  # packed anew each time: there is nothing to take pieces of
        return ""
    whole = ask(world, asker, place, WHOLE)
    if whole.headers.get("Accept-Ranges") != "bytes":
        return ""
    for way, bytes_ in ((FIRST, whole.data[:LENGTH]), (LAST, whole.data[-LENGTH:])):
        piece = ask(world, asker, place, way)
        if (piece.status_code, piece.data) != (206, bytes_):
            return f"{piece.status} is not {way.name}"
    return ""


def test_sound_is_given_by_range(world: World) -> None:
    """What answers with ranges is the sound of a session, so that the claim above is not empty."""
    owner, kept = world.askers["owner"], world.kept[0]

    ranged = {
        address.rule.endpoint
        for address in addresses(world.app)
        if address.of_a_session and address.method in SAFE
        for path in [path_of(address, numbers_of(address, world, kept))]
        if ask(world, owner, (address.route, path), FIRST).status_code == 206
    }

    assert "media.page" in ranged
