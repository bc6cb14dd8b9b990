"""The words of an index by how they begin, how they are spelled, and how they sound."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from search.alike import Spellings
from search.part import Part
from search.words import fold, stem

SHORT = 5  # letters up to which one may be wrong; two, in longer stems
NEAREST = 40  # stems with few wrong letters that are looked at
REMEMBERED = 4096  # answers that a part keeps: people type one letter after the other


class Stems:
    """The stems of one part of an index, in the order of the alphabet."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.sorted: Sequence[str] = sorted(str(stem) for stem in part.stems.numbers)
        self.count = lru_cache(REMEMBERED)(self._count)
        self.near = lru_cache(REMEMBERED)(self._near)

    @cached_property
    def spellings(self) -> Spellings:
        """The stems by their spelling."""
        return Spellings(self.sorted)

    @cached_property
    def sounds(self) -> Mapping[str, Sequence[str]]:
        """The stems by their sound (Metaphone, Philips 1990)."""
        import jellyfish

        alike: dict[str, list[str]] = {}
        for known in self.sorted:
            alike.setdefault(jellyfish.metaphone(known), []).append(known)
        return alike

    def _count(self, stem: str) -> int:
        return len(self.part.stems.find(stem)[0])

    def _near(self, stem: str) -> Mapping[str, int]:
        """Stems at an edit distance of one or two (swapped neighbours are one), or that sound so.

        Each comes with its distance.
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
    """The stems of words that are spelled right."""
    return frozenset(stem(fold(word)) for word in words) - {""}


def is_better_meant(known: frozenset[str], stem: str, other: str) -> bool:
    """Whether a right word is nearer to a misspelt one than *other*, which may only sound so."""
    import jellyfish
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if jellyfish.metaphone(stem) == jellyfish.metaphone(other):
        return False
    nearer = OSA.distance(stem, other) - 1
    return bool(process.extractOne(stem, known, scorer=OSA.distance, score_cutoff=nearer))


class Vocabulary:
    """The stems of all parts of an index; those of a part are arranged once."""

    def __init__(self) -> None:
        self._known: dict[int, Stems] = {}  # by the identity of the part, which is kept with them

    def of(self, parts: Sequence[Part]) -> "Words":
        """The words of an index that has these parts."""
        known = self._known
        arranged = [known.get(id(part)) or Stems(part) for part in parts]
        self._known = {id(stems.part): stems for stems in arranged}
        return Words(arranged)


@dataclass(frozen=True)
class Words:
    """What can be looked up in a vocabulary."""

    parts: Sequence[Stems]

    def beginning(self, letters: str) -> set[str]:
        """The stems that begin with *letters*."""
        found: set[str] = set()
        for stems in self.parts:
            first = bisect_left(stems.sorted, letters)
            last = bisect_left(stems.sorted, letters + "\U0010ffff")
            found.update(stems.sorted[first:last])
        return found

    def count(self, stem: str) -> int:
        """In how many places a stem is, whoever may see them: for an order to look in."""
        return sum(stems.count(stem) for stems in self.parts)

    def alike(self, stem: str) -> dict[str, float]:
        """Other stems that are spelled nearly so, with how nearly: 0..1."""
        return {
            other: likeness
            for stems in self.parts
            for other, likeness in stems.spellings.like(stem).items()
        }

    def like(self, stem: str) -> dict[str, int]:
        """Stems spelled nearly so or that sound the same, with the number of wrong letters."""
        return {found: wrong for stems in self.parts for found, wrong in stems.near(stem).items()}
