"""Does the product find what was said, and better than the usual ways?

`python -m benchmarks.search DATA --out DIR` imports the transcripts of DATA as a user would
(chunker, embedder, library), asks every question through the engine of the site, and writes what
was found to DIR/ours-A.jsonl and ours-B.jsonl, and the same for BM25 alone, MiniLM alone and their
reciprocal rank fusion over the same passages. DATA/score.py scores them; its tables are printed.
"""

import argparse
import csv
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import numpy as np

from benchmarks.baselines import Baselines
from benchmarks.quotes import print_quotes
from benchmarks.refusals import print_refusals
from benchmarks.spoken_data import EVERYTHING, Corpus, Record, read_records
from library.holdings import passages
from library.searching.scope import Filters
from library.settings import Settings, read_settings
from library.store import open_library
from search.embed import Embedder, Vectors, open_embedder
from search.engine import Engine

SYSTEMS = ("minilm", "bm25", "rrf", "ours")
DEPTH = 100  # passages a question: more than the 2,000 words that are scored
FEW_WORDS = 0.25  # a question shares few words with its answer below this share


class RememberingEmbedder:
    """Embeds all questions at once, so that four systems and two tasks need them only once."""

    def __init__(self, embedder: Embedder, questions: Sequence[str]) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.words = embedder.words
        distinct = list(dict.fromkeys(questions))
        self._known = dict(zip(distinct, embedder.embed(distinct), strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The remembered vectors."""
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    """Import, ask, score, print."""
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
    parser.add_argument("--answers", action="store_true", help="look at the quotes shown, too")
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
    """Ask every question of a corpus; gives the share of its words that its answer holds."""
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
        vector = asking.embed([query["text"]])[0]
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
    for task, system in itertools.product("AB", SYSTEMS):
        print(f"\n## Task {task}: {system}", flush=True)
        details = ("--per-query", str(out / f"{system}-{task}.tsv"))
        _scorer(data, out / f"{system}-{task}.jsonl", task, *details)
    for task, other in itertools.product("AB", ("bm25", "minilm", "rrf")):
        print(f"\n## Task {task}: ours against {other}", flush=True)
        against = _scorer(
            data,
            out / f"ours-{task}.jsonl",
            task,
            "--against",
            str(out / f"{other}-{task}.jsonl"),
            quiet=True,
        )
        print("\n".join(line for line in against.splitlines() if line.startswith("ndcg ")))
    print("\n## Task A, talk: questions that share few words with their answers, mean ndcg")
    for system in SYSTEMS:
        kept = [
            float(row["ndcg"])
            for row in _per_query(out / f"{system}-A.tsv")
            if shares.get(row["id"], 1.0) < FEW_WORDS and not row["group"].startswith("asr")
        ]
        print(f"{system:8} {sum(kept) / max(1, len(kept)):.3f}  ({len(kept)} questions)")


def _scorer(data: Path, run: Path, task: str, *options: str, quiet: bool = False) -> str:
    command = [
        sys.executable,
        str(data / "score.py"),
        str(data),
        str(run),
        "--task",
        task,
        *options,
    ]
    printed = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
    if not quiet:
        print(printed, end="", flush=True)
    return printed


def _per_query(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t")


if __name__ == "__main__":
    main()
