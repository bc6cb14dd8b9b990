"""Detection of hallucinated text.

For noise, Whisper may produce phrases from captions of silent videos, or repeat a phrase often.
Suspected text is stored with the reason and is not indexed. Nothing is deleted.
"""

import re
from dataclasses import replace

from ingest.asr.result import AsrSegment, Utterance, Word
from ingest.asr.vad import SpeechActivity
from library.translation import mark

SURE_ENOUGH = -1.0
"""Mean log probability below which a decoding counts as failed (Radford 2022, 4.5)."""
REPETITIVE = 2.4
"""Compression ratio above which a decoding counts as a loop (Radford 2022, 4.5)."""
SYLLABLES_A_SECOND = 10.0
"""Maximum syllables in a second. Fast English has 6 to 7 (Pellegrino, Coupé, Marsico 2011)."""
MISSED_ONSET = 0.25
"""Seconds at the beginning of a word that voice activity detection may miss."""
PAUSE = 2.0
"""Minimum pause between two words, in seconds, at which a segment is split."""
REPEATS = 4
LOOP = 8
LONGEST_PHRASE = 6
PHANTOMS = frozenset(
    {
        "you",
        "music",
        "applause",
        "bye",
        "bye bye",
        "so",
        "the end",
        "thank you",
        "thanks for watching",
        "thank you for watching",
        "thank you so much for watching",
        "thank you very much for watching",
        "thanks for watching and see you next time",
        "please subscribe",
        "please subscribe to my channel",
        "like and subscribe",
        "see you next time",
        "see you in the next video",
        "subtitles by the amara org community",
    }
)
ALONE = 2.0
"""A phrase of `PHANTOMS` is suspected if it has less speech than this, in seconds."""


def hallucination_reason(
    words: tuple[Word, ...],
    *,
    voiced: float,
    alone: bool,
    log_probability: float,
    compression: float,
) -> str | None:
    """Return the reason why *words* may be hallucinated, as a sentence, or None.

    *voiced* is the speech, in seconds, that was detected during the words. *alone* is true if the
    block contains only known phantom phrases.
    """
    spoken = plain(words)
    if not spoken:
        return None
    too_many = (voiced + MISSED_ONSET) * SYLLABLES_A_SECOND < syllables(spoken)
    phantom = alone and voiced < ALONE and " ".join(spoken) in PHANTOMS
    reasons = {
        mark("Speech recognition was too unsure of these words."): log_probability < SURE_ENOUGH,
        mark("These words repeat themselves, which is a typical error of speech recognition."): (
            compression > REPETITIVE or loops(spoken)
        ),
        mark("No speech was detected at these words."): voiced <= 0,
        mark("Too little speech was detected for so many words."): too_many,
        mark("Speech recognition often writes this phrase where no one speaks."): phantom,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def filter_hallucinations(
    utterances: list[Utterance], voice: SpeechActivity, offset: float
) -> tuple[AsrSegment, ...]:
    """Split segments at long pauses and set the reason for each suspected hallucination.

    *offset* is the start of the block in seconds of the recording.
    """
    segments = []
    alone = all(" ".join(plain(utterance.words)) in PHANTOMS for utterance in utterances)
    for utterance in utterances:
        reason = _reason(utterance.words, utterance, voice, alone=alone)
        for part in _split_at_pauses(utterance.words):
            words = tuple(
                replace(word, start=round(word.start + offset, 3), end=round(word.end + offset, 3))
                for word in part
            )
            segments.append(
                AsrSegment(
                    text="".join(word.text for word in words).strip(),
                    start=words[0].start,
                    end=words[-1].end,
                    words=words,
                    suspect=reason or _reason(part, utterance, voice, alone=alone),
                    no_speech_probability=utterance.no_speech_probability,
                    log_probability=utterance.log_probability,
                )
            )
    return tuple(segments)


def _reason(
    words: tuple[Word, ...], utterance: Utterance, voice: SpeechActivity, *, alone: bool
) -> str | None:
    """Return why *words*, a part of *utterance*, may be hallucinated; None if not."""
    return hallucination_reason(
        words,
        voiced=sum(voice.within(part[0].start, part[-1].end) for part in _split_at_pauses(words)),
        alone=alone,
        log_probability=utterance.log_probability,
        compression=utterance.compression,
    )


def _split_at_pauses(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """Split words into groups at pauses of `PAUSE` seconds or more."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start - groups[-1][-1].end < PAUSE:
            groups[-1].append(word)
        else:
            groups.append([word])
    return [tuple(group) for group in groups]


def plain(words: tuple[Word, ...]) -> list[str]:
    """Return the words in lower case, without punctuation."""
    return re.findall(r"[\w']+", "".join(word.text for word in words).lower())


def syllables(spoken: list[str]) -> int:
    """Estimate the number of syllables: groups of vowels, at least one in each word."""
    return sum(max(1, len(re.findall(r"[aeiouy]+", word))) for word in spoken)


def loops(spoken: list[str]) -> bool:
    """Return whether a phrase repeats more often than in natural speech."""
    for size in range(1, LONGEST_PHRASE + 1):
        run = 0
        for index in range(size, len(spoken)):
            run = run + 1 if spoken[index] == spoken[index - size] else 0
            if run >= max(LOOP, size * (REPEATS - 1)):
                return True
    return False
