"""Cross-encoder: the score of a passage for a question, by one model that reads both together.

Nogueira & Cho 2019, "Passage Re-ranking with BERT". It is more accurate than two vectors, and too
slow for more than a few passages.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.errors import WeightsError
from library.settings import Settings
from library.weights import reranker_weights

logger = logging.getLogger(__name__)


class CrossEncoder:
    """The cross-encoder of the settings, loaded when it is first used. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model: Any = None
        self._failed = False
        self._alone = threading.Lock()  # its tokenizer cannot be used by two threads

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32] | None:
        """Return a score for each passage, `(len(passages),) float32`, higher is better.

        If the model cannot be loaded or used, the reason is logged and None is returned. A model
        that could not be loaded is not tried again.
        """
        with self._alone:
            try:
                return self._scores(question, passages)
            except WeightsError as error:
                self._failed = True
                logger.warning("%s Until then, no passages are ranked again.", error)
            except Exception as error:  # noqa: BLE001 - after any failure, the first ranking is used
                self._failed = self._model is None
                logger.warning(
                    "The cross-encoder %s failed, so passages keep their order: %s",
                    self._settings.rerank_model,
                    str(error).partition("\n")[0],
                )
        return None

    def _scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float32] | None:
        if self._failed or not passages:
            return None
        if self._model is None:
            self._model = self._loaded()
        found = self._model.predict(
            [(question, passage) for passage in passages], show_progress_bar=False
        )
        scores = np.asarray(found, dtype=np.float32)
        if scores.shape != (len(passages),) or not np.isfinite(scores).all():
            raise ValueError("it does not give one number for each passage")
        return scores

    def _loaded(self) -> Any:
        import torch
        from sentence_transformers import CrossEncoder as Model
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        torch.set_num_threads(self._settings.threads)
        folder = reranker_weights(self._settings).location
        return Model(folder, device="cpu", local_files_only=True)
