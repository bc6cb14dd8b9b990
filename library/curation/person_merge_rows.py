"""Database rows of a person merge: what happens in each table that refers to people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select, tuple_, update

from library.models import Base, CollectionMember, MentoringSession, Source, TranscriptVersion
from library.store import Transaction

MOVED = (
    ("mentoring_session", "owner_id"),
    ("segment", "person_id"),
    ("speaker_identity", "person_id"),
    ("speaker_identity", "confirmed_by"),
    ("transcript_version", "author_id"),
    ("redaction", "person_id"),
    ("upload", "person_id"),
    ("saved_search", "person_id"),
    ("asked_question", "person_id"),
    ("passage_mark", "person_id"),
    ("review", "reviewer_id"),
    ("review_event", "person_id"),
    ("review_event", "to_id"),
    ("session_topic", "decided_by_id"),
    ("topic_merge", "person_id"),
    ("pinned_answer", "made_by"),
    ("bulk_edit", "person_id"),
    ("person_merge", "made_by"),
    ("release_link", "made_by"),
    ("collection_pick", "person_id"),
    ("cut_proposal", "person_id"),
    ("source", "added_by"),
    ("cut_proposal", "decided_by"),
)
"""Table and column: a merge sets the column from one person to the other."""

OF_SESSIONS = (
    ("mentoring_session", "owner_id"),
    ("segment", "person_id"),
    ("speaker_identity", "person_id"),
    ("cut_proposal", "person_id"),
)
"""Part of `MOVED` on which releases depend. It is moved together with the consent answers."""

AT_ONCE = 500  # keys in one SQL statement

JOINED = {"participant", "speaker_release", "collection_member", "uncounted_person"}
"""Tables in which both people may have a row: a merge combines the two rows."""

ENDED = {
    "api_token", "one_time_link", "second_factor", "passkey", "sign_in", "release_link",
    "voice_consent", "voice_print", "voice_proposal", "missed_question", "told_waiting",
    "data_download",
}  # fmt: skip
"""Tables in which a merge deletes or revokes the rows of the merged person: credentials, voice
prints with their consents, and missed questions, so that one person is not counted twice."""

LEFT = {"transcript_draft", "answered_request", "distinct_people", "person_merge"}
"""Tables that a merge does not change: drafts, idempotency keys, rows about pairs of people."""


def move(  # noqa: PLR0917
    db: Transaction,
    name: str,
    column: str,
    gone: int,
    kept: int,
    session_ids: Sequence[int] | Select[int] | None = None,
) -> list[Any]:
    """Change *column* of the table *name* from person *gone* to *kept*; return primary keys.

    The keys are those of the changed rows. If *session_ids* is given, only rows of these sessions
    are changed.
    """
    table = Base.metadata.tables[name]
    theirs = [table.c[column] == gone]
    if session_ids is not None:
        theirs.append(_inside(table, session_ids))
    keys = [list(row) for row in db.execute(select(*table.primary_key).where(*theirs))]
    if keys:
        db.execute(update(table).where(*theirs).values({column: kept}))
        db.expire_all()
    return keys


def move_back(  # noqa: PLR0917
    db: Transaction,
    name: str,
    column: str,
    keys: Sequence[Any],
    gone: int,
    kept: int,
    session_ids: Sequence[int] | Select[int] | None = None,
) -> None:
    """Change *column* of the table *name* from person *kept* back to *gone*, in the rows *keys*.

    Rows that have another person now do not change. If *session_ids* is given, only rows of these
    sessions are changed.
    """
    table = Base.metadata.tables[name]
    key = tuple_(*table.primary_key)
    still = [table.c[column] == kept]
    if session_ids is not None:
        key_set = {tuple(one) for one in keys}
        still.append(_inside(table, session_ids))
        here = db.execute(select(*table.primary_key).where(*still))
        keys = [tuple(row) for row in here if tuple(row) in key_set]
    for first in range(0, len(keys), AT_ONCE):
        some = [tuple(one) for one in keys[first : first + AT_ONCE]]
        db.execute(update(table).where(key.in_(some), *still).values({column: gone}))
    db.expire_all()


def _inside(table: Table, session_ids: Sequence[int] | Select[int]) -> ColumnElement[bool]:
    """Return a condition: a row of a table in `OF_SESSIONS` belongs to one of these sessions."""
    sources = select(Source.id).where(Source.session_id.in_(session_ids))
    if table.name == "segment":
        versions = select(TranscriptVersion.id).where(TranscriptVersion.source_id.in_(sources))
        return table.c.version_id.in_(versions)
    if table.name == "speaker_identity":
        return table.c.source_id.in_(sources)
    own = table.c.id if table.name == MentoringSession.__tablename__ else table.c.session_id
    return own.in_(session_ids)


def join_memberships(db: Transaction, kept: int, gone: int) -> list[Any]:
    """Combine the collection memberships of both people. The higher role stays.

    Return a list of [collection id, role of *kept*, role of *gone*] before the merge, for an undo.
    """
    joined = []
    theirs = select(CollectionMember).where(CollectionMember.person_id == gone)
    for member in db.scalars(theirs).all():
        mine = db.get(CollectionMember, (member.collection_id, kept))
        joined.append([member.collection_id, mine.role if mine else None, member.role])
        if mine is None:
            db.add(
                CollectionMember(
                    collection_id=member.collection_id, person_id=kept, role=member.role
                )
            )
        elif member.role.rank > mine.role.rank:
            mine.role = member.role
        db.delete(member)
    db.flush()
    return joined


def part_memberships(db: Transaction, kept: int, gone: int, joined: Sequence[Any]) -> None:
    """Restore the roles of both people in collections where *kept* is still a member.

    *joined* is the result of `join_memberships`.
    """
    for collection_id, before, theirs in joined:
        mine = db.get(CollectionMember, (collection_id, kept))
        if mine is None:
            continue  # removed after the merge: neither person becomes a member again
        db.add(CollectionMember(collection_id=collection_id, person_id=gone, role=theirs))
        if before is None:
            db.delete(mine)
        else:
            mine.role = before
    db.flush()
    db.expire_all()
