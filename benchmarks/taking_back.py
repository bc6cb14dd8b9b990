"""How soon is a phrase gone from everything, after somebody presses the button?

`python -m benchmarks.taking_back` fills a library with sessions of an hour's length and asks its
API to put a phrase off the record, and to take a session back for good, some times each: in one
process, and each time as the first thing that a process does, whose index is not on disk since the
press before took it away. The clock runs from the request until a look finds the phrase in no
answer of the search and in no name, file or row of the data folder. A look counts from its
beginning.
"""

import argparse
import random
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from library.access import GUEST
from library.accounts import tokens
from library.models import Role, Scope
from library.queue import WorkQueue
from library.settings import read_settings
from library.store import Library, open_library
from library.withdrawal import compaction
from search.engine import Engine
from tests.builders import LINE, Account, Built, add_account, add_session
from tests.fakes import BagOfWordsEmbedder
from tests.remains import remains_of
from web.site import create_app

WORDS = ("ask", "listen", "feedback", "morning", "kiln", "winter", "budget", "trust", "letter")
LINES = 360  # of a session: an hour
PATIENCE = 30.0  # seconds after which a phrase counts as kept
MIB = 1024 * 1024

Act = Callable[[Built], int]
Took = tuple[float, float, float]  # seconds: until the answer, until it was gone, of processor


def secret_of(number: int) -> str:
    """The word that only one session holds."""
    return f"zanzibar{number}flamingo"


def build(library: Library, owner: Account, sessions: int) -> list[Built]:
    """Sessions of an hour, each with a phrase that is nowhere else."""
    chance, built = random.Random(4), []  # noqa: S311
    for number in range(sessions):
        lines = [(f"Voice {n % 2}", " ".join(chance.choices(WORDS, k=25))) for n in range(LINES)]
        lines[LINES // 2] = ("Voice 1", f"The word was {secret_of(number)} until Easter.")
        content = chance.randbytes(100_000)
        title = f"Talk {number}"
        built.append(add_session(library, title=title, lines=lines, owner=owner, content=content))
    return built


def acts(library: Library, engine: Engine, token: str) -> dict[str, Act]:
    """The two ways to take something back, by the API; each gives the status of its answer."""
    app = create_app(library=library, engine=engine, queue=WorkQueue(library.settings.home))
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}", "If-Match": "*"}

    def off_record(one: Built) -> int:
        start = LINES // 2 * LINE
        wanted = {"source_id": one.source_id, "start": start, "end": start + LINE}
        address = f"/api/v1/sessions/{one.session_id}/redactions"
        return client.post(address, json=wanted, headers=headers).status_code

    def take_back(one: Built) -> int:
        address = f"/api/v1/sessions/{one.session_id}?for_good=true"
        return client.delete(address, headers=headers).status_code

    return {"off the record": off_record, "taken back": take_back}


def found(library: Library, engine: Engine, secret: str) -> str:
    """Where a look still finds the phrase; "" where it is gone."""
    answer = engine.search(f"{secret} until easter", GUEST)
    if any(secret in hit.text for session in answer.sessions for hit in session.hits):
        return "the search"
    return ", ".join(remains_of(library.settings.home, secret))


def seconds_until_gone(act: Act, one: Built, look: Callable[[], str]) -> Took:
    """Seconds until the answer, and until the beginning of the first look that found nothing."""
    began, worked = time.perf_counter(), time.thread_time()
    status = act(one)
    answered, worked = time.perf_counter() - began, time.thread_time() - worked
    if status not in {200, 204}:
        raise SystemExit(f"the API answered {status}")
    while True:
        looked = time.perf_counter() - began
        if not look():
            return answered, looked, worked
        if looked > PATIENCE:
            return answered, float("inf"), worked


def press(home: Path, token: str, name: str, wanted: list[tuple[int, Built]]) -> list[Took]:
    """Take something of each session back, in this process: seconds, as above."""
    library = open_library(read_settings(home=home))
    engine = Engine(library, BagOfWordsEmbedder())
    act, took = acts(library, engine, token)[name], []
    for number, one in wanted:
        look = partial(found, library, engine, secret_of(number))
        took.append(seconds_until_gone(act, one, look))
        if look():
            raise SystemExit("the phrase came back")
    library.close()
    return took


def say(name: str, took: list[Took]) -> None:
    """Print how long it took."""
    answers, gone, worked = ([one[i] for one in took] for i in range(3))
    print(
        f"{name}: answered in {max(answers):.2f} s, gone after {max(gone):.2f} s at most, ", end=""
    )
    print(f"{median(gone):.2f} s in the median; ", end="")
    print(f"{max(worked):.2f} s of processor for the request at most", flush=True)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--times", type=int, default=8)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        library = open_library(read_settings(home=Path(folder)))
        owner = add_account(library, "Ada", Role.ADMIN)
        left = list(enumerate(build(library, owner, given.sessions)))
        with library.transaction() as db:
            _, token = tokens.add(db, owner.id, "benchmark", scopes=tuple(Scope))
        compaction.run(library)  # what building the library has left to do
        print(f"{given.sessions} sessions of an hour, {given.sessions * LINES} passages,")
        print(f"{library.size() / MIB:.0f} MiB of database", flush=True)
        library.close()
        with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            for name in ("off the record", "taken back"):
                wanted, left = left[: given.times], left[given.times :]
                say(name, pool.apply(press, (Path(folder), token, name, wanted)))
                wanted, left = left[: given.times], left[given.times :]
                each = [pool.apply(press, (Path(folder), token, name, [one])) for one in wanted]
                say(f"{name}, first in a process", [pair for one in each for pair in one])


if __name__ == "__main__":
    main()
