"""Explanation of hits and quotes: each reason as a sentence; for a hit with its share."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.translation import gettext
from search.ranking.session_match import MatchedField
from search.results.result_types import Hit, Quote
from search.results.snippets import mark
from search.text.analyzer import stem_set

LEAST = 0.01  # smaller shares are not shown


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One component of the score of a hit."""

    says: str
    share: float  # 0..1 of the total score


def reasons(hit: Hit) -> Sequence[Reason]:
    """Return the reasons why *hit* was found, largest share first."""
    parts = {name: max(0.0, part) for name, part in hit.parts.items()}
    whole = sum(parts.values())
    if not whole:
        return []
    found = [
        Reason(says=_says(name, hit), share=part / whole)
        for name, part in parts.items()
        if part / whole >= LEAST
    ]
    return sorted(found, key=lambda reason: -reason.share)


def match_reason(matched: MatchedField) -> str:
    """Return the reason why a session was found by one of its fields."""
    texts = {
        MatchedField.TITLE: gettext("Matches the title"),
        MatchedField.TOPIC: gettext("Matches a topic"),
        MatchedField.DESCRIPTION: gettext("Matches the description"),
    }
    return texts[matched]


def main_reason(hit: Hit) -> str:
    """Return the reason that a reader can check most easily: matching words, a name, the title.

    It is empty if the hit has no reasons.
    """
    found = {name for name, part in hit.parts.items() if part > 0}
    marked = any(fragment.marked for fragment in hit.snippet)
    names = (*(["words"] if marked else ()), "speaker", "title", "meaning", "topic", "words")
    return next((_says(name, hit) for name in names if name in found), "")


def reason_of_quote(quote: Quote, question: str, *, by_meaning: bool) -> str:
    """Return the reason why *quote* is shown for *question*, as a sentence.

    Args:
        quote: the quote.
        question: the question as typed.
        by_meaning: the search compared meaning, too.
    """
    marked = (f.text for f in mark(quote.text, stem_set(question)) if f.marked)
    if said := ", ".join(dict.fromkeys(text.casefold() for text in marked)):
        return gettext("Your words: %(words)s", words=said)
    if by_meaning:
        return gettext("Found by its meaning")
    return gettext("Your words are in passages near this one")


def _says(name: str, hit: Hit) -> str:
    if name == "words":
        matched_words = dict.fromkeys(f.text.strip().casefold() for f in hit.snippet if f.marked)
        words = gettext("Your words: %(words)s", words=", ".join(matched_words))
        return words if matched_words else gettext("Your words are in passages near this one")
    if name == "topic":
        return gettext("Found by the meaning of the passages around it")
    if name == "meaning":
        return gettext("Found by its meaning")
    if name == "speaker":
        named = gettext("%(name)s is named in your question", name=hit.speaker)
        return named if hit.speaker else gettext("The speaker is named in your question")
    if name == "title":
        return gettext("The title of the session has your words")
    return name.capitalize()
