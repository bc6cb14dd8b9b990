"""Tests of the live index: it follows the library, and merging changes no result.

Covers: index_segment, postings, scope, snapshot.
"""

import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.access import GUEST
from library.sessions import passages, sessions
from library.sessions.passages import IndexRow
from library.settings import Settings
from library.store import Library, open_library
from search.engine import Engine
from search.index import live_index as following
from search.index.index_segment import build
from search.index.postings import collect, joined
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

WORDS = ("budget", "hiring", "bridge", "garden", "feedback", "holiday")
LINES = st.lists(
    st.tuples(
        st.sampled_from(["Ada", "Ben"]),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join),
    ),
    min_size=1,
    max_size=8,
)
# Lines of a session to save, or the number of a saved session to remove.
EVENTS = st.lists(st.one_of(LINES, st.integers(0, 5)), min_size=1, max_size=14)


def found(engine: Engine, question: str) -> list[tuple[int, float]]:
    """Return the id and the score of each passage for a question, in the order of the ids."""
    ranked = engine.rank(question, GUEST, depth=10_000).passages
    return sorted((item.passage_id, round(item.score, 3)) for item in ranked)


def remove(library: Library, session_id: int) -> None:
    with library.transaction() as db:
        sessions.remove(db, sessions_get(db, session_id))


def sessions_get(db, session_id: int) -> sessions.MentoringSession:
    return db.get(sessions.MentoringSession, session_id)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(EVENTS)
def test_following_equals_a_new_index(tmp_path_factory, events) -> None:
    """After any saves and removals, the index gives the same results as a newly built index."""
    library = open_library(Settings(home=tmp_path_factory.mktemp("library")))
    embedder = BagOfWordsEmbedder()
    follower = Engine(library, embedder)
    alive: list[int] = []

    for event in events:
        if isinstance(event, list):
            alive.append(add_session(library, lines=event, title=str(len(alive))).session_id)
        elif alive:
            remove(library, alive.pop(event % len(alive)))

        with library.reading() as db:
            here = {row.id for row in passages.rows_after(db, 0, model=embedder.model)}
        assert {i for i, _ in found(follower, "budget bridge")} == here
        assert found(follower, "budget bridge") == found(Engine(library, embedder), "budget bridge")
    library.close()


def test_a_session_removed_during_a_merge_stays_removed(library, embedder, monkeypatch) -> None:
    """A session that is removed while index segments are merged is not found afterwards."""
    engine = Engine(library, embedder)
    removed = add_session(library, title="Gone", lines=[("Ada", "The walrus waits.")])
    assert found(engine, "walrus")
    merging, go_on = threading.Event(), threading.Event()
    merged = following.merged

    def slow_merge(*arguments):
        merging.set()
        go_on.wait(120)
        return merged(*arguments)

    monkeypatch.setattr(following, "merged", slow_merge)
    monkeypatch.setattr(following, "AT_ONCE", 0)
    add_session(library, title="Kept", lines=[("Ben", "The walrus sleeps.")])
    assert len(found(engine, "walrus")) == 2
    assert merging.wait(120)

    remove(library, removed.session_id)
    before = found(engine, "walrus")
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "merge-index":
            thread.join(300)

    assert len(before) == 1
    assert found(engine, "walrus") == before


def test_concurrent_questions_see_whole_sessions(library, embedder) -> None:
    """While sessions are saved, an answer has all matching passages of a session or none."""
    engine = Engine(library, embedder)
    counts: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            counts.append(len(found(engine, "walrus")))

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(12):
        add_session(library, title=str(number), lines=[("Ada", f"The walrus {number}.")] * 2)
    done.set()
    for reader in readers:
        reader.join()

    assert all(count % 2 == 0 for count in counts)
    assert len(found(engine, "walrus")) == 24


@pytest.mark.parametrize("filled", [False, True])
def test_an_index_can_begin_with_an_empty_library(library, embedder, filled) -> None:
    """The first session of a library is found, also after a question to the empty library."""
    engine = Engine(library, embedder)
    if not filled:
        assert found(engine, "walrus") == []

    add_session(library, lines=[("Ada", "The walrus waits.")])

    assert len(found(engine, "walrus")) == 1


def test_a_word_without_passages_leaves_the_vocabulary():
    """A word that occurs only in removed passages leaves the index when segments are merged."""
    slots = np.arange(2, dtype=np.int32)
    words = collect(slots, [["plain"], ["plain", "secret"]])

    remaining = joined([words], [np.array([0, -1], dtype=np.int32)])

    assert set(remaining.numbers) == {"plain"}
    assert remaining.find("plain")[0].tolist() == [0]


class PausableBuild:
    """Builder of index segments that can be paused in the background thread."""

    def __init__(self) -> None:
        self.read, self.go = threading.Event(), threading.Event()
        self._build = following.build

    def __call__(self, *given) -> following.IndexSegment:
        """Build the segment. In the background thread, wait first until the test sets `go`."""
        if threading.current_thread().name == "fill-index":
            self.read.set()
            self.go.wait(120)
        return self._build(*given)


@pytest.fixture
def pausable_build(monkeypatch: pytest.MonkeyPatch) -> PausableBuild:
    monkeypatch.setattr(following, "SOON", 2)
    monkeypatch.setattr(following, "BATCH", 3)
    build = PausableBuild()
    monkeypatch.setattr(following, "build", build)
    return build


def test_a_question_does_not_wait_for_a_large_index(
    library: Library, pausable_build: PausableBuild
) -> None:
    """During indexing, a question is answered from the sessions that are indexed so far.

    The answer gives the number of these sessions.
    """
    for number in range(8):
        add_session(library, title=str(number), lines=[("Ada", f"Budget {number} is late.")])
    engine = Engine(library, BagOfWordsEmbedder())

    early = engine.search("budget", GUEST)
    pausable_build.go.set()
    with library.reading() as db:
        engine.snapshot(db)
    late = engine.search("budget", GUEST)

    assert (early.searchable, early.total) == (2, 8)
    assert (late.searchable, late.total) == (8, 8)
    assert len(late.sessions) == 8 > len(early.sessions) > 0


def test_a_session_removed_while_its_batch_is_built_is_not_found(
    library: Library, pausable_build: PausableBuild
) -> None:
    """A session that is removed while its index segment is built is not found."""
    built = [
        add_session(library, title=str(number), lines=[("Ada", f"Budget {number} is late.")])
        for number in range(8)
    ]
    engine = Engine(library, BagOfWordsEmbedder())
    found(engine, "budget")
    pausable_build.read.wait(120)

    remove(library, built[3].session_id)
    during = found(engine, "budget")
    pausable_build.go.set()
    with library.reading() as db:
        snapshot = engine.snapshot(db)
        here = {row.id for row in passages.rows_after(db, 0, model="")}

    assert len(during) == 2
    assert snapshot.full_scope.count == len(here) == 7
    assert {passage_id for passage_id, _ in found(engine, "budget")} == here


def test_the_main_speaker_of_a_source_is_who_says_most_in_it() -> None:
    """Each passage has the share of its words by the person with most words in its source.

    The mean share in the source is subtracted. Words without a name count as those of one person.
    """
    said = [
        (1, [(None, "Ada", 30), (None, "Ben", 10)]),
        (1, [(None, "Ada", 10), (None, "Ben", 30)]),
        (1, [(None, "Ada", 40)]),
        (2, [(None, "Ben", 10)]),
        (2, [(None, "", 40), (None, "Ben", 10)]),
    ]
    rows = [
        IndexRow(number, source, source, number, "walrus", speakers=speakers, vector=None)
        for number, (source, speakers) in enumerate(said, start=1)
    ]

    segment = build(rows, 4)

    shares = segment.main_speaker[segment.slots]
    assert shares[:3] == pytest.approx([0.75 - 2 / 3, 0.25 - 2 / 3, 1 / 3])
    assert shares[3:] == pytest.approx([0.4, -0.4])
    assert segment.main_speaker.sum() == pytest.approx(0, abs=1e-6)
