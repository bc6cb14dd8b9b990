"""When two questions are one: what the thresholds of pinned answers let through.

`python -m benchmarks.pins queries.jsonl.gz`. Several questions were written for each stretch of a
lesson: two of the same stretch ask for the same, two of other stretches of the same lesson mostly
do not. Where an annotator asked the same of two stretches, a right pair counts as wrong here.
"""

import gzip
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from benchmarks.spoken_data import Record
from library.settings import Settings
from search.embed import open_embedder
from search.pinned import ALIKE, SHARED, shared

COSINES = (0.75, 0.80, ALIKE, 0.90)
WORDS = (0.0, 0.34, SHARED, 0.67)


@dataclass(frozen=True)
class Pair:
    """Two questions about one lesson."""

    cosine: float
    shared: float
    same: bool  # whether they are about the same stretch of it
    asked: tuple[str, str]


def main() -> None:
    """Print, for each threshold, how many pairs it takes and how many of them are the same."""
    with gzip.open(sys.argv[1], "rt") as lines:
        queries = [json.loads(line) for line in lines]
    pairs = list(_pairs([query for query in queries if query["group"] == "tutorial"]))
    print(f"{len(pairs)} pairs, {sum(pair.same for pair in pairs)} about the same stretch")
    print("cosine " + "".join(f"{f'words {words:.2f}':>18}" for words in WORDS))
    for cosine in COSINES:
        taken = [[p for p in pairs if p.cosine >= cosine and p.shared >= w] for w in WORDS]
        right = [f"{sum(p.same for p in of)}/{len(of)}" for of in taken]
        print(f"{cosine:6.2f} " + "".join(f"{told:>18}" for told in right))
    print("Taken, though about two stretches:")
    for pair in sorted(pairs, key=lambda p: -p.cosine):
        if pair.cosine >= ALIKE and pair.shared >= SHARED and not pair.same:
            print(f"{pair.cosine:.2f} {pair.shared:.2f} {' | '.join(pair.asked)}")


def _pairs(queries: Sequence[Record]) -> Iterator[Pair]:
    with tempfile.TemporaryDirectory() as home:
        vectors = open_embedder(Settings(home=Path(home))).embed([q["text"] for q in queries])
    gold = [_turns(query) for query in queries]
    lessons = [{session for session, _ in turns} for turns in gold]
    for i, j in combinations(range(len(queries)), 2):
        if lessons[i] & lessons[j]:
            one, other = queries[i]["text"], queries[j]["text"]
            cosine, same = float(vectors[i] @ vectors[j]), bool(gold[i] & gold[j])
            yield Pair(cosine, shared(one, other), same, (one, other))


def _turns(query: Record) -> set[tuple[str, int]]:
    return {(g["session"], turn) for g in query["gold"] for turn in range(g["start"], g["end"] + 1)}


if __name__ == "__main__":
    main()
