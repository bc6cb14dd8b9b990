"""Tests of the reasons why a result is shown."""

from dataclasses import replace

from tests.web.prepared_answers import hit, quote
from web.rendering.score_explanation import main_reason, reason_of_quote, reasons


def test_a_hit_lists_its_reasons_by_their_share() -> None:
    """The reasons of a hit come in the order of their share. Parts that added nothing are left out.

    A part without words in the snippet says that the words are near it.
    """
    found = reasons(hit())
    titled = reasons(replace(hit(), parts={"title": 2.0, "words": 1.0}, snippet=()))

    assert [reason.says for reason in found] == [
        "Your words: same day",
        "Found by its meaning",
    ]
    assert [reason.share for reason in found] == [0.75, 0.25]
    assert [reason.says for reason in titled] == [
        "The title of the session has your words",
        "Your words are in passages near this one",
    ]


def test_the_first_reason_can_be_checked_by_a_reader() -> None:
    """The reason beside a hit is its matching words, else a name, the title, or the meaning."""
    near = {"words": 1.0, "topic": 5.0, "meaning": 2.0}
    unmarked = replace(hit(), parts=near, snippet=())

    assert main_reason(replace(hit(), parts=near)) == "Your words: same day"
    assert main_reason(unmarked) == "Found by its meaning"
    assert "is named" in main_reason(replace(unmarked, parts={**near, "speaker": 1.0}))
    assert main_reason(replace(unmarked, parts={"words": 1.0})).endswith("near this one")
    assert main_reason(replace(unmarked, parts={})) == ""


def test_a_quote_names_the_words_of_the_question() -> None:
    """A quote has the words that it shares with the question, in any form, or else its meaning."""
    said = quote("Tell them the same days, in private.")

    reason = reason_of_quote(said, "What do you say on that day in private?", by_meaning=True)

    assert reason == "Your words: days, private"
    assert "by its meaning" in reason_of_quote(said, "whales", by_meaning=True)
    assert "near this one" in reason_of_quote(said, "whales", by_meaning=False)
