"""Text embedding by ONNX Runtime, from a folder that `onnx_export` wrote."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np

from search.embedding.onnx_export import ABOUT, EXACT
from search.embedding.text_vectors import Vectors, joined, unit
from search.embedding.tokenization import TextTokenizer

SLOWER = ("SkipLayerNormFusion", "BiasGeluFusion")  # disabled: they slow the graph


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

        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.model = model
        self.bits = 32 if graph == EXACT else 8
        self.dimension: int = about["dimension"]
        self._mean: bool = about["pooling"] == "mean"
        self._question: str = about["question"]
        self._passage: str = about["passage"]
        self._tokenizer = TextTokenizer(folder, about["special"], about["limit"])
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

    @cached_property
    def words(self) -> frozenset[str]:
        """Tokenizer entries that are whole words."""
        return self._tokenizer.words()

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each question, `(len(texts), dimension) float32`."""
        return self._embed(texts, self._question)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each passage, `(len(texts), dimension) float32`."""
        return self._embed(texts, self._passage)

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        """Return one unit vector for each text, `(len(texts), dimension) float32`.

        A text over the model's token limit gets the mean of its pieces.
        """
        pieces: list[list[int]] = []
        owner: list[int] = []
        for number, text in enumerate(texts):
            parts = self._tokenizer.pieces(text, prefix)
            pieces += parts
            owner += [number] * len(parts)
        vectors = np.empty((len(pieces), self.dimension), dtype=np.float32)
        # One text at a time needs no padding and keeps the activations in the processor's cache.
        several = self._hands.map if self._hands and len(pieces) > 1 else map
        for row, vector in enumerate(several(self._run, pieces)):
            vectors[row] = vector
        lengths = np.array([len(piece) for piece in pieces], dtype=np.int64)
        return joined(unit(vectors), lengths, np.array(owner, dtype=np.int64), len(texts))

    def _run(self, piece: Sequence[int]) -> Vectors:
        """Return the vector of a tokenized text, `(dimension,) float32`, not normalised."""
        ids = np.array([piece], dtype=np.int64)
        given = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (tokens,) = self._session.run(None, {k: v for k, v in given.items() if k in self._inputs})
        vector = tokens[0].mean(axis=0) if self._mean else tokens[0, 0]
        return np.asarray(vector, dtype=np.float32)
