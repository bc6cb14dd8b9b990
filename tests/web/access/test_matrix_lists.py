"""Tests that hidden sessions change no byte of any readable address.

The tests add sessions in steps, from sessions for all users to sessions for few. A reader who may
not see the sessions of a step gets the same bytes as before it. This covers lists, counts,
facets, suggestions, scores, feeds, OAI-PMH, IIIF manifests, pictures and pages of visible
sessions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from library.access import Viewer
from library.collections import collections, picks
from library.curation import pinned_answers
from library.models import CollectionEntry, Role, TopicPassage, TopicState, Visibility
from library.publishing import oai_records
from library.settings import Settings
from library.store import Library
from library.vocabulary import session_topics, topics
from library.vocabulary.topics import Wording
from tests.web.access.matrix_world import ASKED as ASKED_FATES
from tests.web.access.matrix_world import (
    FATES,
    HELD,
    PROPOSED,
    Asker,
    Grow,
    SessionCase,
    Situation,
    World,
    committing,
    comparable,
    could_have_seen,
    growing_world,
    may_see,
)
from tests.web.access.test_matrix import ALL, ASKERS, SAFE, Address, addresses, path_of

ADMIN = Viewer(role=Role.ADMIN)
OPEN = (Situation(Visibility.PUBLIC, "released"), Situation(Visibility.PUBLIC, "unready"))
CLOSED = (*ASKED_FATES, "embargoed")
ASKED_ONLY = {*ASKED_FATES, *PROPOSED}
ONCE = {*HELD, *PROPOSED}
FEW = [
    *(Situation(Visibility.PRIVATE, f) for f in FATES if f not in ASKED_ONLY),
    *(Situation(Visibility.PARTICIPANTS, f) for f in FATES if f not in ASKED_ONLY),
    *(
        Situation(v, f)
        for v in Visibility
        if v.needs_release
        for f in CLOSED
        if f not in ONCE or v is Visibility.PUBLIC  # 50 passages or more rebuild the topic map
    ),
]
STEPS = {
    "for few": FEW,
    "for a collection": [Situation(Visibility.COLLECTION, f) for f in ("released", "trashed")],
    "for members": [Situation(Visibility.MEMBERS, f) for f in ("released", "trashed", "gone")],
}
READERS = ASKERS if ALL else ("guest", "viewer")
"""Requesters whose answers are compared: all of them if `WHOLE_MATRIX` is set."""

NOT_COMPARED = {"passkeys.challenge", "bags.session", "bags.collection", "static"}
"""Endpoints that are not compared: a random challenge, bags packed by a process, static files."""

KNOWN = {"topic_id": 1}  # this library has one topic with this id
QUERIES = ("feedbak", "feedback", "qana")  # misspelling, common word, prefix of secret words
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
"""Further queries of endpoints, besides the valid one in `matrix_routes`."""


@dataclass(frozen=True)
class Question:
    """Readable address, with its path and query string."""

    address: Address
    path: str
    query: str

    @property
    def about(self) -> str:
        """Return the address and its query string, for messages of the tests."""
        return f"{self.address.about} ?{self.query}"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Grow]]:
    """Site over a library of visible sessions, and a function that adds more sessions."""
    with growing_world(Settings(home=tmp_path_factory.mktemp("lists"))) as (world, add):
        library = committing(world)
        with library.transaction() as db:
            topics.add(db, ADMIN, Wording(label="Feedback", synonyms=["Responses"]))
            topics.add(db, ADMIN, Wording(label="Held back"))  # every member may read all topics

        def add_known(states: Sequence[Situation]) -> list[SessionCase]:
            new = add(states)
            for case in new:
                if case.state.fate not in {"trashed", "gone"}:
                    _describe_and_collect(library, world, case)
            oai_records.refresh(library)
            return new

        add_known(OPEN)
        yield world, add_known


def _describe_and_collect(library: Library, world: World, case: SessionCase) -> None:
    """Add a session to a topic and a pinned answer; in some states, to picks and a collection."""
    with library.transaction() as db:
        session_id, passage_id = case.ids["session_id"], case.ids["passage_id"]
        decided: Mapping[int, TopicState | None] = {1: TopicState.CONFIRMED}
        session_topics.decide(db, ADMIN, session_id, decided)
        state = case.state
        one_of_a_kind = state.fate not in ONCE or state.visibility is Visibility.PUBLIC
        if (
            state.visibility.needs_release
            and state.fate not in {"unready", "failed"}
            and one_of_a_kind
        ):
            collection = collections.get(db, world.own["collection_id"])  # few picks fit
            picks.add(db, ADMIN, collection, passage_id, f"Hear {case.canary}")
        if state.fate in HELD and one_of_a_kind:
            alone = collections.add(db, ADMIN, title=f"Collection of {case.canary}")
            db.add(CollectionEntry(collection_id=alone.id, session_id=session_id))
            decided = {1: TopicState.CONFIRMED, 2: TopicState.CONFIRMED}
            session_topics.decide(db, ADMIN, session_id, decided)
            proof = {"passage_id": passage_id, "session_id": session_id, "score": 9.0}
            db.add(TopicPassage(topic_id=1, **proof))
        pinned_answers.save(
            db, ADMIN, pinned_answers.PinInput(questions=["feedback"], passage_ids=[passage_id])
        )


def test_hidden_sessions_change_no_byte(grown: tuple[World, Grow]) -> None:
    """Adding sessions that a reader may not see changes no byte of what the reader gets."""
    world, add = grown
    watching = [world.askers[name] for name in READERS]
    here = list(world.cases)
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
    assert closed_to["for few"] >= {"guest", "mentee", "viewer"} & set(READERS)
    assert closed_to["for a collection"] >= {"guest", "mentee"} & set(READERS)
    assert closed_to["for members"] >= {"guest"}


def is_closed(asker: Asker, new: Sequence[SessionCase]) -> bool:
    """Return whether a requester may know of no session in *new*."""
    return not any(may_see(asker, case) or could_have_seen(asker, case) for case in new)


def read(world: World, asker: Asker, here: Sequence[SessionCase]) -> dict[str, Any]:
    """Request every readable address. Return the comparable responses by address and query.

    Addresses of a session are requested with the first session in *here*.
    """
    answers = {}
    for question in questions(world, here):
        if asker.by_token and not question.address.route.by_token:
            continue
        headers = dict(question.address.route.headers)
        answer, _ = world.ask(
            asker, "GET", question.path, query_string=question.query, headers=headers
        )
        status, body, more = comparable(answer, question.path)
        answers[question.about] = (status, body, more)
    return answers


def questions(world: World, here: Sequence[SessionCase]) -> Iterator[Question]:
    """Yield every readable address with each of its query strings.

    Addresses of a session have the ids of the first session in *here*.
    """
    for address in addresses(world.app):
        endpoint, route = address.rule.endpoint, address.route
        if address.method not in SAFE or endpoint in NOT_COMPARED or route.only_refused:
            continue
        known = replace(address, route=replace(route, args={**route.args, **KNOWN}))
        for case in here[:1] if address.of_a_session else [None]:
            path = path_of(known, {**world.own, **(case.ids if case else {})})
            for query in _query_strings(endpoint, route.query):
                yield Question(known, path, query)


def _query_strings(endpoint: str, query: str) -> list[str]:
    """Return the query strings with which an endpoint is requested.

    *query* is the query string of a valid request. It may have a placeholder for a word.
    """
    words = QUERIES if "{word}" in query else ("",)
    return list(dict.fromkeys([query.format(word=w) for w in words])) + list(MORE.get(endpoint, ()))


def first_difference(before: Any, after: Any) -> str:
    """Describe the first difference between two comparable responses."""
    if before[0] != after[0]:
        return f"{after[0]} instead of {before[0]}"
    one, other = before[1], after[1]
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    if one == other:
        return f"{sorted(set(after[2].items()) ^ set(before[2].items()))}"
    span = slice(max(0, at - 60), at + 60)
    return f"{one[span]!r} is now {other[span]!r}"


def test_visible_sessions_change_the_answers(grown: tuple[World, Grow]) -> None:
    """A new session for members appears in the search, lists and topics that a member reads."""
    world, add = grown
    (case,) = add([Situation(Visibility.MEMBERS, "released")])

    disclosing = {
        question.address.rule.endpoint
        for question in questions(world, world.cases[:1])
        if case.canary.encode()
        in world.ask(world.askers["viewer"], "GET", question.path, query_string=question.query)[
            0
        ].data.lower()
    }

    assert disclosing >= {
        *("ask.page", "api_search.search", "suggestions.page", "sessions.index"),
        *("topics.page", "collections.page", "passages.related", "api_search.related"),
    }
