"""Tests of corrected word starts."""

from ingest.asr.result import AsrSegment, Word, correct_onsets


def segment(*words: tuple[str, float, float]) -> AsrSegment:
    words_with_times = tuple(Word(text, start, end, 0.9) for text, start, end in words)
    return AsrSegment(
        text="".join(word.text for word in words_with_times).strip(),
        start=words_with_times[0].start,
        end=words_with_times[-1].end,
        words=words_with_times,
        suspect=None,
        no_speech_probability=0.0,
        log_probability=-0.2,
    )


def test_a_too_long_word_starts_later() -> None:
    """The start of a too long word, and of its segment, moves later. All ends stay the same."""
    original = segment((" I", 6.8, 7.4), (" waited", 7.4, 7.8), (" strenuously.", 7.8, 9.0))

    (found,) = correct_onsets([original])

    assert [word.start for word in found.words] == [7.11, 7.4, 8.31]
    assert [word.end for word in found.words] == [word.end for word in original.words]
    assert (found.start, found.end) == (7.11, 9.0)
