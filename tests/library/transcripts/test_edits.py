"""Tests of edits of a transcript: times stay in order, and no word is lost.

Covers: retiming.
"""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import InvalidInputError
from library.transcripts import edits
from library.transcripts.edits import KeptRange
from library.transcripts.retiming import EditedLine
from library.transcripts.versions import SegmentDraft

WORDS = st.lists(
    st.sampled_from(["so", "We", "asked.", "the", "team,", "the", "why?", "5%", "twice"]),
    min_size=1,
    max_size=9,
)
KEYS = SegmentDraft(
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
TALK = [KEYS, GAS, NOISE]


@st.composite
def talks(draw: st.DrawFn) -> list[SegmentDraft]:
    """Generate segments in order of time. Some have times of words, and some are suspect."""
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


def split_at(segments: list[SegmentDraft], at: int, word: int) -> list[SegmentDraft]:
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
    """Splitting and merging segments, in any sequence, keeps all words and their order."""
    before = spoken(talk)

    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(talk) - 1))
        count = len(talk[at].text.split())
        if data.draw(st.booleans()) and count > 1:
            talk = split_at(talk, at, data.draw(st.integers(1, count - 1)))
        elif at + 1 < len(talk):
            talk = edits.merge(talk, at)

    assert spoken(talk) == before
    assert in_order(talk)


@given(talks(), st.data())
def test_a_revision_has_exactly_the_given_words_in_order(
    talk: list[SegmentDraft], data: st.DataObject
) -> None:
    """After segments are replaced by new lines, the transcript has exactly the given words.

    Their order stays, and no removed word comes back.
    """
    first = data.draw(st.integers(0, len(talk)))
    last = data.draw(st.integers(first, len(talk)))
    texts = data.draw(st.lists(WORDS, max_size=4))
    pieces: list[edits.Piece] = [EditedLine(text=" ".join(words)) for words in texts]
    if first:
        pieces = [KeptRange(first=0, last=first - 1), *pieces]
    if last < len(talk):
        pieces = [*pieces, KeptRange(first=last, last=len(talk) - 1)]

    changed = edits.revised(talk, pieces)

    expected = [*spoken(talk[:first]), *(w for words in texts for w in words), *spoken(talk[last:])]
    assert spoken(changed) == expected
    assert in_order(changed)


@given(talks(), st.data())
def test_dropping_takes_only_what_is_dropped(talk: list[SegmentDraft], data: st.DataObject) -> None:
    """Deleting a segment leaves all other segments unchanged."""
    at = data.draw(st.integers(0, len(talk) - 1))

    left = edits.drop(talk, at)

    assert left == talk[:at] + talk[at + 1 :]


def test_a_corrected_word_lies_where_the_wrong_one_was() -> None:
    """A corrected word gets the time of the wrong word. Other words stay unchanged."""
    changed = edits.retext(TALK, 0, "I kept the keys of the kitchen.")

    assert changed[0].words[:6] == KEYS.words[:6]
    assert changed[0].words[6] == (" kitchen.", 1.7, 3.0, 1.0)


def test_an_empty_line_splits_a_segment_at_a_word_time() -> None:
    """An empty line in the text splits a segment at the time of the next word."""
    changed = edits.retext(TALK, 0, "I kept the keys\n\nof the kiln room.")

    assert [(one.text, one.start, one.end) for one in changed[:2]] == [
        ("I kept the keys", 0.5, 1.5),
        ("of the kiln room.", 1.5, 3.0),
    ]


def test_a_line_that_is_added_lies_between_its_neighbours() -> None:
    """An added line gets a time between the segments before and after it."""
    pieces = [KeptRange(first=0, last=0), EditedLine(text="Really?"), KeptRange(first=1, last=2)]

    changed = edits.revised(TALK, pieces)

    assert (changed[1].text, changed[1].start, changed[1].end) == ("Really?", 3.0, 4.0)


def test_a_split_makes_no_word_times() -> None:
    """Splitting a segment without times of words gives segments without times of words."""
    changed = split_at(TALK, 1, 2)

    assert [one.words for one in changed[1:3]] == [(), ()]
    assert changed[1].end == changed[2].start


def test_a_note_keeps_its_lines() -> None:
    """Splitting a paragraph of a note keeps its Markdown and its position.

    The new paragraphs have no times.
    """
    note = [SegmentDraft(text="# Letting go"), SegmentDraft(text="One thing.", place="p. 3")]

    changed = edits.retext(note, 1, "- one\n- two\n\nAnd then?")

    assert [one.text for one in changed] == ["# Letting go", "- one\n- two", "And then?"]
    assert changed[1].start is None
    assert [one.place for one in changed] == ["", "p. 3", "p. 3"]


def test_a_speaker_is_renamed_in_all_segments() -> None:
    """Renaming a speaker changes all segments of the speaker.

    Two speakers can get the same name in this way.
    """
    talk = [edits.replace(one, speaker=who) for one, who in zip(TALK, "ABA", strict=True)]

    named = edits.rename(talk, "A", " Maya  Ito ")

    assert [one.speaker for one in named] == ["Maya Ito", "B", "Maya Ito"]
    assert [one.speaker for one in edits.rename(named, "B", "Maya Ito")] == ["Maya Ito"] * 3
    assert edits.say(named, 1, "Ben")[1].speaker == "Ben"


def test_replacing_takes_whole_words_whatever_their_capitals() -> None:
    """Replacing a word changes whole words only, in upper or lower case."""
    changed = edits.substitute(TALK, "The", "this")

    assert [one.text for one in changed] == [
        "I kept this keys of this kiln room.",
        "this gas failed.",
        "Thank you.",
    ]
    assert edits.substitute(TALK, "a", "b") == TALK


def test_a_suspect_segment_can_be_accepted() -> None:
    """A suspect segment that an editor accepts is not suspect any more."""
    assert edits.accept(TALK, 2)[2].suspect == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda: edits.merge(TALK, 2),
        lambda: edits.drop(TALK, 3),
        lambda: edits.rename(TALK, "Nobody", "Ada"),
        lambda: edits.substitute(TALK, " ", "x"),
        lambda: edits.retext(TALK, 0, "x" * 20_001),
        lambda: edits.revised(TALK, [KeptRange(first=1, last=1), KeptRange(first=0, last=0)]),
        lambda: edits.revised(TALK, [KeptRange(first=0, last=3)]),
        lambda: edits.revised(TALK, [KeptRange(first=2, last=1)]),
    ],
    ids=str.split("last gone nobody nothing long order beyond backwards"),
)
def test_an_edit_that_does_not_fit_is_refused(change: Callable[[], object]) -> None:
    """An edit with an unknown segment or speaker, or an invalid text or order, is refused."""
    with pytest.raises(InvalidInputError):
        change()
