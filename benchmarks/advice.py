"""Search quality for questions in other words than their answers, compared with three baselines.

`python -m benchmarks.advice DATA` reads DATA/advice (conversations, and questions by people who
did not know the conversations) and DATA/counsel (letters of advisers, as notes). It imports the
conversations into one library, with 40 other sessions of DATA/sessions.jsonl.gz, and the letters
into another one. Each question goes through the engine of the site. The baselines rank the same
passages: BM25, the text encoder alone, and their reciprocal rank fusion. `--encoder NAME` uses
another encoder than the default, `--misses` prints each question whose answer was not found.

Columns, as shares of the questions:

answered    the site shows an answer, not "nothing"
hit@n       a right passage is among the first n moments in the order in which they are shown
near@3      one of the first three moments is at most three turns from a right passage
quote       the first quote overlaps a right place
told        both "answered" and hit@3 are true
"""

import argparse
import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.baselines import Baselines
from benchmarks.spoken_data import EVERYTHING, Corpus, Record, Span, read_records
from ingest.readers.conversation_notes import with_speakers
from ingest.readers.notes import read_note
from library.models import SourceKind
from library.sessions import passages
from library.settings import Settings, read_settings
from library.store import open_library
from search.embedding.embedder import Embedder, open_embedder
from search.engine import Engine
from search.results.result_types import Findings

OTHERS = 40  # sessions among which the conversations are searched
BESIDE = 3  # turns
SECONDS = 2.5  # words per second, for the times of conversations
DEPTH = 10
COLUMNS = ("answered", "hit@1", "hit@3", "near@3", "hit@10", "quote", "told")


@dataclass
class Tally:
    """Counts of one kind of question."""

    questions: int = 0
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, marks: Mapping[str, bool]) -> None:
        """Count one question. For each column, *marks* says whether it is true of the question."""
        self.questions += 1
        for name, is_true in marks.items():
            self.counts[name] += is_true


def main() -> None:
    """Import the data, ask all questions and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--encoder", default="", help="name or folder of an encoder")
    parser.add_argument("--misses", action="store_true", help="print each question not found")
    arguments = parser.parse_args()
    settings = read_settings()
    if arguments.encoder:
        settings = dataclasses.replace(settings, embedding_model=arguments.encoder)
    embedder = open_embedder(settings)
    for measure in (_advice, _counsel):
        with TemporaryDirectory() as folder:
            measure(arguments.data, Path(folder), embedder, misses=arguments.misses)


def _advice(data: Path, folder: Path, embedder: Embedder, *, misses: bool) -> None:
    corpus = Corpus(open_library(Settings(home=folder)))
    gold: dict[str, list[Span]] = defaultdict(list)
    for record in read_records(data / "advice", "sessions"):
        corpus.add({**record, "turns": list(timed(record["turns"]))}, embedder)
        for need, spans in record["gold"].items():
            gold[need] += [Span(record["id"], first, last) for first, last in spans]
    talk = [record for record in read_records(data, "sessions") if record["corpus"] == "talk"]
    for record in talk[:: len(talk) // OTHERS][:OTHERS]:
        corpus.add(record, embedder)
    asked = _Asked(corpus, embedder, misses=misses)
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for query in read_records(data / "advice", "questions"):
        for system, marks in asked.marks(query["question"], gold[query["need"]]).items():
            for name in dict.fromkeys((query["kind"], query["language"])):
                tallies[name][system].add(marks)
    print("\nMentoring conversations, questions in other words")
    _print(tallies)
    refused: dict[str, list[bool]] = defaultdict(list)
    for query in read_records(data / "advice", "unanswerable"):
        refused[query["kind"]].append(asked.is_refused(query["question"]))
    for name, all_of in refused.items():
        print(f"refused, {name:14}{sum(all_of) / len(all_of):6.1%} of {len(all_of)}")


def _counsel(data: Path, folder: Path, embedder: Embedder, *, misses: bool) -> None:
    corpus = Corpus(open_library(Settings(home=folder)))
    for record in read_records(data / "counsel", "letters"):
        note = with_speakers(read_note(record["text"], f"{record['id']}.txt"))
        titled = {"id": record["id"], "title": f"Letter {int(record['id'][-4:])}"}
        corpus.add_segments(titled, note, embedder, SourceKind.NOTE)
    asked = _Asked(corpus, embedder, misses=misses)
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for query in read_records(data / "counsel", "questions"):
        gold = [Span(letter, 0, 10**6) for letter in query["letters"]]
        for system, marks in asked.marks(query["question"], gold, by_session=True).items():
            tallies["counsel"][system].add(marks)
    print("\nLetters of advisers, real questions (one result for each letter)")
    _print(tallies)


def timed(turns: Sequence[Record]) -> Iterator[Record]:
    """Yield turns with a start and an end in seconds, estimated from their numbers of words."""
    now = 0.0
    for turn in turns:
        end = now + len(turn["text"].split()) / SECONDS
        yield {**turn, "start": now, "end": end}
        now = end + 0.3


class _Asked:
    """Asks the engine and the baselines, and compares their results with the right passages."""

    def __init__(self, corpus: Corpus, embedder: Embedder, *, misses: bool) -> None:
        self._corpus = corpus
        self._embedder = embedder
        self._engine = Engine(corpus.library, embedder)
        self._misses = misses
        with corpus.library.reading() as db:
            rows = passages.rows_after(db, 0, model=embedder.model, limit=10**6)
        self._baselines = Baselines(rows, embedder.dimension)

    def is_refused(self, question: str) -> bool:
        """Return whether the site shows no answer to a question."""
        refused = not self._engine.explore(question, EVERYTHING).answer.found
        if self._misses and not refused:
            print(f"answered: {question}")
        return refused

    def marks(
        self, question: str, gold: Sequence[Span], *, by_session: bool = False
    ) -> dict[str, dict[str, bool]]:
        """Return for each system and column whether the column is true of one question.

        Args:
            question: text of the question.
            gold: places that answer it.
            by_session: keep only the first place of each session.
        """
        findings = self._engine.explore(question, EVERYTHING)
        answer = findings.answer
        shown = [self._corpus.spans[h.passage_id] for s in answer.sessions for h in s.hits]
        quoted = self._is_quoted(findings, gold)
        ours = _hits(shown, gold, by_session=by_session)
        ours |= {"answered": answer.found, "quote": answer.found and quoted}
        ours["told"] = answer.found and ours["hit@3"]
        if self._misses and not ours["told"]:
            print(f"{'below three' if answer.found else 'not answered'}: {question}")
        vector = self._embedder.embed_questions([question])[0]
        ranked = self._baselines.rankings(question, vector, None)
        others = {
            name: _hits([self._corpus.spans[i] for i in ids], gold, by_session=by_session)
            for name, ids in ranked.items()
        }
        return {"ours": ours, **others}

    def _is_quoted(self, findings: Findings, gold: Sequence[Span]) -> bool:
        for quote in findings.quotes[:1]:
            name = self._corpus.spans[quote.passage_id].session
            return any(
                _overlap(Span(name, quote.segment, quote.last_segment), span) for span in gold
            )
        return False


def _hits(shown: Sequence[Span], gold: Sequence[Span], *, by_session: bool) -> dict[str, bool]:
    """Return whether each of the columns hit@1, hit@3, near@3 and hit@10 is true.

    Args:
        shown: places in the order in which they are shown.
        gold: places that answer the question.
        by_session: keep only the first place of each session.
    """
    if by_session:
        first: dict[str, Span] = {}
        for span in shown:
            first.setdefault(span.session, span)
        shown = list(first.values())
    right = [any(_overlap(span, other) for other in gold) for span in shown[:DEPTH]]
    near = [any(_overlap(span, other, BESIDE) for other in gold) for span in shown[:3]]
    return {
        "hit@1": any(right[:1]),
        "hit@3": any(right[:3]),
        "near@3": any(near),
        "hit@10": any(right),
    }


def _overlap(one: Span, other: Span, beside: int = 0) -> bool:
    return (
        one.session == other.session
        and one.start <= other.end + beside
        and other.start <= one.end + beside
    )


def _print(tallies: Mapping[str, Mapping[str, Tally]]) -> None:
    print(f"{'':12}{'':10}{'n':>4}" + "".join(f"{name:>10}" for name in COLUMNS))
    for kind, systems in tallies.items():
        for system, tally in systems.items():
            shares = [
                f"{tally.counts[name] / tally.questions:10.1%}"
                if name in tally.counts
                else " " * 10
                for name in COLUMNS
            ]
            print(f"{kind:12}{system:10}{tally.questions:4}" + "".join(shares))


if __name__ == "__main__":
    main()
