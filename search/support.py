"""Whether what a sentence says is said by the passages that it cites.

A check that errs on the side of dropping: words, numbers, names and negations of the sentence
must be found in what it cites; nearness of meaning can stand in for some of the words.
"""

import re
from collections.abc import Iterator, Sequence

from search.embed import Embedder
from search.words import stem, stems, words

CITATIONS = re.compile(r"(?:\s*\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\])+")
NUMBER = re.compile(r"\d+")
# A sentence ends at a full stop with the citations around it.
CLOSED = r"[.!?]+[\"'\u201d\u2019)]*(?P<after>(?:\s*\[[\d\s,;]+\])*)(?=\s|$)"
SENTENCE = re.compile(rf"\s*(?P<text>.+?)(?:{CLOSED}|$)", re.DOTALL)
SPOKEN = re.compile(r"[^.!?\n]+")
NAME = re.compile(r"(?<=[a-z,;]\s)[A-Z][^\W\d_]+")

ENOUGH_WORDS = 0.7  # share of a sentence's stems that it has from what it cites …
SOME_WORDS, NEAR = 0.45, 0.6  # … or fewer, when its cosine to a sentence there is this high
NEGATIONS = frozenset(
    ["not", "no", "never", "nothing", "nobody", "none", "neither", "nor", "cannot", "without"]
)
NOT = re.compile(r"n['\u2019]t\b")
# Words with which one tells what somebody said; they need no support of their own.
REPORTING = frozenset(
    stem(word)
    for word in """
    according accordingly add adds advise advised advises agree agrees answer describe describes
    emphasise emphasize example explain explained explains mentee mentor mentors note noted notes
    point points recommend recommended recommends said say says speaker speakers stress stresses
    suggest suggested suggests tell tells told warn warns
    """.split()  # noqa: SIM905  (readable as a list of words)
)


def cited_sentences(text: str) -> Iterator[tuple[str, list[int]]]:
    """The sentences of a text without their citations, each with the numbers that it cites."""
    for found in SENTENCE.finditer(text):
        cited = [*CITATIONS.findall(found["text"]), found["after"] or ""]
        numbers = [int(number) for part in cited for number in NUMBER.findall(part)]
        bare = CITATIONS.sub("", found.group()).strip().lstrip("-*\u2022 ")
        if any(map(stem, words(bare))):
            yield bare, numbers


def is_supported(sentence: str, passages: Sequence[str], embedder: Embedder | None) -> bool:
    """Whether these passages say what a sentence says, as far as words can tell."""
    there = "\n".join(passages)
    said = set(stems(there))
    own = set(stems(sentence)) - REPORTING
    if not own or not _has_numbers_and_names(sentence, there):
        return False
    share = len(own & said) / len(own)
    if share < SOME_WORDS:
        return False
    spoken = [s for s in SPOKEN.findall(there) if stems(s)]
    nearest = max(spoken, key=lambda s: len(own & set(stems(s))))
    if _negates(sentence) != _negates(nearest):
        return False
    return share >= ENOUGH_WORDS or _is_near(sentence, spoken, embedder)


def _has_numbers_and_names(sentence: str, there: str) -> bool:
    said = set(words(there))
    claimed = [*NUMBER.findall(sentence), *NAME.findall(sentence)]
    return all(part in said for claim in claimed for part in words(claim))


def _negates(text: str) -> bool:
    return bool(NOT.search(text)) or not NEGATIONS.isdisjoint(words(text))


def _is_near(sentence: str, spoken: Sequence[str], embedder: Embedder | None) -> bool:
    if embedder is None:
        return False
    vectors = embedder.embed([sentence, *spoken])
    return bool((vectors[1:] @ vectors[0]).max() >= NEAR)
