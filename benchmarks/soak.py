"""Soak test of concurrent searches and one writer: no passage is lost, doubled or restored.

`python -m benchmarks.soak --minutes 10` starts one thread that saves and removes sessions, and
several that ask through separate engines, as web processes do. Every answer must be one of the
states that the library had between the start and the end of the question.
"""

import argparse
import random
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.spoken_data import EVERYTHING
from library.models import MentoringSession
from library.sessions import sessions
from library.settings import Settings
from library.store import Library, open_library
from search.engine import Engine
from search.index import live_index, segment_store
from tests.builders import add_session
from tests.fakes import BagOfWordsEmbedder

READERS = 3
WORD = "walrus"
MOST = 200  # largest number of sessions
LARGE = 60  # passages from which an index segment is saved on disk; small, so that this is tested


class Model:
    """Past states of the library, each a set of passage ids."""

    def __init__(self) -> None:
        self.states: list[frozenset[int]] = [frozenset()]
        self.alive: dict[int, frozenset[int]] = {}  # by session
        self.wrong: list[str] = []
        self.asked = 0
        self.done = threading.Event()
        self.changing = threading.Lock()  # locked from before a commit until it is recorded

    def note(self) -> None:
        """Record the present state of the library."""
        self.states.append(frozenset().union(*self.alive.values()))

    def check(self, found: list[int], first: int) -> None:
        """Store a difference if the passage ids *found* are wrong.

        They are wrong if they have duplicates, or if they equal none of the states that the library
        had since the question was asked. *first* is the number of states recorded before the
        question.
        """
        self.asked += 1
        with self.changing:  # all commits before the answer are recorded by then
            if len(found) != len(set(found)):
                self.wrong.append(f"doubled: {len(found) - len(set(found))}")
            elif frozenset(found) not in self.states[max(0, first - 1) :]:
                self.wrong.append(f"{sorted(set(found) ^ self.states[-1])[:10]}")


def main() -> None:
    """Run the readers and the writer, and print the result.

    Raises:
        SystemExit: An answer was wrong, or a new process found other passages.
    """
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    segment_store.LEAST = LARGE
    live_index.REST = 1.0
    model = Model()
    with TemporaryDirectory() as folder:
        library = open_library(Settings(home=Path(folder)))
        views = [open_library(library.settings) for _ in range(READERS)]
        readers = [threading.Thread(target=_ask, args=(view, model)) for view in views]
        for reader in readers:
            reader.start()
        _write(library, model, time.monotonic() + 60 * arguments.minutes)
        model.done.set()
        for reader in readers:
            reader.join()
        fresh = _found(Engine(library, BagOfWordsEmbedder()))
    print(f"{len(model.states)} changes, {model.asked} answers, {len(model.wrong)} wrong")
    print(f"A new process finds all passages: {frozenset(fresh) == model.states[-1]}")
    if model.wrong or frozenset(fresh) != model.states[-1]:
        raise SystemExit("\n".join(model.wrong[:20]))


def _write(library: Library, model: Model, until: float) -> None:
    chance = random.Random(1)  # noqa: S311  (repeatable, not secret)
    number = 0
    while time.monotonic() < until:
        number += 1
        with model.changing:
            _change(library, model, chance, number)
            model.note()


def _change(library: Library, model: Model, chance: random.Random, number: int) -> None:
    if model.alive and (len(model.alive) >= MOST or chance.random() < 0.4):
        session_id = chance.choice(list(model.alive))
        with library.transaction() as db:
            session = db.get(MentoringSession, session_id)
            if session is not None:
                sessions.remove(db, session)
        del model.alive[session_id]
    else:
        lines = [("Ada", f"The {WORD} {number} waits."), ("Ben", f"A {WORD}?")]
        built = add_session(library, title=str(number), lines=lines)
        model.alive[built.session_id] = frozenset(built.passage_ids)


def _ask(library: Library, model: Model) -> None:
    engine = Engine(library, BagOfWordsEmbedder())
    while not model.done.is_set():
        first = len(model.states)
        model.check(_found(engine), first)


def _found(engine: Engine) -> list[int]:
    ranked = engine.rank(WORD, EVERYTHING, depth=100_000).passages
    return [item.passage_id for item in ranked]


if __name__ == "__main__":
    main()
