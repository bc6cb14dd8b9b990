"""Reasons to believe that a text was never spoken.

Whisper answers noise with phrases it saw under silent videos, and repeats itself when it is lost.
Nothing is deleted for that: the reason stands beside the text, and such text is not indexed.
"""

import re
from dataclasses import replace

from ingest.heard import HeardSegment, Said, Word
from ingest.voice import Voice

SURE_ENOUGH = -1.0
"""Mean log probability below which Whisper's authors call a decoding failed (Radford 2022, 4.5)."""
REPETITIVE = 2.4
"""Compression ratio above which they call it a loop (the same section)."""
SYLLABLES_A_SECOND = 10.0
"""Nobody speaks faster for long: fast English is 6 to 7 (Pellegrino, Coupé, Marsico 2011)."""
UNHEARD = 0.25
"""Seconds of a word's beginning that a voice detector may miss."""
PAUSE = 2.0
"""Seconds between two words that part a segment in two."""
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
"""Seconds of voice under which a known phantom phrase, standing alone, is not believed."""


def doubt(
    words: tuple[Word, ...],
    *,
    voiced: float,
    alone: bool,
    log_probability: float,
    compression: float,
) -> str | None:
    """Why these words may never have been spoken, as a sentence, or None.

    *voiced* are the seconds of voice under them; *alone* says that only phantoms were heard near.
    """
    spoken = plain(words)
    if not spoken:
        return None
    too_many = (voiced + UNHEARD) * SYLLABLES_A_SECOND < syllables(spoken)
    phantom = alone and voiced < ALONE and " ".join(spoken) in PHANTOMS
    reasons = {
        "Whisper was too unsure of these words.": log_probability < SURE_ENOUGH,
        "These words repeat themselves as Whisper does when it is lost.": (
            compression > REPETITIVE or loops(spoken)
        ),
        "There is no voice under these words.": voiced <= 0,
        "There is too little voice under these words for anybody to have spoken them.": too_many,
        "Whisper often hears this phrase where nobody speaks.": phantom,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def judged(said: list[Said], voice: Voice, offset: float) -> tuple[HeardSegment, ...]:
    """What was said, parted at long pauses, each part with the reason to doubt it.

    *offset*: seconds at which the block begins in the recording.
    """
    segments = []
    alone = all(" ".join(plain(one.words)) in PHANTOMS for one in said)
    for one in said:
        reason = _reason(one.words, one, voice, alone=alone)
        for part in _parted(one.words):
            words = tuple(
                replace(word, start=round(word.start + offset, 3), end=round(word.end + offset, 3))
                for word in part
            )
            segments.append(
                HeardSegment(
                    text="".join(word.text for word in words).strip(),
                    start=words[0].start,
                    end=words[-1].end,
                    words=words,
                    suspect=reason or _reason(part, one, voice, alone=alone),
                    no_speech_probability=one.no_speech_probability,
                    log_probability=one.log_probability,
                )
            )
    return tuple(segments)


def _reason(words: tuple[Word, ...], one: Said, voice: Voice, *, alone: bool) -> str | None:
    """Why *words*, a part of *one*, may never have been spoken."""
    return doubt(
        words,
        voiced=sum(voice.within(part[0].start, part[-1].end) for part in _parted(words)),
        alone=alone,
        log_probability=one.log_probability,
        compression=one.compression,
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


def plain(words: tuple[Word, ...]) -> list[str]:
    """The words in lower case, without punctuation."""
    return re.findall(r"[\w']+", "".join(word.text for word in words).lower())


def syllables(spoken: list[str]) -> int:
    """About how many syllables: groups of vowels, one at least in each word."""
    return sum(max(1, len(re.findall(r"[aeiouy]+", word))) for word in spoken)


def loops(spoken: list[str]) -> bool:
    """Whether a phrase follows itself so often and so long that nobody would say it so."""
    for size in range(1, LONGEST_PHRASE + 1):
        run = 0
        for index in range(size, len(spoken)):
            run = run + 1 if spoken[index] == spoken[index - size] else 0
            if run >= max(LOOP, size * (REPEATS - 1)):
                return True
    return False
