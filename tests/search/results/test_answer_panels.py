"""Tests of the panels beside an answer: speakers, facets, order, related passages.

Covers: facets, related, expert_finding.
"""

from datetime import date

import pytest

from library.access import GUEST
from library.collections import collections
from library.discovery.search_scope import Filters
from library.models import Form, ParticipantRole, Role, SourceKind, Visibility
from search.engine import Engine
from search.results.result_types import Order
from tests.builders import add_account, add_session

QUESTION = "How do I delegate work to my team?"
ADA = "Delegate work to your team with the goal and the date, never with every step of the way."
CLEO = "I delegate work to my team only after they said how they would do it themselves."
DAN = "Delegate the work that you like best, because your team will like that work as well."


@pytest.fixture
def engine(library, embedder) -> Engine:
    """Search engine with a bag-of-words embedder."""
    return Engine(library, embedder)


@pytest.fixture
def collection_ids(library, admin) -> dict[str, int]:
    """Ids of two collections with three public sessions about delegating and a private one."""
    spoken = [
        add_session(library, title="One", lines=[("Ada", ADA), ("Ada", "It took me years.")],
                    held_on=date(2024, 5, 1), form=Form.GROUP),
        add_session(library, title="Two", lines=[("Cleo", CLEO)], held_on=date(2026, 5, 1)),
        add_session(library, title="Three", lines=[("Dan", DAN)], kind=SourceKind.NOTE),
        add_session(library, title="Four", lines=[("Zoe", ADA)], visibility=Visibility.PRIVATE),
    ]  # fmt: skip
    with library.transaction() as db:
        first = collections.add(db, admin.viewer, title="First steps")
        second = collections.add(db, admin.viewer, title="Second thoughts")
        collections.set_sessions(
            db, admin.viewer, first, [spoken[0].session_id, spoken[3].session_id]
        )
        collections.set_sessions(
            db, admin.viewer, second, [spoken[1].session_id, spoken[2].session_id]
        )
        return {"first": first.id, "second": second.id}


def test_speakers_are_shown_with_evidence(engine, collection_ids) -> None:
    """All visible speakers on a subject are found, each with a quote and the newest date."""
    speakers = {speaker.name: speaker for speaker in engine.explore(QUESTION, GUEST).speakers}

    assert set(speakers) == {"Ada", "Cleo", "Dan"}
    assert speakers["Cleo"].proof.text == CLEO
    assert (speakers["Cleo"].sessions, speakers["Cleo"].newest) == (1, date(2026, 5, 1))


def test_a_mentee_who_asks_is_not_an_expert(engine, library) -> None:
    """A mentee who only asks about a subject is not listed as a speaker on it."""
    mentee = add_account(library, "Ben", Role.MENTEE)
    lines = [("Ben", "I cannot delegate work to my team, I really cannot delegate."), ("Ada", ADA)]
    add_session(library, lines=lines, participants=[(mentee.id, ParticipantRole.MENTEE)])

    found = engine.explore(QUESTION, GUEST)

    assert "Ben" not in [speaker.name for speaker in found.speakers]


def test_found_sessions_are_counted_for_the_filters(engine, collection_ids) -> None:
    """Facets count visible sessions by collection, speaker, type, kind of source and year."""
    facets = engine.explore(QUESTION, GUEST).facets

    assert [(c.name, c.sessions) for c in facets.collections] == [
        ("Second thoughts", 2),
        ("First steps", 1),
    ]
    assert sorted(c.name for c in facets.speakers) == ["Ada", "Cleo", "Dan"]
    assert {c.value: c.sessions for c in facets.described["form"]} == {"one-to-one": 2, "group": 1}
    assert {c.value: c.sessions for c in facets.kinds} == {"recording": 2, "note": 1}
    assert [c.value for c in facets.years] == ["2026", "2024"]


def test_a_filter_does_not_hide_its_own_alternatives(engine, collection_ids) -> None:
    """A filter by collection limits all facets except the list of collections."""
    chosen = Filters(collection_id=collection_ids["second"])

    facets = engine.explore(QUESTION, GUEST, filters=chosen).facets

    assert {c.name for c in facets.collections} == {"First steps", "Second thoughts"}
    assert {c.name for c in facets.speakers} == {"Cleo", "Dan"}
    assert [c.value for c in facets.years] == ["2026"]


def test_the_newest_can_come_first(engine, collection_ids) -> None:
    """Sessions can be ordered by date, newest first, sessions without a date last."""
    answer = engine.explore(QUESTION, GUEST, order=Order.NEWEST).answer

    assert [session.title for session in answer.sessions] == ["Two", "One", "Three"]


def test_related_passages_come_from_elsewhere(library, real_embedder) -> None:
    """Related passages have a similar meaning. Duplicates and private passages are left out."""
    built = add_session(library, title="Mine", lines=[("Ada", ADA)], embedder=real_embedder)
    add_session(library, title="Other", lines=[("Cleo", CLEO)], embedder=real_embedder)
    add_session(library, title="Again", lines=[("Ada", ADA)], embedder=real_embedder)
    frogs = [("Dan", "Three frogs live in the pond behind our tomatoes.")]
    add_session(library, title="Pond", lines=frogs, embedder=real_embedder)
    add_session(library, title="Hidden", lines=[("Zoe", DAN)], embedder=real_embedder,
                visibility=Visibility.PRIVATE)  # fmt: skip

    found = Engine(library, real_embedder).related(built.passage_ids[0], GUEST)

    assert [quote.title for quote in found] == ["Other"]
