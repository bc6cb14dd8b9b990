"""Changes of a transcript keep its seconds in order and lose no word by themselves."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.editing import edits
from library.editing.edits import Kept
from library.editing.retimed import Line
from library.editing.transcripts import SegmentDraft
from library.errors import InvalidInputError

WORDS = st.lists(
    st.sampled_from(["so", "We", "asked.", "the", "team,", "the", "why?", "5%", "twice"]),
    min_size=1,
    max_size=9,
)
KEPT = SegmentDraft(
    text="I kept the keys of the kiln room.",
    start=0.5,
    end=3.0,
    words=[
        (" I", 0.5, 0.6, 0.9),
        (" kept", 0.6, 1.0, 0.9),
        (" the", 1.0, 1.1, 0.9),
        (" keys", 1.1, 1.5, 0.9),
        (" of", 1.5, 1.6, 0.9),
        (" the", 1.6, 1.7, 0.9),
        (" kiln", 1.7, 2.2, 0.3),
        (" room.", 2.2, 3.0, 0.9),
    ],
)
GAS = SegmentDraft(text="The gas failed.", start=4.0, end=5.0, speaker="Ada")
NOISE = SegmentDraft(text="Thank you.", start=6.0, end=6.5, suspect="There is no voice.")
TALK = [KEPT, GAS, NOISE]


@st.composite
def talks(draw: st.DrawFn) -> list[SegmentDraft]:
    """Segments one after the other, some with the recogniser's words, some suspect."""
    segments, at = [], 0.0
    for words in draw(st.lists(WORDS, min_size=1, max_size=6)):
        at += draw(st.sampled_from([0.0, 0.4]))
        begin, timed = at, []
        for word in words:
            end = at + draw(st.sampled_from([0.0, 0.2, 0.5]))
            timed.append((f" {word}", at, end, 0.5))
            at = end
        segments.append(
            SegmentDraft(
                text=" ".join(words),
                start=begin,
                end=at,
                speaker=draw(st.sampled_from(["", "Ada", "Speaker 1"])),
                words=timed if draw(st.booleans()) else (),
                suspect=draw(st.sampled_from(["", "", "There is no voice."])),
            )
        )
    return segments


def parted(segments: list[SegmentDraft], at: int, word: int) -> list[SegmentDraft]:
    words = segments[at].text.split()
    lines = " ".join(words[:word]), " ".join(words[word:])
    return edits.retext(segments, at, "\n\n".join(lines))


def spoken(segments: list[SegmentDraft]) -> list[str]:
    return [word for segment in segments for word in segment.text.split()]


def in_order(segments: list[SegmentDraft]) -> bool:
    starts = [segment.start for segment in segments]
    inside = [
        segment.start <= word[1] <= word[2] <= segment.end
        for segment in segments
        for word in segment.words
    ]
    follow = [a[1] <= b[1] for one in segments for a, b in pairwise(one.words)]
    lasting = [segment.start <= segment.end for segment in segments]
    return starts == sorted(starts) and all(inside) and all(follow) and all(lasting)


@given(talks(), st.data())
def test_cuts_and_merges_lose_no_word_and_keep_the_order(
    talk: list[SegmentDraft], data: st.DataObject
) -> None:
    """After any number of cuts and merges the same words stand in the same order of seconds."""
    before = spoken(talk)

    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(talk) - 1))
        count = len(talk[at].text.split())
        if data.draw(st.booleans()) and count > 1:
            talk = parted(talk, at, data.draw(st.integers(1, count - 1)))
        elif at + 1 < len(talk):
            talk = edits.merge(talk, at)

    assert spoken(talk) == before
    assert in_order(talk)


@given(talks(), st.data())
def test_what_is_written_is_what_stands_there_in_the_order_of_seconds(
    talk: list[SegmentDraft], data: st.DataObject
) -> None:
    """Lines in the place of any segments hold their own words, and no removed one comes back."""
    first = data.draw(st.integers(0, len(talk)))
    last = data.draw(st.integers(first, len(talk)))
    texts = data.draw(st.lists(WORDS, max_size=4))
    pieces: list[edits.Piece] = [Line(text=" ".join(words)) for words in texts]
    if first:
        pieces = [Kept(first=0, last=first - 1), *pieces]
    if last < len(talk):
        pieces = [*pieces, Kept(first=last, last=len(talk) - 1)]

    changed = edits.revised(talk, pieces)

    wanted = [*spoken(talk[:first]), *(w for words in texts for w in words), *spoken(talk[last:])]
    assert spoken(changed) == wanted
    assert in_order(changed)


@given(talks(), st.data())
def test_dropping_takes_only_what_is_dropped(talk: list[SegmentDraft], data: st.DataObject) -> None:
    """A dropped segment's words are gone; all others stay, with their very seconds."""
    at = data.draw(st.integers(0, len(talk) - 1))

    left = edits.drop(talk, at)

    assert left == talk[:at] + talk[at + 1 :]


def test_a_corrected_word_lies_where_the_wrong_one_was() -> None:
    """Words that stay keep seconds and probability; the new one has those of the old."""
    changed = edits.retext(TALK, 0, "I kept the keys of the kitchen.")

    assert changed[0].words[:6] == KEPT.words[:6]
    assert changed[0].words[6] == (" kitchen.", 1.7, 3.0, 1.0)


def test_an_empty_line_parts_a_segment_at_the_words_own_seconds() -> None:
    """The second part begins when its first word was said."""
    changed = edits.retext(TALK, 0, "I kept the keys\n\nof the kiln room.")

    assert [(one.text, one.start, one.end) for one in changed[:2]] == [
        ("I kept the keys", 0.5, 1.5),
        ("of the kiln room.", 1.5, 3.0),
    ]


def test_a_line_that_is_added_lies_between_its_neighbours() -> None:
    """What nobody heard gets the seconds between what was."""
    pieces = [Kept(first=0, last=0), Line(text="Really?"), Kept(first=1, last=2)]

    changed = edits.revised(TALK, pieces)

    assert (changed[1].text, changed[1].start, changed[1].end) == ("Really?", 3.0, 4.0)


def test_seconds_that_were_estimated_are_not_passed_off_as_heard() -> None:
    """A segment without word times gets none by being parted."""
    changed = parted(TALK, 1, 2)

    assert [one.words for one in changed[1:3]] == [(), ()]
    assert changed[1].end == changed[2].start


def test_a_note_keeps_its_lines() -> None:
    """What was never said has no seconds, and its Markdown stays as it was typed."""
    note = [SegmentDraft(text="# Letting go"), SegmentDraft(text="One thing.", place="p. 3")]

    changed = edits.retext(note, 1, "- one\n- two\n\nAnd then?")

    assert [one.text for one in changed] == ["# Letting go", "- one\n- two", "And then?"]
    assert changed[1].start is None
    assert [one.place for one in changed] == ["", "p. 3", "p. 3"]


def test_a_voice_is_named_wherever_it_speaks() -> None:
    """A name that is there already makes one voice of two."""
    talk = [edits.replace(one, speaker=who) for one, who in zip(TALK, "ABA", strict=True)]

    named = edits.rename(talk, "A", " Maya  Ito ")

    assert [one.speaker for one in named] == ["Maya Ito", "B", "Maya Ito"]
    assert [one.speaker for one in edits.rename(named, "B", "Maya Ito")] == ["Maya Ito"] * 3
    assert edits.say(named, 1, "Ben")[1].speaker == "Ben"


def test_replacing_takes_whole_words_whatever_their_capitals() -> None:
    """Parts of longer words stay as they are."""
    changed = edits.substitute(TALK, "The", "this")

    assert [one.text for one in changed] == [
        "I kept this keys of this kiln room.",
        "this gas failed.",
        "Thank you.",
    ]
    assert edits.substitute(TALK, "a", "b") == TALK


def test_a_suspect_segment_can_be_accepted() -> None:
    """It is a segment like any other then."""
    assert edits.accept(TALK, 2)[2].suspect == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda: edits.merge(TALK, 2),
        lambda: edits.drop(TALK, 3),
        lambda: edits.rename(TALK, "Nobody", "Ada"),
        lambda: edits.substitute(TALK, " ", "x"),
        lambda: edits.retext(TALK, 0, "x" * 20_001),
        lambda: edits.revised(TALK, [Kept(first=1, last=1), Kept(first=0, last=0)]),
        lambda: edits.revised(TALK, [Kept(first=0, last=3)]),
        lambda: edits.revised(TALK, [Kept(first=2, last=1)]),
    ],
    ids=str.split("last gone nobody nothing long order beyond backwards"),
)
def test_what_does_not_fit_is_refused(change: Callable[[], object]) -> None:
    """A change that the transcript has no place for says so."""
    with pytest.raises(InvalidInputError):
        change()
