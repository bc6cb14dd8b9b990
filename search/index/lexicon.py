"""Lexicon of the index: stems by prefix, spelling and sound."""

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
    """Lexicon of one index segment: its stems by prefix, spelling and sound."""

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

    @cached_property
    def sounds(self) -> Mapping[str, Sequence[str]]:
        """Stems by their phonetic key (Metaphone, Philips 1990)."""
        import jellyfish

        alike: dict[str, list[str]] = {}
        for known in self.sorted:
            alike.setdefault(jellyfish.metaphone(known), []).append(known)
        return alike

    def _count(self, stem: str) -> int:
        return len(self.segment.stems.find(stem)[0])

    def _near(self, stem: str) -> Mapping[str, int]:
        """Return similar stems with their edit distance.

        These are stems at distance one or two (a transposition counts as one) and stems with the
        same phonetic key.
        """
        import jellyfish
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        wrong = 1 if len(stem) <= SHORT else 2
        spelled = process.extract(
            stem, self.sorted, scorer=OSA.distance, score_cutoff=wrong, limit=NEAREST
        )
        found = {str(other): int(distance) for other, distance, _ in spelled}
        sound = jellyfish.metaphone(stem)
        for other in self.sounds.get(sound, ()) if len(sound) > 2 else ():
            found.setdefault(other, OSA.distance(stem, other))
        return found


@lru_cache(4)
def dictionary(words: frozenset[str]) -> frozenset[str]:
    """Return the stems of *words*, which are correctly spelled."""
    return frozenset(stem(fold(word)) for word in words) - {""}


def has_closer_correction(known: frozenset[str], stem: str, other: str) -> bool:
    """Return whether a known word is a closer correction of *stem* than *other*.

    If *stem* and *other* sound alike, no other word is closer.
    """
    import jellyfish
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if jellyfish.metaphone(stem) == jellyfish.metaphone(other):
        return False
    nearer = OSA.distance(stem, other) - 1
    return bool(process.extractOne(stem, known, scorer=OSA.distance, score_cutoff=nearer))


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
        """Return stems that are spelled or sound similar, with their edit distance."""
        return {
            found: wrong for stems in self.segments for found, wrong in stems.near(stem).items()
        }
