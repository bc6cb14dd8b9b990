"""Who speaks about what was asked, what it can be narrowed to, and in which order."""

from datetime import date

import pytest

from library.access import GUEST
from library.holdings import collections
from library.models import Form, Part, Role, SourceKind, Visibility
from library.searching.scope import Filters
from search.engine import Engine
from search.findings import Order
from tests.builders import add_account, add_session

QUESTION = "How do I delegate work to my team?"
ADA = "Delegate work to your team with the goal and the date, never with every step of the way."
CLEO = "I delegate work to my team only after they said how they would do it themselves."
DAN = "Delegate the work that you like best, because your team will like that work as well."


@pytest.fixture
def engine(library, embedder) -> Engine:
    """An engine that needs no model."""
    return Engine(library, embedder)


@pytest.fixture
def shelves(library, admin) -> dict[str, int]:
    """Three sessions about delegating on two shelves, and one that is hidden."""
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
        collections.fill(db, admin.viewer, first, [spoken[0].session_id, spoken[3].session_id])
        collections.fill(db, admin.viewer, second, [spoken[1].session_id, spoken[2].session_id])
        return {"first": first.id, "second": second.id}


def test_who_speaks_about_it_is_shown_with_proof(engine, shelves) -> None:
    """Everybody visible who speaks about it, each with words of their own and a date."""
    voices = {voice.name: voice for voice in engine.explore(QUESTION, GUEST).voices}

    assert set(voices) == {"Ada", "Cleo", "Dan"}
    assert voices["Cleo"].proof.text == CLEO
    assert (voices["Cleo"].sessions, voices["Cleo"].newest) == (1, date(2026, 5, 1))


def test_whoever_asks_is_no_expert(engine, library) -> None:
    """A mentee repeats the question's words in every line, and answers nothing."""
    mentee = add_account(library, "Ben", Role.MENTEE)
    lines = [("Ben", "I cannot delegate work to my team, I really cannot delegate."), ("Ada", ADA)]
    add_session(library, lines=lines, participants=[(mentee.id, Part.MENTEE)])

    found = engine.explore(QUESTION, GUEST)

    assert "Ben" not in [voice.name for voice in found.voices]


def test_views_stand_side_by_side(engine, shelves) -> None:
    """Different people from different sessions, at least two of them or none."""
    both = engine.explore(QUESTION, GUEST).views
    alone = engine.explore(QUESTION, GUEST, filters=Filters(collection_id=shelves["first"])).views

    assert {view.name for view in both} == {"Ada", "Cleo", "Dan"}
    assert len({view.quote.session_id for view in both}) == 3
    assert alone == []


def test_found_sessions_are_counted_for_the_filters(engine, shelves) -> None:
    """By collection, speaker, form, kind and year; what is hidden adds to no count."""
    facets = engine.explore(QUESTION, GUEST).facets

    assert [(c.name, c.sessions) for c in facets.collections] == [
        ("Second thoughts", 2),
        ("First steps", 1),
    ]
    assert sorted(c.name for c in facets.speakers) == ["Ada", "Cleo", "Dan"]
    assert {c.value: c.sessions for c in facets.forms} == {"one-to-one": 2, "group": 1}
    assert {c.value: c.sessions for c in facets.kinds} == {"recording": 2, "note": 1}
    assert [c.value for c in facets.years] == ["2026", "2024"]


def test_a_filter_does_not_hide_its_own_alternatives(engine, shelves) -> None:
    """With one shelf chosen, the other can still be seen; everything else counts within it."""
    chosen = Filters(collection_id=shelves["second"])

    facets = engine.explore(QUESTION, GUEST, filters=chosen).facets

    assert {c.name for c in facets.collections} == {"First steps", "Second thoughts"}
    assert {c.name for c in facets.speakers} == {"Cleo", "Dan"}
    assert [c.value for c in facets.years] == ["2026"]


def test_the_newest_can_come_first(engine, shelves) -> None:
    """By date, newest first, those without a date last."""
    answer = engine.explore(QUESTION, GUEST, order=Order.NEWEST).answer

    assert [session.title for session in answer.sessions] == ["Two", "One", "Three"]


def test_related_passages_come_from_elsewhere(library, real_embedder) -> None:
    """By meaning: what others say of the same, not what has nothing to do with it."""
    built = add_session(library, title="Mine", lines=[("Ada", ADA)], embedder=real_embedder)
    add_session(library, title="Other", lines=[("Cleo", CLEO)], embedder=real_embedder)
    add_session(library, title="Again", lines=[("Ada", ADA)], embedder=real_embedder)
    frogs = [("Dan", "Three frogs live in the pond behind our tomatoes.")]
    add_session(library, title="Pond", lines=frogs, embedder=real_embedder)
    add_session(library, title="Hidden", lines=[("Zoe", DAN)], embedder=real_embedder,
                visibility=Visibility.PRIVATE)  # fmt: skip

    found = Engine(library, real_embedder).related(built.passage_ids[0], GUEST)

    assert [quote.title for quote in found] == ["Other"]
