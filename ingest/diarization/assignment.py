"""Assignment of words to speaker turns; segments are split where the speaker changes."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ingest.diarization.clustering import Turn
from library.sessions.segments import SegmentDraft

Word = tuple[str, float, float, float]

SHORT_SENTENCE = 0.4
"""A sentence shorter than this (seconds), between words of one other speaker, is given to that
speaker. Two changes of speaker in so short a time are more likely an error of the word times."""
SHORT_PHRASE = 1.0
"""The same limit for words that are not a whole sentence. People interrupt with a short sentence,
but hardly say the middle of another speaker's sentence."""
SENTENCE_ENDS = (".", "?", "!", "…")


def with_speakers(segments: Sequence[SegmentDraft], turns: Sequence[Turn]) -> list[SegmentDraft]:
    """Return *segments* split by speaker, with labels "Speaker 1", "Speaker 2"… in order."""
    if not turns:
        return list(segments)
    words = [word for segment in segments for word in segment.words]
    speakers = iter(_settled(words, _speakers(words, turns)))
    names: dict[int, str] = {}
    parted: list[SegmentDraft] = []
    for segment in segments:
        words_with_speakers = [(word, next(speakers)) for word in segment.words]
        for speaker, group in groupby(words_with_speakers, key=lambda pair: pair[1]):
            name = names.setdefault(speaker, f"Speaker {len(names) + 1}")
            parted.append(_part(segment, [word for word, _ in group], name))
        if not words_with_speakers:
            parted.append(segment)
    return parted


def _part(segment: SegmentDraft, words: list[Word], speaker: str) -> SegmentDraft:
    """Return a segment of some words of *segment*, with one speaker."""
    if len(words) == len(segment.words):
        return replace(segment, speaker=speaker)
    text = "".join(word[0] for word in words).strip()
    return replace(
        segment, text=text, start=words[0][1], end=words[-1][2], speaker=speaker, words=words
    )


def _speakers(words: Sequence[Word], turns: Sequence[Turn]) -> list[int]:
    """Return the speaker number of each word, by the longest overlap, else by the nearest turn."""
    found, first = [], 0
    longest = max(turn.end - turn.start for turn in turns)
    for _, start, end, _ in words:
        while first + 1 < len(turns) and turns[first].start + longest < start:
            first += 1
        near = turns[max(0, first - 1) :]
        shared: dict[int, float] = {}
        nearest, gap = near[0].speaker, float("inf")
        for turn in near:
            common = min(end, turn.end) - max(start, turn.start)
            if common > 0:
                shared[turn.speaker] = shared.get(turn.speaker, 0.0) + common
            elif -common < gap:
                nearest, gap = turn.speaker, -common
            if turn.start > end:
                break
        found.append(max(shared, key=lambda speaker: shared[speaker]) if shared else nearest)
    return found


def _settled(words: Sequence[Word], speakers: list[int]) -> list[int]:
    """Return *speakers*, one per word. Very short runs get the speaker of the words around them."""
    runs = [list(run) for _, run in groupby(range(len(speakers)), key=lambda i: speakers[i])]
    settled = list(speakers)
    for before, run, after in zip(runs, runs[1:], runs[2:], strict=False):
        lasts = words[run[-1]][2] - words[run[0]][1]
        enough = SHORT_SENTENCE if _is_sentence(words, run) else SHORT_PHRASE
        if lasts < enough and settled[before[-1]] == speakers[after[0]]:
            for index in run:
                settled[index] = speakers[after[0]]
    return settled


def _is_sentence(words: Sequence[Word], run: Sequence[int]) -> bool:
    """Return whether a run of words forms at least one complete sentence."""
    ends = (words[run[0] - 1][0], words[run[-1]][0])
    return all(text.rstrip().endswith(SENTENCE_ENDS) for text in ends)
