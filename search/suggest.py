"""What the words that are being typed may become, and what they may have meant.

Everything is taken from what the asker may see, and looked up there: a word is suggested only
after it was found, as it is written, in a passage of theirs.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from rapidfuzz.distance import OSA

from library.access import Viewer
from library.holdings import passage_rows
from library.searching import found
from library.store import Transaction
from search.area import Area
from search.findings import Suggestion, SuggestionKind, Suggestions
from search.vocabulary import Words, is_better_meant
from search.words import fold, stem

WRITTEN = re.compile(r"[^\W_]+")
FEWEST_LETTERS = 2  # from which on a word is completed
REPAIRABLE = 4  # letters of a word that can be told from a slip
LEAST_PREFIX = 3  # letters of a stem that what is typed may go beyond: "delegati", of "deleg"
TRIED = 300  # stems that are looked up in what may be seen, the most frequent first
SAMPLE = 8  # passages in which a stem's words are looked for
WORDS, PLACES, PASSAGES = 4, 2, 2  # suggestions of a kind: sessions, people, topics… each
LONGEST = 90  # characters of a passage


@dataclass(frozen=True)
class Look:
    """What the asker may see of the library and its index."""

    db: Transaction
    viewer: Viewer
    field: Area
    words: Words
    known: frozenset[str]  # stems of words that are right, though nobody may have said them


def suggestions(look: Look, typed: str, *, limit: int) -> Suggestions:
    """What *typed* may become: words first, then what has such a name, then passages."""
    typed = " ".join(typed.split())
    said = list(WRITTEN.finditer(typed))
    if not said or len(said[-1].group()) < FEWEST_LETTERS:
        return Suggestions(typed=typed)
    last = said[-1]
    completions = _completions(look, fold(last.group()))
    begun = typed[: last.start()]
    begun = repair(look, begun) or begun
    whole = [
        Suggestion(kind=SuggestionKind.WORD, text=begun + word)
        for word, _ in completions[:WORDS]
        if word != last.group().lower()
    ]
    before = [stem(fold(word.group())) for word in said[:-1]]
    spoken = _passages(look, [s for s in before if s], completions)
    repaired = repair(look, typed, unfinished=bool(completions))
    return Suggestions(
        typed=typed, suggestions=[*whole, *_places(look, typed), *spoken][:limit], instead=repaired
    )


def repair(look: Look, text: str, *, unfinished: bool = False) -> str:
    """*text* with misspelt words replaced by what was said; empty when there is no such word.

    Args:
        look: what the asker may see.
        text: a question, or what is typed of it.
        unfinished: whether its last word is known to begin words that were said.
    """
    said = list(WRITTEN.finditer(text))
    repaired, done = "", 0
    for number, word in enumerate(said):
        if unfinished and number == len(said) - 1:
            break
        better = _meant(look, word.group())
        if better:
            repaired += text[done : word.start()] + better
            done = word.end()
    return repaired + text[done:] if repaired else ""


def _meant(look: Look, word: str) -> str:
    """The word that was said most like *word*; empty when that was said itself, or is right."""
    folded = fold(word)
    sought = stem(folded)
    if len(folded) < REPAIRABLE or not sought or not folded.isalpha():
        return ""
    if sought in look.known or _frequency(look, sought):
        return ""
    near = look.words.like(sought)
    candidates = sorted(near, key=lambda s: (near[s], s[0] != sought[0], s))[:TRIED]
    heard = {s: count for s in candidates if (count := _frequency(look, s))}
    best = sorted(heard, key=lambda s: (near[s] - (s[0] == sought[0]) / 2, -heard[s]))[:SAMPLE]
    forms = _forms(look, best)
    for candidate in best:
        if forms[candidate] and not is_better_meant(look.known, sought, candidate):
            return min(forms[candidate], key=lambda w: (OSA.distance(fold(w), folded), w))
    return ""


def _completions(look: Look, letters: str) -> list[tuple[str, str]]:
    """Words that begin with *letters*, each with its stem, those in most passages first."""
    stems = look.words.beginning(letters)
    stems |= {letters[:length] for length in range(LEAST_PREFIX, len(letters))} | {stem(letters)}
    tried = sorted(stems - {""}, key=lambda s: (-look.words.count(s), s))[:TRIED]
    seen = islice((s for s in tried if _frequency(look, s)), 3 * WORDS)
    best = sorted(seen, key=lambda s: -_frequency(look, s))
    completed = []
    for candidate, forms in _forms(look, best).items():
        fitting = [word for word in forms if fold(word).startswith(letters)]
        if fitting:
            completed.append((fitting[0], candidate))
    return completed


def _places(look: Look, typed: str) -> Iterator[Suggestion]:
    """What has a name with a word that begins with *typed*; of topics, any of their names."""
    for kind, named in (
        (SuggestionKind.SESSION, found.sessions_named),
        (SuggestionKind.PERSON, found.people_named),
        (SuggestionKind.COLLECTION, found.collections_named),
        (SuggestionKind.TOPIC, found.topics_named),
    ):
        for number, name in named(look.db, look.viewer, typed, limit=PLACES):
            yield Suggestion(kind=kind, text=name, id=number)


def _passages(
    look: Look, before: Sequence[str], completions: Sequence[tuple[str, str]]
) -> Iterator[Suggestion]:
    """Passages with all words typed before, and one of those that the last may become."""
    ids: dict[int, str] = {}
    for word, sought in completions[:WORDS]:
        places, counts = look.field.find("stems", sought)
        for other in before:
            inside = np.isin(places, look.field.find("stems", other)[0])
            places, counts = places[inside], counts[inside]
        most = np.argsort(-counts, kind="stable")[:PASSAGES]
        for i in look.field.ids(places[most]):
            ids.setdefault(int(i), word)
    chosen = list(ids)[:PASSAGES]
    here = passage_rows.by_ids(look.db, look.viewer, chosen)
    sources = passage_rows.origins_of(look.db, list(here.values()))
    for i in (i for i in chosen if i in here):
        yield Suggestion(
            kind=SuggestionKind.PASSAGE,
            text=_around(here[i].text, ids[i]),
            id=i,
            about=sources[here[i].source_id].title,
        )


def _around(text: str, word: str) -> str:
    """The words of a passage around one of them, from the beginning of its sentence."""
    at = max(0, text.lower().find(word))
    before = max(text.rfind(mark, 0, at) for mark in (". ", "? ", "! ", ": ", "\n"))
    start = before + 1 if at - before < LONGEST // 2 else text.rfind(" ", 0, at)
    return textwrap.shorten(text[max(0, start) :].strip(), LONGEST, placeholder=" \u2026")


def _frequency(look: Look, stem: str) -> int:
    """In how many of the passages that may be seen a stem occurs."""
    return len(look.field.find("stems", stem)[0])


def _forms(look: Look, stems: Iterable[str]) -> dict[str, list[str]]:
    """How stems are written in passages that may be seen, the most frequent forms first."""
    ids = {s: _some_of(look, s) for s in stems}
    here = passage_rows.by_ids(look.db, look.viewer, [i for some in ids.values() for i in some])
    forms = {}
    for sought, some in ids.items():
        written = Counter(
            word.lower()
            for i in some
            if i in here
            for word in WRITTEN.findall(here[i].text)
            if fold(word[0]) == sought[0] and stem(fold(word)) == sought
        )
        forms[sought] = [word for word, _ in written.most_common()]
    return forms


def _some_of(look: Look, stem: str) -> list[int]:
    places, _ = look.field.find("stems", stem)
    return [int(i) for i in look.field.ids(places[:SAMPLE])]
