"""Text embedding by an export for ONNX Runtime, or by sentence-transformers (the reference).

The model is exported once. The export loads in one second, the reference in fifteen. The export is
used if its vectors agree with those of the reference. Its 8-bit graph is used if it is faster on
this processor and accurate enough, else its 32-bit graph. Vectors of both graphs can be compared
with each other (docs/decisions/0018).
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from library.settings import Settings
from library.weights import Weights, embedding_weights
from search.embedding.eight_bits import EIGHT
from search.embedding.export_check import NEAR, agreement, export
from search.embedding.onnx_embedder import OnnxEmbedder
from search.embedding.onnx_export import ABOUT, EXACT
from search.embedding.reference_embedder import ReferenceEmbedder
from search.embedding.text_vectors import Vectors

logger = logging.getLogger(__name__)

FORM = b"4"  # version of the export; a change causes a new export


class Embedder(Protocol):
    """Text embedding model with unit vectors.

    Some models give the same text different vectors as a question and as a passage. The cosine of
    a question's vector and a passage's vector says how well the passage answers the question.
    """

    @property
    def model(self) -> str:
        """Name stored with each vector."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def words(self) -> frozenset[str]:
        """Tokenizer entries that are whole words: frequent words of the language."""

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, `(len(texts), dimension) float32`."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, `(len(texts), dimension) float32`."""


def open_embedder(settings: Settings) -> Embedder:
    """Return the embedder of the configured model.

    Raises:
        WeightsError: the model's files are missing or do not match the pinned checksums.
    """
    weights = embedding_weights(settings)
    folder = _export_folder(weights, settings)
    try:
        if not folder.is_dir():
            export(weights, folder, settings.threads)
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


def _opened(model: str, folder: Path, settings: Settings) -> OnnxEmbedder:
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
        found = agreement(eight, np.array(about["probes"], dtype=np.float32))
        if found >= NEAR:
            return eight
        logger.warning("8-bit vectors differ on this processor (%.3f). Using 32 bits.", found)
    return opened(EXACT)


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-." else "-" for c in name)


def _fingerprint(weights: Weights) -> str:
    """Return a short hash of the names, sizes and times of a model's files.

    A changed model has another hash and is exported again.
    """
    digest = hashlib.sha256(FORM)
    location = Path(weights.location)
    found = [location] if location.is_file() else sorted(location.rglob("*"))
    for path in [*found, *([Path(weights.adapter)] if weights.adapter else [])]:
        if path.is_file():
            state = path.stat()
            digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]
