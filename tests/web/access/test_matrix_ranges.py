"""Tests that range, conditional and HEAD requests disclose no more than GET.

For a session that the user may not see, the response and the SQL statements are the same as for an
unknown id. A user who may see the session gets the requested bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from werkzeug.test import TestResponse

from tests.web.access.matrix_routes import Route
from tests.web.access.matrix_world import (
    Asker,
    SessionCase,
    World,
    comparable,
    could_have_seen,
)
from tests.web.access.test_matrix import (
    ALL,
    ASKERS,
    SAFE,
    Address,
    addresses,
    allowed_secrets,
    is_known,
    let_in,
    numbers_of,
    path_of,
    secrets_in,
    states,
)

Place = tuple[Route, str]  # route and path

READERS = ASKERS if ALL else ("guest", "mentee", "participant", "curator", "owner's token to read")
LENGTH = 10  # bytes in a range
BEHIND = 99_999_999  # an offset beyond the end of every body


@dataclass(frozen=True)
class Way:
    """Kind of partial request.

    `{tag}` stands for the entity tag that the session's owner gets.
    """

    name: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)

    def with_tag(self, tag: str) -> dict[str, str]:
        """Return the headers with an entity tag instead of `{tag}`."""
        return {name: value.format(tag=tag) for name, value in self.headers.items()}


WHOLE = Way("everything")
FIRST = Way("the first bytes", headers={"Range": f"bytes=0-{LENGTH - 1}"})
LAST = Way("the last bytes", headers={"Range": f"bytes=-{LENGTH}"})
WAYS = (
    FIRST,
    LAST,
    Way("bytes after the end", headers={"Range": f"bytes={BEHIND}-"}),
    Way("several ranges", headers={"Range": "bytes=0-1,4-5"}),
    Way("only if changed", headers={"If-None-Match": "{tag}"}),
    Way("a range if unchanged", headers={"If-Range": "{tag}", "Range": "bytes=0-9"}),
    Way("headers only", method="HEAD"),
)
"""Range, conditional and HEAD requests (RFC 9110, sections 14, 13 and 9.3.2)."""
TAGS: dict[tuple[str, str], str] = {}
"""Entity tags of the owner by address and canary, which all requesters share."""


def ask(world: World, asker: Asker, place: Place, way: Way, tag: str = "") -> TestResponse:
    """Send a partial request and return the response."""
    answer, _ = ask_with_statements(world, asker, place, way, tag)
    return answer


def ask_with_statements(
    world: World, asker: Asker, place: Place, way: Way, tag: str
) -> tuple[TestResponse, list[str]]:
    """Send a partial request. Return the response and the SQL statements that it ran."""
    route, path = place
    query = route.query.format(word="feedback")
    headers = {**route.headers, **way.with_tag(tag)}
    return world.ask(asker, way.method, path, query_string=query, headers=headers)


def tag_of(world: World, address: Address, case: SessionCase) -> str:
    """Return the entity tag that the owner gets for a session, for requests of other users."""
    key = (address.about, case.canary)
    if key not in TAGS:
        path = path_of(address, numbers_of(address, world, case))
        answer = ask(world, world.askers["owner"], (address.route, path), WHOLE)
        TAGS[key] = answer.headers.get("ETag", '"none"')
    return TAGS[key]


@pytest.mark.parametrize("name", READERS)
def test_a_partial_request_discloses_no_hidden_session(world: World, name: str) -> None:
    """Range, conditional and HEAD requests for hidden and absent sessions are answered alike."""
    asker = world.askers[name]
    read = [a for a in addresses(world.app) if a.of_a_session and a.method in SAFE]

    wrong = [
        f"{address.about}, {way.name}, {case.state.visibility} and {case.state.fate}: {objection}"
        for number, address in enumerate(read)
        for way, case, objection in objections(world, asker, address, number)
    ]

    assert "\n".join(wrong) == ""


def objections(
    world: World, asker: Asker, address: Address, number: int
) -> Iterator[tuple[Way, SessionCase, str]]:
    """Yield each partial request that discloses a hidden session or gives wrong bytes.

    Each request is followed by the session and the error. *number* selects the tested sessions and
    kinds of requests.
    """
    if asker.by_token and not address.route.by_token:
        return
    route, nothing = address.route, path_of(address, numbers_of(address, world, None))
    hidden = []
    for case in states(world, asker, number, costly=address.route.costly):
        path = path_of(address, numbers_of(address, world, case))
        if not is_known(address, asker, case) and not could_have_seen(asker, case):
            hidden.append((case, path, tag_of(world, address, case)))
        elif let_in(address, asker, case) and (why := unfit(world, asker, (route, path))):
            yield FIRST, case, why
    for way in WAYS if ALL else (WAYS[0], WAYS[1 + number % (len(WAYS) - 1)]):
        for case, path, tag in hidden:
            absent, absent_statements = ask_with_statements(
                world, asker, (route, nothing), way, tag
            )
            answer, statements = ask_with_statements(world, asker, (route, path), way, tag)
            if more := secrets_in(world, answer) - allowed_secrets(world, asker, address, case):
                yield way, case, f"discloses {more}"
            if comparable(answer, path) != comparable(absent, nothing):
                yield (
                    way,
                    case,
                    f"{answer.status} differs from {absent.status} for an absent one",
                )
            elif statements != absent_statements:
                yield (
                    way,
                    case,
                    f"{len(statements)} SQL statements, {len(absent_statements)} for an absent one",
                )


def unfit(world: World, asker: Asker, place: Place) -> str:
    """Return how a range differs from the same bytes of the whole body, or "" if it does not."""
    if place[0].costly:  # such a file is packed for each request and has no ranges
        return ""
    full = ask(world, asker, place, WHOLE)
    if full.headers.get("Accept-Ranges") != "bytes":
        return ""
    for way, bytes_ in ((FIRST, full.data[:LENGTH]), (LAST, full.data[-LENGTH:])):
        piece = ask(world, asker, place, way)
        if (piece.status_code, piece.data) != (206, bytes_):
            return f"{piece.status} does not give {way.name}"
    return ""


def test_sound_is_given_by_range(world: World) -> None:
    """The sound of a session is served by ranges, which the other tests of this module need."""
    owner, case = world.askers["owner"], world.cases[0]

    ranged = {
        address.rule.endpoint
        for address in addresses(world.app)
        if address.of_a_session and address.method in SAFE
        for path in [path_of(address, numbers_of(address, world, case))]
        if ask(world, owner, (address.route, path), FIRST).status_code == 206
    }

    assert "media.page" in ranged
