"""Text becomes vectors; home of sentence-transformers, torch and ONNX Runtime.

sentence-transformers is the reference. The same model, exported once and run by ONNX Runtime,
gives the same vectors in less time and loads in a second instead of fifteen, so it is what
answers wherever the export succeeds and agrees with the reference.
"""

import hashlib
import json
import logging
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from library.files import storage_errors
from library.settings import Settings
from library.weights import Weights, embedding_weights

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

BATCH = 8  # texts of about the same length; larger ones leave the processor's cache
AGREEMENT = 0.9999  # least cosine between an exported model and the reference
PROBES = (
    "What would you tell somebody who leads a team for the first time?",
    "Maya: I waited too long.\nTom: And then you said it in front of everybody.",
    "feedback",
)


class Embedder(Protocol):
    """Turns text into unit vectors."""

    model: str  # name that is kept beside every vector
    dimension: int
    words: frozenset[str]  # that the model knows whole: the frequent ones of its language

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text: shape (len(texts), dimension)."""


class UnusableExportError(Exception):
    """The exported model cannot stand in for the reference; says why."""


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
        return OnnxEmbedder(weights.name, folder, threads=settings.threads)
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


class OnnxEmbedder:
    """An exported sentence-transformers model, run by ONNX Runtime."""

    def __init__(self, model: str, folder: Path, *, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        self.model = model
        self.dimension: int = about["dimension"]
        self._mean: bool = about["pooling"] == "mean"
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(about["limit"])
        self.words = _whole_words(self._tokenizer)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {given.name for given in self._session.get_inputs()}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of unit length for each text; one over the model's limit, from its pieces."""
        pieces: list[Any] = []
        owner: list[int] = []
        for number, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            parts = [encoding, *encoding.overflowing]
            pieces += parts
            owner += [number] * len(parts)
        lengths = np.array([len(piece.ids) for piece in pieces], dtype=np.int64)
        vectors = np.empty((len(pieces), self.dimension), dtype=np.float32)
        # Texts of one length side by side: hardly any time goes into padding.
        for rows in _batches(np.argsort(lengths, kind="stable")):
            vectors[rows] = self._run([pieces[row] for row in rows], int(lengths[rows].max()))
        return _joined(vectors, lengths, np.array(owner, dtype=np.int64), len(texts))

    def _run(self, encodings: Sequence[Any], width: int) -> Vectors:
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (tokens,) = self._session.run(None, {k: v for k, v in given.items() if k in self._inputs})
        if not self._mean:
            return _unit(tokens[:, 0])
        weights = mask.astype(np.float32)
        return _unit(np.einsum("btd,bt->bd", tokens, weights) / weights.sum(axis=1, keepdims=True))


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
        _write_graph(encoder, unfinished)
        mine = OnnxEmbedder(weights.name, unfinished, threads=threads).embed(PROBES)
        theirs = _unit(np.asarray(encoder.encode(list(PROBES), show_progress_bar=False)))
        if (agreement := float((mine * theirs).sum(axis=1).min())) < AGREEMENT:
            raise UnusableExportError(f"its vectors agree only to a cosine of {agreement:.4f}")
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write_graph(encoder: Any, folder: Path) -> None:
    import torch

    pooling = encoder[1].pooling_mode if len(encoder) > 1 else None
    if pooling not in {"mean", "cls"} or len(encoder) > 3:
        raise UnusableExportError("its layers are not a transformer, a pooling and a normalisation")
    encoder[0].auto_model.set_attn_implementation("eager")  # the one that the exporter can write
    names = [n for n in encoder.tokenizer.model_input_names if n != "special_tokens_mask"]
    tokens = encoder.tokenizer(list(PROBES), padding=True, return_tensors="pt")

    class Tokens(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = encoder[0].auto_model.eval()

        def forward(self, *given: Any) -> Any:
            return self.transformer(**dict(zip(names, given, strict=True))).last_hidden_state

    encoder.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter warns of itself, at length
        torch.onnx.export(
            Tokens(),
            tuple(tokens[name] for name in names),
            str(folder / "model.onnx"),
            input_names=names,
            output_names=["tokens"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in (*names, "tokens")},
            opset_version=17,
            dynamo=False,
        )
    about = {
        "limit": int(encoder.max_seq_length),
        "pooling": pooling,
        "dimension": int(encoder.get_embedding_dimension()),
    }
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def _whole_words(tokenizer: Any) -> frozenset[str]:
    """The pieces of a tokenizer that stand alone; those that go on with a word are marked."""
    return frozenset(piece for piece in tokenizer.get_vocab() if piece.isalpha())


def _batches(order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [order[first : first + BATCH] for first in range(0, len(order), BATCH)]


def _joined(
    vectors: Vectors, lengths: NDArray[np.int64], owner: NDArray[np.int64], count: int
) -> Vectors:
    """The vectors of whole texts: the mean of their pieces', by length, of unit length again."""
    if len(vectors) == count:
        return vectors
    whole = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    np.add.at(whole, owner, vectors * lengths[:, None].astype(np.float32))
    return _unit(whole)


def _unit(vectors: NDArray[Any]) -> Vectors:
    exact = vectors.astype(np.float32)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.maximum(norms, 1e-12), dtype=np.float32)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _fingerprint(weights: Weights) -> str:
    """Short name of the state of a model's files, so that a changed model is exported again."""
    digest = hashlib.sha256()
    for path in sorted(Path(weights.location).rglob("*")):
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]
