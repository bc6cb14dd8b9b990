"""Tests of the index on disk: damaged files are rejected, and removed words are deleted.

Covers: dense.
"""

import shutil
import threading

import numpy as np
import pytest

from library.access import GUEST, Viewer
from library.models import Role
from library.sessions import passages, sessions
from library.settings import Settings
from library.store import Library, open_library
from search.engine import Engine
from search.index import dense, live_index, segment_store
from search.index.dense import FlatIndex, open_vectors
from search.index.index_segment import IndexSegment
from tests.builders import Built, add_session
from tests.fakes import BagOfWordsEmbedder

ADMIN = Viewer(role=Role.ADMIN)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the limits so that every index segment is written to disk at once."""
    monkeypatch.setattr(segment_store, "LEAST", 1)
    monkeypatch.setattr(live_index, "REST", 0.0)


@pytest.fixture
def talks(library: Library) -> list[Built]:
    """Six sessions on different subjects. One of them contains the name Kowalski."""
    subjects = [
        "budget and team",
        "the bridge",
        "Kowalski resigned",
        "a garden",
        "hiring",
        "feedback",
    ]
    return [
        add_session(library, title=f"{n}", lines=[("Ada", f"We spoke of {text}."), ("Ben", "Yes.")])
        for n, text in enumerate(subjects)
    ]


def settled(engine: Engine, question: str = "budget bridge") -> list[tuple[int, float]]:
    """Rank passages for a question and wait for merges. Return (passage id, score) by id."""
    ranked = engine.rank(question, GUEST, depth=1000).passages
    for thread in threading.enumerate():
        if thread.name == "merge-index":
            thread.join(300)
    return sorted((item.passage_id, round(item.score, 3)) for item in ranked)


def folders(library: Library) -> list[str]:
    """Return the folders of index segments on disk."""
    return sorted(path.name for path in library.settings.home.glob("index/*/part-*"))


def test_a_new_process_answers_from_disk_and_follows(library, embedder, talks) -> None:
    """A new process searches with the index on disk and applies later saves and removals."""
    settled(Engine(library, embedder))
    on_disk = folders(library)
    add_session(library, title="New", lines=[("Cleo", "The budget again.")])
    with library.transaction() as db:
        sessions.remove(db, db.get(sessions.MentoringSession, talks[0].session_id))

    other = Engine(open_library(library.settings), embedder)
    with library.reading() as db:
        used = [segment.folder for segment in other.snapshot(db).segments]

    assert on_disk
    assert used[: len(on_disk)] == on_disk
    followed = settled(other)
    shutil.rmtree(library.settings.home / "index")
    assert followed == settled(Engine(library, embedder))


def test_a_damaged_file_is_rejected(library, embedder, talks) -> None:
    """A damaged or missing index file is detected. The rebuilt index gives the same results."""
    before = settled(Engine(library, embedder))
    (name,) = folders(library)
    folder = next(library.settings.home.glob(f"index/*/{name}"))
    spoils = [
        lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.unlink(),
    ]

    for number, path in enumerate(sorted(folder.iterdir())):
        whole = path.read_bytes()
        spoils[number % 3](path)
        assert segment_store.IndexStore(library.settings, embedder.model).load() is None
        path.write_bytes(whole)

    spoils[1](folder / "stems.places.npy")
    assert settled(Engine(library, embedder)) == before


def test_an_index_of_an_earlier_version_is_rebuilt(library, embedder, talks, monkeypatch) -> None:
    """An index that an earlier version saved is not read, not reported, and saved again."""
    monkeypatch.setattr(segment_store, "FORMAT", 1)
    before = settled(Engine(library, embedder))
    (old,) = folders(library)
    monkeypatch.undo()
    monkeypatch.setattr(segment_store, "LEAST", 1)
    monkeypatch.setattr(live_index, "REST", 0.0)

    assert segment_store.IndexStore(library.settings, embedder.model).load() is None
    assert list(segment_store.index_on_disk(library)) == []

    assert settled(Engine(library, embedder)) == before
    assert folders(library) != [old]


def test_an_index_of_another_library_is_rejected(library, embedder, talks, tmp_path) -> None:
    """An index that was copied from another library is not used."""
    settled(Engine(library, embedder))
    other = open_library(Settings(home=tmp_path / "other"))
    built = add_session(other, lines=[("Ada", "The budget of the bridge.")])
    shutil.copytree(library.settings.home / "index", tmp_path / "other" / "index")

    results = settled(Engine(other, embedder))

    assert {i for i, _ in results} == set(built.passage_ids)


def test_words_that_are_taken_back_are_gone_from_disk_at_once(library, embedder, talks) -> None:
    """Words that are taken back are deleted from the index on disk at once and do not return."""
    engine = Engine(library, embedder)
    settled(engine)
    assert says(library, b"kowalski")
    with library.transaction() as db:
        passages.remove(db, talks[2].passage_ids)

    segment_store.forget(library.settings, talks[2].passage_ids)
    at_once = says(library, b"kowalski")
    settled(engine)

    assert not at_once
    assert folders(library)
    assert not says(library, b"kowalski")
    assert settled(engine) == settled(Engine(open_library(library.settings), embedder))


def test_a_removal_does_not_wait_for_a_segment_being_written(library, embedder, talks) -> None:
    """A removal does not wait for an index segment that is being written.

    The removal deletes the unfinished files of the segment.
    """
    with library.reading() as db:
        (segment,) = Engine(library, embedder).snapshot(db).segments
    deleted: list[int] = []

    def remove(_: IndexSegment) -> bool:
        deleted.append(segment_store.forget(library.settings, talks[2].passage_ids))
        return False

    used = segment_store.IndexStore(library.settings, "another").keep([segment], remove)

    assert deleted[0] >= 1
    assert list(used) == [segment]
    assert not list(library.settings.home.glob("index/another/part-*"))


def test_a_segment_with_removed_passages_is_discarded(library, embedder, talks) -> None:
    """An index segment whose passages are removed while it is written leaves no file."""
    with library.reading() as db:
        (segment,) = Engine(library, embedder).snapshot(db).segments
    answers = iter([False, True])

    used = segment_store.IndexStore(library.settings, "another").keep(
        [segment], lambda _: next(answers)
    )

    assert list(used) == [segment]
    assert not list(library.settings.home.glob("index/another/part-*"))


def says(library: Library, word: bytes) -> bool:
    """Return whether a file of the index contains the word."""
    files = [path for path in library.settings.home.glob("index/**/*") if path.is_file()]
    return any(word in path.read_bytes().lower() for path in files)


def test_a_segment_without_all_vectors_is_not_stored(library, talks) -> None:
    """An index segment with missing vectors is not written to disk."""
    settled(Engine(library, None))

    class Other(BagOfWordsEmbedder):
        model = "another"

    settled(Engine(library, Other()))

    assert not list(library.settings.home.glob("index/another/part-*"))


def test_codes_find_what_an_exact_scan_finds(monkeypatch) -> None:
    """Of the 20 nearest vectors, a search by compressed codes finds at least 19."""
    monkeypatch.setattr(dense, "LARGE", 1000)
    chance = np.random.default_rng(3)
    centres = chance.normal(size=(50, 48))
    vectors = centres[chance.integers(50, size=4000)] + 0.4 * chance.normal(size=(4000, 48))
    halves = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    coded, flat = open_vectors(halves), FlatIndex(halves)

    for among in (None, chance.random(4000) < 0.01, chance.random(4000) < 0.6):
        asked = halves[7].astype(np.float32)
        rows, cosines = coded.nearest(asked, 20, among)
        expected, best = flat.nearest(asked, 20, among)
        assert len(set(rows) & set(expected)) >= 19
        assert cosines[:5] == pytest.approx(best[:5], abs=1e-3)
        assert among is None or among[rows].all()
