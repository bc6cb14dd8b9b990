"""Text becomes vectors; home of sentence-transformers, torch and ONNX Runtime.

sentence-transformers is the reference. The same model, exported once and run by ONNX Runtime,
loads in a second instead of fifteen, and answers wherever it agrees with the reference: in eight
bits where the processor is faster with them and their vectors are near enough, else in 32. Vectors
of both kinds are of one model and are compared with each other (docs/decisions/0018).
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

from library.files import storage_errors
from library.settings import Settings
from library.weights import Weights, embedding_weights
from search.export import (
    ABOUT,
    EIGHT,
    EXACT,
    TOKENIZER,
    UnusableExportError,
    write_graphs,
)

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

AGREEMENT = 0.9999  # least cosine between an exported model in 32 bits and the reference
NEAR = 0.98  # the same in 8 bits; where a processor's sums overflow, it is far below
FORM = b"3"  # of what is exported; another one exports anew
FASTER = 0.8  # most of the time of 32 bits that 8 bits may take to be worth it
SLOWER = ("SkipLayerNormFusion", "BiasGeluFusion")  # what ONNX Runtime joins at a loss
PROBES = (
    "What would you tell somebody who leads a team for the first time?",
    "Maya: I waited too long.\nTom: And then you said it in front of everybody.",
    "feedback",
    "Ines: So the first year I said yes to everything, every committee, every talk, and I paid.",
    "Paul: How did you find the money?\nInes: We asked three times. It was one page, 12,500.",
    "Who decided that the old harbour bridge had to be closed in winter?",
    "Right. Yeah. No, no, go on.",
    "¿Qué harías si nadie te escucha? Ich würde zuerst fragen, warum.",
    # As long as a passage, and nearly as long as the model's limit: eight-bit sums that overflow,
    # as on processors without VNNI, do so in long texts first. Longer texts are cut into pieces.
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
    """Turns text into unit vectors."""

    model: str  # name that is kept beside every vector
    dimension: int
    words: frozenset[str]  # that the model knows whole: the frequent ones of its language

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text: shape (len(texts), dimension)."""


def open_embedder(settings: Settings) -> Embedder:
    """The embedder of the model that the settings name.

    Raises:
        WeightsError: the model's files are absent or not the pinned ones.
    """
    weights = embedding_weights(settings)
    folder = _export_folder(weights, settings)
    try:
        if not folder.is_dir():
            _export(weights, folder, settings.threads)
        return _opened(weights.name, folder, settings)
    # Whatever the exporter or the runtime stumbles over, the reference can do the work.
    except Exception as error:  # noqa: BLE001
        logger.warning(
            "ONNX Runtime cannot run %s (%s); sentence-transformers embeds instead, more slowly.",
            weights.name,
            str(error).partition("\n")[0],
        )
        return ReferenceEmbedder(weights, threads=settings.threads)


def is_prepared(settings: Settings) -> bool:
    """Whether the model is exported already, so that opening it needs no torch.

    Raises:
        WeightsError: the model's files are absent or not the pinned ones.
    """
    return _export_folder(embedding_weights(settings), settings).is_dir()


def _export_folder(weights: Weights, settings: Settings) -> Path:
    return settings.home / "models" / f"{_plain(weights.name)}-{_fingerprint(weights)}"


def _opened(model: str, folder: Path, settings: Settings) -> "OnnxEmbedder":
    """The export in 8 bits if they are wanted and still agree: a library may have moved."""
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
            "This processor makes other vectors in 8 bits (cosine %.3f): 32 bits.", agreement
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
        """One row of unit length for each text; one over the model's limit, from its pieces."""
        pieces: list[Any] = []
        owner: list[int] = []
        for number, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            parts = [encoding, *encoding.overflowing]
            pieces += parts
            owner += [number] * len(parts)
        vectors = np.empty((len(pieces), self.dimension), dtype=np.float32)
        # Each alone: nothing is filled up, and what is worked on stays in the processor's cache.
        several = self._hands.map if self._hands and len(pieces) > 1 else map
        for row, vector in enumerate(several(self._run, pieces)):
            vectors[row] = vector
        lengths = np.array([len(piece.ids) for piece in pieces], dtype=np.int64)
        return _joined(_unit(vectors), lengths, np.array(owner, dtype=np.int64), len(texts))

    def _run(self, encoding: Any) -> Vectors:
        """The vector of one piece, of any length."""
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
    """sentence-transformers itself."""

    def __init__(self, weights: Weights, *, threads: int = 1) -> None:
        from tokenizers import Tokenizer

        self.model = weights.name
        self._encoder = _reference(weights, threads)
        self.dimension = int(self._encoder.get_embedding_dimension())
        self._tokenizer = Tokenizer.from_str(self._encoder.tokenizer.backend_tokenizer.to_str())
        self._tokenizer.no_truncation()
        self.words = _whole_words(self._tokenizer)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text; one over the model's limit, from its pieces."""
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
        """Cut a text into pieces that the model reads to their end."""
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
    """Write the model for ONNX Runtime into *folder*, once it agrees with the reference.

    Processes that do this at the same time write a folder each; the first rename wins.
    """
    encoder = _reference(weights, threads)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with storage_errors():
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        write_graphs(encoder, unfinished)
        exact = OnnxEmbedder(weights.name, unfinished, threads=threads)
        theirs = _unit(np.asarray(encoder.encode(list(PROBES), show_progress_bar=False)))
        if (agreement := _agreement(exact, theirs)) < AGREEMENT:
            raise UnusableExportError(f"its vectors agree only to a cosine of {agreement:.4f}")
        _choose(exact, theirs, unfinished, threads)
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _choose(exact: OnnxEmbedder, probes: Vectors, folder: Path, threads: int) -> None:
    """Write beside the export whether eight bits are to be used, and what was compared."""
    path = folder / ABOUT
    about = json.loads(path.read_text(encoding="utf-8"))
    about |= {"eight": False, "probes": probes.tolist()}
    if (folder / EIGHT).exists():
        eight = OnnxEmbedder(exact.model, folder, EIGHT, threads=threads)
        agreement = _agreement(eight, probes)
        share = min(_seconds(eight) / _seconds(exact) for _ in range(3))
        about["eight"] = agreement >= NEAR and share <= FASTER
        logger.info("In 8 bits: cosine %.4f, %.2f of the time of 32.", agreement, share)
    with storage_errors():
        path.write_text(json.dumps(about), encoding="utf-8")


def _agreement(embedder: OnnxEmbedder, probes: Vectors) -> float:
    """The least cosine to the reference's vectors of the probes."""
    return float((embedder.embed(PROBES) * probes).sum(axis=1).min())


def _seconds(embedder: OnnxEmbedder) -> float:
    """The processor's time for the probes."""
    begun = time.process_time()
    embedder.embed(PROBES)
    return time.process_time() - begun


def _whole_words(tokenizer: Any) -> frozenset[str]:
    """The pieces of a tokenizer that stand alone; those that go on with a word are marked."""
    return frozenset(piece for piece in tokenizer.get_vocab() if piece.isalpha())


def _joined(
    vectors: Vectors, lengths: NDArray[np.int64], owner: NDArray[np.int64], count: int
) -> Vectors:
    """The vectors of whole texts: the mean of their pieces', by length, of unit length again."""
    if len(vectors) == count:
        return vectors
    whole = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(whole, owner, vectors * lengths[:, None].astype(np.float32))
    whole = _unit(whole)
    alone = np.bincount(owner, minlength=count)[owner] == 1
    whole[owner[alone]] = vectors[alone]  # as it would be without its neighbours
    return whole


def _unit(vectors: NDArray[Any]) -> Vectors:
    exact = vectors.astype(np.float32)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.maximum(norms, 1e-12), dtype=np.float32)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _fingerprint(weights: Weights) -> str:
    """Short name of the state of a model's files, so that a changed model is exported again."""
    digest = hashlib.sha256(FORM)
    for path in sorted(Path(weights.location).rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]
