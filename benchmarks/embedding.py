"""How many texts a second become vectors: the product beside sentence-transformers called plainly.

`python -m benchmarks.embedding DATA` embeds the same texts with both, in alternation and with one
thread, and prints the seconds and the cosines between the vectors: passages as the product cuts
them, and stretches of 45 and of 150 words. Pin the process to one core; or let both use two, each
in its own way, with `--cores 2`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spoken_data import Record, read_records
from library.editing.transcripts import SegmentDraft
from library.settings import Settings
from library.weights import embedding_weights
from search.chunk import chunk
from search.embed import Embedder, Vectors, open_embedder

EVERY = 7  # of so many sessions of the data, one is read
LENGTHS = (45, 150)  # words


def main() -> None:
    """Embed, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder with sessions")
    parser.add_argument("--texts", type=int, default=384, help="of each kind")
    parser.add_argument("--exact", action="store_true", help="ours in 32 bits")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="that either may use")
    arguments = parser.parse_args()
    records = list(read_records(Path(arguments.data), "sessions"))[::EVERY]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(
            home=Path(home), embedding_eight_bits=not arguments.exact, cores=arguments.cores
        )
        embedder, plain = open_embedder(settings), _plain(settings)
        kinds = {"passages": _passages(records)}
        kinds |= {f"{length} words": _cut(records, length) for length in LENGTHS}
        for name, texts in kinds.items():
            some = list(islice(texts, arguments.texts))
            _compare(name, some, (embedder, plain), arguments.rounds)


def _plain(settings: Settings) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(settings.at_once)
    return SentenceTransformer(embedding_weights(settings).location, device="cpu")


def _passages(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        turns = [SegmentDraft(text=t["text"], start=t["start"], end=t["end"],
                              speaker=t.get("speaker") or "") for t in record["turns"]]  # fmt: skip
        yield from (draft.text for draft in chunk(turns))


def _cut(records: Sequence[Record], length: int) -> Iterator[str]:
    for record in records:
        words = " ".join(turn["text"] for turn in record["turns"]).split()
        for first in range(0, len(words) - length, length):
            yield " ".join(words[first : first + length])


def _compare(name: str, texts: Sequence[str], both: tuple[Embedder, Any], rounds: int) -> None:
    embedder, plain = both
    asked: dict[str, Callable[[], Vectors]] = {
        "ours": lambda: embedder.embed(texts),
        "plain": lambda: np.asarray(plain.encode(list(texts), show_progress_bar=False)),
    }
    for turn in range(rounds):
        taken, vectors = {}, {}
        for who, embed in asked.items():
            began = time.perf_counter()
            vectors[who] = embed()
            taken[who] = time.perf_counter() - began
        cosines = (vectors["ours"] * vectors["plain"]).sum(axis=1)
        print(
            f"{name}, {len(texts)} texts, round {turn + 1}: sentence-transformers "
            f"{taken['plain']:.1f} s, ours {taken['ours']:.1f} s, "
            f"{taken['plain'] / taken['ours']:.2f} times less; "
            f"cosine {cosines.mean():.4f} on average, {cosines.min():.4f} at least",
            flush=True,
        )


if __name__ == "__main__":
    main()
