"""Speakers of passages, updated when people are merged or a merge is undone.

Passages are immutable, so that an index can find changes by id alone. A change of speakers saves
copies of text and vectors under new ids. URLs with the old ids lead to the copies.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, insert, select

from library.models import Embedding, Passage, Person, Segment
from library.sessions import passages
from library.store import Transaction

Speakers = list[Any]  # of each speaker: [person id or None, name, number of words]


def replace_speaker(db: Transaction, source_id: int, gone: int, kept: int) -> None:
    """Replace the person id *gone* by the person id *kept* in the passages of a source."""

    def renamed(passage: Passage) -> Speakers:
        return [[kept if i == gone else i, name, n] for i, name, n in passage.speakers]

    _replace_passages(db, source_id, renamed)


def restore_speakers(db: Transaction, source_id: int, kept: int, gone: int) -> None:
    """Undo `replace_speaker`: give each passage the person (*kept* or *gone*) of its segments."""

    def as_said(passage: Passage) -> Speakers:
        named = _people_of(db, passage)
        both = {kept, gone}
        return [
            [named.get(name, i) if i in both else i, name, n] for i, name, n in passage.speakers
        ]

    _replace_passages(db, source_id, as_said)


def follow_segments(db: Transaction, source_id: int) -> None:
    """Update the speakers in the passages of a source from its segments."""

    def as_said(passage: Passage) -> Speakers:
        named = _people_of(db, passage)
        return [[named.get(name, i), name, n] for i, name, n in passage.speakers]

    _replace_passages(db, source_id, as_said)


def follow_author(db: Transaction, source_id: int) -> None:
    """Update the author in the passages of a note.

    The author is the person of the note's segments that have no speaker label.
    """

    def as_written(passage: Passage) -> Speakers:
        labels = set(db.scalars(_segments_of(passage).with_only_columns(Segment.speaker)))
        author = db.execute(
            _segments_of(passage)
            .join(Person, Person.id == Segment.person_id)
            .where(Segment.speaker == "")
            .with_only_columns(Person.id, Person.name)
        ).first()
        written = [author.id, author.name] if author else [None, ""]
        return [
            [i, name, n] if name in labels - {""} else [*written, n]
            for i, name, n in passage.speakers
        ]

    _replace_passages(db, source_id, as_written)


def _people_of(db: Transaction, passage: Passage) -> dict[str, int | None]:
    """Return the person id by speaker label of a passage, or by the author's name in a note."""
    rows = db.execute(
        _segments_of(passage)
        .outerjoin(Person, Person.id == Segment.person_id)
        .with_only_columns(Segment.speaker, Segment.person_id, Person.name)
    )
    return {row.speaker or row.name or "": row.person_id for row in rows}


def _segments_of(passage: Passage) -> Select[Any]:
    return select(Segment).where(
        Segment.version_id == passage.version_id,
        Segment.ordinal.between(passage.first_segment, passage.last_segment),
    )


def _replace_passages(
    db: Transaction, source_id: int, speakers: Callable[[Passage], Speakers]
) -> None:
    """Replace the passages of a source by copies with other speakers, if a speaker changes."""
    found = db.scalars(
        select(Passage).where(Passage.source_id == source_id).order_by(Passage.ordinal)
    ).all()
    changed = [speakers(passage) for passage in found]
    if all(new == old.speakers for new, old in zip(changed, found, strict=True)):
        return
    vectors: dict[int, list[Embedding]] = {}
    of_source = select(Passage.id).where(Passage.source_id == source_id)
    for vector in db.scalars(select(Embedding).where(Embedding.passage_id.in_(of_source))):
        vectors.setdefault(vector.passage_id, []).append(vector)
    plain = [
        {
            column.key: getattr(passage, column.key)
            for column in Passage.__table__.columns
            if not column.primary_key
        }
        for passage in found
    ]
    stored_vectors = [[(v.model, v.vector) for v in vectors.get(p.id, [])] for p in found]
    passages.remove_of_source(db, source_id)
    rows = [
        {**values, "speakers": speakers_after}
        for values, speakers_after in zip(plain, changed, strict=True)
    ]
    new = insert(Passage).returning(Passage.id, sort_by_parameter_order=True)
    numbers = db.scalars(new, rows).all()
    vectors_again = [
        {"passage_id": number, "model": model, "vector": vector}
        for number, own_vectors in zip(numbers, stored_vectors, strict=True)
        for model, vector in own_vectors
    ]
    if vectors_again:
        db.execute(insert(Embedding), vectors_again)
