"""Erasure from the disk: planned in the transaction of a removal, finished afterwards.

Files and index entries are erased at once, by the process that made the removal. The worker
compacts the files of the database (`library.removal.compaction`). Interrupted erasures resume.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from library.consent import removal_promise
from library.files import Files
from library.models import (
    DataDownload,
    Erasure,
    ErasureKind,
    MentoringSession,
    Passage,
    Redaction,
    Removal,
    now,
)
from library.notifications import email
from library.sessions import duplicate_files, file_fingerprints, passages, removal_record, sessions
from library.store import HOME, KEEP_DAYS, Library, Transaction

LARGE = 100_000  # passages; above this, compaction of the database may take a day
SOON = timedelta(minutes=5)
LATER = timedelta(hours=24)
OF_DATABASE = (ErasureKind.FREED_PAGES, ErasureKind.LOG, ErasureKind.NOTICE)  # erased by the worker


@dataclass(frozen=True, kw_only=True)
class ErasurePlan:
    """Files, intermediate files and passages that a removal erases from the disk.

    Attributes:
        taken_back: hashes of files that are erased with waiting uploads of the same bytes.
        kept: hashes of other files, which are erased unless another row still needs them.
        sealed: names of sealed files.
        uploads: ids of uploads.
        work: ids of sources whose decoded sound and clips may still be stored.
        untrimmed: ids of recordings whose redacted sound the worker still has to write.
        removed_after: id of the newest passage removal before this transaction.
    """

    taken_back: Sequence[str] = ()
    kept: Sequence[str] = ()
    sealed: Sequence[str] = ()
    uploads: Sequence[str] = ()
    work: Sequence[int] = ()
    untrimmed: Sequence[int] = ()
    removed_after: int | None = None


@dataclass(frozen=True, kw_only=True)
class RemovalSubject:
    """Ids of the removed items and of the person who removes them."""

    session_id: int | None = None
    person_id: int | None = None
    sources: Sequence[int] = field(default_factory=tuple)
    by: int | None = None  # person who removes the items and gets no notice
    soon: bool = True  # due within `SOON` if the library is not large, else within `LATER`


def plan(db: Transaction, kind: str, about: RemovalSubject, going: ErasurePlan) -> Removal:
    """Record a removal and plan its erasures, in the transaction that deletes the rows."""
    hashes = set(going.taken_back)
    files = Files(db.info[HOME] / "files")
    uploads = duplicate_files.waiting_uploads(db, files, hashes) if hashes else []
    removal = _begin(db, kind, about, hashes, len(uploads))
    senders = {upload.person_id for upload in uploads} - {about.by}
    erasures = [
        *((ErasureKind.UPLOAD, upload.id) for upload in uploads),
        *((ErasureKind.NOTICE, str(person_id)) for person_id in senders),
        *((ErasureKind.DOWNLOAD, name) for name in _copies_with(db, about.session_id)),
        *_wanted(going),
    ]
    db.add_all(Erasure(removal_id=removal.id, what=what, name=name) for what, name in set(erasures))
    for upload in uploads:
        db.delete(upload)
    _adopt(db, removal)
    return removal


def _begin(
    db: Transaction, kind: str, about: RemovalSubject, hashes: Collection[str], uploads: int
) -> Removal:
    """Add the row of a removal of files with *hashes* and of a number of *uploads*."""
    home, at = db.info[HOME], now()
    prints = (file_fingerprints.of_kept(home, Files(home / "files"), one) for one in sorted(hashes))
    removal = Removal(
        kind=kind,
        session_id=about.session_id,
        person_id=about.person_id,
        sources=list(about.sources),
        files=[one for one in prints if one is not None],
        copies=list(duplicate_files.other_sessions(db, hashes, about.session_id)) if hashes else [],
        uploads=uploads,
        removed_at=at,
        due_at=at + (SOON if about.soon and not is_large(db) else LATER),
    )
    db.add(removal)
    db.flush()
    return removal


def _copies_with(db: Transaction, session_id: int | None) -> list[str]:
    """Delete data downloads that contain the session (None: all). Return their file names."""
    names = []
    for row in db.scalars(select(DataDownload).where(DataDownload.name.is_not(None))).all():
        if session_id is None or session_id in row.session_ids:
            names.append(row.name or "")
            db.delete(row)
    return names


def _wanted(going: ErasurePlan) -> Iterator[tuple[ErasureKind, str]]:
    """Yield kind and name of each erasure of a plan."""
    yield ErasureKind.FREED_PAGES, ""
    if going.removed_after is not None:
        yield ErasureKind.PASSAGES, str(going.removed_after)
    for what, names in (
        (ErasureKind.KEPT_FILE, (*going.taken_back, *going.kept)),
        (ErasureKind.SEALED_FILE, going.sealed),
        (ErasureKind.UPLOAD, going.uploads),
        (ErasureKind.WORK, going.work),
        (ErasureKind.SOUND, going.untrimmed),
    ):
        yield from ((what, str(name)) for name in names)


def _adopt(db: Transaction, removal: Removal) -> None:
    """Assign erasures without a removal to this removal."""
    db.flush()
    alone = update(Erasure).where(Erasure.removal_id.is_(None))
    db.execute(alone.values(removal_id=removal.id))


def finish(library: Library) -> bool:
    """Erase planned files and index entries. Return whether all of them are erased.

    An erasure that fails stays planned for the next run of the worker.
    """
    removal_record.write(library)
    with library.reading() as db:
        planned = db.scalars(select(Erasure).where(Erasure.what.not_in(OF_DATABASE))).all()
    done = [row.id for row in planned if _remove(library, row.what, row.name)]
    if done:
        with library.transaction(on_full_disk=True) as db:
            db.execute(delete(Erasure).where(Erasure.id.in_(done)))
            complete(db)
    return len(done) == len(planned)


def open_removals(db: Transaction) -> Sequence[Removal]:
    """Return removals that are not completed, oldest first."""
    return db.scalars(
        select(Removal).where(Removal.completed_at.is_(None)).order_by(Removal.id)
    ).all()


def receipt_fields(
    db: Transaction, removal: Removal, by: int | None, *, in_backups: bool = True
) -> dict[str, Any]:
    """Return the fields of a receipt for person *by*: the promise and the data to verify it.

    *in_backups* is False if no backup contains the removed data.
    """
    _adopt(db, removal)
    days = db.info[KEEP_DAYS] if in_backups else None
    is_own = (MentoringSession.owner_id == by) & MentoringSession.id.in_(removal.copies)
    own = db.scalar(select(func.count(MentoringSession.id)).where(is_own)) or 0
    return {
        "removal": removal.id,
        "promise": removal_promise.lines(removal.removed_at, removal.due_at, days),
        "not_covered": removal_promise.NOT_COVERED,
        "files": removal.files,
        "copies_of_others": len(removal.copies) - own,
        "copies_of_yours": own,
        "waiting_uploads": removal.uploads,
    }


def of_receipt(db: Transaction, receipt_id: int) -> Sequence[Removal]:
    """Return the removals for which a receipt was given; empty if there are none."""
    return db.scalars(select(Removal).where(Removal.receipt_id == receipt_id)).all()


def completed_at(db: Transaction, receipt_id: int) -> datetime | None:
    """Return when all removals of a receipt were completed (UTC), or None."""
    times = [removal.completed_at for removal in of_receipt(db, receipt_id)]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def complete(db: Transaction) -> None:
    """Set the completion time of removals without open erasures."""
    planned = select(Erasure.id).where(Erasure.removal_id == Removal.id)
    db.execute(
        update(Removal)
        .where(Removal.completed_at.is_(None), ~planned.exists())
        .values(completed_at=now())
    )


def is_large(db: Transaction) -> bool:
    """Return True if compaction of the database must wait for a minute without writes."""
    return (db.scalar(select(func.count(Passage.id))) or 0) > LARGE


def _remove(library: Library, what: ErasureKind, name: str) -> bool:
    """Perform one erasure. Return whether it is done."""
    files = library.files
    if what is ErasureKind.KEPT_FILE:
        sessions.forget_files(library, [name])
        return not files.is_held(name)
    if what is ErasureKind.SEALED_FILE:
        files.sealed(name).unlink(missing_ok=True)
        return not files.is_held(name)
    if what is ErasureKind.UPLOAD:
        files.incoming(name).unlink(missing_ok=True)
    elif what is ErasureKind.WORK:
        files.clear_work(int(name))
        files.clear_clips(int(name))
    elif what is ErasureKind.DOWNLOAD:
        files.download(name).unlink(missing_ok=True)
    elif what is ErasureKind.EMAIL:
        email.replace_reworded(library.settings.home, name)
    elif what is ErasureKind.SOUND:
        return _is_trimmed(library, int(name))
    elif what is ErasureKind.PASSAGES:
        return _forget_passages(library, int(name))
    return True


def _is_trimmed(library: Library, source_id: int) -> bool:
    """Return whether all redacted ranges of a recording are cut from its sound."""
    untrimmed = select(Redaction.id).where(
        Redaction.source_id == source_id, Redaction.trimmed_at.is_(None)
    )
    with library.reading() as db:
        return db.scalar(untrimmed.limit(1)) is None


def _forget_passages(library: Library, removed_after: int) -> bool:
    """Remove deleted passages from the index. Return False if this process has no index."""
    if library.forget_passages is None:
        return False
    with library.reading() as db:
        ids = [passage_id for _, passage_id in passages.removed_after(db, removed_after)]
    if ids:
        library.forget_passages(ids)
    return True
