"""How often nothing is said to be found: where an answer is, and where none can be.

Each question is asked of everything and of its own session, which answer it; then without the
sessions that do, without their whole series, without all sessions of their data set (a question
about another subject), and of one session of somebody else's, none of which can.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from benchmarks.spoken_data import EVERYTHING, Corpus, Record
from library.searching.scope import Filters
from search.engine import Engine

ASKED = 300  # questions of a corpus, evenly taken
REFUSED = ("everything", "its own session")  # should be low
RECOGNISED = ("sessions out", "series out", "subject out", "another session")  # should be high


def print_refusals(corpus: Corpus, queries: Sequence[Record], engine: Engine) -> None:
    """Ask, count, print."""
    asked = [query for query in queries if "A" in query["tasks"]]
    counts: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for number, query in enumerate(asked[:: max(1, len(asked) // ASKED)]):
        for scenario, filters in _scenarios(corpus, query, number):
            ranking = engine.rank(query["text"], EVERYTHING, filters=filters)
            for name in (query["group"], "all"):
                counts[name, scenario].append(not ranking.answers)
    print("\nSaid to be without an answer: wrongly (the first two), rightly (the others).")
    print(f"{'':17}{'n':>5}" + "".join(f"{name:>17}" for name in (*REFUSED, *RECOGNISED)))
    for group in sorted({name for name, _ in counts}):
        shares = [counts[group, scenario] for scenario in (*REFUSED, *RECOGNISED)]
        line = "".join(f"{sum(s) / len(s):>17.1%}" if s else f"{'':17}" for s in shares)
        print(f"{group:17}{len(shares[0]):5}{line}")


def _scenarios(corpus: Corpus, query: Record, number: int) -> Iterator[tuple[str, Filters]]:
    """Where a question is asked; what cannot be, because nothing would be left, is left out."""
    yield "everything", Filters()
    yield "its own session", corpus.filters(query["scope"])
    yield "sessions out", corpus.without_answer(query)
    for scenario, kin in (("series out", "collection"), ("subject out", "group")):
        rest = corpus.without_kin(query, kin)
        if rest is not None:
            yield scenario, rest
    yield "another session", corpus.elsewhere(query, number)
