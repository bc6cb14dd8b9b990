"""What was heard: words with times, segments with doubts, blocks that can be saved one by one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation; `start` and `end` in seconds, `probability` 0..1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, kw_only=True)
class Said:
    """What Whisper says was said, before it is judged: times in seconds of the block.

    `log_probability` is the mean over the tokens; `compression` how well the text compresses.
    """

    words: tuple[Word, ...]
    log_probability: float
    no_speech_probability: float
    compression: float


@dataclass(frozen=True, kw_only=True)
class HeardSegment:
    """A stretch of words; `suspect` says why they may never have been spoken, or is None.

    `log_probability` is the mean over the tokens, `no_speech_probability` Whisper's own guess that
    nobody spoke.
    """

    text: str
    start: float
    end: float
    words: tuple[Word, ...]
    suspect: str | None
    no_speech_probability: float
    log_probability: float


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some minutes of a recording, heard to the end; `start` and `end` in seconds.

    `language` is a code such as "en", None where nobody spoke; `voiced` are seconds of voice;
    `talk` says from when to when somebody speaks, for telling speakers apart; `channel` is the
    one that was heard alone, where each is one person's.
    """

    number: int
    count: int
    start: float
    end: float
    language: str | None
    voiced: float
    segments: tuple[HeardSegment, ...]
    talk: tuple[tuple[float, float], ...] = ()
    channel: int | None = None
