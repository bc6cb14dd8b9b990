"""Tests of the three-way merge of corrections and new transcripts.

Covers: diff.
"""

from hypothesis import given
from hypothesis import strategies as st

from library.transcripts.diff import differences
from library.transcripts.three_way_merge import merged
from library.transcripts.versions import SegmentDraft

BASE = "we met beckie at the station and then|the gas failed twice|thank you"


def talk(text: str, *, speakers: str = "", shift: float = 0.0, probability: float = 0.5):
    """Return the segments of *text*, which are divided by "|". Each word takes one second.

    *speakers* has one letter for each segment. *shift* is the start of the first segment.
    *probability* is that of each word.
    """
    segments, at = [], shift
    for number, part in enumerate(text.split("|") if text else []):
        words = part.split()
        segments.append(
            SegmentDraft(
                text=part,
                start=at,
                end=at + len(words),
                speaker=speakers[number : number + 1],
                words=[(f" {w}", at + i, at + i + 1, probability) for i, w in enumerate(words)],
            )
        )
        at += len(words)
    return segments


def lines(segments) -> str:
    return "|".join(segment.text for segment in segments)


def test_a_correction_is_kept_in_a_new_transcript() -> None:
    """A merge keeps a correction. Times and all other text are from the new transcript."""
    mine = talk(BASE.replace("beckie", "Mbeki"))
    theirs = talk(BASE.replace("twice", "thrice"), shift=0.25)

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert lines(result.segments) == (
        "we met Mbeki at the station and then|the gas failed thrice|thank you"
    )
    assert result.conflicts == 0
    assert result.segments[1].start == 8.25
    assert all(not segment.suspect for segment in result.segments)


def test_a_conflict_shows_both_texts() -> None:
    """In a conflict, a merge keeps the correction and marks the segment as suspect.

    The mark contains the text of the other side.
    """
    mine = talk(BASE.replace("beckie", "Mbeki"))
    theirs = talk(BASE.replace("beckie", "Becca"))

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert lines(result.segments) == BASE.replace("beckie", "Mbeki")
    assert result.conflicts == 1
    assert result.segments[0].suspect == (
        "A person corrected this to “Mbeki”, but the new transcript has “Becca”."
    )


def test_the_same_correction_on_both_sides_is_no_conflict() -> None:
    """If both sides of a merge have the same correction, there is no conflict."""
    side = talk(BASE.replace("beckie", "Mbeki"))

    assert merged(talk(BASE), side, side, who="Ben").conflicts == 0


def test_removed_text_is_not_restored() -> None:
    """A merge does not bring text back that a person removed."""
    mine = talk(BASE.removesuffix("|thank you"))

    result = merged(talk(BASE), mine, talk(BASE), who="the new transcript")

    assert lines(result.segments) == BASE.removesuffix("|thank you")


def test_new_text_in_place_of_removed_text_is_suspect() -> None:
    """If a person removed text and the new transcript changed it, the text is marked suspect."""
    mine = talk(BASE.removesuffix("|thank you"))

    result = merged(talk(BASE), mine, talk(BASE + " all"), who="the new transcript")

    assert result.segments[-1].text == "thank you all"
    assert result.segments[-1].suspect.startswith("A person removed these words")


def test_named_speakers_are_carried_over() -> None:
    """A merge keeps the names of speakers, also where the new text differs."""
    mine = talk(BASE, speakers="ABA")
    theirs = talk(BASE.replace("failed twice", "fell thrice"))

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert [segment.speaker for segment in result.segments] == ["A", "B", "A"]


def test_split_segments_stay_split() -> None:
    """A merge keeps the changes that both sides made to the boundaries of segments."""
    mine = talk(BASE.replace("station and", "station|and"))
    theirs = talk(BASE.replace("twice|thank", "twice thank"))

    result = merged(talk(BASE), mine, theirs, who="Ben")

    assert lines(result.segments) == (
        "we met beckie at the station|and then|the gas failed twice thank you"
    )


def test_notes_are_merged_by_paragraph() -> None:
    """Notes are merged paragraph by paragraph. The lines of Markdown stay."""
    base = [SegmentDraft(text="# A\nb"), SegmentDraft(text="two"), SegmentDraft(text="three")]
    mine = [base[0], SegmentDraft(text="deux"), base[2]]
    theirs = [*base, SegmentDraft(text="four")]

    result = merged(base, mine, theirs, who="Ben")

    assert [segment.text for segment in result.segments] == ["# A\nb", "deux", "three", "four"]


WORDS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_a_side_that_changed_nothing_gives_way(base: str, other: str) -> None:
    """If one side of a merge changed nothing, the result equals the other side."""
    one, two = talk(base), talk(other)

    assert lines(merged(one, one, two, who="Ben").segments) == other
    assert lines(merged(one, two, one, who="Ben").segments) == other


@given(WORDS, WORDS, WORDS)
def test_times_stay_in_order(base: str, mine: str, theirs: str) -> None:
    """The start times of merged segments are in order for any texts."""
    sides = talk(base), talk(mine), talk(theirs, shift=0.3)

    result = merged(*sides, who="Ben").segments

    starts = [segment.start for segment in result]
    assert starts == sorted(starts)
    assert all(segment.start <= segment.end for segment in result)


def test_a_difference_is_shown_with_the_words_around_it() -> None:
    """A difference between versions has removed words, added words, time and context."""
    (change,) = differences(talk(BASE), talk(BASE.replace("beckie", "Mbeki the first")))

    assert (change.before, change.removed, change.added) == ("we met", "beckie", "Mbeki the first")
    assert change.after == "at the station and then the"
    assert change.start == 2.0


def test_another_speaker_is_a_difference() -> None:
    """If only the speaker of a segment changed, the difference contains the whole segment."""
    (change,) = differences(talk(BASE, speakers="ABA"), talk(BASE, speakers="ACA"))

    assert change.speakers == ("B", "C")
    assert change.after == "the gas failed twice"


@given(WORDS, WORDS)
def test_equal_versions_and_only_they_differ_in_nothing(one: str, other: str) -> None:
    """Equal versions have no differences, and different versions have at least one."""
    assert (differences(talk(one), talk(other)) == []) == (one == other)
