"""Time until a removed phrase is in no file, and the longest wait of a save meanwhile.

`python -m benchmarks.taking_back --passages 43200` fills a library with passages and vectors of
real size. Through the API it redacts phrases and takes sessions back, several times each. At the
same time a worker runs, and another process saves rows without a pause. It prints:

- seconds until the answer, and until a search does not find the phrase (receipt, line 1)
- seconds until `grep` finds the phrase in no file of the home folder, and the receipt is completed
  (receipt, line 2)
- the longest wait of a save meanwhile, in seconds

With more than 100,000 passages the worker would wait for a quiet minute, so the benchmark starts
the compaction at once. `--no-index` skips the search, whose index takes long to build.
`--word-times` adds word times, which recordings have and notes do not. They take two thirds of a
database.
"""

import argparse
import math
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from benchmarks.resampled import Talk, fill
from library.access import GUEST
from library.accounts import tokens
from library.models import Base, Role, Scope, Segment, ServiceSetting
from library.queue import WorkQueue
from library.removal import compaction
from library.sessions import erasure
from library.sessions.passages import PassageDraft
from library.sessions.segments import SegmentDraft
from library.settings import read_settings
from library.store import Library, open_library
from search.engine import Engine
from search.forget import forget
from tests.builders import LINE, Account, Built, add_account, add_session
from tests.fakes import BagOfWordsEmbedder
from web.app import create_app

COPIED = {
    "mentoring_session": ("id",),
    "source": ("id", "session_id"),
    "transcript_version": ("id", "source_id"),
    "segment": ("id", "version_id"),
    "passage": ("id", "version_id", "source_id", "session_id"),
    "embedding": ("passage_id",),
}
"""Tables whose rows are copied, and their id columns, which are renumbered."""
MADE = 50_000  # passages made one by one; all others are copies of them
LINES = 360  # segments per session of one hour
WORDS = 60  # words per segment
KNOWN = 5_000  # size of the vocabulary
PATIENCE = 600.0  # seconds after which a removal counts as failed
PAUSE = 0.05  # seconds between two saves
MIB = 1024 * 1024

Removal = Callable[[Built], int]


class RealSize(BagOfWordsEmbedder):
    """Bag-of-words embedder with the vector length of the default model."""

    dimension = 384


class Talks:
    """Synthetic sessions of one hour with random words and vectors."""

    model = RealSize.model

    def __init__(self, *, word_times: bool) -> None:
        self._word_times = word_times
        letters = random.Random(4)  # noqa: S311
        sizes = [letters.randint(2, 9) for _ in range(KNOWN)]
        self._words = ["".join(letters.choices("abcdefghijklmnop", k=size)) for size in sizes]

    def copies(self) -> Iterator[Talk]:
        """Yield an endless series of sessions."""
        chance, vectors = random.Random(5), np.random.default_rng(6)  # noqa: S311
        number = 0
        while True:
            number += 1
            texts = [" ".join(chance.choices(self._words, k=WORDS)) for _ in range(LINES)]
            rows = vectors.standard_normal((LINES, RealSize.dimension), dtype=np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            yield Talk(f"Talk {number}", *_lines(texts, chance, word_times=self._word_times), rows)


def _lines(
    texts: list[str], chance: random.Random, *, word_times: bool
) -> tuple[list[SegmentDraft], list[PassageDraft]]:
    segments, drafts = [], []
    for number, text in enumerate(texts):
        start, speaker = number * LINE, f"Speaker {number % 2}"
        words = _timed(text.split(), start, chance) if word_times else []
        segments.append(
            SegmentDraft(text=text, speaker=speaker, start=start, end=start + LINE, words=words)
        )
        drafts.append(
            PassageDraft(
                first_segment=number,
                last_segment=number,
                start=start,
                end=start + LINE,
                text=f"{speaker}: {text}",
                speakers=[(speaker, WORDS)],
            )
        )
    return segments, drafts


def _timed(
    words: list[str], start: float, chance: random.Random
) -> list[tuple[str, float, float, float]]:
    """Return words with start, end and probability, rounded as by speech recognition."""
    length = LINE / len(words)
    return [
        (
            word,
            round(start + place * length, 2),
            round(start + (place + 1) * length, 2),
            round(chance.random(), 3),
        )
        for place, word in enumerate(words)
    ]


def multiply(library: Library, times: int) -> None:
    """Copy all rows of a library under new ids, so that it has *times* as many."""
    with library.reading() as db:
        size = db.scalar(select(func.max(Segment.id))) or 0  # the largest id of all tables
    for number in range(1, times):
        with library.transaction() as db:
            for name, keys in COPIED.items():
                table = Base.metadata.tables[name]
                columns = [column.name for column in table.columns]
                rows = [
                    (table.c[name] + number * size).label(name) if name in keys else table.c[name]
                    for name in columns
                ]
                first = table.c[keys[0]] <= size
                db.execute(insert(table).from_select(columns, select(*rows).where(first)))


def secret_of(number: int) -> str:
    """Return the unique word of session number *number*."""
    return f"zanzibar{number}flamingo"


def add_secrets(library: Library, owner: Account, sessions: int) -> list[Built]:
    """Add sessions of one hour, each with a unique phrase."""
    chance, built = random.Random(7), []  # noqa: S311
    for number in range(sessions):
        lines = [(f"Speaker {n % 2}", f"the answer number {n} of it") for n in range(LINES)]
        lines[LINES // 2] = ("Speaker 1", f"The word was {secret_of(number)} until Easter.")
        content, title = chance.randbytes(100_000), f"A talk {number}"
        made = add_session(
            library,
            title=title,
            lines=lines,
            owner=owner,
            content=content,
            embedder=RealSize(),
        )
        built.append(made)
    return built


def removals(library: Library, engine: Engine, token: str) -> dict[str, Removal]:
    """Return two functions by the names "off the record" and "taken back".

    By the API, the first redacts the phrase of a session, and the second removes the session. Both
    return the HTTP status.
    """
    app = create_app(library=library, engine=engine, queue=WorkQueue(library.settings.home))
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}", "If-Match": "*"}
    client.get("/api/v1/sessions", headers=headers)  # work done once per process is not measured

    def off_record(one: Built) -> int:
        start = LINES // 2 * LINE
        wanted = {"source_id": one.source_id, "start": start, "end": start + LINE}
        address = f"/api/v1/sessions/{one.session_id}/redactions"
        return client.post(address, json=wanted, headers=headers).status_code

    def take_back(one: Built) -> int:
        address = f"/api/v1/sessions/{one.session_id}?for_good=true"
        return client.delete(address, headers=headers).status_code

    return {"off the record": off_record, "taken back": take_back}


def work(home: Path, stop: Event, *, at_once: bool) -> None:
    """Complete removals as the worker does, until *stop* is set. Runs in a separate process.

    With *at_once*, the compaction of the database does not wait for a quiet minute.
    """
    library = open_library(read_settings(home=home))
    library.forget_passages = partial(forget, library.settings)
    compactor = compaction.Compactor(library)
    while not stop.wait(1.0):
        with library.reading() as db:
            waits = bool(erasure.open_removals(db))
        if at_once and waits:
            compaction.run(library)
        compactor.step()
    library.close()


def save(home: Path, stop: Event, longest: Any) -> None:
    """Save a row every `PAUSE` seconds until *stop* is set.

    Store the longest wait, in seconds, in `longest.value`. Runs in a separate process.
    """
    library = open_library(read_settings(home=home))
    while not stop.wait(PAUSE):
        began = time.perf_counter()
        with library.transaction() as db:
            db.merge(ServiceSetting(name="benchmark", value=str(began)))
        longest.value = max(longest.value, time.perf_counter() - began)
    library.close()


@contextmanager
def beside(home: Path, *, at_once: bool) -> Iterator[Any]:
    """Run the functions `work` and `save` in two processes during a `with` block.

    Yields:
        Shared number whose `value` is the longest wait of a save, in seconds. The caller may reset
        it to zero.
    """
    context = get_context("spawn")
    stop, longest = context.Event(), context.Value("d", 0.0)
    processes = [
        context.Process(target=work, args=(home, stop), kwargs={"at_once": at_once}),
        context.Process(target=save, args=(home, stop, longest)),
    ]
    for process in processes:
        process.start()
    try:
        yield longest
    finally:
        stop.set()
        for process in processes:
            process.join()


def on_disk(home: Path, secret: str) -> bool:
    """Return whether a file of the home folder contains the phrase.

    A separate process reads the files: opening and closing the database's files in this process
    would drop the locks that SQLite holds on them.
    """
    command = ["grep", "-raqF", secret, str(home)]
    return subprocess.run(command, check=False).returncode == 0


def seconds_until_gone(
    library: Library, engine: Engine | None, remove: Removal, one: Built, secret: str
) -> tuple[float, float, float]:
    """Run a removal and measure how long its steps take.

    Returns:
        Seconds until the answer, until the search does not find the phrase, and until no file
        contains it.

    Raises:
        SystemExit: The API refused, or the phrase is still found.
    """
    began = time.perf_counter()
    status = remove(one)
    answered = time.perf_counter() - began
    if status not in {200, 204}:
        raise SystemExit(f"the API answered {status}")
    if engine is not None:
        answer = engine.search(f"{secret} until easter", GUEST)
        if any(secret in hit.text for session in answer.sessions for hit in session.hits):
            raise SystemExit("the search still finds the phrase")
    hidden = time.perf_counter() - began
    while on_disk(library.settings.home, secret) or _is_open(library, one.session_id):
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit("the phrase is still on the disk")
        time.sleep(0.5)
    return answered, hidden, time.perf_counter() - began


def _is_open(library: Library, session_id: int) -> bool:
    """Return whether an erasure of the session's text is open. Erasures of audio do not count."""
    with library.reading() as db:
        return any(
            one.session_id == session_id and one.kind == "session"
            for one in erasure.open_removals(db)
        )


def main() -> None:
    """Measure both kinds of removal and print the largest times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=43_200)
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--no-index", action="store_true", help="skip the search")
    parser.add_argument(
        "--word-times", action="store_true", help="add word times, as recordings have"
    )
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder)
        library = open_library(read_settings(home=home))
        copies = math.ceil(arguments.passages / MADE)
        talks = Talks(word_times=arguments.word_times)
        fill(library, talks, arguments.passages // copies)  # type: ignore[arg-type]  # has copies()
        multiply(library, copies)
        owner = add_account(library, "Ada", Role.ADMIN)
        left = list(enumerate(add_secrets(library, owner, 2 * arguments.times)))
        with library.transaction() as db:
            _, token = tokens.add(db, owner.id, "benchmark", scopes=tuple(Scope))
        library.empty_log()
        print(
            f"{arguments.passages} passages, {library.size() / MIB:.0f} MiB of database", flush=True
        )
        engine = Engine(library, RealSize())
        if not arguments.no_index:
            with library.reading() as db:
                engine.snapshot(db)
        searched = None if arguments.no_index else engine
        with library.reading() as db:
            is_large = erasure.is_large(db)
        with beside(home, at_once=is_large) as longest:
            for name, remove in removals(library, engine, token).items():
                longest.value = 0.0
                wanted, left = left[: arguments.times], left[arguments.times :]
                took = [
                    seconds_until_gone(library, searched, remove, one, secret_of(number))
                    for number, one in wanted
                ]
                answered, hidden, erased = (max(one[i] for one in took) for i in range(3))
                print(
                    f"{name}, at most: answered in {answered:.2f} s, not found after "
                    f"{hidden:.2f} s, gone from the disk after {erased:.1f} s; a save waited "
                    f"{longest.value:.2f} s",
                    flush=True,
                )
        library.close()


if __name__ == "__main__":
    main()
