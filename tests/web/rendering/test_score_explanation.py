"""Tests of the reasons why a result is shown."""

from dataclasses import replace

from tests.web.prepared_answers import hit, quote
from web.rendering.score_explanation import reason_of_quote, reasons


def test_a_hit_lists_its_reasons_by_their_share() -> None:
    """The reasons of a hit come in the order of their share. Parts that added nothing are left out.

    A part without words in the snippet says that the words are near it.
    """
    found = reasons(hit())
    titled = reasons(replace(hit(), parts={"title": 2.0, "words": 1.0}, snippet=()))

    assert [reason.says for reason in found] == [
        "Your words: same day",
        "Its meaning is close to your question",
    ]
    assert [reason.share for reason in found] == [0.75, 0.25]
    assert [reason.says for reason in titled] == [
        "The title of the session has your words",
        "Your words are in passages near this one",
    ]


def test_a_quote_names_the_words_of_the_question() -> None:
    """A quote has the words that it shares with the question, in any form, or else its meaning."""
    said = quote("Tell them the same days, in private.")

    reason = reason_of_quote(said, "What do you say on that day in private?", by_meaning=True)

    assert reason == "Your words: days, private"
    assert "meaning" in reason_of_quote(said, "whales", by_meaning=True)
    assert "near this one" in reason_of_quote(said, "whales", by_meaning=False)
