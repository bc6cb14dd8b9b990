"""Text embedding by sentence-transformers, for models that cannot be exported to ONNX Runtime.

The vectors of an exported model are compared with those of this embedder.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from library.weights import Weights
from search.embedding.encoders import Convention, convention_of
from search.embedding.packaged_e5 import build_encoder
from search.embedding.text_vectors import Vectors, joined, unit
from search.embedding.tokenization import whole_words


def open_reference(weights: Weights, threads: int) -> tuple[Any, Convention]:
    """Return a model as a `SentenceTransformer` with the pooling and limit of its convention."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    torch.set_num_threads(threads)
    location = Path(weights.location)
    if location.is_file():
        encoder = build_encoder(location, Path(weights.adapter) if weights.adapter else None)
    else:
        encoder = SentenceTransformer(str(location), device="cpu", local_files_only=True)
    convention = convention_of(weights.name, encoder)
    encoder.max_seq_length = min(convention.limit, int(encoder.max_seq_length))
    if len(encoder) > 1 and convention.pooling:
        encoder[1].pooling_mode = convention.pooling
    return encoder, convention


class ReferenceEmbedder:
    """Embedder that runs sentence-transformers."""

    def __init__(self, weights: Weights, *, threads: int = 1) -> None:
        from tokenizers import Tokenizer

        self.model = weights.name
        self._encoder, self._convention = open_reference(weights, threads)
        self.dimension = int(self._encoder.get_embedding_dimension())
        self._tokenizer = Tokenizer.from_str(self._encoder.tokenizer.backend_tokenizer.to_str())
        self._tokenizer.no_truncation()

    @cached_property
    def words(self) -> frozenset[str]:
        """Tokenizer entries that are whole words."""
        return whole_words(self._tokenizer)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, `(len(texts), dimension) float32`."""
        return self._embed(texts, self._convention.question)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, `(len(texts), dimension) float32`."""
        return self._embed(texts, self._convention.passage)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`.

        A text over the model's token limit gets the mean of its pieces.
        """
        pieces: list[str] = []
        owner: list[int] = []
        for number, text in enumerate(texts):
            parts = self._within_limit(text, prefix)
            pieces += parts
            owner += [number] * len(parts)
        if not pieces:
            return np.empty((0, self.dimension), dtype=np.float32)
        encoded = self._encoder.encode(pieces, prompt=prefix, show_progress_bar=False)
        lengths = np.array([max(1, len(piece)) for piece in pieces], dtype=np.int64)
        return joined(
            unit(np.asarray(encoded)), lengths, np.array(owner, dtype=np.int64), len(texts)
        )

    def _within_limit(self, text: str, prefix: str) -> list[str]:
        """Return the text in pieces that fit into the token limit of the model."""
        words = text.split()
        length = len(self._tokenizer.encode(prefix + text).ids)
        if len(words) < 2 or length <= self._encoder.max_seq_length:
            return [text]
        half = len(words) // 2
        return [
            piece
            for part in (words[:half], words[half:])
            for piece in self._within_limit(" ".join(part), prefix)
        ]
