"""Sound to words with times, block by block, through Whisper.

The settings follow what was measured on CPUs: 8-bit weights, one thread for each block, a beam of
5, silence left out, word times. The batched mode is not used: it loses words without a sign.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ingest import pcm as raw
from ingest.blocks import cut
from ingest.ear import Ear, floats, whisper
from ingest.heard import Block
from ingest.media import SAMPLE_RATE
from ingest.side_by_side import in_turn

BEAM = 5

Progress = Callable[[float], None]


class Transcriber(Protocol):
    """Hears recordings; `model` is the name kept beside what it heard."""

    model: str

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Progress,
        start_block: int = 0,
    ) -> Iterator[Block]:
        """The blocks of the recording in *pcm* (raw samples), from *start_block* on."""
        ...


class WhisperTranscriber:
    """Whisper through CTranslate2, from a folder with a converted model.

    *ears*: how many blocks are heard at once, each by an instance of its own with *threads*.
    """

    def __init__(
        self,
        model_folder: Path,
        *,
        model: str | None = None,
        compute_type: str = "int8",
        threads: int = 1,
        beam: int = BEAM,
        ears: int = 1,
    ) -> None:
        self.model = model or f"whisper/{model_folder.name}"
        load = partial(whisper, model_folder, compute_type, threads)
        self._ears = [Ear(load, beam)]
        self._more = [partial(Ear, load, beam)] * (ears - 1)

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Progress,
        start_block: int = 0,
    ) -> Iterator[Block]:
        """The blocks of the recording in *pcm* (raw samples), in order, as soon as they are heard.

        A caller that saves each block can go on after a kill with *start_block*: the cuts are the
        same again. *language* None: found once, on speech. *hints*: names and words to expect.
        *progress* is called with 0..1, by the caller's own thread.
        """
        samples = raw.read(pcm)
        cuts = cut(samples)
        if language is None:
            language = self._first_language(samples, cuts[start_block:])
        if len(cuts) - start_block > 1:
            self._ears += [ear() for ear in self._more]
            self._more = []

        def hear(number: int, ear: Ear, said: Progress) -> Block:
            start, end = cuts[number]
            heard = ear.hear(samples[start:end], start / SAMPLE_RATE, language, hints, said)
            raw.let_go(samples)
            return replace(heard, number=number, count=len(cuts))

        yield from in_turn(
            [partial(hear, number) for number in range(start_block, len(cuts))],
            self._ears,
            lambda done: progress((start_block + done) / len(cuts)),
        )

    def _first_language(self, samples: raw.Samples, cuts: list[tuple[int, int]]) -> str | None:
        """The language of the first block in which somebody speaks; None if nobody does."""
        for start, end in cuts:
            if found := self._ears[0].language(floats(samples[start:end])):
                return found
        return None
