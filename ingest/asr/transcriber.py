"""Transcription of recordings into words with times, block by block, with Whisper.

The settings come from measurements on CPUs: 8-bit weights, one thread for each block, a beam of 5,
no decoding of silence, word times. The batched mode is not used, because it loses words unnoticed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ingest.asr.blocks import cut
from ingest.asr.parallel import map_in_order
from ingest.asr.result import AsrBlock
from ingest.asr.whisper import WhisperDecoder, floats, load_model
from ingest.media import pcm as raw
from ingest.media.media_info import SAMPLE_RATE
from library.settings import Settings
from library.weights import whisper_weights

BEAM = 5

Progress = Callable[[float], None]


class Transcriber(Protocol):
    """Interface of speech recognition; `model` is the name stored with its results."""

    model: str

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Progress,
        start_block: int = 0,
    ) -> Iterator[AsrBlock]:
        """Yield the blocks of the recording in *pcm* (raw int16 samples), in order.

        The first block yielded is the one with the number *start_block*, counted from 0. If
        *language* is None, it is detected. *hints* are names and words to expect. *progress* is
        called with 0..1.
        """
        ...


class WhisperTranscriber:
    """Transcriber that runs a converted Whisper model with CTranslate2.

    *instances* blocks are decoded at once, each by its own model instance with *threads* threads.
    """

    def __init__(
        self,
        model_folder: Path,
        *,
        model: str | None = None,
        compute_type: str = "int8",
        threads: int = 1,
        beam: int = BEAM,
        instances: int = 1,
    ) -> None:
        self.model = model or f"whisper/{model_folder.name}"
        load = partial(load_model, model_folder, compute_type, threads)
        self._decoders = [WhisperDecoder(load, beam)]
        self._more = [partial(WhisperDecoder, load, beam)] * (instances - 1)

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Progress,
        start_block: int = 0,
    ) -> Iterator[AsrBlock]:
        """Yield the blocks of the recording in *pcm* (raw int16 samples), in order.

        The cuts are deterministic. A caller that saves each block can therefore continue after a
        crash with *start_block*. If *language* is None, it is detected once, in the first block
        with speech. *hints* are names and words to expect. *progress* is called with 0..1 in the
        thread of the caller.
        """
        samples = raw.read(pcm)
        cuts = cut(samples)
        if language is None:
            language = self._first_language(samples, cuts[start_block:])
        if len(cuts) - start_block > 1:
            self._decoders += [decoder() for decoder in self._more]
            self._more = []

        def decode(number: int, decoder: WhisperDecoder, report: Progress) -> AsrBlock:
            start, end = cuts[number]
            block = decoder.decode(samples[start:end], start / SAMPLE_RATE, language, hints, report)
            raw.release_pages(samples)
            return replace(block, number=number, count=len(cuts))

        yield from map_in_order(
            [partial(decode, number) for number in range(start_block, len(cuts))],
            self._decoders,
            lambda done: progress((start_block + done) / len(cuts)),
        )

    def _first_language(self, samples: raw.Samples, cuts: list[tuple[int, int]]) -> str | None:
        """Return the language code of the first block with speech, or None."""
        for start, end in cuts:
            if found := self._decoders[0].language(floats(samples[start:end])):
                return found
        return None


def open_transcriber(settings: Settings, model: str = "") -> WhisperTranscriber:
    """Return a transcriber with the Whisper model *model*; "" means the configured model.

    Raises:
        WeightsError: The files of the model are missing or wrong, or the model is not offered.
    """
    weights = whisper_weights(settings, model)
    return WhisperTranscriber(
        Path(weights.location),
        model=weights.name,
        compute_type=settings.whisper_compute,
        threads=settings.threads,
        beam=settings.whisper_beam,
        instances=settings.at_once,
    )
