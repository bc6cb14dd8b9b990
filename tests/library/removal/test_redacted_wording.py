"""Tests of keyed hashes that find redacted words in an older copy of a note."""

import hashlib
import hmac
import json

from library.removal.redacted_wording import described, found_in

PARAGRAPH = "In March we told nobody, and my daughter was ill for a month. Then it got better."
WORDS = "my daughter was ill for a month"


def keyed(text: str) -> str:
    """Return a keyed hash of a text."""
    return hmac.new(b"key", text.encode(), hashlib.sha256).hexdigest()


def test_the_description_contains_none_of_the_words() -> None:
    """The stored description of redacted words contains none of the words of the paragraph."""
    stored = json.dumps(described(keyed, PARAGRAPH, WORDS))

    assert not [word for word in PARAGRAPH.split() if len(word) > 3 and word in stored]


def test_words_are_found_in_an_unchanged_paragraph() -> None:
    """Redacted words are found in an unchanged paragraph, also after other paragraphs."""
    line = described(keyed, PARAGRAPH, WORDS)

    assert found_in(keyed, line, ["A heading", PARAGRAPH]) == [(1, WORDS)]


def test_words_are_found_in_a_changed_paragraph() -> None:
    """Redacted words are found although other words of the paragraph have changed.

    Upper and lower case do not matter.
    """
    line = described(keyed, PARAGRAPH, WORDS)
    changed = "It is true that My daughter was ill for a month, and more."

    assert found_in(keyed, line, [changed]) == [(0, "My daughter was ill for a month")]


def test_other_texts_are_not_found() -> None:
    """A paragraph that contains only some of the redacted words is not found."""
    line = described(keyed, PARAGRAPH, WORDS)

    assert found_in(keyed, line, ["My daughter was well for a month."]) == []
