"""Passages and their vectors: saved with their source's state, followed by the indexes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Select, case, delete, func, insert, select

from library.access import Viewer, visible_sessions
from library.models import (
    Embedding,
    MentoringSession,
    Passage,
    PassageRemoval,
    Person,
    Segment,
    TranscriptVersion,
)
from library.store import Transaction, unchanged

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, kw_only=True)
class PassageDraft:
    """A passage on its way into the library."""

    first_segment: int  # ordinals in the version, both inclusive
    last_segment: int
    start: float | None  # seconds
    end: float | None
    text: str  # "Speaker: words" at each change of speaker
    speakers: Sequence[tuple[str, int]]  # name, words


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What an index needs of a passage; `vector` is float16 bytes of unit length, or None."""

    id: int
    session_id: int
    source_id: int
    ordinal: int
    text: str
    speakers: list[tuple[int | None, str, int]]
    vector: bytes | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """How far an index has followed the library: the newest passage, removal and vector."""

    passage_id: int = 0
    removal_id: int = 0


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers that tell one library's passages from another's."""

    count: int
    ids: int  # added up
    sources: int  # the source of each passage, added up


def save(
    db: Transaction,
    version: TranscriptVersion,
    session_id: int,
    drafts: Sequence[PassageDraft],
    *,
    vectors: Sequence[bytes],
    model: str,
) -> None:
    """Put a version's passages and vectors in the place of the source's earlier ones.

    Args:
        db: the transaction that also marks the source READY.
        version: whose segments the drafts point at.
        session_id: the session of the version's source.
        drafts: the passages in their order.
        vectors: one for each draft: float16, little-endian, unit length.
        model: name of the model that made the vectors.
    """
    remove_of_source(db, version.source_id)
    named = _speakers_of(db, version)
    kept = [
        Passage(
            version_id=version.id,
            source_id=version.source_id,
            session_id=session_id,
            ordinal=ordinal,
            first_segment=draft.first_segment,
            last_segment=draft.last_segment,
            start=draft.start,
            end=draft.end,
            text=draft.text,
            speakers=[[*named.get(name, (None, name)), words] for name, words in draft.speakers],
        )
        for ordinal, draft in enumerate(drafts)
    ]
    db.add_all(kept)
    db.flush()  # ids in the order of the passages, all at once
    db.add_all(
        Embedding(passage_id=passage.id, model=model, vector=vector)
        for passage, vector in zip(kept, vectors, strict=True)
    )
    db.flush()


def _speakers_of(db: Transaction, version: TranscriptVersion) -> dict[str, tuple[int | None, str]]:
    """Return person id and name of each speaker label; of an empty one, those of the author."""
    rows = db.execute(
        select(Segment.speaker, Segment.person_id, Person.name)
        .outerjoin(Person, Person.id == Segment.person_id)
        .where(Segment.version_id == version.id)
        .distinct()
    )
    return {row.speaker: (row.person_id, row.speaker or row.name or "") for row in rows}


def remove_of_source(db: Transaction, source_id: int) -> None:
    """Take a source's passages out of the library and tell the indexes."""
    _remove(db, select(Passage.id).where(Passage.source_id == source_id))


def remove_of_sources(db: Transaction, source_ids: Sequence[int]) -> None:
    """Take the passages of several sources out of the library and tell the indexes."""
    for first in range(0, len(source_ids), AT_ONCE):
        some = source_ids[first : first + AT_ONCE]
        _remove(db, select(Passage.id).where(Passage.source_id.in_(some)))


def remove_of_session(db: Transaction, session_id: int) -> None:
    """Take a session's passages out of the library and tell the indexes."""
    _remove(db, select(Passage.id).where(Passage.session_id == session_id))


def remove(db: Transaction, ids: Sequence[int]) -> None:
    """Take passages out of the library and tell the indexes."""
    for first in range(0, len(ids), AT_ONCE):
        _remove(db, select(Passage.id).where(Passage.id.in_(ids[first : first + AT_ONCE])))


def _remove(db: Transaction, ids: Select[int]) -> None:
    kept = ids.add_columns(
        Passage.session_id, Passage.source_id, Passage.start, Passage.first_segment
    )
    names = ["passage_id", "session_id", "source_id", "start", "first_segment"]
    db.execute(insert(PassageRemoval).from_select(names, kept.order_by(Passage.id)))
    db.execute(delete(Embedding).where(Embedding.passage_id.in_(ids)))
    db.execute(delete(Passage).where(Passage.id.in_(ids)))


def stamp(db: Transaction) -> Stamp:
    """The newest passage and removal there have been; indexes compare theirs with it."""
    return unchanged(db, "stamp", partial(_stamp, db))


def _stamp(db: Transaction) -> Stamp:
    return Stamp(
        db.scalar(select(func.max(Passage.id))) or 0,
        db.scalar(select(func.max(PassageRemoval.id))) or 0,
    )


def census(db: Transaction, *, up_to: int | None = None) -> Census:
    """What is here now, *up_to* a passage; read from an index alone, so a million take little."""
    sums = select(func.count(), func.sum(Passage.id), func.sum(Passage.source_id))
    here = sums.select_from(Passage)
    row = db.execute(here if up_to is None else here.where(Passage.id <= up_to)).one()
    return Census(row[0], row[1] or 0, row[2] or 0)


def texts(db: Transaction) -> Iterator[str]:
    """The texts of all passages, oldest first."""
    yield from db.scalars(
        select(Passage.text).order_by(Passage.id).execution_options(yield_per=1000)
    )


def rows_after(
    db: Transaction, passage_id: int, *, model: str, limit: int = 10_000
) -> list[IndexRow]:
    """The passages that came after *passage_id*, oldest first, with their vectors by *model*."""
    rows = db.execute(
        select(
            Passage.id,
            Passage.session_id,
            Passage.source_id,
            Passage.ordinal,
            Passage.text,
            Passage.speakers,
            Embedding.vector,
        )
        .outerjoin(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
        .where(Passage.id > passage_id)
        .order_by(Passage.id)
        .limit(limit)
    )
    return [
        IndexRow(
            id=row.id,
            session_id=row.session_id,
            source_id=row.source_id,
            ordinal=row.ordinal,
            text=row.text,
            speakers=[(s[0], s[1], s[2]) for s in row.speakers],
            vector=row.vector,
        )
        for row in rows
    ]


def removed_after(db: Transaction, removal_id: int) -> list[tuple[int, int]]:
    """The removals after *removal_id*, oldest first: (removal id, passage id)."""
    rows = db.execute(
        select(PassageRemoval.id, PassageRemoval.passage_id)
        .where(PassageRemoval.id > removal_id)
        .order_by(PassageRemoval.id)
    )
    return [(row.id, row.passage_id) for row in rows]


def texts_of_session(db: Transaction, session_id: int) -> Sequence[str]:
    """The words of a session's passages, whoever may see them: for checks, not for pages."""
    return db.scalars(
        select(Passage.text).where(Passage.session_id == session_id).order_by(Passage.id)
    ).all()


def without_vector(db: Transaction, *, model: str, limit: int = 512) -> list[tuple[int, str]]:
    """Passages that *model* has not embedded yet: (id, text), oldest first."""
    rows = db.execute(
        select(Passage.id, Passage.text)
        .outerjoin(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
        .where(Embedding.passage_id.is_(None))
        .order_by(Passage.id)
        .limit(limit)
    )
    return [(row.id, row.text) for row in rows]


def add_vectors(db: Transaction, vectors: Sequence[tuple[int, bytes]], *, model: str) -> None:
    """Keep the vectors of passages that are still here."""
    here = set(db.scalars(select(Passage.id).where(Passage.id.in_([i for i, _ in vectors]))))
    db.add_all(
        Embedding(passage_id=i, model=model, vector=vector) for i, vector in vectors if i in here
    )


def counts(db: Transaction, *, model: str) -> tuple[int, int]:
    """How many passages there are, and how many of them *model* has embedded."""
    total = db.scalar(select(func.count(Passage.id))) or 0
    embedded = db.scalar(select(func.count(Embedding.passage_id)).where(Embedding.model == model))
    return total, embedded or 0


def count_of_session(db: Transaction, session_id: int) -> int:
    """How many passages of a session can be found."""
    query = select(func.count(Passage.id)).where(Passage.session_id == session_id)
    return db.scalar(query) or 0


def count_of_source(db: Transaction, source_id: int) -> int:
    """How many passages of one recording or note can be found."""
    return db.scalar(select(func.count(Passage.id)).where(Passage.source_id == source_id)) or 0


def model_with_most(db: Transaction) -> str | None:
    """The model that has embedded most passages; None while there are no vectors."""
    return db.scalar(
        select(Embedding.model)
        .group_by(Embedding.model)
        .order_by(func.count().desc(), Embedding.model)
        .limit(1)
    )


def vectors_of(db: Transaction, ids: Sequence[int], *, model: str) -> dict[int, bytes]:
    """The vectors by *model* of those passages that have one, by passage id."""
    rows = db.execute(
        select(Embedding.passage_id, Embedding.vector).where(
            Embedding.passage_id.in_(ids), Embedding.model == model
        )
    )
    return {row.passage_id: row.vector for row in rows}


def embedded_of_source(
    db: Transaction, source_id: int, *, model: str
) -> list[tuple[str, set[str], bytes]]:
    """A source's passages that *model* has embedded: text, names of its speakers, vector."""
    rows = db.execute(
        select(Passage.text, Passage.speakers, Embedding.vector)
        .join(Embedding, Embedding.passage_id == Passage.id)
        .where(Passage.source_id == source_id, Embedding.model == model)
    )
    return [(row.text, {name for _, name, _ in row.speakers}, row.vector) for row in rows]


def removal_of(db: Transaction, passage_id: int) -> PassageRemoval | None:
    """What is kept of a passage that is gone."""
    return db.scalar(select(PassageRemoval).where(PassageRemoval.passage_id == passage_id))


def successor(db: Transaction, viewer: Viewer, passage_id: int) -> int | None:
    """The passage that has the place of one that is gone, if *viewer* may see it."""
    timed = PassageRemoval.start.is_not(None)
    begins = case((timed, Passage.start), else_=Passage.first_segment)
    there = case((timed, PassageRemoval.start), else_=PassageRemoval.first_segment)
    return db.scalar(
        select(Passage.id)
        .join(PassageRemoval, PassageRemoval.source_id == Passage.source_id)
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(PassageRemoval.passage_id == passage_id, visible_sessions(viewer))
        # the last that begins no later, or else the first
        .order_by((begins <= there).desc(), func.abs(begins - there))
        .limit(1)
    )
