"""Spelling corrections of a question: "Did you mean".

A word is corrected if it is neither in a visible passage nor in the word list of any language. The
correction is a probable word of the question's language. It is offered only if it occurs in a
visible passage. A question in a language without a list stays as it is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from library.access import Viewer
from library.sessions import passage_queries
from library.store import Transaction
from search.index.lexicon import Lexicon
from search.index.scope import SearchScope
from search.text.analyzer import fold, stem, term_of
from search.text.folding import compose
from search.text.segmentation import UNSPACED, WRITTEN_WORD
from search.text.terms import Term
from search.text.word_lists import UNKNOWN, WordList, is_word, language_of, plain, word_lists

WRITTEN = re.compile(WRITTEN_WORD)
SHORTEST = 4  # letters of a word that is corrected
LONG = 8  # letters of a word that may have two wrong letters
FEW = 4  # words of a question; a longer one of mostly unknown words is in another language
OFTEN = 3  # passages with a name or term that corrects a word of an unknown language
NEARLY = 3.0  # log of how much rarer a visible word may be than the most probable word
SAMPLE = (
    8  # passages read to find written forms of a stem, and maximum number of stems that are tried
)


@dataclass(frozen=True)
class SuggestContext:
    """The viewer's search scope and lexicon for suggestions."""

    db: Transaction
    viewer: Viewer
    scope: SearchScope
    words: Lexicon
    known: frozenset[str]  # stems of frequent words of all languages of the embedder

    def term(self, word: str) -> Term:
        """Return a folded word with its keys in the languages of the index."""
        return term_of(word, self.words.languages)

    def frequency(self, stem: str) -> int:
        """Return the number of visible passages that contain a stem."""
        return len(self.scope.find("stems", stem)[0])

    def forms(self, stems: Iterable[str]) -> dict[str, list[str]]:
        """Return the written forms of stems in visible passages, the most frequent first."""
        ids = {s: self._some_of(s) for s in stems}
        every = [i for some in ids.values() for i in some]
        here = passage_queries.by_ids(self.db, self.viewer, every)
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

    def _some_of(self, stem: str) -> list[int]:
        places, _ = self.scope.find("stems", stem)
        return [int(i) for i in self.scope.ids(places[:SAMPLE])]


def repair(look: SuggestContext, text: str, *, unfinished: bool = False) -> str:
    """Return *text* with misspelled words corrected; empty if there is nothing to correct.

    Args:
        look: the viewer's search scope and lexicon.
        text: a question or the beginning of one.
        unfinished: the last word is the beginning of a known word and is not corrected.
    """
    text = compose(text)
    matches = list(WRITTEN.finditer(text))
    words = [word.group() for word in matches]
    if not any(_is_unseen(look, word) for word in words):
        return ""
    unknown = {word for word in words if not is_word(word)}
    if len(words) >= FEW and 2 * len(unknown) > len(words):
        return ""
    language = language_of(words)
    repaired, done = "", 0
    for number, word in enumerate(matches[:-1] if unfinished else matches):
        name = not text.isupper() and _is_name(word.group(), language, first=number == 0)
        if word.group() in unknown and not name and (better := _correct(look, word, language)):
            repaired += text[done : word.start()] + better
            done = word.end()
    return repaired + text[done:] if repaired else ""


def _is_unseen(look: SuggestContext, word: str) -> bool:
    """Return whether a word may be misspelled: long enough, and in no visible passage."""
    folded = fold(word)
    if len(word) < SHORTEST or not word.isalpha() or UNSPACED.search(folded):
        return False
    return bool(stem(folded)) and not look.frequency(look.term(folded))


def _is_name(word: str, language: WordList | None, *, first: bool) -> bool:
    """Return whether capitals mark a name. The first word, and German nouns, have one capital."""
    one_capital = first or (language is not None and language.language == "de")
    return word[1:] != word[1:].lower() or (word != word.lower() and not one_capital)


def _correct(look: SuggestContext, found: re.Match[str], language: WordList | None) -> str:
    """Return the correction of a word that is in no word list; empty without one."""
    word = found.group()
    if not _is_unseen(look, word):
        return ""
    if language.has_parts(word) if language else stem(fold(word)) in look.known:
        return ""
    every = _candidates(look, word, language)
    if language and any(language.same_stem(word, one.written) for one in every):
        return ""
    better = _most_probable(look, word, every)
    if not better:
        return ""
    if word.isupper():
        return better.upper()
    return better[0].upper() + better[1:] if word[0].isupper() else better


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A word that may be meant."""

    written: str
    distance: int  # letters that differ; two that are swapped count as one
    weight: float  # log probability in its language

    def error(self, word: str) -> tuple[int, bool, bool]:
        """Return a sort key for the kind of error: few letters first, then swapped letters."""
        one, other = plain(word), plain(self.written)
        return (self.distance, sorted(one) != sorted(other), one[0] != other[0])


def _most_probable(look: SuggestContext, word: str, every: Sequence[_Candidate]) -> str:
    """Return the most probable candidate that a visible passage contains.

    It is empty if a word that is in no visible passage is a lesser error or much more probable.
    """
    least = min((one.error(word) for one in every), default=None)
    likely = sorted((o for o in every if o.error(word) == least), key=lambda o: -o.weight)
    for one in likely:
        sought = stem(fold(one.written))
        if sought and look.frequency(sought) and one.weight >= likely[0].weight - NEARLY:
            return one.written
    return ""


def _candidates(look: SuggestContext, word: str, language: WordList | None) -> list[_Candidate]:
    """Return words with one wrong letter, or two if the word is long and its language is known."""
    sought = plain(word)
    reach = 2 if language and len(sought) >= LONG else 1
    listed = (
        _Candidate(written=known.frequent[other], distance=distance, weight=known.weights[other])
        for known in ([language] if language else word_lists())
        for other, distance, _ in process.extract(
            sought, list(known.frequent), scorer=OSA.distance, score_cutoff=reach, limit=None
        )
    )
    spoken = (one for one in _spoken(look, word, language) if one.distance <= reach)
    return [
        one
        for one in (*listed, *spoken)
        # the last letter of an unknown language may be an inflection, not an error
        if language or plain(one.written)[-1] == sought[-1]
    ]


def _spoken(look: SuggestContext, word: str, language: WordList | None) -> Iterator[_Candidate]:
    """Yield words of visible passages that are words of the language, or names and terms."""
    lists = [language] if language else word_lists()
    near = look.words.like(stem(fold(word)))
    for sought, forms in look.forms(sorted(near, key=lambda s: (near[s], s))[:SAMPLE]).items():
        often = language is not None or look.frequency(sought) >= OFTEN
        for written in forms:
            weight = max(known.weight(written) for known in lists)
            term = often and not is_word(written)
            if weight > UNKNOWN or term:
                distance = OSA.distance(plain(written), plain(word))
                yield _Candidate(written=written, distance=distance, weight=weight)
