"""Decoding of one audio block with Whisper into words with times."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ingest.asr.hallucination import filter_hallucinations
from ingest.asr.missed_speech import merged, missed_speech, with_margins, within
from ingest.asr.result import AsrBlock, Utterance, Word, correct_onsets
from ingest.asr.vad import SpeechActivity, detect_speech
from ingest.media import pcm as raw
from ingest.media.media_info import SAMPLE_RATE

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment

LATE = 0.03
"""Seconds that are added to Whisper's word times, which are too early. Of all shifts, this one
gives the lowest median error against aligned words. The median offset is 0.05, because Whisper
extends some words over a pause."""
SEED = 1
TRIES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Temperatures that are tried in turn while a decoding fails (Radford 2022, 4.5). Each block
begins with a new random generator, so that its result is always the same."""
ONCE = (0.0,)
"""The only temperature when speech without words is decoded again. That speech is mostly a sigh
or an "um", and more tries would cost more time than all other steps."""
MARGIN = 500
LEAST_FRAMES = 1000
"""Frames of 10 ms. Speech is followed by `MARGIN` frames of silence (five seconds). A window has
at least `LEAST_FRAMES` frames (ten seconds). With less silence, Whisper makes more errors and fails
on short recordings. More silence costs time without a gain."""

REMEMBERED = 112
"""Number of tokens of earlier text that Whisper gets as context: half of its limit. More tokens do
not change the recognised words, but slow down every decoding step."""

Floats = npt.NDArray[np.float32]
Progress = Callable[[float], None]


class WhisperDecoder:
    """One instance of Whisper, used by one thread at a time."""

    def __init__(self, load: Callable[[], Any], beam: int) -> None:
        self._load = load
        self._beam = beam
        self._whisper = load()

    def decode(
        self,
        samples: raw.Samples,
        offset: float,
        language: str | None,
        hints: str,
        progress: Progress,
    ) -> AsrBlock:
        """Transcribe *samples*, shape (n,) int16, from second *offset* of the recording."""
        self._reload_if_sampled()
        sound = floats(samples)
        voice = self._detect_speech(sound)
        utterances = self._utterances(sound, voice, language, hints, progress)
        return AsrBlock(
            number=0,
            count=1,
            start=offset,
            end=offset + len(samples) / SAMPLE_RATE,
            language=language,
            voiced=voice.seconds,
            segments=correct_onsets(filter_hallucinations(utterances, voice, offset)),
            talk=tuple((a + offset, b + offset) for a, b in voice.regions()),
        )

    def language(self, sound: Floats) -> str | None:
        """Return the language code of the speech in *sound*, (n,) float32; None without speech."""
        stretches = self._detect_speech(sound).samples_of_speech()
        if not stretches:
            return None
        speech = _joined(sound, stretches)
        language, _, _ = self._whisper.detect_language(speech, language_detection_segments=3)
        return str(language)

    def _utterances(
        self,
        sound: Floats,
        voice: SpeechActivity,
        language: str | None,
        hints: str,
        progress: Progress,
    ) -> list[Utterance]:
        """Transcribe *sound*, (n,) float32. Speech without words is decoded a second time."""
        utterances = list(self._decode(sound, voice.samples_of_speech(), language, hints, progress))
        again: list[Utterance] = []
        seconds = len(sound) / SAMPLE_RATE
        for missed in missed_speech(utterances, voice, seconds):
            start, end = (round(at * SAMPLE_RATE) for at in with_margins(missed, seconds))
            stretch = {"start": start, "end": end}
            found = self._decode(sound, [stretch], language, hints, lambda _: None, tries=ONCE)
            again += within(found, *missed)
        return merged(utterances, again)

    def _reload_if_sampled(self) -> None:
        """Reload the model after sampling (temperature > 0): its random state cannot be reset."""
        if self._whisper.sampled:
            del self._whisper
            self._whisper = self._load()

    def _detect_speech(self, sound: Floats) -> SpeechActivity:
        """Detect speech in *sound*, shape (n,) float32 at 16 kHz."""
        from faster_whisper.vad import get_vad_model

        return detect_speech(sound, lambda part: np.asarray(get_vad_model()(part)).ravel())

    def _decode(
        self,
        sound: Floats,
        stretches: list[dict[str, int]],
        language: str | None,
        hints: str,
        progress: Progress,
        *,
        tries: tuple[float, ...] = TRIES,
    ) -> Iterator[Utterance]:
        """Yield the segments that Whisper recognises in *stretches* of *sound*.

        *sound* has the shape (n,) float32. Each stretch has its start and end in samples. The times
        of the segments are seconds of *sound*. *tries* are the temperatures that Whisper tries in
        turn, until the text is plausible.
        """
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
        for segment in restore_speech_timestamps(found, stretches, SAMPLE_RATE):
            progress(min(1.0, segment.end / seconds))
            if segment.words:
                yield _with_shifted_times(segment, seconds)


def _with_shifted_times(segment: "Segment", seconds: float) -> Utterance:
    """Convert a Whisper segment. Add `LATE` to its word times, but do not exceed *seconds*."""
    words = []
    for word in segment.words or ():
        if not word.word:
            continue
        start = min(float(word.start) + LATE, seconds)
        end = min(max(start, float(word.end) + LATE), seconds)
        words.append(Word(word.word, start, end, float(word.probability)))
    return Utterance(
        words=tuple(words),
        log_probability=float(segment.avg_logprob),
        no_speech_probability=float(segment.no_speech_prob),
        compression=float(segment.compression_ratio),
    )


def load_model(folder: Path, compute_type: str, threads: int) -> Any:
    """Load Whisper with an encoder that skips most of the padding behind a short window.

    Whisper pads every window to 30 seconds. With windows of half that length, the encoder needs a
    third of the time and the words are the same. The next window begins at the last time stamp that
    Whisper decoded (Radford 2022, 3.8). faster-whisper begins it at the end of the last word. Words
    that begin before that end would be lost.
    """
    from faster_whisper.transcribe import FeatureExtractor, WhisperModel, ctranslate2

    class ChunkedFeatureExtractor(FeatureExtractor):  # type: ignore[misc]
        def __call__(self, sound: Floats, padding: int = 160, **_: None) -> Floats:
            padded = np.pad(sound, (0, padding))
            return log_mel(padded, self.mel_filters, self.stft, hop=self.hop_length, n=self.n_fft)

    class TrimmedWhisperModel(WhisperModel):  # type: ignore[misc]
        sampled = False

        def __init__(self, *given: Any, **options: Any) -> None:
            super().__init__(*given, **options)
            self.feature_extractor = ChunkedFeatureExtractor(**self.feat_kwargs)

        def encode(self, features: Floats) -> Any:
            filled = np.flatnonzero(features.any(axis=0))
            needed = (int(filled[-1]) + 1 if filled.size else 0) + MARGIN
            frames = min(features.shape[-1], max(LEAST_FRAMES, needed + needed % 2))
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
    return TrimmedWhisperModel(
        str(folder), device="cpu", compute_type=compute_type, cpu_threads=threads
    )


def _stamp(at: float) -> dict[str, Any]:
    """Return an empty word at *at* seconds, so that the next window begins there."""
    return {"word": "", "start": at, "end": at, "probability": 0.0}


def _joined(sound: Floats, stretches: list[dict[str, int]]) -> Floats:
    """Return the *stretches* of *sound*, joined. Both arrays have the shape (n,) float32."""
    return np.concatenate([sound[stretch["start"] : stretch["end"]] for stretch in stretches])


def floats(samples: raw.Samples) -> Floats:
    """Convert samples, shape (n,) int16, to (n,) float32 in -1..1."""
    return samples.astype(np.float32) / np.float32(32768)


AT_ONCE = 3072
"""Frames per piece (half a minute). A shorter last piece is joined to the piece before it.

On processors with AVX-512 the values are bit for bit the same as without pieces. Other processors
add the products in another order, so that the last bits may differ."""
QUIETEST = 1e-10
RANGE = 8.0
"""Dynamic range in powers of ten. Values that are too low for it are raised to its lower end."""


def log_mel(
    sound: Floats, filters: Floats, stft: Callable[..., Any], *, hop: int, n: int
) -> Floats:
    """Return the log energy of *sound* by mel band, shape (bands, frames), as Whisper expects it.

    *filters* are the weights of the frequencies in each band, shape (bands, n // 2 + 1). *stft* is
    the short-time Fourier transform, with a window of *n* samples every *hop* samples. *sound* is
    mirrored at both ends. Source: Radford et al. 2022, 2.2.
    """
    window = np.hanning(n + 1)[:-1].astype(np.float32)
    sound = np.pad(sound, n // 2, mode="reflect")
    frames = (len(sound) - n) // hop
    bands = np.empty((len(filters), frames), np.float32)
    firsts = range(0, max(1, frames - AT_ONCE + 1), AT_ONCE)
    for first, last in zip(firsts, [*firsts[1:], frames], strict=True):
        piece = sound[first * hop : (last - 1) * hop + n]
        waves = stft(piece, n, hop, window=window, center=False, return_complex=True)
        bands[:, first:last] = filters @ np.abs(waves.astype(np.complex64)) ** 2
    found = np.log10(np.clip(bands, QUIETEST, None))
    return np.asarray((np.maximum(found, found.max() - RANGE) + 4.0) / 4.0, np.float32)
