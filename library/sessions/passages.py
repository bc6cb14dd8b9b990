"""Passages and their vectors. Indexes read additions and removals in the order of their ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Select, case, delete, func, insert, select

from library.access import Viewer, visible_sessions
from library.models import (
    Embedding,
    MentoringSession,
    Passage,
    PassageKind,
    PassageRemoval,
    Person,
    Segment,
    TranscriptVersion,
)
from library.sessions.language_guess import guess_language
from library.sessions.language_tags import primary_language
from library.store import Transaction, unchanged

AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, kw_only=True)
class PassageDraft:
    """Passage that is not saved yet."""

    first_segment: int  # ordinals in the version, both inclusive
    last_segment: int
    start: float | None  # seconds
    end: float | None
    text: str  # "Speaker: words" at each change of speaker
    speakers: Sequence[tuple[str, int]]  # name, number of words


@dataclass(frozen=True, slots=True)
class IndexRow:
    """Passage fields for an index; `vector` is the bytes of a float16 unit vector, or None."""

    id: int
    session_id: int
    source_id: int
    ordinal: int
    text: str
    speakers: list[tuple[int | None, str, int]]
    vector: bytes | None
    language: str = ""  # BCP 47 primary tag; empty if unknown
    kind: PassageKind = PassageKind.SPEECH


@dataclass(frozen=True, slots=True)
class Stamp:
    """Position of an index: the newest passage id and removal id that it has read."""

    passage_id: int = 0
    removal_id: int = 0


@dataclass(frozen=True, slots=True)
class Census:
    """Number of passages and sums of their ids, which detect a change of the set of passages."""

    count: int
    ids: int  # sum of the ids
    sources: int  # sum of the source ids of all passages


def save(
    db: Transaction,
    version: TranscriptVersion,
    session_id: int,
    drafts: Sequence[PassageDraft],
    *,
    vectors: Sequence[bytes],
    model: str,
) -> None:
    """Replace the passages and vectors of a source by those of a transcript version.

    Args:
        db: transaction that also marks the source READY.
        version: transcript version with the segments of the drafts.
        session_id: session of the version's source.
        drafts: passages in their order.
        vectors: one for each draft: bytes of `(d,) float16`, little-endian, unit length.
        model: name of the model that made the vectors.
    """
    remove_of_source(db, version.source_id)
    named = _speakers_of(db, version)
    language = _language_of(db, version, session_id, drafts)
    rows = [
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
            language=language,
        )
        for ordinal, draft in enumerate(drafts)
    ]
    db.add_all(rows)
    db.flush()  # one statement; ids follow the order of the passages
    db.add_all(
        Embedding(passage_id=passage.id, model=model, vector=vector)
        for passage, vector in zip(rows, vectors, strict=True)
    )
    db.flush()


def _language_of(
    db: Transaction, version: TranscriptVersion, session_id: int, drafts: Sequence[PassageDraft]
) -> str:
    """Return the language of a transcript version (BCP 47 primary tag); empty if unknown.

    A version without a language gets that of its text. If the text is too short to tell, it gets
    the language of its session, which may be that of another source.
    """
    if version.language:
        return primary_language(version.language)
    return guess_language("\n".join(draft.text for draft in drafts)) or primary_language(
        db.scalar(select(MentoringSession.language).where(MentoringSession.id == session_id)) or ""
    )


def _speakers_of(db: Transaction, version: TranscriptVersion) -> dict[str, tuple[int | None, str]]:
    """Return person id and name by speaker label; the empty label stands for the author."""
    rows = db.execute(
        select(Segment.speaker, Segment.person_id, Person.name)
        .outerjoin(Person, Person.id == Segment.person_id)
        .where(Segment.version_id == version.id)
        .distinct()
    )
    return {row.speaker: (row.person_id, row.speaker or row.name or "") for row in rows}


def remove_of_source(db: Transaction, source_id: int) -> None:
    """Delete a source's passages and record their removal for the indexes."""
    _remove(db, select(Passage.id).where(Passage.source_id == source_id))


def remove_of_sources(db: Transaction, source_ids: Sequence[int]) -> None:
    """Delete the passages of several sources and record their removal for the indexes."""
    for first in range(0, len(source_ids), AT_ONCE):
        some = source_ids[first : first + AT_ONCE]
        _remove(db, select(Passage.id).where(Passage.source_id.in_(some)))


def remove_of_session(db: Transaction, session_id: int) -> None:
    """Delete a session's passages and record their removal for the indexes."""
    _remove(db, select(Passage.id).where(Passage.session_id == session_id))


def remove(db: Transaction, ids: Sequence[int]) -> None:
    """Delete passages and record their removal for the indexes."""
    for first in range(0, len(ids), AT_ONCE):
        _remove(db, select(Passage.id).where(Passage.id.in_(ids[first : first + AT_ONCE])))


def _remove(db: Transaction, ids: Select[int]) -> None:
    removed_rows = ids.add_columns(
        Passage.session_id, Passage.source_id, Passage.start, Passage.first_segment
    )
    names = ["passage_id", "session_id", "source_id", "start", "first_segment"]
    db.execute(insert(PassageRemoval).from_select(names, removed_rows.order_by(Passage.id)))
    db.execute(delete(Embedding).where(Embedding.passage_id.in_(ids)))
    db.execute(delete(Passage).where(Passage.id.in_(ids)))


def stamp(db: Transaction) -> Stamp:
    """Return the newest passage id and removal id, to compare with the state of an index."""
    return unchanged(db, "stamp", partial(_stamp, db))


def _stamp(db: Transaction) -> Stamp:
    return Stamp(
        db.scalar(select(func.max(Passage.id))) or 0,
        db.scalar(select(func.max(PassageRemoval.id))) or 0,
    )


def census(db: Transaction, *, up_to: int | None = None) -> Census:
    """Return count and sums of the passages with ids up to *up_to*, or of all passages.

    Without *up_to*, SQLite reads only a covering index.
    """
    sums = select(func.count(), func.sum(Passage.id), func.sum(Passage.source_id))
    query = sums.select_from(Passage)
    row = db.execute(query if up_to is None else query.where(Passage.id <= up_to)).one()
    return Census(row[0], row[1] or 0, row[2] or 0)


def texts(db: Transaction) -> Iterator[str]:
    """Yield the texts of all passages, oldest first."""
    yield from db.scalars(
        select(Passage.text).order_by(Passage.id).execution_options(yield_per=1000)
    )


def rows_after(
    db: Transaction, passage_id: int, *, model: str, limit: int = 10_000
) -> list[IndexRow]:
    """Return up to *limit* passages with ids above *passage_id*, by id, with vectors by *model*."""
    rows = db.execute(
        select(
            Passage.id,
            Passage.session_id,
            Passage.source_id,
            Passage.ordinal,
            Passage.text,
            Passage.speakers,
            Passage.language,
            Passage.kind,
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
            language=row.language,
            kind=row.kind,
        )
        for row in rows
    ]


def removed_after(db: Transaction, removal_id: int) -> list[tuple[int, int]]:
    """Return (removal id, passage id) of removals after *removal_id*, oldest first."""
    rows = db.execute(
        select(PassageRemoval.id, PassageRemoval.passage_id)
        .where(PassageRemoval.id > removal_id)
        .order_by(PassageRemoval.id)
    )
    return [(row.id, row.passage_id) for row in rows]


def texts_of_session(db: Transaction, session_id: int) -> Sequence[str]:
    """Return the texts of a session's passages without an access check."""
    return db.scalars(
        select(Passage.text).where(Passage.session_id == session_id).order_by(Passage.id)
    ).all()


def without_vector(db: Transaction, *, model: str, limit: int = 512) -> list[tuple[int, str]]:
    """Return (id, text) of up to *limit* passages without a vector by *model*, oldest first."""
    rows = db.execute(
        select(Passage.id, Passage.text)
        .outerjoin(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
        .where(Embedding.passage_id.is_(None))
        .order_by(Passage.id)
        .limit(limit)
    )
    return [(row.id, row.text) for row in rows]


def add_vectors(db: Transaction, vectors: Sequence[tuple[int, bytes]], *, model: str) -> None:
    """Save pairs of passage id and vector (float16 bytes). Skip passages that no longer exist."""
    existing = set(db.scalars(select(Passage.id).where(Passage.id.in_([i for i, _ in vectors]))))
    db.add_all(
        Embedding(passage_id=i, model=model, vector=vector)
        for i, vector in vectors
        if i in existing
    )


def counts(db: Transaction, *, model: str) -> tuple[int, int]:
    """Return the number of passages and the number of vectors by *model*."""
    total = db.scalar(select(func.count(Passage.id))) or 0
    embedded = db.scalar(select(func.count(Embedding.passage_id)).where(Embedding.model == model))
    return total, embedded or 0


def count_of_session(db: Transaction, session_id: int) -> int:
    """Return the number of passages of a session."""
    query = select(func.count(Passage.id)).where(Passage.session_id == session_id)
    return db.scalar(query) or 0


def count_of_source(db: Transaction, source_id: int) -> int:
    """Return the number of passages of a source."""
    return db.scalar(select(func.count(Passage.id)).where(Passage.source_id == source_id)) or 0


def model_with_most(db: Transaction) -> str | None:
    """Return the embedding model with the most stored vectors, or None if no vector is stored."""
    return db.scalar(
        select(Embedding.model)
        .group_by(Embedding.model)
        .order_by(func.count().desc(), Embedding.model)
        .limit(1)
    )


def vectors_of(db: Transaction, ids: Sequence[int], *, model: str) -> dict[int, bytes]:
    """Return the vectors by *model* (float16 bytes), by passage id."""
    rows = db.execute(
        select(Embedding.passage_id, Embedding.vector).where(
            Embedding.passage_id.in_(ids), Embedding.model == model
        )
    )
    return {row.passage_id: row.vector for row in rows}


def embedded_of_source(
    db: Transaction, source_id: int, *, model: str
) -> list[tuple[str, set[str], bytes]]:
    """Return (text, speaker names, float16 vector) of a source's passages embedded by *model*."""
    rows = db.execute(
        select(Passage.text, Passage.speakers, Embedding.vector)
        .join(Embedding, Embedding.passage_id == Passage.id)
        .where(Passage.source_id == source_id, Embedding.model == model)
    )
    return [(row.text, {name for _, name, _ in row.speakers}, row.vector) for row in rows]


def removal_of(db: Transaction, passage_id: int) -> PassageRemoval | None:
    """Return the removal record of a passage, or None."""
    return db.scalar(select(PassageRemoval).where(PassageRemoval.passage_id == passage_id))


def successor(db: Transaction, viewer: Viewer, passage_id: int) -> int | None:
    """Return the id of the passage that replaces a removed passage, if *viewer* may see it."""
    timed = PassageRemoval.start.is_not(None)
    begins = case((timed, Passage.start), else_=Passage.first_segment)
    position = case((timed, PassageRemoval.start), else_=PassageRemoval.first_segment)
    return db.scalar(
        select(Passage.id)
        .join(PassageRemoval, PassageRemoval.source_id == Passage.source_id)
        .join(MentoringSession, MentoringSession.id == Passage.session_id)
        .where(PassageRemoval.passage_id == passage_id, visible_sessions(viewer))
        # the last passage that starts at or before the removed passage, else the first passage
        .order_by((begins <= position).desc(), func.abs(begins - position))
        .limit(1)
    )
