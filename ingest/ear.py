"""One pair of ears: a block of sound to words, with times and doubts. Home of faster_whisper."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest import pcm as raw
from ingest.coverage import around, merged, uncovered, within
from ingest.doubt import judged
from ingest.heard import Block, Said, Word
from ingest.media import SAMPLE_RATE
from ingest.onsets import from_their_onset
from ingest.spectrogram import log_mel
from ingest.voice import Voice, detected

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment

LATE = 0.03
"""Seconds by which Whisper's word times are early: the shift with the least median error against
aligned words. Their median alone says 0.05, since some words are drawn out over a pause."""
SEED = 1
TRIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Temperatures that Whisper's authors try in turn while a decoding fails (Radford 2022, 4.5); with
a fresh generator for each block, a block is always heard the same."""
ONCE = (0.0,)
"""A second listening is mostly to a sigh or an "um": trying again costs more than all the rest."""
MARGIN = 500
LEAST_FRAMES = 1000
"""Frames of 10 ms: five seconds of silence behind what is heard, ten seconds at least. With less
Whisper hears worse and loses itself in short recordings; with more it costs more for nothing."""

REMEMBERED = 112
"""Tokens of what was said before that Whisper is told: half of what it takes. What is heard is the
same, and each further one makes every step of the search for words slower."""

Floats = npt.NDArray[np.float32]
Progress = Callable[[float], None]


class Ear:
    """One instance of Whisper, used by one thread at a time."""

    def __init__(self, load: Callable[[], Any], beam: int) -> None:
        self._load = load
        self._beam = beam
        self._whisper = load()

    def hear(
        self,
        samples: raw.Samples,
        offset: float,
        language: str | None,
        hints: str,
        progress: Progress,
    ) -> Block:
        """What is said in *samples*, which begin *offset* seconds into the recording."""
        self._start_afresh()
        sound = floats(samples)
        voice = self._voice(sound)
        said = self._said(sound, voice, language, hints, progress)
        return Block(
            number=0,
            count=1,
            start=offset,
            end=offset + len(samples) / SAMPLE_RATE,
            language=language,
            voiced=voice.seconds,
            segments=from_their_onset(judged(said, voice, offset)),
            talk=tuple((a + offset, b + offset) for a, b in voice.talk()),
        )

    def language(self, sound: Floats) -> str | None:
        """The language spoken in *sound*, judged on its voices alone; None if there are none."""
        stretches = self._voice(sound).stretches()
        if not stretches:
            return None
        speech = _joined(sound, stretches)
        language, _, _ = self._whisper.detect_language(speech, language_detection_segments=3)
        return str(language)

    def _said(
        self, sound: Floats, voice: Voice, language: str | None, hints: str, progress: Progress
    ) -> list[Said]:
        """All that is said in *sound*; voices that got no words are listened to once more."""
        said = list(self._listen(sound, voice.stretches(), language, hints, progress))
        again: list[Said] = []
        seconds = len(sound) / SAMPLE_RATE
        for missed in uncovered(said, voice, seconds):
            start, end = (round(at * SAMPLE_RATE) for at in around(missed, seconds))
            stretch = {"start": start, "end": end}
            found = self._listen(sound, [stretch], language, hints, lambda _: None, tries=ONCE)
            again += within(found, *missed)
        return merged(said, again)

    def _start_afresh(self) -> None:
        """Load Whisper again if it has drawn lots: its generator cannot be set back otherwise."""
        if self._whisper.sampled:
            del self._whisper
            self._whisper = self._load()

    def _voice(self, sound: Floats) -> Voice:
        """Where in *sound* there is a voice."""
        from faster_whisper.vad import get_vad_model

        return detected(sound, lambda part: np.asarray(get_vad_model()(part)).ravel())

    def _listen(
        self,
        sound: Floats,
        stretches: list[dict[str, int]],
        language: str | None,
        hints: str,
        progress: Progress,
        *,
        tries: tuple[float, ...] = TRIES,
    ) -> Iterator[Said]:
        """What Whisper hears in some stretches of *sound*, in seconds from its beginning."""
        from faster_whisper.transcribe import restore_speech_timestamps

        if not stretches:
            return
        found, _ = self._whisper.transcribe(
            _joined(sound, stretches),
            language=language,
            beam_size=self._beam,
            temperature=tries,
            word_timestamps=True,
            hotwords=hints or None,
        )
        seconds = len(sound) / SAMPLE_RATE
        for one in restore_speech_timestamps(found, stretches, SAMPLE_RATE):
            progress(min(1.0, one.end / seconds))
            if one.words:
                yield _in_time(one, seconds)


def _in_time(one: "Segment", seconds: float) -> Said:
    """A segment of Whisper's with its words set right for their haste, within *seconds*."""
    words = []
    for word in one.words or ():
        if not word.word:
            continue
        start = min(float(word.start) + LATE, seconds)
        end = min(max(start, float(word.end) + LATE), seconds)
        words.append(Word(word.word, start, end, float(word.probability)))
    return Said(
        words=tuple(words),
        log_probability=float(one.avg_logprob),
        no_speech_probability=float(one.no_speech_prob),
        compression=float(one.compression_ratio),
    )


def whisper(folder: Path, compute_type: str, threads: int) -> Any:
    """Whisper, with an encoder that does not listen to all the padding behind a short window.

    Whisper fills every window up to 30 seconds; in half of that the encoder costs a third, and the
    words are the same. The next window begins where Whisper's own time stamp says, as its authors
    have it (Radford 2022, 3.8): after the last word's end, as faster-whisper has it with word
    times, a word drawn out over others takes them with it.
    """
    from faster_whisper.transcribe import FeatureExtractor, WhisperModel, ctranslate2

    class Frugal(FeatureExtractor):  # type: ignore[misc]
        def __call__(self, sound: Floats, padding: int = 160, **_: None) -> Floats:
            padded = np.pad(sound, (0, padding))
            return log_mel(padded, self.mel_filters, self.stft, hop=self.hop_length, n=self.n_fft)

    class Sparing(WhisperModel):  # type: ignore[misc]
        sampled = False

        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self.feature_extractor = Frugal(**self.feat_kwargs)

        def encode(self, features: Floats) -> Any:
            heard = np.flatnonzero(features.any(axis=0))
            wanted = (int(heard[-1]) + 1 if heard.size else 0) + MARGIN
            frames = min(features.shape[-1], max(LEAST_FRAMES, wanted + wanted % 2))
            return super().encode(np.ascontiguousarray(features[:, :frames]))

        def get_prompt(self, tokenizer: Any, previous: list[int], *rest: Any, **more: Any) -> Any:
            return super().get_prompt(tokenizer, previous[-REMEMBERED:], *rest, **more)

        def add_word_timestamps(
            self, segments: list[list[dict[str, Any]]], *rest: Any, **options: Any
        ) -> Any:
            stamps = [group[-1]["end"] for group in segments if group]
            last = super().add_word_timestamps(segments, *rest, **options)
            for group, at in zip(filter(None, segments), stamps, strict=True):
                if group[-1].get("words"):
                    group[-1]["words"].append(_stamp(at))
            return last

        def generate_with_fallback(self, *about: Any, **options: Any) -> Any:
            result = super().generate_with_fallback(*about, **options)
            temperature = result[2]
            self.sampled = self.sampled or temperature > 0
            return result

    ctranslate2.set_random_seed(SEED)
    return Sparing(str(folder), device="cpu", compute_type=compute_type, cpu_threads=threads)


def _stamp(at: float) -> dict[str, Any]:
    """A word without text, so that what follows is looked for from *at* (seconds) on."""
    return {"word": "", "start": at, "end": at, "probability": 0.0}


def _joined(sound: Floats, stretches: list[dict[str, int]]) -> Floats:
    """Stretches of *sound*, one after the other."""
    return np.concatenate([sound[one["start"] : one["end"]] for one in stretches])


def floats(samples: raw.Samples) -> Floats:
    """Samples as Whisper wants them, -1..1."""
    return samples.astype(np.float32) / np.float32(32768)
