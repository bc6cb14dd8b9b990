"""Voices become vectors, and sound becomes turns; the voice models run by ONNX Runtime.

The models are exported once, by a process of its own: nothing here loads torch.
"""

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from library.files import storage_errors
from library.settings import Settings
from library.weights import voice_weights
from search.filterbank import Floats
from search.voice_export import TURNS_FILE, VOICE_FILE

logger = logging.getLogger(__name__)

MODEL = "campplus"
"""Name that is kept beside every voice's vector."""
VERSION = 1
"""Of the export: another number exports again."""
ACTIVE = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32
)
"""Which of three people speak in each class of segmentation-3.0 (Plaquet, Bredin 2023)."""


class VoiceModels(Protocol):
    """Hears who speaks within ten seconds, and what a voice is like."""

    def classes(self, window: Floats) -> Floats:
        """Frames x 7: the probability of each row of `ACTIVE` in ten seconds of sound."""
        ...

    def vector(self, features: Floats) -> Floats:
        """The unit vector of the one voice in *features* (frames x 80 of `filterbank`)."""
        ...


class OnnxVoiceModels:
    """The exported models in a folder."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # windows come in all lengths; it would keep them all
        self._turns, self._voice = (
            onnxruntime.InferenceSession(
                str(folder / name), options, providers=["CPUExecutionProvider"]
            )
            for name in (TURNS_FILE, VOICE_FILE)
        )

    def classes(self, window: Floats) -> Floats:
        """Frames x 7: the probability of each row of `ACTIVE` in ten seconds of sound."""
        found: Floats = self._turns.run(None, {"given": window[None, None]})[0][0]
        return found

    def vector(self, features: Floats) -> Floats:
        """The unit vector of the one voice in *features* (frames x 80 of `filterbank`)."""
        level = features - features.mean(axis=0, keepdims=True)
        found: Floats = self._voice.run(None, {"given": level[None]})[0][0]
        return unit(found)


def open_voice_models(settings: Settings) -> VoiceModels | None:
    """The models that tell voices apart; None where they are not wanted or not installed.

    Raises:
        WeightsError: the installed weights are not the pinned ones.
    """
    weights = voice_weights() if settings.speakers else None
    if weights is None:
        return None
    folder = settings.home / "models" / f"voices-{MODEL}-{VERSION}"
    if not folder.is_dir():
        _export(Path(weights.location), folder)
    return OnnxVoiceModels(folder)


def unit(vector: npt.NDArray[np.floating]) -> Floats:
    """*vector* with length one."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _export(package: Path, folder: Path) -> None:
    """Write the graphs into *folder*; of processes that do this at once the first rename wins."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with storage_errors():
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        command = [sys.executable, "-m", "search.voice_export", str(package), str(unfinished)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - all of it is ours
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
