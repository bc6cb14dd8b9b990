"""Share of displayed quotes that come from the marked answer of a question.

`python -m benchmarks.search DATA --out DIR --answers` prints this table after the tables of the
retrieval quality. A quote counts when it overlaps the turns that annotators marked. The same rule
applies to the baseline, the passage that the encoder alone finds nearest.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.baselines import Baselines
from benchmarks.spoken_data import EVERYTHING, Corpus, Record, Span
from benchmarks.verbatim import verify
from library.sessions import passages
from search.embedding.embedder import Embedder
from search.engine import Engine
from search.results.result_types import Quote

ASKED = 400  # questions per corpus, at even intervals


@dataclass
class Tally:
    """Counts for one group of questions."""

    questions: int = 0
    answered: int = 0  # with at least one quote
    any_right: int = 0  # with a quote that overlaps the marked turns
    first_right: int = 0  # with a first quote that overlaps them
    nearest_right: int = 0  # with a nearest passage, by the encoder alone, that overlaps them
    shown: list[bool] = field(default_factory=list)  # for each quote: True if it overlaps
    verbatim: int = 0  # quotes that are word for word in the transcript


def print_quotes(corpus: Corpus, queries: Sequence[Record], embedder: Embedder) -> None:
    """Ask questions over the whole library, and print the share of quotes from the marked turns."""
    engine = Engine(corpus.library, embedder)
    with corpus.library.reading() as db:
        rows = passages.rows_after(db, 0, model=embedder.model, limit=sys.maxsize)
    others = Baselines(rows, embedder.dimension)
    tallies: dict[str, Tally] = defaultdict(Tally)
    questions = [query for query in queries if "A" in query["tasks"]]
    for query in questions[:: max(1, len(questions) // ASKED)]:
        found = engine.explore(query["text"], EVERYTHING).quotes
        vector = embedder.embed_questions([query["text"]])[0]
        nearest = others.rankings(query["text"], vector, None)["encoder"][0]
        with corpus.library.reading() as db:
            verbatim = sum(verify(db, quote) for quote in found)
        right = [_overlaps(_span(corpus, quote), query) for quote in found]
        for name in (query["group"], "all"):
            tally = tallies[name]
            tally.questions += 1
            tally.answered += bool(found)
            tally.any_right += any(right)
            tally.first_right += bool(right) and right[0]
            tally.nearest_right += _overlaps(corpus.spans[nearest], query)
            tally.shown += right
            tally.verbatim += verbatim
    _print(tallies)


def _span(corpus: Corpus, quote: Quote) -> Span:
    session = corpus.spans[quote.passage_id].session
    return Span(session, quote.segment, quote.last_segment)


def _overlaps(span: Span, query: Record) -> bool:
    return any(
        gold["session"] == span.session and gold["start"] <= span.end and span.start <= gold["end"]
        for gold in query["gold"]
    )


def _print(tallies: dict[str, Tally]) -> None:
    print("\nShare of questions: answered; any quote, the first quote, the encoder's first passage")
    print("from the marked turns. Share of quotes: from the marked turns, verbatim.")
    print(f"{'':18}{'n':>5} {'answ.':>6} {'any':>6} {'first':>6} {'dense':>6} {'right':>6} verb.")
    for name, t in sorted(tallies.items()):
        shown = max(1, len(t.shown))
        shares = (t.answered, t.any_right, t.first_right, t.nearest_right)
        line = " ".join(f"{share / t.questions:6.1%}" for share in shares)
        print(
            f"{name:18}{t.questions:5} {line} {sum(t.shown) / shown:6.1%} {t.verbatim / shown:.0%}"
        )
