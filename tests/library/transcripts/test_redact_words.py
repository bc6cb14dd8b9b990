"""Tests of the redaction of words: no later edit brings redacted words back."""

from collections.abc import Sequence
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.transcripts import edits
from library.transcripts.redact_words import Range, widened, without
from library.transcripts.three_way_merge import merged


@st.composite
def talks(draw: st.DrawFn) -> list[SegmentDraft]:
    """Generate segments in which no word occurs twice, so that a restored word is noticed."""
    numbers, at, segments = count(), 0.0, []
    for length in draw(st.lists(st.integers(1, 7), min_size=1, max_size=6)):
        at += draw(st.sampled_from([0.0, 0.5]))
        begin, words = at, []
        for _ in range(length):
            end = at + draw(st.sampled_from([0.1, 0.5]))
            words.append((f" word{next(numbers)}", at, end, 0.9))
            at = end
        segments.append(
            SegmentDraft(
                text="".join(word[0] for word in words).strip(),
                start=begin,
                end=at,
                speaker=draw(st.sampled_from(["", "Ada", "Ben"])),
                words=words if draw(st.booleans()) else (),
            )
        )
    return segments


RANGES = st.tuples(st.floats(0, 20), st.floats(0.01, 6)).map(lambda r: (r[0], r[0] + r[1]))
ACTS = ("merge", "say", "again", "write", "replace", "drop", "rename", "cut")
EDITS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 9)), max_size=8)


@given(talks(), RANGES)
def test_words_in_the_range_are_removed_and_others_stay(
    talk: list[SegmentDraft], chosen: Range
) -> None:
    """A redaction removes all words in its range. Other words keep their times."""
    span = widened(talk, chosen)

    left = without(talk, [span])

    stays = [w for s in talk for w in s.words if w[2] <= span[0] or w[1] >= span[1]]
    assert [w[0] for s in left for w in s.words if w in stays] == [w[0] for w in stays]
    assert all(not (w[1] < span[1] and w[2] > span[0]) for s in left for w in s.words)
    assert _in_order(left)


@given(talks(), RANGES, EDITS)
def test_no_edit_and_no_retranscription_restores_a_removed_word(
    talk: list[SegmentDraft], chosen: Range, changes: Sequence[tuple[str, int]]
) -> None:
    """Neither an edit nor a retranscription brings redacted words back."""
    span = widened(talk, chosen)
    base = now = without(talk, [span])
    redacted = _words(talk) - _words(now)

    for what, place in changes:
        again = without(talk, [span])
        now = without(_edit(base, now, again, what, place), [span])
        assert not redacted & _words(now)
        assert _in_order(now)


def _edit(
    base: list[SegmentDraft],
    now: list[SegmentDraft],
    new: list[SegmentDraft],
    what: str,
    place: int,
) -> list[SegmentDraft]:
    """Return the segments *now* after the edit *what* at *place*, or *now* if it is refused.

    For "again", the segments were *base* before an edit by another person, and *new* after it.
    """
    acts = {
        "merge": lambda: edits.merge(now, place),
        "say": lambda: edits.say(now, place, "Cem"),
        "write": lambda: edits.retext(now, place, "Something else\n\nin two lines"),
        "replace": lambda: edits.substitute(now, f"word{place}", "another word"),
        "drop": lambda: edits.drop(now, place),
        "rename": lambda: edits.rename(now, "Ada", "Maya"),
        "cut": lambda: without(now, [widened(now, (place, place + 0.7))]),
        "again": lambda: list(merged(base, now, new, who="Ada").segments),
    }
    try:
        return acts[what]()
    except InvalidInputError:
        return now


def _words(segments: Sequence[SegmentDraft]) -> set[str]:
    return {word for segment in segments for word in segment.text.split()}


def _in_order(segments: Sequence[SegmentDraft]) -> bool:
    starts = [s.start or 0.0 for s in segments]
    lasting = all((s.start or 0.0) <= (s.end or 0.0) for s in segments)
    words = all(a[1] <= b[1] for s in segments for a, b in pairwise(s.words))
    return starts == sorted(starts) and lasting and words
