"""What is kept of the index on disk is the index, or is not believed; what must go is gone."""

import shutil
import threading

import numpy as np
import pytest

from library.access import GUEST, Viewer
from library.holdings import passages, sessions
from library.models import Role, Visibility
from library.settings import Settings
from library.store import Library, open_library
from search import dense, index, kept, sieve
from search.dense import FlatIndex, open_vectors
from search.engine import Engine
from search.part import Part
from tests.builders import Built, add_session
from tests.fakes import BagOfWordsEmbedder

ADMIN = Viewer(role=Role.ADMIN)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test has is large enough to be kept, at once."""
    monkeypatch.setattr(kept, "LEAST", 1)
    monkeypatch.setattr(index, "REST", 0.0)


@pytest.fixture
def talks(library: Library) -> list[Built]:
    """Six sessions, one of which says a name."""
    said = ["budget and team", "the bridge", "Kowalski resigned", "a garden", "hiring", "feedback"]
    return [
        add_session(library, title=f"{n}", lines=[("Ada", f"We spoke of {text}."), ("Ben", "Yes.")])
        for n, text in enumerate(said)
    ]


def settled(engine: Engine, question: str = "budget bridge") -> list[tuple[int, float]]:
    """All that is found, once what works in the background has ended."""
    ranked = engine.rank(question, GUEST, depth=1000).passages
    for thread in threading.enumerate():
        if thread.name == "merge-index":
            thread.join(300)
    return sorted((item.passage_id, round(item.score, 3)) for item in ranked)


def folders(library: Library) -> list[str]:
    """The parts that one finds on disk."""
    return sorted(path.name for path in library.settings.home.glob("index/*/part-*"))


def test_a_new_process_answers_from_disk_and_follows(library, embedder, talks) -> None:
    """What is on disk is used as it is; what was saved and removed since is taken in."""
    settled(Engine(library, embedder))
    on_disk = folders(library)
    add_session(library, title="New", lines=[("Cleo", "The budget again.")])
    with library.transaction() as db:
        sessions.remove(db, db.get(sessions.MentoringSession, talks[0].session_id))

    other = Engine(open_library(library.settings), embedder)
    with library.reading() as db:
        used = [part.folder for part in other.snapshot(db).parts]

    assert on_disk
    assert used[: len(on_disk)] == on_disk
    followed = settled(other)
    shutil.rmtree(library.settings.home / "index")
    assert followed == settled(Engine(library, embedder))


def test_a_damaged_file_is_not_believed(library, embedder, talks) -> None:
    """Each file with a flipped byte, cut short or gone: the index is built anew, the same."""
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
        assert kept.Shelf(library.settings, embedder.model).load() is None
        path.write_bytes(whole)

    spoils[1](folder / "stems.places.npy")
    assert settled(Engine(library, embedder)) == before


def test_an_index_of_another_library_is_not_believed(library, embedder, talks, tmp_path) -> None:
    """A copied home folder, or a database from a backup, does not answer with foreign words."""
    settled(Engine(library, embedder))
    other = open_library(Settings(home=tmp_path / "other"))
    built = add_session(other, lines=[("Ada", "The budget of the bridge.")])
    shutil.copytree(library.settings.home / "index", tmp_path / "other" / "index")

    found = settled(Engine(other, embedder))

    assert {i for i, _ in found} == set(built.passage_ids)


def test_words_that_are_taken_back_are_gone_from_disk_at_once(library, embedder, talks) -> None:
    """`forget` leaves no trace of them, and what is kept later does not have them either."""
    engine = Engine(library, embedder)
    settled(engine)
    assert says(library, b"kowalski")
    with library.transaction() as db:
        passages.remove(db, talks[2].passage_ids)

    kept.forget(library.settings, talks[2].passage_ids)
    at_once = says(library, b"kowalski")
    settled(engine)

    assert not at_once
    assert folders(library)
    assert not says(library, b"kowalski")
    assert settled(engine) == settled(Engine(open_library(library.settings), embedder))


def test_what_is_removed_while_a_part_is_written_does_not_wait_for_it(
    library, embedder, talks
) -> None:
    """Whoever takes words back is done at once; what was being written is gone with its words."""
    with library.reading() as db:
        (part,) = Engine(library, embedder).snapshot(db).parts
    deleted: list[int] = []

    def remove(_: Part) -> bool:
        deleted.append(kept.forget(library.settings, talks[2].passage_ids))
        return False

    used = kept.Shelf(library.settings, "another").keep([part], remove)

    assert deleted[0] >= 1
    assert list(used) == [part]
    assert not list(library.settings.home.glob("index/another/part-*"))


def test_what_is_removed_before_a_part_is_in_its_place_keeps_it_out(
    library, embedder, talks
) -> None:
    """A part that was written for nothing leaves no file behind."""
    with library.reading() as db:
        (part,) = Engine(library, embedder).snapshot(db).parts
    answers = iter([False, True])

    used = kept.Shelf(library.settings, "another").keep([part], lambda _: next(answers))

    assert list(used) == [part]
    assert not list(library.settings.home.glob("index/another/part-*"))


def says(library: Library, word: bytes) -> bool:
    """Whether a file of the index holds a word."""
    files = [path for path in library.settings.home.glob("index/**/*") if path.is_file()]
    return any(word in path.read_bytes().lower() for path in files)


def test_a_part_without_all_its_vectors_is_not_kept(library, talks) -> None:
    """What a model has not embedded yet must not stay so on disk."""
    settled(Engine(library, None))

    class Other(BagOfWordsEmbedder):
        model = "another"

    settled(Engine(library, Other()))

    assert not list(library.settings.home.glob("index/another/part-*"))


def test_the_sieve_keeps_what_the_full_scan_finds(library, embedder, monkeypatch) -> None:
    """Of many blocks few are scored, and the best ten are those of all; for a guest, too."""
    chance = np.random.default_rng(5)
    words = np.array(
        [
            "budget",
            "team",
            "bridge",
            "garden",
            "school",
            "launch",
            "letter",
            "winter",
            "music",
            "river",
        ]
    )
    for number in range(60):
        lines = [("Ada", " ".join(chance.choice(words, 12)) + f" {n}.") for n in range(12)]
        seen = Visibility.PUBLIC if number % 3 == 0 else Visibility.PRIVATE
        add_session(library, title=f"{number}", lines=lines, visibility=seen)
    engine = Engine(library, embedder)
    questions = ("budget of the team", "winter music by the river", "letter garden")

    whole = [[p.passage_id for p in engine.rank(q, v, depth=10).passages]
             for q in questions for v in (ADMIN, GUEST)]  # fmt: skip
    monkeypatch.setattr(sieve, "WHOLE", 30)
    monkeypatch.setattr(sieve, "CHOSEN", 30)
    sieved = [[p.passage_id for p in engine.rank(q, v, depth=10).passages]
              for q in questions for v in (ADMIN, GUEST)]  # fmt: skip

    assert sieved == whole


def test_codes_find_what_an_exact_scan_finds(monkeypatch) -> None:
    """The nearest by codes, compared exactly, are the nearest; among few and many rows alike."""
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
