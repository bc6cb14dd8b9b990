"""Completions of the typed text: words, whole questions, names and passages.

All suggestions come from passages, names and pinned questions that the viewer may see. A word is
suggested only if it occurs, as written, in a visible passage.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from library.curation import pinned_answers
from library.discovery import session_facts
from library.sessions import passage_queries
from library.sessions.passage_queries import FoundPassage
from search.results.repair import WRITTEN, SuggestContext, repair
from search.results.result_types import Suggestion, SuggestionKind, Suggestions
from search.text.analyzer import fold, stem
from search.text.folding import compose

QUESTION = re.compile(r"[^.!?\n\u2026]+\?(?![\"\u201d\u2019])")
FEWEST_LETTERS = 2  # minimum letters for a completion
LEAST_PREFIX = 3  # minimum letters of a stem shorter than the input: "deleg" for "delegati"
TRIED = 300  # maximum number of stems looked up in the search scope
WORDS, PLACES, PASSAGES, QUESTIONS = 4, 2, 2, 3  # maximum suggestions of each kind
READ = 12  # passages that are read to find questions
SHORTEST, LONGEST = 5, 20  # words of a suggested question
WIDTH = 90  # characters of a suggested passage


def suggestions(look: SuggestContext, typed: str, *, limit: int) -> Suggestions:
    """Return completions of *typed*: words, whole questions, matching names, then passages.

    Only a word that stands alone is completed. In a sentence, the completion might not fit.
    """
    typed = compose(" ".join(typed.split()))
    matches = list(WRITTEN.finditer(typed))
    if not matches or len(matches[-1].group()) < FEWEST_LETTERS:
        return Suggestions(typed=typed)
    last = matches[-1].group()
    completions = _completions(look, fold(last))
    alone = [
        Suggestion(kind=SuggestionKind.WORD, text=word)
        for word, _ in completions[:WORDS]
        if word != last.lower() and len(matches) == 1
    ]
    before = [word for word in (fold(word.group()) for word in matches[:-1]) if stem(word)]
    having = _passages_with(look, [look.term(word) for word in before], completions)
    asked = {fold(one.text): one for one in (*_pinned(look, typed), *_asked(having, typed))}
    repaired = repair(look, typed, unfinished=bool(completions))
    return Suggestions(
        typed=typed,
        suggestions=[
            *alone,
            *list(asked.values())[:QUESTIONS],
            *_named_items(look, typed),
            *_passages(look, having),
        ][:limit],
        instead=repaired,
    )


def _completions(look: SuggestContext, letters: str) -> list[tuple[str, str]]:
    """Return (word, stem) pairs for words of visible passages that begin with *letters*.

    The most frequent words come first.
    """
    stems = look.words.beginning(letters)
    stems |= {letters[:length] for length in range(LEAST_PREFIX, len(letters))}
    typed = look.term(letters)
    stems |= {typed, *typed.also}
    tried = sorted(stems - {""}, key=lambda s: (-look.words.count(s), s))[:TRIED]
    seen = islice((s for s in tried if look.frequency(s)), 3 * WORDS)
    best = sorted(seen, key=lambda s: -look.frequency(s))
    completed = []
    for candidate, forms in look.forms(best).items():
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


def _passages_with(
    look: SuggestContext, before: Sequence[str], completions: Sequence[tuple[str, str]]
) -> list[tuple[FoundPassage, str]]:
    """Return passages that contain all stems *before* and one completion of the last word.

    Each passage comes with the completion that it contains.
    """
    ids: dict[int, str] = {}
    for word, sought in completions[:WORDS]:
        places, counts = look.scope.find("stems", sought)
        for other in before:
            inside = np.isin(places, look.scope.find("stems", other)[0])
            places, counts = places[inside], counts[inside]
        most = np.argsort(-counts, kind="stable")[:READ]
        for i in look.scope.ids(places[most]):
            ids.setdefault(int(i), word)
    here = passage_queries.by_ids(look.db, look.viewer, list(ids)[:READ])
    return [(here[i], word) for i, word in ids.items() if i in here]


def _passages(
    look: SuggestContext, having: Sequence[tuple[FoundPassage, str]]
) -> Iterator[Suggestion]:
    """Yield suggestions of the first passages."""
    shown = having[:PASSAGES]
    sources = passage_queries.origins_of(look.db, [passage for passage, _ in shown])
    for passage, word in shown:
        yield Suggestion(
            kind=SuggestionKind.PASSAGE,
            text=_around(passage.text, word),
            id=passage.id,
            about=sources[passage.source_id].title,
        )


def _pinned(look: SuggestContext, typed: str) -> Iterator[Suggestion]:
    """Yield pinned questions with all typed words whose answers the viewer may see."""
    for pin_id, text, _ in pinned_answers.questions(look.db):
        if _has_all(text, typed) and any(
            pinned_answers.current_passages(look.db, look.viewer, pin_id)
        ):
            yield Suggestion(kind=SuggestionKind.QUESTION, text=text)


def _asked(having: Sequence[tuple[FoundPassage, str]], typed: str) -> Iterator[Suggestion]:
    """Yield questions with all typed words that were asked in these passages."""
    for passage, _ in having:
        text = passage.text
        for _, name, _ in passage.speakers:
            text = text.replace(f"{name}: ", "\n") if name else text
        for found in QUESTION.findall(text):
            question = " ".join(found.split())
            fits = SHORTEST <= len(question.split()) <= LONGEST and question[0].isalpha()
            if fits and _has_all(question, typed):
                text = question[0].upper() + question[1:]
                yield Suggestion(kind=SuggestionKind.QUESTION, text=text, id=passage.id)


def _has_all(question: str, typed: str) -> bool:
    """Return whether a question has all typed words; the last one may be the beginning of one."""
    *whole, last = (fold(word) for word in WRITTEN.findall(typed))
    words = [fold(word) for word in WRITTEN.findall(question)]
    return set(whole) <= set(words) and any(word.startswith(last) for word in words)


def _around(text: str, word: str) -> str:
    """Return an excerpt of *text* with *word*, usually from the beginning of the sentence."""
    at = max(0, text.lower().find(word))
    before = max(text.rfind(mark, 0, at) for mark in (". ", "? ", "! ", ": ", "\n"))
    start = before + 1 if at - before < WIDTH // 2 else text.rfind(" ", 0, at)
    return textwrap.shorten(text[max(0, start) :].strip(), WIDTH, placeholder=" \u2026")
