"""Tests of personal data: addresses and numbers are found in text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.removal.personal_data import Kind, hints, places
from library.removal.redaction import TimeRange, Wording
from library.sessions.segments import SegmentDraft

PERSONAL = [  # the personal detail is between the bars
    ("Write to |ada.lovelace+x@mail.example.org| today.", Kind.EMAIL),
    ("It is |ada dot king at example dot org|, I think.", Kind.EMAIL),
    ("Ring me on |+44 20 7946 0958| after six.", Kind.PHONE),
    ("Ring me on |020 7946 0958| after six.", Kind.PHONE),
    ("Call |(212) 555-2368| or come by.", Kind.PHONE),
    ("It's |zero seven nine, double four one, two three nine|.", Kind.PHONE),
    ("My number is |0 7 9 1 2 3 4 5 6 7|.", Kind.PHONE),
    ("The card is |4111 1111 1111 1111|, until May.", Kind.CARD),
    ("The card is |5500-0000-0000-0004|.", Kind.CARD),
    ("Pay into |GB82 WEST 1234 5698 7654 32| PLEASE.", Kind.ACCOUNT),
    ("Pay into |DE89370400440532013000|.", Kind.ACCOUNT),
]
NOT_PERSONAL = [
    "In 2019, 2020 and 2021 we had 12 apprentices and 3,500 members.",
    "One two three, and off we went.",
    "Meet me at ten at the corner.",
    "The card 4111 1111 1111 1112 fails its check.",
    "Between 1914 and 1918, at page 1234567 of the file.",
    "I was at home, dot or no dot.",
]


@pytest.mark.parametrize(("marked", "kind"), PERSONAL)
def test_a_personal_detail_is_found_as_a_whole(marked, kind):
    """A personal detail is found completely and with its kind, in written or spoken form."""
    before, detail, after = marked.split("|")
    text = before + detail + after

    found = [(hint.kind, text[hint.start : hint.end]) for hint in hints(text, "en")]

    assert found == [(kind, detail)]


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_similar_text_is_not_found(text):
    """Years, counts and numbers with a wrong check digit are not personal details."""
    assert hints(text, "en") == []


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text):
    """In any text, the positions of personal details are in order and do not overlap."""
    found = hints(text, "en")

    reached = 0
    for hint in found:
        assert reached <= hint.start < hint.end <= len(text)
        reached = hint.end


def test_a_number_said_over_two_lines_is_one_with_its_seconds():
    """A phone number across two segments is found as one personal detail.

    Its time goes from its first word to its last word.
    """
    first = "my number is zero seven nine"
    second = "four four one two then"
    segments = [
        SegmentDraft(
            text=text,
            start=at,
            end=at + len(text.split()),
            words=[(f" {w}", at + i, at + i + 1, 0.9) for i, w in enumerate(text.split())],
        )
        for at, text in ((0.0, first), (6.0, second))
    ]

    [found] = places(7, segments, "en")

    assert found.kind is Kind.PHONE
    assert found.text == "zero seven nine four four one two"
    assert found.chosen == TimeRange(7, 3.0, 10.0)


def test_in_a_note_the_place_is_a_paragraph_and_its_words():
    """A personal detail in a note is located by its paragraph and its wording."""
    segments = [SegmentDraft(text="Hello."), SegmentDraft(text="Write to **a@b.org**.")]

    [found] = places(7, segments)

    assert found.chosen == Wording(7, 1, "a@b.org")
