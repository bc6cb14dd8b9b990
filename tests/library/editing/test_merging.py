"""Corrections meet a new listening, or another's corrections, and none gets lost."""

from hypothesis import given
from hypothesis import strategies as st

from library.editing.differences import differences
from library.editing.merging import merged
from library.editing.transcripts import SegmentDraft

BASE = "we met beckie at the station and then|the gas failed twice|thank you"


def talk(text: str, *, speakers: str = "", shift: float = 0.0, probability: float = 0.5):
    """Segments parted by "|", a word a second."""
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


def test_a_correction_outlives_a_new_listening() -> None:
    """What was corrected stays; what was not is taken from the new one, with its seconds."""
    mine = talk(BASE.replace("beckie", "Mbeki"))
    theirs = talk(BASE.replace("twice", "thrice"), shift=0.25)

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert lines(result.segments) == (
        "we met Mbeki at the station and then|the gas failed thrice|thank you"
    )
    assert result.conflicts == 0
    assert result.segments[1].start == 8.25
    assert all(not segment.suspect for segment in result.segments)


def test_where_both_changed_the_same_words_both_are_shown() -> None:
    """The correction stays, and the line is suspect with the other words beside it."""
    mine = talk(BASE.replace("beckie", "Mbeki"))
    theirs = talk(BASE.replace("beckie", "Becca"))

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert lines(result.segments) == BASE.replace("beckie", "Mbeki")
    assert result.conflicts == 1
    assert result.segments[0].suspect == (
        "Corrected by hand to “Mbeki”, but the new transcript has “Becca”."
    )


def test_the_same_correction_on_both_sides_is_no_conflict() -> None:
    """A better model that hears what somebody had corrected agrees with them."""
    side = talk(BASE.replace("beckie", "Mbeki"))

    assert merged(talk(BASE), side, side, who="Ben").conflicts == 0


def test_what_was_taken_out_stays_out() -> None:
    """Words that somebody dropped do not come back when they are heard again."""
    mine = talk(BASE.removesuffix("|thank you"))

    result = merged(talk(BASE), mine, talk(BASE), who="the new transcript")

    assert lines(result.segments) == BASE.removesuffix("|thank you")


def test_other_words_where_some_were_taken_out_are_suspect() -> None:
    """What a new listening hears there is shown, and not searched before somebody accepts it."""
    mine = talk(BASE.removesuffix("|thank you"))

    result = merged(talk(BASE), mine, talk(BASE + " all"), who="the new transcript")

    assert result.segments[-1].text == "thank you all"
    assert result.segments[-1].suspect.startswith("Taken out by hand")


def test_named_voices_are_carried_over() -> None:
    """Who speaks is known of the second, also where the new words are others."""
    mine = talk(BASE, speakers="ABA")
    theirs = talk(BASE.replace("failed twice", "fell thrice"))

    result = merged(talk(BASE), mine, theirs, who="the new transcript")

    assert [segment.speaker for segment in result.segments] == ["A", "B", "A"]


def test_lines_that_were_parted_stay_parted() -> None:
    """Where a line begins is merged like its words."""
    mine = talk(BASE.replace("station and", "station|and"))
    theirs = talk(BASE.replace("twice|thank", "twice thank"))

    result = merged(talk(BASE), mine, theirs, who="Ben")

    assert lines(result.segments) == (
        "we met beckie at the station|and then|the gas failed twice thank you"
    )


def test_notes_are_merged_by_paragraph() -> None:
    """Markdown keeps its lines."""
    base = [SegmentDraft(text="# A\nb"), SegmentDraft(text="two"), SegmentDraft(text="three")]
    mine = [base[0], SegmentDraft(text="deux"), base[2]]
    theirs = [*base, SegmentDraft(text="four")]

    result = merged(base, mine, theirs, who="Ben")

    assert [segment.text for segment in result.segments] == ["# A\nb", "deux", "three", "four"]


WORDS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_a_side_that_changed_nothing_gives_way(base: str, other: str) -> None:
    """With one side unchanged, the result is the other side, word for word."""
    one, two = talk(base), talk(other)

    assert lines(merged(one, one, two, who="Ben").segments) == other
    assert lines(merged(one, two, one, who="Ben").segments) == other


@given(WORDS, WORDS, WORDS)
def test_seconds_stay_in_order(base: str, mine: str, theirs: str) -> None:
    """Whatever is brought together, no line begins before the one above it."""
    sides = talk(base), talk(mine), talk(theirs, shift=0.3)

    result = merged(*sides, who="Ben").segments

    starts = [segment.start for segment in result]
    assert starts == sorted(starts)
    assert all(segment.start <= segment.end for segment in result)


def test_a_difference_is_shown_with_the_words_around_it() -> None:
    """Removed and added words, where they are, in their surroundings."""
    (change,) = differences(talk(BASE), talk(BASE.replace("beckie", "Mbeki the first")))

    assert (change.before, change.removed, change.added) == ("we met", "beckie", "Mbeki the first")
    assert change.after == "at the station and then the"
    assert change.start == 2.0


def test_another_speaker_is_a_difference() -> None:
    """The same words in another mouth are shown as such, once for a stretch."""
    (change,) = differences(talk(BASE, speakers="ABA"), talk(BASE, speakers="ACA"))

    assert change.speakers == ("B", "C")
    assert change.after == "the gas failed twice"


@given(WORDS, WORDS)
def test_equal_versions_and_only_they_differ_in_nothing(one: str, other: str) -> None:
    """No change is overlooked, and none is made up."""
    assert (differences(talk(one), talk(other)) == []) == (one == other)
