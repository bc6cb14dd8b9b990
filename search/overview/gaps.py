"""Unanswered questions: asked by several people with few results, grouped by meaning.

A group is shown only if enough different people asked its questions. Its text is a question that
enough of them asked in the same words, else the words that enough of them used.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from library.access import Viewer, require_member
from library.accounts import people, profiles
from library.accounts.service_settings import service
from library.models import Person, UnansweredQuestion
from library.overview import missed_questions
from library.store import Transaction
from search.embedding.cosine_scale import CosineScale, scale_of
from search.embedding.embedder import Embedder
from search.index.dense import from_bytes
from search.text.analyzer import WORD, fold, stem

NEAR = 0.59  # minimum likeness of two questions in one group
HELPS = 0.24  # minimum likeness of a question and a matching offer of help
MOST_WORDS, MOST_HELPERS = 5, 3

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Gap:
    """A subject that several people asked about with few results."""

    people: int  # number of people who asked
    question: str  # the wording that enough people used; empty if the wordings differ
    words: Sequence[str]  # words that enough people used, the most frequent first
    helpers: Sequence[Person] = ()  # people who offer help with the subject

    @property
    def about(self) -> str:
        """Text of the subject: the question, or the common words if the wordings differ."""
        return self.question or ", ".join(self.words)


@dataclass(frozen=True)
class Gaps:
    """Unanswered questions that may be shown."""

    least: int  # minimum number of people of a shown gap
    told: Sequence[Gap]
    untold: int  # number of gaps that are not shown: enough people, but no common word
    on: bool = True  # False if the library does not count questions


def gaps(db: Transaction, viewer: Viewer, embedder: Embedder | None) -> Gaps:
    """Return the unanswered questions, ordered by number of people, highest first.

    Raises:
        NotAllowedError: *viewer* is not signed in.
    """
    require_member(viewer)
    settings = service(db)
    if not settings.gap_map:
        return Gaps(settings.gap_least, (), 0, on=False)
    rows = missed_questions.all_counted(db)
    vectors = _vectors(rows, embedder)
    scale = scale_of(embedder) if embedder else None
    groups = [g for g in _groups(rows, vectors, scale) if _people(rows, g) >= settings.gap_least]
    every = [_gap_of(rows, group, settings.gap_least) for group in groups]
    offers = _offers(db, viewer, embedder)
    found = [
        Gap(gap.people, gap.question, gap.words, _helpers(offers, gap.about, embedder))
        for gap in every
        if gap.about
    ]
    found.sort(key=lambda gap: (-gap.people, gap.about))
    return Gaps(settings.gap_least, found, len(every) - len(found))


def _vectors(rows: Sequence[UnansweredQuestion], embedder: Embedder | None) -> Vectors | None:
    """Return the vectors of all questions, `(n, dimension) float32`; None without an embedder."""
    if embedder is None:
        return None
    stored = [row.vector if row.model == embedder.model else None for row in rows]
    vectors = from_bytes(stored, embedder.dimension).astype(np.float32)
    lacking = [number for number, vector in enumerate(stored) if vector is None]
    if lacking:
        vectors[lacking] = embedder.embed_questions([rows[number].question for number in lacking])
    return vectors


def _groups(
    rows: Sequence[UnansweredQuestion], vectors: Vectors | None, scale: CosineScale | None
) -> list[list[int]]:
    """Return groups of row numbers of similar questions.

    The most frequent question leads a group. Questions that are like it, by `NEAR`, join it.

    Args:
        rows: the questions.
        vectors: their unit vectors, `(n, dimension) float32`; None groups equal questions only.
        scale: scale of the cosines of these vectors; None without vectors.
    """
    alike: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        alike.setdefault(row.folded, []).append(number)
    same = sorted(alike.values(), key=lambda members: (-len(members), rows[members[0]].folded))
    if vectors is None or scale is None:
        return same
    groups: list[list[int]] = []
    leaders: list[Vectors] = []
    for members in same:
        vector = vectors[members[0]]
        likeness = scale.between_questions(np.stack(leaders) @ vector) if leaders else np.empty(0)
        if len(likeness) and likeness.max() >= NEAR:
            groups[int(likeness.argmax())].extend(members)
        else:
            groups.append(list(members))
            leaders.append(vector)
    return groups


def _people(rows: Sequence[UnansweredQuestion], group: Sequence[int]) -> int:
    return len({rows[number].person_id for number in group})


def _gap_of(rows: Sequence[UnansweredQuestion], group: Sequence[int], least: int) -> Gap:
    """Return the gap of a group, with only those words that at least *least* people used."""
    questions = [rows[number] for number in group]
    return Gap(
        _people(rows, group), _shared_question(questions, least), _shared_words(questions, least)
    )


def _shared_question(questions: Sequence[UnansweredQuestion], least: int) -> str:
    """Return the question if at least *least* people asked it in the same words, else "".

    The texts are compared as typed first, then without case and accents.
    """
    for key in ("question", "folded"):
        who: dict[str, set[int]] = {}
        for row in questions:
            who.setdefault(getattr(row, key), set()).add(row.person_id)
        enough = {text: len(ids) for text, ids in who.items() if len(ids) >= least}
        if enough:
            best = min(enough, key=lambda text: (-enough[text], text))
            return best[:1].upper() + best[1:]
    return ""


def _shared_words(questions: Sequence[UnansweredQuestion], least: int) -> list[str]:
    """Return the words whose stems at least *least* people used, the most frequent first."""
    who: dict[str, set[int]] = {}
    forms: dict[str, Counter[str]] = {}
    for row in questions:
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
    """Return people who offer help, each with the vector of the offer, `(dimension,) float32`.

    Only offers visible to *viewer* are returned.
    """
    offering = [
        person
        for person in people.accounts(db)
        if person.helps_with.strip() and profiles.is_shown(viewer, person)
    ]
    if embedder is None or not offering:
        return []
    vectors = embedder.embed_passages([person.helps_with[:500] for person in offering])
    return list(zip(offering, vectors, strict=True))


def _helpers(
    offers: Sequence[tuple[Person, Vectors]], about: str, embedder: Embedder | None
) -> list[Person]:
    """Return the people whose offers of help are similar to *about*, most similar first."""
    if embedder is None or not offers:
        return []
    question_vector = embedder.embed_questions([about])[0]
    cosines = np.stack([vector for _, vector in offers]) @ question_vector
    likeness = scale_of(embedder).passage_to_question(cosines).tolist()
    near = [(like, person) for like, (person, _) in zip(likeness, offers, strict=True)]
    best = sorted((n for n in near if n[0] >= HELPS), key=lambda n: (-n[0], n[1].id))
    return [person for _, person in best[:MOST_HELPERS]]
