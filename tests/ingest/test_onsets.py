"""Words begin where they are spoken, not where the hesitation before them does."""

from ingest.heard import HeardSegment, Word
from ingest.onsets import from_their_onset


def segment(*words: tuple[str, float, float]) -> HeardSegment:
    heard = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return HeardSegment(
        text="".join(word.text for word in heard).strip(),
        start=heard[0].start,
        end=heard[-1].end,
        words=heard,
        suspect=None,
        no_speech_probability=0.0,
        log_probability=-0.2,
    )


def test_a_word_does_not_begin_with_the_um_before_it() -> None:
    """A drawn-out word starts later, and with it its segment; ends and short words stay."""
    heard = segment((" I", 6.8, 7.4), (" waited", 7.4, 7.8), (" strenuously.", 7.8, 9.0))

    (found,) = from_their_onset([heard])

    assert [word.start for word in found.words] == [7.11, 7.4, 8.31]
    assert [word.end for word in found.words] == [word.end for word in heard.words]
    assert (found.start, found.end) == (7.11, 9.0)
