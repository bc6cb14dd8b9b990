"""How fast is a question, from its words to its snippets, in a small and in a large library?

`python -m benchmarks.scale DATA --sizes 10000 100000` fills libraries of these sizes by repeating
real transcripts, each copy with its real vectors mixed with those of others, and asks real
questions through the engine of the site. Times are seconds of processor, one thread, beside a
bare FAISS scan of the same vectors, which embeds nothing, reads nothing and ranks by cosine only.
"""

import argparse
import itertools
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.spoken_data import EVERYTHING, Corpus, Record, read_records
from library import passages, sessions
from library.access import GUEST
from library.models import Release, Visibility
from library.settings import Settings, read_settings
from library.store import open_library
from search.dense import FlatIndex, stacked
from search.embed import Embedder, Vectors, open_embedder
from search.engine import Engine

BASE = 2_000  # passages that are really embedded
SHARE = 100  # a guest may see one session in so many
QUESTIONS = 100
MIXED = 0.35  # how much of another passage's vector each copy gets: no two are the same


@dataclass(frozen=True)
class Row:
    """What was measured at one size."""

    passages: int
    first: float  # seconds until a new process has answered its first question
    everything: tuple[float, float]  # milliseconds of processor, median and 95th percentile
    guest: tuple[float, float]  # the same for who may see one in a hundred
    bare: tuple[float, float]  # FAISS alone
    fresh: float  # seconds from saving a session until its passage is found
    memory: float  # MiB that the index added to the process


class Copier:
    """Embeds each text once, and gives copies of it vectors that differ a little."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.words = embedder.words
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}
        self._chance = np.random.default_rng(1)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The mixed vectors, of unit length."""
        if fresh := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known |= dict(zip(fresh, self._embedder.embed(fresh), strict=True))
        pool = list(self._known.values())
        others = np.stack([pool[i] for i in self._chance.integers(len(pool), size=len(texts))])
        mixed = np.stack([self._known[text] for text in texts]) + np.float32(MIXED) * others
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder with sessions and questions")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    arguments = parser.parse_args()
    data = Path(arguments.data)
    embedder = open_embedder(read_settings())
    records = _base(data)
    asked = [q["text"] for q in read_records(data, "queries") if q["corpus"] == "talk"]
    questions = asked[:: max(1, len(asked) // QUESTIONS)][:QUESTIONS]
    rows = [_measured(size, records, questions, embedder) for size in arguments.sizes]
    _print_table(rows)


def _base(data: Path) -> list[Record]:
    """Sessions of about `BASE` passages, of all kinds that there are."""
    every = [r for r in read_records(data, "sessions") if r["corpus"] == "talk"]
    words, chosen = 0, []
    for record in every[:: max(1, len(every) // 40)]:
        if words < 60 * BASE:
            chosen.append(record)
            words += sum(len(turn["text"].split()) for turn in record["turns"])
    return chosen


def _measured(
    size: int, records: Sequence[Record], questions: Sequence[str], embedder: Embedder
) -> Row:
    with TemporaryDirectory() as folder:
        corpus = Corpus(open_library(Settings(home=Path(folder))))
        _fill(corpus, records, size, Copier(embedder))
        engine = Engine(corpus.library, embedder)
        before, began = _resident(), time.perf_counter()
        engine.search(questions[0], EVERYTHING)
        first = time.perf_counter() - began
        memory = _resident() - before
        engine.search(questions[0], GUEST)
        vectors = embedder.embed(questions)
        scan = _bare(corpus, embedder)
        return Row(
            passages=len(corpus.spans),
            first=first,
            everything=_timed([partial(engine.search, q, EVERYTHING) for q in questions]),
            guest=_timed([partial(engine.search, q, GUEST) for q in questions]),
            bare=_timed([partial(scan.nearest, v, 10) for v in vectors]),
            fresh=_fresh(corpus, engine, records[0], embedder),
            memory=memory,
        )


def _fill(corpus: Corpus, records: Sequence[Record], size: int, copier: Copier) -> None:
    for copy, record in enumerate(itertools.cycle(records)):
        if len(corpus.spans) >= size:
            return
        corpus.add({**record, "id": f"{record['id']}/{copy}"}, copier)
        if copy % SHARE == 0:
            _publish(corpus)


def _publish(corpus: Corpus) -> None:
    """Let everybody see the newest session."""
    with corpus.library.transaction() as db:
        shown = sessions.visible(db, EVERYTHING, limit=1)[0]
        shown.visibility, shown.release = Visibility.PUBLIC, Release.RELEASED


def _bare(corpus: Corpus, embedder: Embedder) -> FlatIndex:
    with corpus.library.reading() as db:
        rows = passages.rows_after(db, 0, model=embedder.model, limit=10**9)
    return FlatIndex(stacked([row.vector for row in rows], embedder.dimension))


def _fresh(corpus: Corpus, engine: Engine, record: Record, embedder: Embedder) -> float:
    word = "quokkas"
    turn = {**record["turns"][0], "text": f"The {word} came to the meeting."}
    corpus.add({**record, "id": word, "turns": [turn]}, embedder)
    began = time.perf_counter()
    found = engine.search(word, EVERYTHING).hits
    took = time.perf_counter() - began
    if not found or word not in found[0].text:
        raise SystemExit("A passage that was saved is not found.")
    return took


def _timed(calls: Sequence[Callable[[], object]]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds of processor."""
    took = []
    for call in calls:
        began = time.process_time()
        call()
        took.append(1000 * (time.process_time() - began))
    return float(np.median(took)), float(np.percentile(took, 95))


def _resident() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _print_table(rows: Sequence[Row]) -> None:
    print("passages | first answer | question p50 / p95 | guest p50 / p95 | FAISS p50 / p95 | "
          "fresh | memory | growth of p50")  # fmt: skip
    for before, row in zip([None, *rows], rows, strict=False):
        growth = f"x{row.everything[0] / before.everything[0]:.1f}" if before else ""
        print(
            f"{row.passages} | {row.first:.1f} s | {_pair(row.everything)} | {_pair(row.guest)} | "
            f"{_pair(row.bare)} | {row.fresh:.2f} s | {row.memory:.0f} MiB | {growth}"
        )


def _pair(times: tuple[float, float]) -> str:
    return f"{times[0]:.1f} / {times[1]:.1f} ms"


if __name__ == "__main__":
    main()
