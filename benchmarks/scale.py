"""Cost of a question in libraries of several sizes, from the query to the snippets.

`python -m benchmarks.scale DATA --cache DIR --write docs/scale.md` makes libraries from real
transcripts (see `benchmarks.resampled`) and stores them in DIR. It asks real questions through the
engine of the site, and compares the ranking with an exact scan. The cost is compared with FAISS,
sqlite-vec and tantivy, each alone, in the same run. Times are milliseconds of CPU time: pin the
process to one core.
"""

import argparse
import itertools
import json
import math
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.exact_scan import ExactScan
from benchmarks.resampled import Resampled, fill, read_talks
from benchmarks.rivals import faiss_flat, sqlite_vec, tantivy_words
from benchmarks.spoken_data import EVERYTHING, read_records
from library.access import GUEST
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.models import MentoringSession
from library.sessions import passages, sessions
from library.settings import Settings, read_settings
from library.store import Library, open_library
from search.embedding.embedder import Embedder, open_embedder
from search.engine import Engine
from tests.builders import add_session

QUESTIONS = 100
CHANGES = 10  # number of sessions that are saved and removed while questions are asked
TOP = 10


@dataclass
class Row:
    """Results at one size: `times` in milliseconds (p50, p95, p99), `facts` with their units."""

    size: int
    times: dict[str, tuple[float, ...]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)


def main() -> None:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder with sessions and questions")
    parser.add_argument("--cache", required=True, help="folder for the libraries")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--no-rivals", action="store_true", help="measure only the product")
    parser.add_argument("--write", help="file for the table with machine and date")
    arguments = parser.parse_args()
    data, cache = Path(arguments.data), Path(arguments.cache)
    embedder = open_embedder(read_settings())
    rows = []
    for size in arguments.sizes:
        home = _library_of(size, cache, partial(read_talks, data, embedder, cache))
        row = Row(size)
        first = json.loads(_in_a_new_process(home))
        row.facts |= {"start": f"{first['seconds']:.1f} s", "memory": f"{first['mib']:.0f} MiB"}
        library = open_library(Settings(home=home))
        _measure(row, library, embedder, _questions(data))
        if not arguments.no_rivals:
            _measure_rivals(row, library, embedder, _questions(data))
        library.close()
        rows.append(row)
        print(_table(rows), flush=True)
    if arguments.write:
        Path(arguments.write).write_text(_page(rows), encoding="utf-8")


def _questions(data: Path) -> list[str]:
    texts = [q["text"] for q in read_records(data, "queries") if "A" in q["tasks"]]
    return texts[:: max(1, len(texts) // QUESTIONS)][:QUESTIONS]


def _library_of(size: int, cache: Path, talks: Callable[[], Resampled]) -> Path:
    """Return the home folder of a library with *size* passages and an index, below *cache*.

    A library that does not exist yet is filled from the result of *talks*.
    """
    home = cache / f"home{size}"
    home.mkdir(parents=True, exist_ok=True)
    library = open_library(Settings(home=home))
    with library.reading() as db:
        filled = passages.census(db).count
    if filled < size:
        fill(library, talks(), size)
    library.close()
    _in_a_new_process(home)
    return home


def _in_a_new_process(home: Path) -> str:
    command = [sys.executable, "-m", "benchmarks.first_answer", str(home), str(time.time())]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def _measure(row: Row, library: Library, embedder: Embedder, questions: Sequence[str]) -> None:
    engine = Engine(library, embedder)
    with library.reading() as db:
        engine.snapshot(db)
    for question in questions[:3]:
        engine.search(question, EVERYTHING)
        engine.search(question, GUEST)
    row.times |= {
        "embedding": _timed([partial(embedder.embed_questions, [q]) for q in questions]),
        "embedding and ranking": _timed([partial(engine.rank, q, EVERYTHING) for q in questions]),
        "whole path": _timed([partial(engine.search, q, EVERYTHING) for q in questions]),
        "whole path, viewer of 1 %": _timed([partial(engine.search, q, GUEST) for q in questions]),
        "with quotes, people and counts": _timed(
            [partial(engine.explore, q, EVERYTHING) for q in questions]
        ),
    }
    ratio = row.times["whole path, viewer of 1 %"][0] / row.times["whole path"][0]
    row.facts["1 % against all"] = f"{ratio:.2f}"
    _compare(row, library, embedder, engine, questions)
    _change(row, library, embedder, engine, questions)


def _compare(
    row: Row, library: Library, embedder: Embedder, engine: Engine, questions: Sequence[str]
) -> None:
    """Compare the ranking of the engine with an exact scan, and store the results in *row*.

    An administrator searches all passages, a guest those of public sessions.
    """
    with library.reading() as db:
        snapshot = engine.snapshot(db)
        public = np.array(search_scope.sources_in(db, GUEST, Filters()), dtype=np.int64)
    exact = ExactScan(snapshot, embedder)
    same, alike, gained, recalled = 0, 0, [], []
    for text in questions:
        ranking = engine.rank(text, EVERYTHING, depth=TOP)
        question = ranking.question
        truth = exact.best(question, TOP)
        found = [item.passage_id for item in ranking.passages]
        same += set(truth) == set(found)
        alike += truth == found
        gained.append(_gain(found, truth))
        allowed = exact.best(question, TOP, public)
        seen = {item.passage_id for item in engine.rank(text, GUEST, depth=TOP).passages}
        recalled.append(len(seen & set(allowed)) / max(1, len(allowed)))
    row.facts |= {
        "same top 10": f"{same / len(questions):.1%}",
        "in the same order": f"{alike / len(questions):.1%}",
        "nDCG against exact": f"{np.mean(gained):.4f}",
        "recall of 1 %": f"{np.mean(recalled):.3f}",
    }


def _gain(found: Sequence[int], truth: Sequence[int]) -> float:
    """Return the nDCG of the passages *found*; the grades come from their ranks in *truth*.

    Both are passage ids, best first. *truth* is the exact ranking.
    """
    grades = {passage_id: len(truth) - place for place, passage_id in enumerate(truth)}

    def discounted(ids: Sequence[int]) -> float:
        return sum(grades.get(i, 0) / math.log2(place + 2) for place, i in enumerate(ids))

    return discounted(found) / (discounted(truth) or 1.0)


def _change(
    row: Row, library: Library, embedder: Embedder, engine: Engine, questions: Sequence[str]
) -> None:
    """Save and remove sessions while another thread asks questions, and store times in *row*.

    The times are the delay until a second engine finds or loses the changed session, and the
    longest answer time. All cores are used, as on a site.
    """
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    other = Engine(open_library(library.settings), embedder)
    with library.reading() as db:
        other.snapshot(db)
    other.search(questions[0], EVERYTHING)
    pauses: list[float] = []
    done = threading.Event()

    def ask() -> None:
        for number in range(10**9):
            if done.is_set():
                return
            began = time.perf_counter()
            engine.search(questions[number % len(questions)], EVERYTHING)
            pauses.append(time.perf_counter() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    seconds = [
        took for _ in range(CHANGES) for took in _saved_and_removed(library, other, embedder)
    ]
    done.set()
    asking.join()
    os.sched_setaffinity(0, pinned)
    row.facts |= {
        "a change is seen after": f"{max(seconds[::2]):.2f} / {max(seconds[1::2]):.2f} s",
        "longest question meanwhile": f"{1000 * max(pauses):.0f} ms",
    }


def _saved_and_removed(library: Library, other: Engine, embedder: Embedder) -> Iterator[float]:
    """Yield the seconds until another engine finds a new session, then until it is not found."""
    word = f"quokka{time.monotonic_ns()}"
    lines = [("Ada", f"The {word} came to us.")]
    built = add_session(library, title=word, lines=lines, embedder=embedder)
    with library.reading() as db:
        newest = passages.stamp(db).passage_id
    yield _until(lambda: newest in _found(other, word))
    with library.transaction() as db:
        session = db.get(MentoringSession, built.session_id)
        if session is not None:
            sessions.remove(db, session)
    yield _until(lambda: newest not in _found(other, word))


def _found(engine: Engine, word: str) -> list[int]:
    return [item.passage_id for item in engine.rank(word, EVERYTHING, depth=3).passages]


def _until(happened: Callable[[], bool]) -> float:
    began = time.perf_counter()
    while not happened():
        if time.perf_counter() - began > 60:
            raise SystemExit("The other engine did not see a change within a minute.")
    return time.perf_counter() - began


def _measure_rivals(
    row: Row, library: Library, embedder: Embedder, questions: Sequence[str]
) -> None:
    vectors = dict(zip(questions, embedder.embed_questions(questions), strict=True))
    with library.reading() as db:
        snapshot = Engine(library, embedder).snapshot(db)
        halves = np.concatenate([part.dense.halves() for part in snapshot.segments])
        texts = list(passages.texts(db))
    with TemporaryDirectory() as folder:
        for name, make in (
            ("FAISS flat alone", partial(faiss_flat, halves)),
            ("sqlite-vec alone", partial(sqlite_vec, halves, Path(folder))),
            ("tantivy alone", partial(tantivy_words, texts, Path(folder))),
        ):
            ask = make()
            row.times[name] = _timed([partial(ask, q, vectors[q]) for q in questions])
            del ask


def _timed(calls: Sequence[Callable[[], object]]) -> tuple[float, ...]:
    """Return the median, 95th and 99th percentile of the calls, in milliseconds of CPU time."""
    took = []
    for call in calls:
        began = time.process_time()
        call()
        took.append(1000 * (time.process_time() - began))
    return tuple(float(p) for p in np.percentile(took, (50, 95, 99)))


def _table(rows: Sequence[Row]) -> str:
    head = ["", *(f"{row.size:,}" for row in rows), "growth of p50"]
    lines = [head, ["---"] * len(head)]
    for name in dict.fromkeys(name for row in rows for name in row.times):
        times = [row.times.get(name) for row in rows]
        shown = [" / ".join(f"{t:.1f}" for t in each) if each else "" for each in times]
        known = [each for each in times if each]
        growth = [f"x{b[0] / a[0]:.1f}" for a, b in itertools.pairwise(known)]
        lines.append([f"{name}, ms p50 / p95 / p99", *shown, ", ".join(growth)])
    names = dict.fromkeys(name for row in rows for name in row.facts)
    lines += [[name, *(row.facts.get(name, "") for row in rows), ""] for name in names]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _page(rows: Sequence[Row]) -> str:
    day = datetime.now(UTC).date().isoformat()
    machine = f"{platform.machine()}, {_processor()}"
    return f"Measured on {day} on one core ({machine}).\n\n{_table(rows)}\n"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor()


if __name__ == "__main__":
    main()
