"""Speaker models run by ONNX Runtime: speaker embeddings and speaker segmentation.

The models are exported once by a separate process. Nothing here loads torch.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from library.files import convert_disk_errors
from library.settings import Settings
from library.weights import voice_weights
from search.embedding.filterbank import Floats
from search.embedding.speaker_export import TURNS_FILE, VOICE_FILE

MODEL = "campplus"
"""Name stored with each speaker embedding."""
VERSION = 1
"""Version of the export; a change causes a new export."""
ACTIVE = np.array(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32
)
"""Speakers (of three) who talk in each class of segmentation-3.0 (Plaquet, Bredin 2023)."""


class SpeakerModels(Protocol):
    """Speaker segmentation and speaker embedding."""

    def classes(self, window: Floats) -> Floats:
        """Return the probability of each speaker class in each frame, `(frames, 7) float32`.

        A class is a set of speakers who talk at once: one row of `ACTIVE`.

        Args:
            window: ten seconds of audio as 16 kHz samples, `(160000,) float32`.
        """
        ...

    def vector(self, features: Floats) -> Floats:
        """Return the speaker embedding of one speaker, a unit vector `(192,) float32`.

        Args:
            features: log mel energies of `filterbank`, `(frames, 80) float32`.
        """
        ...


class OnnxSpeakerModels:
    """Speaker models that were exported to a folder, run by ONNX Runtime."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # the arena would keep memory for each input length
        self._turns, self._voice = (
            onnxruntime.InferenceSession(
                str(folder / name), options, providers=["CPUExecutionProvider"]
            )
            for name in (TURNS_FILE, VOICE_FILE)
        )

    def classes(self, window: Floats) -> Floats:
        """Return speaker class probabilities `(frames, 7) float32` of audio `(160000,) float32`."""
        found: Floats = self._turns.run(None, {"given": window[None, None]})[0][0]
        return found

    def vector(self, features: Floats) -> Floats:
        """Return the speaker embedding `(192,) float32` of log mel energies `(frames, 80)`."""
        level = features - features.mean(axis=0, keepdims=True)
        found: Floats = self._voice.run(None, {"given": level[None]})[0][0]
        return unit(found)


def open_speaker_models(settings: Settings) -> SpeakerModels | None:
    """Return the speaker models; None if they are disabled or not installed.

    Raises:
        WeightsError: the installed weights do not match the pinned checksums.
    """
    weights = voice_weights() if settings.speakers else None
    if weights is None:
        return None
    folder = settings.home / "models" / f"voices-{MODEL}-{VERSION}"
    if not folder.is_dir():
        _export(Path(weights.location), folder)
    return OnnxSpeakerModels(folder)


def unit(vector: npt.NDArray[np.floating]) -> Floats:
    """Return a vector `(dimension,)` scaled to length one, as float32."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)


def _export(package: Path, folder: Path) -> None:
    """Export the speaker models to *folder* in a separate process.

    If several processes export at once, the first one to rename its folder wins.
    """
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with convert_disk_errors():
        unfinished.mkdir(parents=True, exist_ok=True)
    try:
        command = [
            sys.executable,
            "-m",
            "search.embedding.speaker_export",
            str(package),
            str(unfinished),
        ]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed arguments
        if not folder.is_dir():
            unfinished.replace(folder)
    except OSError:
        if not folder.is_dir():  # else another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
