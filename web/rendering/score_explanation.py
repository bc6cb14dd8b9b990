"""Explanation of a search hit: each reason as a sentence, with its share of the score."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.translation import gettext
from search.results.result_types import Hit

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


def _says(name: str, hit: Hit) -> str:
    if name == "words":
        matched_words = dict.fromkeys(f.text.strip().casefold() for f in hit.snippet if f.marked)
        words = gettext("Your words: %(words)s", words=", ".join(matched_words))
        return words if matched_words else gettext("Your words are in passages near this one")
    if name == "topic":
        return gettext("The passages around this one are about the same topic")
    if name == "meaning":
        return gettext("The meaning of this passage is close to that of your question")
    if name == "speaker":
        named = gettext("%(name)s is named in your question", name=hit.speaker)
        return named if hit.speaker else gettext("The speaker is named in your question")
    return name.capitalize()
