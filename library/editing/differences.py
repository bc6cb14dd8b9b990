"""What changed between two versions of a transcript, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from library.editing.retimed import words_of
from library.editing.transcripts import SegmentDraft

AROUND = 6  # words shown on either side of a change


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change: what was there, what is there now, and the words around it."""

    start: float | None  # seconds, in the newer version where it has words there
    before: str
    removed: str
    added: str
    after: str
    speakers: tuple[str, str] | None = None  # who spoke then and now, where that is what changed


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: float | None
    speaker: str
    suspect: bool


def differences(old: Sequence[SegmentDraft], new: Sequence[SegmentDraft]) -> list[Change]:
    """The changes that lead from *old* to *new*, in their order."""
    was, now = _words(old), _words(new)
    changes: list[Change] = []
    gathered: list[int] | None = None  # old from, to, new from, to of words that differ
    for step in Levenshtein.opcodes([w.text for w in was], [w.text for w in now]):
        if step.tag != "equal":
            if gathered is None:
                gathered = [step.src_start, step.src_end, step.dest_start, step.dest_end]
            gathered[1], gathered[3] = step.src_end, step.dest_end
            continue
        if gathered is not None:
            changes.append(_change(was, now, gathered))
            gathered = None
        changes += _said_by_others(
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


def _said_by_others(was: Sequence[_Word], now: Sequence[_Word]) -> list[Change]:
    """Stretches of the same words with another speaker, or that became or ceased to be suspect."""
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


def _who(said: tuple[str, bool]) -> str:
    speaker, suspect = said
    return f"{speaker or 'Nobody named'}{' (suspect)' if suspect else ''}"


def _words(segments: Sequence[SegmentDraft]) -> list[_Word]:
    return [
        _Word(word.text, word.start, segment.speaker, bool(segment.suspect))
        for segment in segments
        for word in words_of(segment)
    ]


def _text(words: Sequence[_Word]) -> str:
    return " ".join(word.text for word in words)
