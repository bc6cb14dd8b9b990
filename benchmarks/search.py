"""Retrieval quality of the product, compared with BM25, the encoder and their fusion.

`python -m benchmarks.search DATA --out DIR` imports the transcripts of DATA as a user would
(chunker, embedder, library) and asks every question through the engine of the site. In task A, a
question is asked over the whole library, in task B only over given sessions. The results are
written to DIR/ours-A.jsonl and DIR/ours-B.jsonl. BM25 alone, the encoder alone and their reciprocal
rank fusion rank the same passages. Their results are written to other files in DIR. DATA/score.py
scores the results of all systems, and its tables are printed.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

import numpy as np

from benchmarks.baselines import Baselines
from benchmarks.quotes import print_quotes
from benchmarks.refusals import print_refusals
from benchmarks.spoken_data import EVERYTHING, Corpus, Record, read_records
from library.discovery.search_scope import Filters
from library.sessions import passages
from library.settings import Settings, read_settings
from library.store import open_library
from search.embedding.embedder import Embedder, open_embedder
from search.embedding.text_vectors import Vectors
from search.engine import Engine

SYSTEMS = ("encoder", "bm25", "rrf", "ours")
DEPTH = 100  # passages per question: more than the 2,000 words that are scored
FEW_WORDS = 0.25  # below this share, a question shares few words with its answer


class RememberingEmbedder:
    """Embedder that embeds all questions once, so that all systems and tasks share the vectors."""

    def __init__(self, embedder: Embedder, questions: Sequence[str]) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.words = embedder.words
        self._embedder = embedder
        distinct = list(dict.fromkeys(questions))
        self._known = dict(zip(distinct, embedder.embed_questions(distinct), strict=True))

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of questions, `(n, d) float32`; those of the data are stored."""
        if all(text in self._known for text in texts):
            return np.stack([self._known[text] for text in texts])
        return self._embedder.embed_questions(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of passages, `(n, d) float32`."""
        return self._embedder.embed_passages(texts)


def main() -> None:
    """Import the data, ask all questions, score the runs and print the tables."""
    arguments = _arguments()
    data, out = Path(arguments.data), Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    queries = list(read_records(data, "queries"))
    embedder = open_embedder(read_settings())
    asking = RememberingEmbedder(embedder, [query["text"] for query in queries])
    runs = {
        (s, task): (out / f"{s}-{task}.jsonl").open("w", encoding="utf-8")
        for s in SYSTEMS
        for task in "AB"
    }
    shares: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        for name in sorted({query["corpus"] for query in queries}):
            corpus = _imported(data, name, Path(folder) / name, embedder)
            mine = [query for query in queries if query["corpus"] == name]
            shares |= _ask(corpus, mine, asking, runs)
            if arguments.answers:
                print_quotes(corpus, mine, embedder)
    for file in runs.values():
        file.close()
    _print_scores(data, out, shares)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder with sessions, queries and score.py")
    parser.add_argument("--out", required=True, help="folder for the runs")
    parser.add_argument("--answers", action="store_true", help="also measure the displayed quotes")
    return parser.parse_args()


def _imported(data: Path, name: str, home: Path, embedder: Embedder) -> Corpus:
    began = time.perf_counter()
    corpus = Corpus(open_library(Settings(home=home)))
    for record in read_records(data, "sessions"):
        if record["corpus"] == name:
            corpus.add(record, embedder)
    took = time.perf_counter() - began
    print(f"{name}: {len(corpus.sources)} sessions, {len(corpus.spans)} passages in {took:.0f} s")
    return corpus


def _ask(
    corpus: Corpus,
    queries: Sequence[Record],
    asking: Embedder,
    runs: Mapping[tuple[str, str], TextIO],
) -> dict[str, float]:
    """Ask every question of a corpus with each system, and write the results to *runs*.

    *runs* has one file for each system and task, such as ("bm25", "A").

    Returns:
        By question id, the share (0 to 1) of the question's stems that occur in the known answer.
        Rare stems have a larger weight.
    """
    engine = Engine(corpus.library, asking)
    with corpus.library.reading() as db:
        engine.snapshot(db)
        rows = passages.rows_after(db, 0, model=asking.model, limit=sys.maxsize)
    others = Baselines(rows, asking.dimension)
    began = time.perf_counter()
    for query, task in [(q, task) for q in queries for task in q["tasks"]]:
        scope = query["scope"] if task == "B" else None
        filters = corpus.filters(scope) if scope else Filters()
        ranked = engine.rank(query["text"], EVERYTHING, filters=filters, depth=DEPTH).passages
        sources = [corpus.sources[name] for name in scope] if scope else None
        vector = asking.embed_questions([query["text"]])[0]
        found = {
            **others.rankings(query["text"], vector, sources),
            "ours": [item.passage_id for item in ranked],
        }
        for system, ids in found.items():
            results = [asdict(corpus.spans[i]) for i in ids[:DEPTH]]
            runs[system, task].write(json.dumps({"id": query["id"], "results": results}) + "\n")
    print(f"{len(queries)} questions asked of four systems in {time.perf_counter() - began:.0f} s")
    print_refusals(corpus, queries, engine)
    shares = {q["id"]: others.overlap(q["text"], corpus.gold_text(q)) for q in queries}
    return {name: share for name, share in shares.items() if share is not None}


def _print_scores(data: Path, out: Path, shares: Mapping[str, float]) -> None:
    """Score the results in *out*, and print tables and paired tests.

    *shares* has the result of `_ask`. Questions with a small share have a table of their own.
    """
    scorer = _scorer(data)
    sessions, queries = scorer.load(str(data))
    for task in "AB":
        scores = {}
        for system in SYSTEMS:
            run = {
                r["id"]: r["results"]
                for r in scorer.read_jsonl(str(out / f"{system}-{task}.jsonl"))
            }
            scores[system] = scorer.evaluate(sessions, queries, run, task)
            print(f"\n## Task {task}: {system}", flush=True)
            _print_table(scorer.summarise(scores[system]), scorer.KEYS)
        for other in ("bm25", "encoder", "rrf"):
            print(f"\n## Task {task}: ours against {other}", flush=True)
            for corpus, test in scorer.paired_test(scores["ours"], scores[other]).items():
                between = f"95% {test['low']:+.4f} to {test['high']:+.4f}, p {test['p']:.4f}"
                print(f"ndcg {corpus}: {test['diff']:+.4f} ({between})", flush=True)
        if task == "A":
            _print_few_words(scores, shares)


def _scorer(data: Path) -> Any:
    """Load the scorer that comes with the data.

    Raises:
        SystemExit: *data* has no score.py.
    """
    spec = spec_from_file_location("score", data / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{data}/score.py was not found.")
    scorer = module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def _print_table(rows: Mapping[str, Mapping[str, float]], keys: Sequence[str]) -> None:
    print(f"{'group':20}{'n':>6}" + "".join(f"{key:>9}" for key in keys))
    for group, row in rows.items():
        print(f"{group:20}{row['n']:6}" + "".join(f"{row[key]:9.3f}" for key in keys), flush=True)


def _print_few_words(scores: Mapping[str, Any], shares: Mapping[str, float]) -> None:
    print("\n## Task A, talk: questions that share few words with their answers, mean ndcg")
    for system in SYSTEMS:
        values = [
            metrics["ndcg"]
            for name, (_, group, metrics) in scores[system].items()
            if shares.get(name, 1.0) < FEW_WORDS and not group.startswith("asr")
        ]
        print(f"{system:8} {sum(values) / max(1, len(values)):.3f}  ({len(values)} questions)")


if __name__ == "__main__":
    main()
