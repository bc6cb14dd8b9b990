"""Why a moment was found, in words and shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.answers import Hit

LEAST = 0.01  # a smaller share is not worth a line


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One of the things that speak for a moment."""

    says: str
    share: float  # 0..1 of all that speaks for it


def reasons(hit: Hit) -> Sequence[Reason]:
    """What speaks for *hit*, the strongest first."""
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
        said = dict.fromkeys(f.text.strip().casefold() for f in hit.snippet if f.marked)
        return f"Your words: {', '.join(said)}" if said else "Your words, said nearby"
    if name == "topic":
        return "What is talked about around it"
    if name == "meaning":
        return "What it means is near to your question"
    if name == "speaker":
        return f"{hit.speaker or 'The speaker'} is named in your question"
    return name.capitalize()
