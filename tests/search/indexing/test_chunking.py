"""Tests of chunking: passages contain every word, have times, and have a limited length."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from library.sessions.passages import PassageDraft
from library.transcripts.versions import SegmentDraft
from search.indexing.chunking import LONGEST, chunk

WORDS = st.lists(st.sampled_from(["so", "we", "asked.", "team", "why?", "plan"]), max_size=260)
TURNS = st.lists(
    st.tuples(st.sampled_from(["Ada", "Ben", ""]), WORDS, st.booleans()), min_size=0, max_size=12
)


def spoken(turns: list[tuple[str, list[str], bool]]) -> list[SegmentDraft]:
    return [
        SegmentDraft(
            text=" ".join(words),
            start=10.0 * i,
            end=10.0 * i + 9,
            speaker=speaker,
            suspect="noise" if suspect else "",
        )
        for i, (speaker, words, suspect) in enumerate(turns)
    ]


def words_of(passage: PassageDraft) -> list[str]:
    labels = {f"{name}:" for name, _ in passage.speakers}
    return [
        word
        for line in passage.text.split("\n")
        for place, word in enumerate(line.split())
        if place > 0 or word not in labels
    ]


@given(TURNS)
def test_no_word_is_lost_or_duplicated(turns: list[tuple[str, list[str], bool]]) -> None:
    """The passages contain the words of all segments that are not suspect, in order."""
    passages = chunk(spoken(turns))

    expected = [word for _, words, suspect in turns if not suspect for word in words]
    assert [word for passage in passages for word in words_of(passage)] == expected


@given(TURNS)
def test_times_and_segments_only_go_forward(turns: list[tuple[str, list[str], bool]]) -> None:
    """From passage to passage, times and segment numbers never go backwards."""
    passages = chunk(spoken(turns))

    for passage in passages:
        assert passage.start is not None
        assert passage.end is not None
        assert passage.start <= passage.end
        assert passage.first_segment <= passage.last_segment
    for before, after in pairwise(passages):
        assert before.end is not None
        assert after.start is not None
        assert before.end <= after.start + 1e-6
        assert before.last_segment <= after.first_segment


@given(TURNS)
def test_no_passage_is_longer_than_the_model_reads(
    turns: list[tuple[str, list[str], bool]],
) -> None:
    """A passage has at most as many words as the embedding model reads."""
    passages = chunk(spoken(turns))

    assert all(len(words_of(passage)) <= LONGEST for passage in passages)


def test_a_long_turn_is_split_at_a_sentence() -> None:
    """A long segment is split after a sentence. Each part has the time of its first word."""
    text = " ".join(["one two three four five six seven eight nine end."] * 12)
    timed = [(word, 2.0 * i, 2.0 * i + 1, 0.9) for i, word in enumerate(text.split())]
    turn = SegmentDraft(text=text, start=0.0, end=240.0, speaker="Ada", words=timed)

    first, second = chunk([turn])

    assert first.text.endswith("end.")
    assert second.text.startswith("Ada: one")
    assert second.start == 2.0 * len(words_of(first))
    assert (second.first_segment, second.last_segment) == (0, 0)


def test_speakers_are_named_where_they_change() -> None:
    """A passage's text names each new speaker. Its words are counted for each speaker."""
    turns = [("Ada", ["Did", "it", "work?"]), ("Ben", ["Yes."]), ("Ben", ["Twice."])]

    (passage,) = chunk(spoken([(name, words, False) for name, words in turns]))

    assert passage.text == "Ada: Did it work?\nBen: Yes. Twice."
    assert passage.speakers == [("Ada", 3), ("Ben", 2)]


def test_a_note_has_paragraphs_instead_of_seconds() -> None:
    """The passages of a note have paragraph numbers and no times."""
    note = [SegmentDraft(text="thought " * 70), SegmentDraft(text="word " * 80)]

    passages = chunk(note)

    assert [(p.first_segment, p.start, p.end) for p in passages] == [
        (0, None, None),
        (1, None, None),
    ]
