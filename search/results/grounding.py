"""Grounding check: whether a generated sentence is supported by the passages that it cites.

The check favours precision: words, numbers, names and negations of the sentence must occur in the
passages. A high cosine can replace some of the words.
"""

import re
from collections.abc import Iterator, Sequence

from search.embedding.cosine_scale import scale_of
from search.embedding.embedder import Embedder
from search.text.analyzer import stem, stems, words

CITATIONS = re.compile(r"(?:\s*\[\s*\d+(?:\s*[,;]\s*\d+)*\s*\])+")
NUMBER = re.compile(r"\d+")
# A sentence ends at a full stop, with citations before or after it.
CLOSED = r"[.!?]+[\"'\u201d\u2019)]*(?P<after>(?:\s*\[[\d\s,;]+\])*)(?=\s|$)"
SENTENCE = re.compile(rf"\s*(?P<text>.+?)(?:{CLOSED}|$)", re.DOTALL)
SPOKEN = re.compile(r"[^.!?\n]+")
NAME = re.compile(r"(?<=[a-z,;]\s)[A-Z][^\W\d_]+")

ENOUGH_WORDS = 0.7  # minimum share of a sentence's stems in the cited passages …
SOME_WORDS, NEAR = 0.45, 0.54  # … or this share, with this likeness to a sentence in them
NEGATIONS = frozenset(
    ["not", "no", "never", "nothing", "nobody", "none", "neither", "nor", "cannot", "without"]
)
NOT = re.compile(r"n['\u2019]t\b")
# Words of reported speech; they need no support.
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
    """Yield the sentences of a text without their citations, each with the cited numbers."""
    for found in SENTENCE.finditer(text):
        cited = [*CITATIONS.findall(found["text"]), found["after"] or ""]
        numbers = [int(number) for part in cited for number in NUMBER.findall(part)]
        bare = CITATIONS.sub("", found.group()).strip().lstrip("-*\u2022 ")
        if any(map(stem, words(bare))):
            yield bare, numbers


def is_supported(sentence: str, passages: Sequence[str], embedder: Embedder | None) -> bool:
    """Return whether the passages support a sentence, by words and cosine."""
    there = "\n".join(passages)
    passage_stems = set(stems(there))
    own = set(stems(sentence)) - REPORTING
    if not own or not _has_numbers_and_names(sentence, there):
        return False
    share = len(own & passage_stems) / len(own)
    if share < SOME_WORDS:
        return False
    spoken = [s for s in SPOKEN.findall(there) if stems(s)]
    nearest = max(spoken, key=lambda s: len(own & set(stems(s))))
    if _negates(sentence) != _negates(nearest):
        return False
    return share >= ENOUGH_WORDS or _is_near(sentence, spoken, embedder)


def _has_numbers_and_names(sentence: str, there: str) -> bool:
    passage_words = set(words(there))
    claimed = [*NUMBER.findall(sentence), *NAME.findall(sentence)]
    return all(part in passage_words for claim in claimed for part in words(claim))


def _negates(text: str) -> bool:
    return bool(NOT.search(text)) or not NEGATIONS.isdisjoint(words(text))


def _is_near(sentence: str, spoken: Sequence[str], embedder: Embedder | None) -> bool:
    if embedder is None:
        return False
    vectors = embedder.embed_passages([sentence, *spoken])
    likeness = scale_of(embedder).between_passages(vectors[1:] @ vectors[0])
    return bool(likeness.max() >= NEAR)
