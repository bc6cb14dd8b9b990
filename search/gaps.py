"""What several people asked and found little on: grouped by meaning, told by nobody's words alone.

A group is told only when enough different people are in it, and in words that enough of them used:
a whole question when they all asked the same, the words that they share otherwise.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer, require_member
from library.accounts import people, profiles
from library.accounts.service import service
from library.models import MissedQuestion, Person
from library.overview import missed
from library.store import Transaction
from search.dense import stacked
from search.embed import Embedder
from search.words import WORD, fold, stem

NEAR = 0.6  # cosine from which on two questions are one
HELPS = 0.3  # cosine from which on somebody's offer has to do with a question
MOST_WORDS, MOST_HELPERS = 5, 3

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Gap:
    """Something that several people asked, and found little on."""

    people: int  # who asked
    question: str  # as enough of them put it; empty: they put it differently
    words: Sequence[str]  # that enough of them used, the most frequent first
    helpers: Sequence[Person] = ()  # who offers to help with such things

    @property
    def about(self) -> str:
        """The question, or the words that stand for it."""
        return self.question or ", ".join(self.words)


@dataclass(frozen=True)
class Gaps:
    """All of them."""

    least: int  # people from which on a gap is told
    told: Sequence[Gap]
    untold: int  # groups of enough people who share no word
    on: bool = True  # whether questions are counted at all


def gaps(db: Transaction, viewer: Viewer, embedder: Embedder | None) -> Gaps:
    """The gaps, those of most people first.

    Raises:
        NotAllowedError: *viewer* has not signed in.
    """
    require_member(viewer)
    settings = service(db)
    if not settings.gap_map:
        return Gaps(settings.gap_least, (), 0, on=False)
    rows = missed.every(db)
    vectors = _vectors(rows, embedder)
    groups = [g for g in _groups(rows, vectors) if _people(rows, g) >= settings.gap_least]
    told = [(g, _told(rows, g, settings.gap_least)) for g in groups]
    offers = _offers(db, viewer, embedder)
    found = [
        Gap(gap.people, gap.question, gap.words, _helpers(offers, gap.about, embedder))
        for _, gap in told
        if gap.about
    ]
    found.sort(key=lambda gap: (-gap.people, gap.about))
    return Gaps(settings.gap_least, found, len(told) - len(found))


def _vectors(rows: Sequence[MissedQuestion], embedder: Embedder | None) -> Vectors | None:
    """The vectors of all questions by the present model; None without one."""
    if embedder is None:
        return None
    kept = [row.vector if row.model == embedder.model else None for row in rows]
    vectors = stacked(kept, embedder.dimension).astype(np.float32)
    lacking = [number for number, vector in enumerate(kept) if vector is None]
    if lacking:
        vectors[lacking] = embedder.embed([rows[number].question for number in lacking])
    return vectors


def _groups(rows: Sequence[MissedQuestion], vectors: Vectors | None) -> list[list[int]]:
    """Numbers of rows that ask the same: the most frequent question first, the others join it."""
    alike: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        alike.setdefault(row.folded, []).append(number)
    same = sorted(alike.values(), key=lambda members: (-len(members), rows[members[0]].folded))
    if vectors is None:
        return same
    groups: list[list[int]] = []
    leaders: list[Vectors] = []
    for members in same:
        vector = vectors[members[0]]
        cosines = np.stack(leaders) @ vector if leaders else np.empty(0)
        if len(cosines) and cosines.max() >= NEAR:
            groups[int(cosines.argmax())].extend(members)
        else:
            groups.append(list(members))
            leaders.append(vector)
    return groups


def _people(rows: Sequence[MissedQuestion], group: Sequence[int]) -> int:
    return len({rows[number].person_id for number in group})


def _told(rows: Sequence[MissedQuestion], group: Sequence[int], least: int) -> Gap:
    """What may be told of a group."""
    asked = [rows[number] for number in group]
    return Gap(_people(rows, group), _shared_question(asked, least), _shared_words(asked, least))


def _shared_question(asked: Sequence[MissedQuestion], least: int) -> str:
    """The question that at least so many people asked, letter by letter or but for its marks."""
    for key in ("question", "folded"):
        who: dict[str, set[int]] = {}
        for row in asked:
            who.setdefault(getattr(row, key), set()).add(row.person_id)
        enough = {text: len(ids) for text, ids in who.items() if len(ids) >= least}
        if enough:
            best = min(enough, key=lambda text: (-enough[text], text))
            return best[:1].upper() + best[1:]
    return ""


def _shared_words(asked: Sequence[MissedQuestion], least: int) -> list[str]:
    """The words whose stems at least so many people used."""
    who: dict[str, set[int]] = {}
    forms: dict[str, Counter[str]] = {}
    for row in asked:
        for word in WORD.findall(fold(row.question)):
            if known := stem(word):
                who.setdefault(known, set()).add(row.person_id)
                forms.setdefault(known, Counter())[word] += 1
    shared = sorted(
        (known for known, ids in who.items() if len(ids) >= least),
        key=lambda known: (-len(who[known]), known),
    )
    return [_usual(forms[known]) for known in shared[:MOST_WORDS]]


def _usual(forms: Mapping[str, int]) -> str:
    return min(forms, key=lambda form: (-forms[form], form))


def _offers(
    db: Transaction, viewer: Viewer, embedder: Embedder | None
) -> list[tuple[Person, Vectors]]:
    """What people offer to help with, where *viewer* may read it."""
    offering = [
        person
        for person in people.accounts(db)
        if person.helps_with.strip() and profiles.is_shown(viewer, person)
    ]
    if embedder is None or not offering:
        return []
    vectors = embedder.embed([person.helps_with[:500] for person in offering])
    return list(zip(offering, vectors, strict=True))


def _helpers(
    offers: Sequence[tuple[Person, Vectors]], about: str, embedder: Embedder | None
) -> list[Person]:
    """Whose offer is nearest to a question."""
    if embedder is None or not offers:
        return []
    asked = embedder.embed([about])[0]
    near = [(float(vector @ asked), person) for person, vector in offers]
    best = sorted((n for n in near if n[0] >= HELPS), key=lambda n: (-n[0], n[1].id))
    return [person for _, person in best[:MOST_HELPERS]]
