"""Sound to words with times, block by block, through Whisper. Home of faster_whisper.

The settings follow what was measured on CPUs: 8-bit weights, one thread a process, a beam of 5,
silence left out, word times. The batched mode is not used: it loses words without a sign.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from ingest import pcm as raw
from ingest.blocks import cut
from ingest.doubt import doubt
from ingest.heard import Block, HeardSegment, Word
from ingest.media import SAMPLE_RATE
from ingest.voice import FRAME, Voice

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment, WhisperModel

BEAM = 5
LATE = 0.08
"""Seconds by which Whisper's word times are early (median against hand-aligned words)."""
PAUSE = 2.0
"""Seconds between two words that part a segment in two."""
SEED = 1
MARGIN = 200
LEAST_FRAMES = 500
"""Frames of 10 ms: two seconds of silence behind what is heard, five seconds at least."""

Floats = npt.NDArray[np.float32]
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
    """Whisper through CTranslate2, from a folder with a converted model."""

    def __init__(
        self,
        model_folder: Path,
        *,
        model: str | None = None,
        compute_type: str = "int8",
        threads: int = 1,
        beam: int = BEAM,
    ) -> None:
        from faster_whisper.transcribe import ctranslate2

        self.model = model or f"whisper/{model_folder.name}"
        self._beam = beam
        ctranslate2.set_random_seed(SEED)
        self._whisper = _whisper(model_folder, compute_type, threads)

    def transcribe(
        self,
        pcm: Path,
        *,
        language: str | None,
        hints: str = "",
        progress: Progress,
        start_block: int = 0,
    ) -> Iterator[Block]:
        """The blocks of the recording in *pcm* (raw samples), each as soon as it is heard.

        A caller that saves each block can go on after a kill with *start_block*: the cuts are the
        same again. *language* None: found once, on speech. *hints*: names and words to expect.
        *progress* is called with 0..1.
        """
        samples = raw.read(pcm)
        cuts = cut(samples)
        for number, (start, end) in enumerate(cuts):
            if number < start_block:
                continue
            piece = _Piece(number, len(cuts), start, end, len(samples))
            sound = _floats(samples[start:end])
            voice = self._voice(sound)
            if language is None and voice.stretches():
                language = self._language(sound, voice)
            found = self._hear(sound, voice, language, hints)
            segments = _judged(list(piece.follow(found, progress)), voice, piece)
            yield piece.block(voice, language, segments)
            progress(piece.end / piece.whole)

    def _voice(self, sound: Floats) -> Voice:
        """Where in *sound* there is a voice."""
        from faster_whisper.vad import get_vad_model

        padded = np.pad(sound, (0, -len(sound) % FRAME))
        return Voice(np.asarray(get_vad_model()(padded)).ravel(), len(sound))

    def _language(self, sound: Floats, voice: Voice) -> str:
        """The language spoken in *sound*, judged on its voices alone."""
        speech = _voices(sound, voice)
        language, _, _ = self._whisper.detect_language(speech, language_detection_segments=3)
        return str(language)

    def _hear(
        self, sound: Floats, voice: Voice, language: str | None, hints: str
    ) -> Iterator["Segment"]:
        """What Whisper hears in *sound*, in seconds from its beginning."""
        from faster_whisper.transcribe import restore_speech_timestamps

        if not voice.stretches():
            return
        found, _ = self._whisper.transcribe(
            _voices(sound, voice),
            language=language,
            beam_size=self._beam,
            word_timestamps=True,
            hotwords=hints or None,
        )
        yield from restore_speech_timestamps(found, voice.stretches(), SAMPLE_RATE)


@dataclass(frozen=True)
class _Piece:
    """One block's place: number, how many there are, and samples from, to, of all."""

    number: int
    count: int
    start: int
    end: int
    whole: int

    def follow(self, found: Iterable["Segment"], progress: Progress) -> Iterator["Segment"]:
        """The same segments, telling how far we are."""
        for one in found:
            at = min(self.start + one.end * SAMPLE_RATE, self.end)
            progress(at / self.whole)
            yield one

    def words(self, one: "Segment") -> tuple[Word, ...]:
        """A segment's words, in seconds of the whole recording, set right for Whisper's haste."""
        begins, ends = self.start / SAMPLE_RATE, self.end / SAMPLE_RATE
        words = []
        for word in one.words or ():
            start = min(begins + float(word.start) + LATE, ends)
            end = min(max(start, begins + float(word.end) + LATE), ends)
            words.append(Word(word.word, round(start, 3), round(end, 3), float(word.probability)))
        return tuple(words)

    def block(
        self, voice: Voice, language: str | None, segments: tuple[HeardSegment, ...]
    ) -> Block:
        """What was heard here."""
        return Block(
            number=self.number,
            count=self.count,
            start=self.start / SAMPLE_RATE,
            end=self.end / SAMPLE_RATE,
            language=language,
            voiced=voice.seconds,
            segments=segments,
        )


def _whisper(folder: Path, compute_type: str, threads: int) -> "WhisperModel":
    """Whisper, with an encoder that does not listen to the padding behind a short window.

    Whisper fills every window up to 30 seconds; in half of that the encoder costs a third, and the
    words are the same.
    """
    from faster_whisper.transcribe import WhisperModel

    class Sparing(WhisperModel):  # type: ignore[misc]
        def encode(self, features: Floats) -> Any:
            heard = np.flatnonzero(features.any(axis=0))
            wanted = (int(heard[-1]) + 1 if heard.size else 0) + MARGIN
            frames = min(features.shape[-1], max(LEAST_FRAMES, wanted + wanted % 2))
            return super().encode(np.ascontiguousarray(features[:, :frames]))

    return Sparing(str(folder), device="cpu", compute_type=compute_type, cpu_threads=threads)


def _judged(found: list["Segment"], voice: Voice, piece: _Piece) -> tuple[HeardSegment, ...]:
    """Whisper's segments, parted at long pauses, each with the reason to doubt it."""
    segments = []
    for one in found:
        words = piece.words(one)
        reason = _reason(words, one, voice, piece, alone=len(found) == 1)
        for part in _parted(words):
            why = reason or _reason(part, one, voice, piece, alone=len(found) == 1)
            segments.append(
                HeardSegment(
                    text="".join(word.text for word in part).strip(),
                    start=part[0].start,
                    end=part[-1].end,
                    words=part,
                    suspect=why,
                    no_speech_probability=float(one.no_speech_prob),
                    log_probability=float(one.avg_logprob),
                )
            )
    return tuple(segments)


def _reason(
    words: tuple[Word, ...], one: "Segment", voice: Voice, piece: _Piece, *, alone: bool
) -> str | None:
    """Why *words* may never have been spoken."""
    offset = piece.start / SAMPLE_RATE
    voiced = sum(
        voice.within(part[0].start - offset, part[-1].end - offset) for part in _parted(words)
    )
    return doubt(
        words,
        voiced=voiced,
        alone=alone,
        log_probability=float(one.avg_logprob),
        compression=float(one.compression_ratio),
    )


def _parted(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """The words in groups without a long pause inside."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start - groups[-1][-1].end < PAUSE:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [tuple(group) for group in groups]


def _voices(sound: Floats, voice: Voice) -> Floats:
    """The stretches of *sound* with a voice, one after the other."""
    return np.concatenate([sound[one["start"] : one["end"]] for one in voice.stretches()])


def _floats(samples: raw.Samples) -> Floats:
    """Samples as Whisper wants them, -1..1."""
    return samples.astype(np.float32) / np.float32(32768)
