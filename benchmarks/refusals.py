"""Rate of "nothing found" for questions with and without an answer in the library.

Each question is asked where its answer exists: in the whole library, and only in the sessions for
which it was written. Then it is asked where no answer exists: without the sessions that answer it,
without all sessions of the same series, without all sessions on the same subject, and in one other
session.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchmarks.spoken_data import EVERYTHING, Corpus, Record
from library.discovery.search_scope import Filters
from search.engine import Engine

ASKED = 300  # questions per corpus, at even intervals
REFUSED = ("everything", "its own session")  # scenarios in which the rate should be low
RECOGNISED = ("sessions out", "series out", "subject out", "another session")  # should be high


def print_refusals(corpus: Corpus, queries: Sequence[Record], engine: Engine) -> None:
    """Ask the questions in each scenario and print the share with nothing found."""
    questions = [query for query in queries if "A" in query["tasks"]]
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for number, query in enumerate(questions[:: max(1, len(questions) // ASKED)]):
        for scenario, filters in _scenarios(corpus, query, number):
            ranking = engine.rank(query["text"], EVERYTHING, filters=filters)
            for name in (query["group"], "all"):
                counts[name, scenario].append(not ranking.answers)
    print("\nShare with nothing found: wrong in the first two columns, right in the others.")
    print(f"{'':17}{'n':>5}" + "".join(f"{name:>17}" for name in (*REFUSED, *RECOGNISED)))
    for group in sorted({name for name, _ in counts}):
        shares = [counts[group, scenario] for scenario in (*REFUSED, *RECOGNISED)]
        line = "".join(f"{sum(s) / len(s):>17.1%}" if s else f"{'':17}" for s in shares)
        print(f"{group:17}{len(shares[0]):5}{line}")


def _scenarios(corpus: Corpus, query: Record, number: int) -> Iterator[tuple[str, Filters]]:
    """Yield (name, filters) of each scenario. Scenarios without sessions are left out.

    *number* selects the session of the scenario "another session", which does not have the answer.
    """
    yield "everything", Filters()
    yield "its own session", corpus.filters(query["scope"])
    yield "sessions out", corpus.without_answer(query)
    for scenario, kin in (("series out", "collection"), ("subject out", "group")):
        rest = corpus.without_kin(query, kin)
        if rest is not None:
            yield scenario, rest
    yield "another session", corpus.elsewhere(query, number)
