"""Lexicon of the index: stems by prefix and spelling."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from search.index.index_segment import IndexSegment
from search.text.analyzer import fold, stem
from search.text.spelling import Spellings
from search.text.stop_words import MARK

SHORT = 5  # up to this many letters, one error is allowed; in longer stems, two
NEAREST = 40  # maximum number of stems within the edit distance
REMEMBERED = 4096  # cached look-ups per segment: a search runs after each typed letter


class SegmentLexicon:
    """Lexicon of one index segment: its stems by prefix and spelling."""

    def __init__(self, segment: IndexSegment) -> None:
        self.segment = segment
        keys = (str(key) for key in segment.stems.numbers)
        self.sorted: Sequence[str] = sorted(key for key in keys if not key.startswith(MARK))
        self.count = lru_cache(REMEMBERED)(self._count)
        self.near = lru_cache(REMEMBERED)(self._near)

    @cached_property
    def spellings(self) -> Spellings:
        """Stems indexed by letter bigrams."""
        return Spellings(self.sorted)

    def _count(self, stem: str) -> int:
        return len(self.segment.stems.find(stem)[0])

    def _near(self, stem: str) -> Mapping[str, int]:
        """Return stems at an edit distance of one or two, where a transposition counts as one."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        wrong = 1 if len(stem) <= SHORT else 2
        spelled = process.extract(
            stem, self.sorted, scorer=OSA.distance, score_cutoff=wrong, limit=NEAREST
        )
        return {str(other): int(distance) for other, distance, _ in spelled}


@lru_cache(4)
def dictionary(words: frozenset[str]) -> frozenset[str]:
    """Return the stems of *words*, which are correctly spelled."""
    return frozenset(stem(fold(word)) for word in words) - {""}


class Vocabulary:
    """Cache of segment lexicons for a changing index. Each segment is sorted only once."""

    def __init__(self) -> None:
        self._known: dict[
            int, SegmentLexicon
        ] = {}  # by id() of the segment, which `SegmentLexicon` keeps alive

    def of(self, segments: Sequence[IndexSegment]) -> "Lexicon":
        """Return the lexicon of the given index segments."""
        known = self._known
        arranged = [known.get(id(segment)) or SegmentLexicon(segment) for segment in segments]
        self._known = {id(stems.segment): stems for stems in arranged}
        return Lexicon(arranged)


@dataclass(frozen=True)
class Lexicon:
    """Look-ups in the lexicon of all index segments."""

    segments: Sequence[SegmentLexicon]

    @property
    def languages(self) -> frozenset[str]:
        """Languages of the passages (BCP 47 primary tags; "" if unknown)."""
        tags = (tag for stems in self.segments for tag in stems.segment.languages.numbers)
        return frozenset(map(str, tags))

    def beginning(self, letters: str) -> set[str]:
        """Return the stems that begin with *letters*."""
        found: set[str] = set()
        for stems in self.segments:
            first = bisect_left(stems.sorted, letters)
            last = bisect_left(stems.sorted, letters + "\U0010ffff")
            found.update(stems.sorted[first:last])
        return found

    def count(self, stem: str) -> int:
        """Return the number of passages with a stem. Access rights are ignored.

        Use the number for ordering only.
        """
        return sum(stems.count(stem) for stems in self.segments)

    def alike(self, stem: str) -> dict[str, float]:
        """Return stems with a similar spelling, with their similarity (0..1)."""
        return {
            other: likeness
            for stems in self.segments
            for other, likeness in stems.spellings.like(stem).items()
        }

    def like(self, stem: str) -> dict[str, int]:
        """Return stems that are spelled similarly, with their edit distance."""
        return {
            found: wrong for stems in self.segments for found, wrong in stems.near(stem).items()
        }
