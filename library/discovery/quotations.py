"""Quotation of a time range: the words of a transcript between two seconds."""

from collections.abc import Iterable
from dataclasses import dataclass

from library.sessions.read_models import TranscriptLine
from library.sessions.segments import spoken_words

REACH = 0.05  # seconds of tolerance at both ends of the range


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Consecutive words of one speaker."""

    speaker: str
    text: str
    person_id: int | None = None


def said_between(lines: Iterable[TranscriptLine], start: float, end: float) -> list[Turn]:
    """Return the words between *start* and *end* (seconds), grouped by speaker.

    A word is included if its midpoint is in the range, with a tolerance of `REACH` seconds.

    Hallucinated segments are left out.
    """
    turns: list[Turn] = []
    for line in lines:
        if line.suspect or line.start is None or line.end is None:
            continue
        if line.end < start or line.start > end:
            continue
        words = spoken_words(line.text, line.start, line.end, line.words)
        middles = ((w.text, ((w.start or 0.0) + (w.end or 0.0)) / 2) for w in words)
        text = " ".join(word for word, at in middles if start - REACH <= at <= end + REACH)
        if text and turns and turns[-1].speaker == line.speaker:
            turns[-1] = Turn(
                speaker=line.speaker, text=f"{turns[-1].text} {text}", person_id=line.person_id
            )
        elif text:
            turns.append(Turn(speaker=line.speaker, text=text, person_id=line.person_id))
    return turns
