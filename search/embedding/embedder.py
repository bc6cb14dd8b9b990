"""Text embedding by sentence-transformers (the reference) or by an export for ONNX Runtime.

The model is exported once. The export loads in one second, the reference in fifteen. The export is
used if its vectors agree with those of the reference. Its 8-bit graph is used if it is faster on
this processor and accurate enough, else its 32-bit graph. Vectors of both graphs can be compared
with each other (docs/decisions/0018).
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from library.files import convert_disk_errors
from library.settings import Settings
from library.weights import Weights, embedding_weights
from search.embedding.onnx_export import (
    ABOUT,
    EIGHT,
    EXACT,
    TOKENIZER,
    UnusableExportError,
    write_graphs,
)

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

AGREEMENT = 0.9999  # minimum cosine between the 32-bit export and the reference
NEAR = 0.98  # minimum cosine between the 8-bit graph and the reference; far lower after overflow
FORM = b"3"  # version of the export; a change causes a new export
FASTER = 0.8  # maximum time of the 8-bit graph, relative to the 32-bit graph
SLOWER = ("SkipLayerNormFusion", "BiasGeluFusion")  # disabled: they slow the graph
PROBES = (
    "What would you tell somebody who leads a team for the first time?",
    "Maya: I waited too long.\nTom: And then you said it in front of everybody.",
    "feedback",
    "Ines: So the first year I said yes to everything, every committee, every talk, and I paid.",
    "Paul: How did you find the money?\nInes: We asked three times. It was one page, 12,500.",
    "Who decided that the old harbour bridge had to be closed in winter?",
    "Right. Yeah. No, no, go on.",
    "¿Qué harías si nadie te escucha? Ich würde zuerst fragen, warum.",
    # One text as long as a passage, and one nearly at the token limit of the model. On processors
    # without VNNI, 8-bit sums overflow in long texts first. Longer texts are cut into pieces.
    (
        "Ines: I kept a notebook in that year, one page a week, with what I had promised, and to "
        "whom. In March I counted. Of forty promises I had kept nineteen, and nobody complained "
        "about the others, because nobody had expected me to keep them. That hurt more than a "
        "complaint. Paul: So what did you change? Ines: I stopped answering in the room. I said, "
        "you will hear from me on Thursday, and on Thursday they did."
    ),
    "We opened the bridge again. " * 40,
)


class Embedder(Protocol):
    """Text embedding model with unit vectors."""

    model: str  # name stored with each vector
    dimension: int
    words: frozenset[str]  # tokenizer entries that are whole words: frequent words of the language

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`."""


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder of the configured model.

    Raises:
        WeightsError: the model's files are missing or do not match the pinned checksums.
    """
    weights = embedding_weights(settings)
    folder = _export_folder(weights, settings)
    try:
        if not folder.is_dir():
            _export(weights, folder, settings.threads)
        return _opened(weights.name, folder, settings)
    # After any failure of the exporter or the runtime, the reference still works.
    except Exception as error:  # noqa: BLE001
        logger.warning(
            "ONNX Runtime cannot run %s (%s); sentence-transformers embeds instead, more slowly.",
            weights.name,
            str(error).partition("\n")[0],
        )
        return ReferenceEmbedder(weights, threads=settings.threads)


def is_prepared(settings: Settings) -> bool:
    """Return whether the embedding model is exported already. If so, opening it needs no torch.

    Raises:
        WeightsError: the model's files are missing or do not match the pinned checksums.
    """
    return _export_folder(embedding_weights(settings), settings).is_dir()


def _export_folder(weights: Weights, settings: Settings) -> Path:
    return settings.home / "models" / f"{_plain(weights.name)}-{_fingerprint(weights)}"


def _opened(model: str, folder: Path, settings: Settings) -> "OnnxEmbedder":
    """Return the 8-bit model if it is enabled and matches the reference, else the 32-bit model.

    The stored vectors of the reference are compared at each start, because a software update may
    change the vectors of the 8-bit model.
    """
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    opened = partial(
        OnnxEmbedder, model, folder, threads=settings.threads, at_once=settings.at_once
    )
    if about["eight"] and settings.embedding_eight_bits:
        eight = opened(EIGHT)
        agreement = _agreement(eight, np.array(about["probes"], dtype=np.float32))
        if agreement >= NEAR:
            return eight
        logger.warning(
            "8-bit vectors differ on this processor (cosine %.3f). Using 32 bits.", agreement
        )
    return opened(EXACT)


class OnnxEmbedder:
    """An exported sentence-transformers model, run by ONNX Runtime."""

    def __init__(
        self,
        model: str,
        folder: Path,
        graph: str = EXACT,
        *,
        threads: int = 1,
        at_once: int = 1,
    ) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.model = model
        self.bits = 8 if graph == EIGHT else 32
        self.dimension: int = about["dimension"]
        self._mean: bool = about["pooling"] == "mean"
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(about["limit"])
        self.words = _whole_words(self._tokenizer)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / graph),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=list(SLOWER),
        )
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._hands = ThreadPoolExecutor(at_once, "embedding") if at_once > 1 else None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`.

        A text over the model's token limit gets the mean of its pieces.
        """
        pieces: list[Any] = []
        owner: list[int] = []
        for number, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            parts = [encoding, *encoding.overflowing]
            pieces += parts
            owner += [number] * len(parts)
        vectors = np.empty((len(pieces), self.dimension), dtype=np.float32)
        # One text at a time needs no padding and keeps the activations in the processor's cache.
        several = self._hands.map if self._hands and len(pieces) > 1 else map
        for row, vector in enumerate(several(self._run, pieces)):
            vectors[row] = vector
        lengths = np.array([len(piece.ids) for piece in pieces], dtype=np.int64)
        return _joined(_unit(vectors), lengths, np.array(owner, dtype=np.int64), len(texts))

    def _run(self, encoding: Any) -> Vectors:
        """Return the vector of a tokenized text, `(dimension,) float32`, not normalised."""
        ids = np.array([encoding.ids], dtype=np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (tokens,) = self._session.run(None, {k: v for k, v in given.items() if k in self._inputs})
        vector = tokens[0].mean(axis=0) if self._mean else tokens[0, 0]
        return np.asarray(vector, dtype=np.float32)


class ReferenceEmbedder:
    """Embedder that runs sentence-transformers."""

    def __init__(self, weights: Weights, *, threads: int = 1) -> None:
        from tokenizers import Tokenizer

        self.model = weights.name
        self._encoder = _reference(weights, threads)
        self.dimension = int(self._encoder.get_embedding_dimension())
        self._tokenizer = Tokenizer.from_str(self._encoder.tokenizer.backend_tokenizer.to_str())
        self._tokenizer.no_truncation()
        self.words = _whole_words(self._tokenizer)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`.

        A text over the model's token limit gets the mean of its pieces.
        """
        pieces: list[str] = []
        owner: list[int] = []
        for number, text in enumerate(texts):
            parts = self._within_limit(text)
            pieces += parts
            owner += [number] * len(parts)
        if not pieces:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = _unit(np.asarray(self._encoder.encode(pieces, show_progress_bar=False)))
        lengths = np.array([max(1, len(piece)) for piece in pieces], dtype=np.int64)
        return _joined(vectors, lengths, np.array(owner, dtype=np.int64), len(texts))

    def _within_limit(self, text: str) -> list[str]:
        """Return the text in pieces that fit into the token limit of the model."""
        words = text.split()
        if len(words) < 2 or len(self._tokenizer.encode(text).ids) <= self._encoder.max_seq_length:
            return [text]
        half = len(words) // 2
        return [
            piece
            for part in (words[:half], words[half:])
            for piece in self._within_limit(" ".join(part))
        ]


def _reference(weights: Weights, threads: int) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.set_num_threads(threads)
    return SentenceTransformer(weights.location, device="cpu", local_files_only=True)


def _export(weights: Weights, folder: Path, threads: int) -> None:
    """Export the model to *folder* for ONNX Runtime, if the vectors agree with the reference.

    Concurrent processes write to separate folders. The first one to rename its folder wins.

    Raises:
        UnusableExportError: the vectors differ from the reference.
    """
    encoder = _reference(weights, threads)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with convert_disk_errors():
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        write_graphs(encoder, unfinished)
        exact = OnnxEmbedder(weights.name, unfinished, threads=threads)
        theirs = _unit(np.asarray(encoder.encode(list(PROBES), show_progress_bar=False)))
        if (agreement := _agreement(exact, theirs)) < AGREEMENT:
            raise UnusableExportError(f"vectors agree only to a cosine of {agreement:.4f}")
        _choose(exact, theirs, unfinished, threads)
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _choose(exact: OnnxEmbedder, probes: Vectors, folder: Path, threads: int) -> None:
    """Decide whether the export in *folder* uses its 8-bit graph, and store this in its metadata.

    The 8-bit graph is compared with *exact*, the embedder with the 32-bit graph. The vectors of the
    reference for the test texts `PROBES` are *probes*, `(len(PROBES), dimension) float32`. They are
    stored too.
    """
    path = folder / ABOUT
    about = json.loads(path.read_text(encoding="utf-8"))
    about |= {"eight": False, "probes": probes.tolist()}
    if (folder / EIGHT).exists():
        eight = OnnxEmbedder(exact.model, folder, EIGHT, threads=threads)
        agreement = _agreement(eight, probes)
        share = min(_seconds(eight) / _seconds(exact) for _ in range(3))
        about["eight"] = agreement >= NEAR and share <= FASTER
        logger.info("8-bit embedding: cosine %.4f, %.2f of the time in 32 bits.", agreement, share)
    with convert_disk_errors():
        path.write_text(json.dumps(about), encoding="utf-8")


def _agreement(embedder: OnnxEmbedder, probes: Vectors) -> float:
    """Return the lowest cosine between the embedder's and the reference's vector of a test text.

    The test texts are `PROBES`. Their vectors by the reference are *probes*, `(len(PROBES),
    dimension) float32`.
    """
    return float((embedder.embed(PROBES) * probes).sum(axis=1).min())


def _seconds(embedder: OnnxEmbedder) -> float:
    """Return the processor time, in seconds, that the embedder needs for the texts `PROBES`."""
    begun = time.process_time()
    embedder.embed(PROBES)
    return time.process_time() - begun


def _whole_words(tokenizer: Any) -> frozenset[str]:
    """Return the vocabulary entries of a tokenizer that are whole words.

    Continuation pieces have a marker and are left out.
    """
    return frozenset(piece for piece in tokenizer.get_vocab() if piece.isalpha())


def _joined(
    vectors: Vectors, lengths: NDArray[np.int64], owner: NDArray[np.int64], count: int
) -> Vectors:
    """Return the vectors of whole texts: the length-weighted mean of their pieces, normalised.

    Args:
        vectors: unit vectors of the pieces, `(pieces, dimension) float32`.
        lengths: length of each piece, `(pieces,) int64`.
        owner: text number of each piece, `(pieces,) int64`.
        count: number of texts.

    Returns:
        Unit vectors, `(count, dimension) float32`.
    """
    if len(vectors) == count:
        return vectors
    whole = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(whole, owner, vectors * lengths[:, None].astype(np.float32))
    whole = _unit(whole)
    alone = np.bincount(owner, minlength=count)[owner] == 1
    whole[owner[alone]] = vectors[alone]  # identical to embedding the text alone
    return whole


def _unit(vectors: NDArray[Any]) -> Vectors:
    exact = vectors.astype(np.float32)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.maximum(norms, 1e-12), dtype=np.float32)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _fingerprint(weights: Weights) -> str:
    """Return a short hash of the names, sizes and times of a model's files.

    A changed model has another hash and is exported again.
    """
    digest = hashlib.sha256(FORM)
    for path in sorted(Path(weights.location).rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]
