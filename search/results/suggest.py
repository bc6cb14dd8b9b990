"""Completions and spelling corrections of typed words.

All suggestions come from passages and names visible to the viewer. A word is suggested only if it
occurs, as written, in a visible passage.
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
from library.discovery import session_facts
from library.sessions import passage_queries
from library.store import Transaction
from search.index.lexicon import Lexicon, has_closer_correction
from search.index.scope import SearchScope
from search.results.result_types import Suggestion, SuggestionKind, Suggestions
from search.text.analyzer import fold, stem, term_of
from search.text.folding import compose
from search.text.segmentation import UNSPACED, WRITTEN_WORD
from search.text.terms import Term

WRITTEN = re.compile(WRITTEN_WORD)
FEWEST_LETTERS = 2  # minimum letters for a completion
REPAIRABLE = 4  # minimum letters for a correction
LEAST_PREFIX = 3  # minimum letters of a stem shorter than the input: "deleg" for "delegati"
TRIED = 300  # maximum number of stems looked up in the search scope
SAMPLE = 8  # passages read to find written forms of a stem
WORDS, PLACES, PASSAGES = 4, 2, 2  # maximum suggestions of each kind
LONGEST = 90  # characters of a suggested passage


@dataclass(frozen=True)
class SuggestContext:
    """The viewer's search scope and lexicon for suggestions."""

    db: Transaction
    viewer: Viewer
    scope: SearchScope
    words: Lexicon
    known: frozenset[str]  # stems of correctly spelled words


def suggestions(look: SuggestContext, typed: str, *, limit: int) -> Suggestions:
    """Return completions of *typed*: words first, then matching names, then passages."""
    typed = compose(" ".join(typed.split()))
    matches = list(WRITTEN.finditer(typed))
    if not matches or len(matches[-1].group()) < FEWEST_LETTERS:
        return Suggestions(typed=typed)
    last = matches[-1]
    completions = _completions(look, fold(last.group()))
    begun = typed[: last.start()]
    begun = repair(look, begun) or begun
    whole = [
        Suggestion(kind=SuggestionKind.WORD, text=begun + word)
        for word, _ in completions[:WORDS]
        if word != last.group().lower()
    ]
    before = [word for word in (fold(word.group()) for word in matches[:-1]) if stem(word)]
    spoken = _passages(look, [_term(look, word) for word in before], completions)
    repaired = repair(look, typed, unfinished=bool(completions))
    return Suggestions(
        typed=typed,
        suggestions=[*whole, *_named_items(look, typed), *spoken][:limit],
        instead=repaired,
    )


def repair(look: SuggestContext, text: str, *, unfinished: bool = False) -> str:
    """Return *text* with misspelled words corrected; empty if there is nothing to correct.

    Args:
        look: the viewer's search scope and lexicon.
        text: a question or the beginning of one.
        unfinished: the last word is the beginning of a known word and is not corrected.
    """
    text = compose(text)
    matches = list(WRITTEN.finditer(text))
    repaired, done = "", 0
    for number, word in enumerate(matches):
        if unfinished and number == len(matches) - 1:
            break
        better = _correct(look, word.group())
        if better:
            repaired += text[done : word.start()] + better
            done = word.end()
    return repaired + text[done:] if repaired else ""


def _correct(look: SuggestContext, word: str) -> str:
    """Return the most similar word of visible passages; empty if *word* occurs or is correct."""
    folded = fold(word)
    sought = stem(folded)
    if len(folded) < REPAIRABLE or not sought or not folded.isalpha() or UNSPACED.search(folded):
        return ""
    if sought in look.known or _frequency(look, _term(look, folded)):
        return ""
    near = look.words.like(sought)
    candidates = sorted(near, key=lambda s: (near[s], s[0] != sought[0], s))[:TRIED]
    counts = {s: count for s in candidates if (count := _frequency(look, s))}
    best = sorted(counts, key=lambda s: (near[s] - (s[0] == sought[0]) / 2, -counts[s]))[:SAMPLE]
    forms = _forms(look, best)
    for candidate in best:
        if forms[candidate] and not has_closer_correction(look.known, sought, candidate):
            return min(forms[candidate], key=lambda w: (OSA.distance(fold(w), folded), w))
    return ""


def _completions(look: SuggestContext, letters: str) -> list[tuple[str, str]]:
    """Return (word, stem) pairs for words of visible passages that begin with *letters*.

    The most frequent words come first.
    """
    stems = look.words.beginning(letters)
    stems |= {letters[:length] for length in range(LEAST_PREFIX, len(letters))}
    typed = _term(look, letters)
    stems |= {typed, *typed.also}
    tried = sorted(stems, key=lambda s: (-look.words.count(s), s))[:TRIED]
    seen = islice((s for s in tried if _frequency(look, s)), 3 * WORDS)
    best = sorted(seen, key=lambda s: -_frequency(look, s))
    completed = []
    for candidate, forms in _forms(look, best).items():
        fitting = [word for word in forms if fold(word).startswith(letters)]
        if fitting:
            completed.append((fitting[0], candidate))
    return completed


def _named_items(look: SuggestContext, typed: str) -> Iterator[Suggestion]:
    """Yield sessions, people, collections and topics in whose name a word begins with *typed*."""
    for kind, named in (
        (SuggestionKind.SESSION, session_facts.sessions_named),
        (SuggestionKind.PERSON, session_facts.people_named),
        (SuggestionKind.COLLECTION, session_facts.collections_named),
        (SuggestionKind.TOPIC, session_facts.topics_named),
    ):
        for number, name in named(look.db, look.viewer, typed, limit=PLACES):
            yield Suggestion(kind=kind, text=name, id=number)


def _passages(
    look: SuggestContext, before: Sequence[str], completions: Sequence[tuple[str, str]]
) -> Iterator[Suggestion]:
    """Yield passages that contain all words *before* and one completion of the last word."""
    ids: dict[int, str] = {}
    for word, sought in completions[:WORDS]:
        places, counts = look.scope.find("stems", sought)
        for other in before:
            inside = np.isin(places, look.scope.find("stems", other)[0])
            places, counts = places[inside], counts[inside]
        most = np.argsort(-counts, kind="stable")[:PASSAGES]
        for i in look.scope.ids(places[most]):
            ids.setdefault(int(i), word)
    chosen = list(ids)[:PASSAGES]
    here = passage_queries.by_ids(look.db, look.viewer, chosen)
    sources = passage_queries.origins_of(look.db, list(here.values()))
    for i in (i for i in chosen if i in here):
        yield Suggestion(
            kind=SuggestionKind.PASSAGE,
            text=_around(here[i].text, ids[i]),
            id=i,
            about=sources[here[i].source_id].title,
        )


def _around(text: str, word: str) -> str:
    """Return an excerpt of *text* with *word*, usually from the beginning of the sentence."""
    at = max(0, text.lower().find(word))
    before = max(text.rfind(mark, 0, at) for mark in (". ", "? ", "! ", ": ", "\n"))
    start = before + 1 if at - before < LONGEST // 2 else text.rfind(" ", 0, at)
    return textwrap.shorten(text[max(0, start) :].strip(), LONGEST, placeholder=" \u2026")


def _term(look: SuggestContext, word: str) -> Term:
    """Return a folded word with its keys in the languages of the index."""
    return term_of(word, look.words.languages)


def _frequency(look: SuggestContext, stem: str) -> int:
    """Return the number of visible passages that contain a stem."""
    return len(look.scope.find("stems", stem)[0])


def _forms(look: SuggestContext, stems: Iterable[str]) -> dict[str, list[str]]:
    """Return the written forms of stems in visible passages, the most frequent first."""
    ids = {s: _some_of(look, s) for s in stems}
    here = passage_queries.by_ids(look.db, look.viewer, [i for some in ids.values() for i in some])
    forms = {}
    for sought, some in ids.items():
        written = Counter(
            word.lower()
            for i in some
            if i in here
            for word in WRITTEN.findall(compose(here[i].text))
            if fold(word[0])[:1] == sought[0] and stem(fold(word), here[i].language) == sought
        )
        forms[sought] = [word for word, _ in written.most_common()]
    return forms


def _some_of(look: SuggestContext, stem: str) -> list[int]:
    places, _ = look.scope.find("stems", stem)
    return [int(i) for i in look.scope.ids(places[:SAMPLE])]
