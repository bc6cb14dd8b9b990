"""The words of a question that are searched, with their keys in the index.

Stop words are left out if the question says anything else. If it says little else, those that can
be a subject stay: "say no", "tell the truth", "meeting notes". A question of stop words only is
searched by all of them. An abbreviation in capitals (IT, US) is no stop word.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from library.sessions.language_guess import guess_language
from search.text.folding import fold, join_digits
from search.text.segmentation import UNSPACED, compounds, signed_words, split
from search.text.stemming import Stemming, stemming_of
from search.text.stop_words import MARK, SAYING_MUCH, SPEAKING, TELLING
from search.text.terms import Term

SHORT = 2  # letters of a first part: "e mail" is also "email"
# A question with these words asks what another person said. Its verbs of speaking are no subject.
OTHERS = frozenset(
    ["did", "does", "was", "were", "has", "had", "they", "he", "she", "anyone", "anybody", "people"]
)
ASKING = frozenset(["what", "which", "who"])  # … also with these, unless it is about the asker
ASKER = frozenset(["i", "we", "you", "my", "our", "me"])

CAPITALS = re.compile(r"\W*([A-Z]{2,5})\W*")
Frequency = Callable[[str], int]


@dataclass(frozen=True)
class _Word:
    """A word of a question."""

    folded: str
    compounds: tuple[str, ...] = ()  # compounds with it: "email" for "mail" in "e-mail"
    signed: str = ""  # the word with its signs: "c++"
    capitals: str = ""  # the word as written, if in capitals


def question_terms(text: str, languages: Collection[str], frequency: Frequency) -> list[Term]:
    """Return the terms of a question in their order. A term may occur several times.

    Args:
        text: the question as typed.
        languages: languages of the index (BCP 47 primary tags, "" if unknown).
        frequency: returns the number of passages that contain a key.
    """
    return _QuestionWords(text, languages, frequency).terms()


class _QuestionWords:
    """The words of one question, and the index that they are sought in."""

    def __init__(self, text: str, languages: Collection[str], frequency: Frequency) -> None:
        self._frequency = frequency
        self._own = stemming_of(_language_of(text, languages))
        self._words = self._with_short_parts(list(_words(text)))
        self._stemmings = _stemmings(languages)

    def terms(self) -> list[Term]:
        """Return the terms of the question."""
        found = [self._content(word) for word in self._words]
        subjects = set(filter(None, found))
        if len(subjects) > 1:
            return [term for term in self._without_accidents(found) if term]
        kept = [
            term or (self._stop_word(word) if self._says_much(word.folded, subjects) else None)
            for word, term in zip(self._words, found, strict=True)
        ]
        return [term for term in self._without_accidents(kept) if term] or [
            self._stop_word(word) for word in self._words
        ]

    def _content(self, word: _Word) -> Term | None:
        """Return the term of a word; None for a stop word."""
        if word.signed and self._frequency(word.signed):
            return Term(word.signed)
        if not self._own.is_stop_word(word.folded):
            return self._term(word)
        capitals = MARK + word.capitals
        return Term(capitals) if word.capitals and self._frequency(capitals) else None

    def _term(self, word: _Word) -> Term:
        """Return the term of a word: its stems in the languages of the index, English first."""
        spellings = (word.folded, *word.compounds)
        stems = [stemming.stems[s] for s in spellings for stemming in self._stemmings]
        first, *others = dict.fromkeys([*filter(None, stems), self._own.stems[word.folded]])
        return Term(first, tuple(s for s in others if self._frequency(s)))

    def _stop_word(self, word: _Word) -> Term:
        """Return the term of a stop word: its marked key, and its stems in other languages."""
        others = dict.fromkeys(stemming.keys[word.folded] for stemming in self._stemmings)
        key = self._own.keys[word.folded]
        return Term(key, tuple(s for s in others if s != key and self._frequency(s)))

    def _says_much(self, word: str, subjects: Collection[Term]) -> bool:
        """Return whether a stop word can be a subject beside the *subjects*, at most one."""
        if word in SAYING_MUCH:
            return True
        return word in TELLING and not (subjects and self._asks_what_was_said)

    @cached_property
    def _asks_what_was_said(self) -> bool:
        said = {word.folded for word in self._words}
        if said & OTHERS or said & (SPEAKING - TELLING):
            return True
        return bool(said & ASKING) and not said & ASKER

    def _with_short_parts(self, found: Sequence[_Word]) -> Sequence[_Word]:
        """Return the words; a very short one also forms a compound with the next: "e mail"."""
        words = list(found)
        for number, (one, two) in enumerate(pairwise(found)):
            if len(one.folded) <= SHORT and not self._own.is_stop_word(one.folded):
                both = (one.folded + two.folded,)
                words[number] = replace(words[number], compounds=words[number].compounds + both)
                words[number + 1] = replace(two, compounds=two.compounds + both)
        return words

    def _without_accidents(self, terms: Sequence[Term | None]) -> Sequence[Term | None]:
        """Return the terms without pairs of characters that occur nowhere, if others do.

        Such a pair belongs to two words of the question.
        """
        pairs = [t for t in terms if t and UNSPACED.match(t)]
        if not any(map(self._frequency, pairs)):
            return terms
        return [t for t in terms if not t or not UNSPACED.match(t) or self._frequency(t)]


def _words(text: str) -> Iterator[_Word]:
    """Yield the words of a question."""
    shouted = text.isupper() and len(text.split()) > 1
    for written in join_digits(text).split():
        folded = fold(written)
        joined, signed = compounds(folded), signed_words(folded)
        capitals = None if shouted else CAPITALS.fullmatch(written)
        for word in split(folded):
            yield _Word(
                word,
                compounds=tuple(other for other, parts in joined if word in parts),
                signed=next((other for other in signed if word in other), ""),
                capitals=capitals[1] if capitals else "",
            )


def _language_of(text: str, languages: Collection[str]) -> str:
    """Return the language of a question: by its words, else that of the index, else English."""
    guessed = guess_language(text)
    return guessed or (next(iter(languages)) if len(languages) == 1 else "")


def _stemmings(languages: Collection[str]) -> Sequence[Stemming]:
    """Return the stemmings of all languages of the index, English first."""
    return list(dict.fromkeys(map(stemming_of, ["", *sorted(languages)])))
