"""Every address that can be read, before and after sessions that the reader may not see were added.

The library grows in steps, from what everybody may see to what few may. Whoever may see nothing of
a step gets, byte for byte, what they got before it: lists, counts, facets, suggestions, scores,
feeds, harvests, manifests, pictures, and the pages of sessions that they do see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from library.access import Viewer
from library.curating import picks, pins
from library.holdings import collections
from library.models import CollectionEntry, Role, TopicPassage, TopicState, Visibility
from library.publishing import harvest
from library.settings import Settings
from library.store import Library
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from tests.web.matrix_world import ASKED as ASKED_FOR
from tests.web.matrix_world import (
    FATES,
    HELD,
    PROPOSED,
    Asker,
    Grow,
    Kept,
    Situation,
    World,
    alike,
    could_have_seen,
    growing,
    lasting,
    may_see,
)
from tests.web.test_matrix import ALL, ASKERS, SAFE, Address, addresses, path_of

ADMIN = Viewer(role=Role.ADMIN)
OPEN = (Situation(Visibility.PUBLIC, "released"), Situation(Visibility.PUBLIC, "unready"))
CLOSED = (*ASKED_FOR, "embargoed")
ASKED_ONLY = {*ASKED_FOR, *PROPOSED}
ONCE = {*HELD, *PROPOSED}
FEW = [
    *(Situation(Visibility.PRIVATE, f) for f in FATES if f not in ASKED_ONLY),
    *(Situation(Visibility.PARTICIPANTS, f) for f in FATES if f not in ASKED_ONLY),
    *(
        Situation(v, f)
        for v in Visibility
        if v.needs_release
        for f in CLOSED
        if f not in ONCE or v is Visibility.PUBLIC  # from 50 passages on the map is drawn anew
    ),
]
STEPS = {
    "for few": FEW,
    "for a collection": [Situation(Visibility.COLLECTION, f) for f in ("released", "trashed")],
    "for members": [Situation(Visibility.MEMBERS, f) for f in ("released", "trashed", "gone")],
}
WATCHERS = ASKERS if ALL else ("guest", "mentee", "viewer")
"""Who watches: one of each kind, or everybody."""

EACH_TIME_ANEW = {"passkeys.challenge", "bags.session", "bags.collection", "static"}
"""What is random on purpose, is a file of ours, or is packed by a process: see `test_matrix`."""

KNOWN = {"topic_id": 1}  # of the one topic, whatever `matrix_routes` says
ASKED = ("feedbak", "feedback", "qana")  # a slip, a word of all, the beginning of hidden ones
MORE = {
    "oai.provide": (
        "verb=Identify",
        "verb=ListSets",
        "verb=ListIdentifiers&metadataPrefix=oai_dc",
        "verb=ListRecords&metadataPrefix=oai_dc&set=collection-1",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2000-01-01",
    ),
    "ask.page": ("", "q=feedback&topic=1", "q=feedback&collection=1", "q=feedback&sort=newest"),
    "api_search.search": (
        "q=feedback&topic=1",
        "q=feedback&collection=1",
        "q=feedback&order=newest",
        "q=feedback&form=one-to-one&limit=1",
    ),
    "feeds.page": ("", "q=feedback&collection=1"),
    "suggestions.page": ("q=fee&list=1", "q="),
    "sessions.index": ("before=3", "added=2020"),
    "api_sessions.index": ("limit=1",),
    "api_jobs.index": ("limit=1",),
    "mine.page": ("q=Talk",),
    "many.page": ("q=Talk",),
}
"""Further questions, besides the good one of `matrix_routes`."""


@dataclass(frozen=True)
class Question:
    """An address, its path and what is asked there."""

    address: Address
    path: str
    query: str

    @property
    def about(self) -> str:
        """What to call it."""
        return f"{self.address.about} ?{self.query}"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Grow]]:
    """A site over a library with what everybody may see, and what adds to it."""
    with growing(Settings(home=tmp_path_factory.mktemp("lists"))) as (world, add):
        library = lasting(world)
        with library.transaction() as db:
            topics.add(db, ADMIN, Wording(label="Feedback", synonyms=["Responses"]))
            topics.add(db, ADMIN, Wording(label="Held back"))  # members know the vocabulary

        def add_known(states: Sequence[Situation]) -> list[Kept]:
            new = add(states)
            for kept in new:
                if kept.state.fate not in {"trashed", "gone"}:
                    _make_known(library, world, kept)
            harvest.refresh(library)
            return new

        add_known(OPEN)
        yield world, add_known


def _make_known(library: Library, world: World, kept: Kept) -> None:
    """Put a session wherever it can be put: under topics, among picks, alone on a shelf."""
    with library.transaction() as db:
        session_id, passage_id = kept.ids["session_id"], kept.ids["passage_id"]
        decided: Mapping[int, TopicState | None] = {1: TopicState.CONFIRMED}
        session_topics.decide(db, ADMIN, session_id, decided)
        state = kept.state
        one_of_a_kind = state.fate not in ONCE or state.visibility is Visibility.PUBLIC
        if (
            state.visibility.needs_release
            and state.fate not in {"unready", "failed"}
            and one_of_a_kind
        ):
            shelf = collections.get(db, world.own["collection_id"])  # which takes so many picks
            picks.add(db, ADMIN, shelf, passage_id, f"Hear {kept.canary}")
        if state.fate in HELD and one_of_a_kind:
            alone = collections.add(db, ADMIN, title=f"Shelf of {kept.canary}")
            db.add(CollectionEntry(collection_id=alone.id, session_id=session_id))
            decided = {1: TopicState.CONFIRMED, 2: TopicState.CONFIRMED}
            session_topics.decide(db, ADMIN, session_id, decided)
            proof = {"passage_id": passage_id, "session_id": session_id, "score": 9.0}
            db.add(TopicPassage(topic_id=1, **proof))
        pins.save(db, ADMIN, pins.Wanted(questions=["feedback"], passage_ids=[passage_id]))


def test_what_one_may_not_see_changes_no_byte(grown: tuple[World, Grow]) -> None:
    """For each step: everybody to whom it is closed reads what they read before it."""
    world, add = grown
    watching = [world.askers[name] for name in WATCHERS]
    here = list(world.kept)
    before = {asker.name: read(world, asker, here) for asker in watching}
    closed_to: dict[str, set[str]] = {}
    wrong: list[str] = []

    for step, states in STEPS.items():
        new = add(states)
        watching = [asker for asker in watching if is_closed(asker, new)]
        closed_to[step] = {asker.name for asker in watching}
        for asker in watching:
            after = read(world, asker, here)
            wrong += [
                f"{asker.name}, {step}: {about}: {first_difference(before[asker.name][about], got)}"
                for about, got in after.items()
                if got != before[asker.name][about]
            ]

    assert "\n".join(wrong) == ""
    assert closed_to["for few"] >= {"guest", "mentee", "viewer"}
    assert closed_to["for a collection"] >= {"guest", "mentee"}
    assert closed_to["for members"] >= {"guest"}


def is_closed(asker: Asker, new: Sequence[Kept]) -> bool:
    """Whether somebody may know of none of these sessions."""
    return not any(may_see(asker, kept) or could_have_seen(asker, kept) for kept in new)


def read(world: World, asker: Asker, here: Sequence[Kept]) -> dict[str, Any]:
    """Everything that somebody can read, about these sessions and in general."""
    told = {}
    for question in questions(world, here):
        if asker.by_token and not question.address.route.by_token:
            continue
        headers = dict(question.address.route.headers)
        answer, _ = world.ask(
            asker, "GET", question.path, query_string=question.query, headers=headers
        )
        status, body, more = alike(answer, question.path)
        told[question.about] = (status, body, more)
    return told


def questions(world: World, here: Sequence[Kept]) -> Iterator[Question]:
    """Every address that can be read, with what can be asked there."""
    for address in addresses(world.app):
        endpoint, route = address.rule.endpoint, address.route
        if address.method not in SAFE or endpoint in EACH_TIME_ANEW or route.only_refused:
            continue
        known = replace(address, route=replace(route, args={**route.args, **KNOWN}))
        for kept in here[:1] if address.of_a_session else [None]:
            path = path_of(known, {**world.own, **(kept.ids if kept else {})})
            for query in _asked(endpoint, route.query):
                yield Question(known, path, query)


def _asked(endpoint: str, query: str) -> list[str]:
    words = ASKED if "{word}" in query else ("",)
    return list(dict.fromkeys([query.format(word=w) for w in words])) + list(MORE.get(endpoint, ()))


def first_difference(before: Any, after: Any) -> str:
    """Where two answers begin to differ."""
    if before[0] != after[0]:
        return f"{after[0]} instead of {before[0]}"
    one, other = before[1], after[1]
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    if one == other:
        return f"{sorted(set(after[2].items()) ^ set(before[2].items()))}"
    span = slice(max(0, at - 60), at + 60)
    return f"{one[span]!r} is now {other[span]!r}"


def test_whoever_may_see_them_reads_of_them(grown: tuple[World, Grow]) -> None:
    """What was added does change what is read by those to whom it is open: the test sees."""
    world, add = grown
    (kept,) = add([Situation(Visibility.MEMBERS, "released")])

    telling = {
        question.address.rule.endpoint
        for question in questions(world, world.kept[:1])
        if kept.canary.encode()
        in world.ask(world.askers["viewer"], "GET", question.path, query_string=question.query)[
            0
        ].data.lower()
    }

    assert telling >= {
        *("ask.page", "api_search.search", "suggestions.page", "sessions.index"),
        *("topics.page", "collections.page", "passages.related", "api_search.related"),
    }
