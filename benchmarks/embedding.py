"""Speed of bulk embedding, compared with sentence-transformers.

`python -m benchmarks.embedding DATA` embeds the same texts with three embedders in turn, on one
thread. It prints the seconds of each embedder, and the cosine between the vectors of the product
and of sentence-transformers. The texts are passages as the product cuts them, and texts of 45 and
of 150 words.

The third embedder is torch's plain export of the model with matrix products in eight bits. It shows
how fast 8-bit products are on this processor. On another processor, this embedder was three times
as fast as sentence-transformers. Pin the process to one core, or give all embedders two cores with
`--cores 2`.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.spoken_data import Record, read_records
from library.settings import Settings
from library.transcripts.versions import SegmentDraft
from library.weights import embedding_weights
from search.embedding.embedder import open_embedder
from search.embedding.onnx_export import trace
from search.embedding.text_vectors import Vectors
from search.indexing.chunking import chunk

Embed = Callable[[Sequence[str]], Vectors]

EVERY = 7  # one of this many sessions is read
LENGTHS = (45, 150)  # words


def main() -> None:
    """Embed the texts with each embedder and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", help="folder with sessions")
    parser.add_argument("--texts", type=int, default=384, help="number of texts of each kind")
    parser.add_argument("--exact", action="store_true", help="use 32-bit numbers in the product")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="cores that each embedder may use")
    arguments = parser.parse_args()
    records = list(read_records(Path(arguments.data), "sessions"))[::EVERY]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(
            home=Path(home), embedding_eight_bits=not arguments.exact, cores=arguments.cores
        )
        plain = _plain(settings)
        embedders = {
            "ours": open_embedder(settings).embed_passages,
            "plain": lambda texts: np.asarray(plain.encode(list(texts), show_progress_bar=False)),
            "export": _exported(plain, Path(home), settings.at_once),
        }
        kinds = {"passages": _passages(records)}
        kinds |= {f"{length} words": _cut(records, length) for length in LENGTHS}
        for name, texts in kinds.items():
            some = list(islice(texts, arguments.texts))
            _compare(name, some, embedders, arguments.rounds)


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


def _exported(encoder: Any, folder: Path, threads: int) -> Embed:
    """Export a SentenceTransformer to ONNX in *folder*, with matrix products in eight bits.

    Return a function that embeds texts with the export, one text at a time.
    """
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    trace(encoder, folder / "plain.onnx")
    quantize_dynamic(
        folder / "plain.onnx",
        folder / "eight.onnx",
        per_channel=True,
        op_types_to_quantize=["MatMul"],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(folder / "eight.onnx"), options)
    names = [given.name for given in session.get_inputs()]

    def embed(texts: Sequence[str]) -> Vectors:
        rows = []
        for text in texts:
            tokens = encoder.tokenizer(
                text, truncation=True, max_length=encoder.max_seq_length, return_tensors="np"
            )
            (vectors,) = session.run(None, {name: tokens[name] for name in names})
            mean = vectors[0].mean(axis=0)
            rows.append(mean / np.linalg.norm(mean))
        return np.stack(rows)

    return embed


def _compare(name: str, texts: Sequence[str], embedders: Mapping[str, Embed], rounds: int) -> None:
    for turn in range(rounds):
        taken, vectors = {}, {}
        for who, embed in embedders.items():
            began = time.perf_counter()
            vectors[who] = embed(texts)
            taken[who] = time.perf_counter() - began
        cosines = (vectors["ours"] * vectors["plain"]).sum(axis=1)
        print(
            f"{name}, {len(texts)} texts, round {turn + 1}: sentence-transformers "
            f"{taken['plain']:.1f} s; the product {taken['ours']:.1f} s, "
            f"{taken['plain'] / taken['ours']:.2f} times less; plain export in eight bits "
            f"{taken['export']:.1f} s, {taken['plain'] / taken['export']:.2f} times less; "
            f"cosine of the product {cosines.mean():.4f} on average, {cosines.min():.4f} at least",
            flush=True,
        )


if __name__ == "__main__":
    main()
