"""Tests of assigning words to speakers."""

from ingest.diarization.assignment import with_speakers
from ingest.diarization.clustering import Turn
from library.sessions.segments import SegmentDraft


def segment_of(*words: tuple[str, float, float]) -> SegmentDraft:
    return SegmentDraft(
        text="".join(text for text, _, _ in words).strip(),
        start=words[0][1],
        end=words[-1][2],
        words=[(text, start, end, 0.9) for text, start, end in words],
    )


def test_a_segment_is_split_where_the_speaker_changes():
    """A segment with two speakers becomes two segments with their words and times."""
    segment = segment_of((" Why?", 0.0, 0.5), (" Because", 1.0, 1.4), (" so.", 1.5, 1.8))
    turns = [Turn(0.0, 0.8, 4), Turn(0.9, 2.0, 2)]

    split_segments = with_speakers([segment], turns)

    assert [(s.speaker, s.text, s.start, s.end) for s in split_segments] == [
        ("Speaker 1", "Why?", 0.0, 0.5),
        ("Speaker 2", "Because so.", 1.0, 1.8),
    ]


def test_a_word_outside_all_turns_goes_to_the_nearest():
    """A word in a pause gets the speaker of the nearest turn."""
    segment = segment_of((" One", 0.0, 0.4), (" two", 1.0, 1.4), (" three", 5.0, 5.4))
    turns = [Turn(0.0, 0.9, 0), Turn(5.0, 6.0, 1)]

    split_segments = with_speakers([segment], turns)

    assert [(s.speaker, s.text) for s in split_segments] == [
        ("Speaker 1", "One two"),
        ("Speaker 2", "three"),
    ]


def test_a_too_short_turn_is_not_a_change_of_speaker():
    """A turn of 0.24 s between two words of one speaker is not a change of speaker."""
    segment = segment_of((" I", 0.0, 0.3), (" am", 0.4, 0.6), (" here", 0.7, 1.2))
    turns = [Turn(0.0, 0.38, 0), Turn(0.38, 0.62, 1), Turn(0.62, 2.0, 0)]

    split_segments = with_speakers([segment], turns)

    assert [(s.speaker, s.text) for s in split_segments] == [("Speaker 1", "I am here")]


def test_without_turns_nothing_changes():
    """Segments stay unchanged if there are no turns."""
    segment = segment_of((" Hello", 0.0, 0.5))

    assert with_speakers([segment], []) == [segment]
