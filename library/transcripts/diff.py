"""Word-level differences between two versions of a transcript."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from library.transcripts.retiming import words_of
from library.transcripts.versions import SegmentDraft

AROUND = 6  # context words on each side of a change


@dataclass(frozen=True, kw_only=True)
class Change:
    """Change between two versions: removed words, added words, and context."""

    start: float | None  # seconds, in the newer version if it has words there
    before: str
    removed: str
    added: str
    after: str
    speakers: tuple[str, str] | None = None  # old and new speaker if only the speaker changed


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: float | None
    speaker: str
    suspect: bool


def differences(old: Sequence[SegmentDraft], new: Sequence[SegmentDraft]) -> list[Change]:
    """Return the changes from *old* to *new* in transcript order."""
    was, now = _words(old), _words(new)
    changes: list[Change] = []
    gathered: list[int] | None = None  # range in old and range in new of words that differ
    for step in Levenshtein.opcodes([w.text for w in was], [w.text for w in now]):
        if step.tag != "equal":
            if gathered is None:
                gathered = [step.src_start, step.src_end, step.dest_start, step.dest_end]
            gathered[1], gathered[3] = step.src_end, step.dest_end
            continue
        if gathered is not None:
            changes.append(_change(was, now, gathered))
            gathered = None
        changes += _speaker_changes(
            was[step.src_start : step.src_end], now[step.dest_start : step.dest_end]
        )
    if gathered is not None:
        changes.append(_change(was, now, gathered))
    return changes


def _change(was: Sequence[_Word], now: Sequence[_Word], places: Sequence[int]) -> Change:
    i, j, k, m = places
    at = now[k] if k < m else was[i]
    return Change(
        start=at.start,
        before=_text(now[max(0, k - AROUND) : k]),
        removed=_text(was[i:j]),
        added=_text(now[k:m]),
        after=_text(now[m : m + AROUND]),
    )


def _speaker_changes(was: Sequence[_Word], now: Sequence[_Word]) -> list[Change]:
    """Return changes of the speaker or of the suspect state in ranges with equal words."""
    changes: list[Change] = []
    first = 0
    pairs = [
        ((a.speaker, a.suspect), (b.speaker, b.suspect)) for a, b in zip(was, now, strict=True)
    ]
    for at in range(1, len(pairs) + 1):
        if at < len(pairs) and pairs[at] == pairs[first]:
            continue
        then, today = pairs[first]
        if then != today:
            changes.append(
                Change(
                    start=now[first].start,
                    before="",
                    removed="",
                    added="",
                    after=_text(now[first : min(at, first + 2 * AROUND)]),
                    speakers=(_who(then), _who(today)),
                )
            )
        first = at
    return changes


def _who(state: tuple[str, bool]) -> str:
    speaker, suspect = state
    return f"{speaker or 'No name'}{' (suspect)' if suspect else ''}"


def _words(segments: Sequence[SegmentDraft]) -> list[_Word]:
    return [
        _Word(word.text, word.start, segment.speaker, bool(segment.suspect))
        for segment in segments
        for word in words_of(segment)
    ]


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)
