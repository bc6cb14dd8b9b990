"""Words get the speakers in whose turns they lie; segments are parted where the speaker changes."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ingest.voices import Turn
from library.editing.segments import SegmentDraft

Word = tuple[str, float, float, float]

AN_ASIDE = 0.4
"""Seconds under which words between two of another's are taken for that other's: a change at
each end of so short a stretch is rather an error of times."""
A_PHRASE = 1.0
"""The same where the words are no sentence of their own: people call out a word between another's,
but hardly the middle of what the other is saying."""
SENTENCE_ENDS = (".", "?", "!", "…")


def with_speakers(segments: Sequence[SegmentDraft], turns: Sequence[Turn]) -> list[SegmentDraft]:
    """*segments* with "Speaker 1", "Speaker 2"… in the order in which they begin to speak."""
    if not turns:
        return list(segments)
    words = [word for segment in segments for word in segment.words]
    voices = iter(_settled(words, _voices(words, turns)))
    names: dict[int, str] = {}
    parted: list[SegmentDraft] = []
    for segment in segments:
        said = [(word, next(voices)) for word in segment.words]
        for voice, group in groupby(said, key=lambda pair: pair[1]):
            name = names.setdefault(voice, f"Speaker {len(names) + 1}")
            parted.append(_part(segment, [word for word, _ in group], name))
        if not said:
            parted.append(segment)
    return parted


def _part(segment: SegmentDraft, words: list[Word], speaker: str) -> SegmentDraft:
    """Some of a segment's words, said by one speaker."""
    if len(words) == len(segment.words):
        return replace(segment, speaker=speaker)
    text = "".join(word[0] for word in words).strip()
    return replace(
        segment, text=text, start=words[0][1], end=words[-1][2], speaker=speaker, words=words
    )


def _voices(words: Sequence[Word], turns: Sequence[Turn]) -> list[int]:
    """For each word the voice that it shares most time with, or else the nearest one."""
    found, first = [], 0
    longest = max(turn.end - turn.start for turn in turns)
    for _, start, end, _ in words:
        while first + 1 < len(turns) and turns[first].start + longest < start:
            first += 1
        near = turns[max(0, first - 1) :]
        shared: dict[int, float] = {}
        nearest, gap = near[0].voice, float("inf")
        for turn in near:
            common = min(end, turn.end) - max(start, turn.start)
            if common > 0:
                shared[turn.voice] = shared.get(turn.voice, 0.0) + common
            elif -common < gap:
                nearest, gap = turn.voice, -common
            if turn.start > end:
                break
        found.append(max(shared, key=lambda voice: shared[voice]) if shared else nearest)
    return found


def _settled(words: Sequence[Word], voices: list[int]) -> list[int]:
    """The voices of *words* without asides that are too short to be anybody else's."""
    runs = [list(run) for _, run in groupby(range(len(voices)), key=lambda i: voices[i])]
    settled = list(voices)
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        lasts = words[run[-1]][2] - words[run[0]][1]
        enough = AN_ASIDE if _is_sentence(words, run) else A_PHRASE
        if lasts < enough and settled[before[-1]] == voices[after[0]]:
            for index in run:
                settled[index] = voices[after[0]]
    return settled


def _is_sentence(words: Sequence[Word], run: Sequence[int]) -> bool:
    """Whether some words in a row are a sentence, or more, of their own."""
    ends = (words[run[0] - 1][0], words[run[-1]][0])
    return all(text.rstrip().endswith(SENTENCE_ENDS) for text in ends)
