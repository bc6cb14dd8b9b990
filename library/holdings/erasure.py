"""What goes from the library goes from the disk: planned with the rows, finished afterwards.

Files and the index follow at once, in the process that removed something. The database's own
files are the worker's (`withdrawal.compaction`). Whatever is killed in between is resumed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update

from library import mail
from library.consent import promise
from library.files import Files
from library.holdings import fingerprints, passages, removal_record, same_bytes, sessions
from library.models import (
    DataDownload,
    Erasure,
    MentoringSession,
    Passage,
    Redaction,
    Remains,
    Removal,
    now,
)
from library.store import HOME, KEEP_DAYS, Library, Transaction

LARGE = 100_000  # passages, above which the database is rewritten in a quiet minute
SOON = timedelta(minutes=5)
LATER = timedelta(hours=24)
OF_DATABASE = (Remains.FREED_PAGES, Remains.LOG, Remains.NOTICE)  # the worker's


@dataclass(frozen=True, kw_only=True)
class Going:
    """What has to go from the disk with a removal.

    Attributes:
        taken_back: hashes of files; waiting uploads of the same bytes go with them.
        kept: hashes of further files. A file that another row still needs stays.
        sealed: names of sealed files.
        uploads: ids of uploads.
        work: ids of sources whose decoded sound and clips may lie about.
        untrimmed: ids of recordings whose sound the worker has yet to write anew.
        removed_after: the newest removal of a passage before this transaction's.
    """

    taken_back: Sequence[str] = ()
    kept: Sequence[str] = ()
    sealed: Sequence[str] = ()
    uploads: Sequence[str] = ()
    work: Sequence[int] = ()
    untrimmed: Sequence[int] = ()
    removed_after: int | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """What was removed, in numbers, and by whom."""

    session_id: int | None = None
    person_id: int | None = None
    sources: Sequence[int] = field(default_factory=tuple)
    by: int | None = None  # the person who removes it: they need no notice
    soon: bool = True  # or within a day, where nobody was promised more


def plan(db: Transaction, kind: str, about: About, going: Going) -> Removal:
    """Note what has to go from the disk, in the transaction that takes it out of the library."""
    hashes = set(going.taken_back)
    files = Files(db.info[HOME] / "files")
    uploads = same_bytes.waiting_uploads(db, files, hashes) if hashes else []
    removal = _begin(db, kind, about, hashes, len(uploads))
    senders = {upload.person_id for upload in uploads} - {about.by}
    wanted = [
        *((Remains.UPLOAD, upload.id) for upload in uploads),
        *((Remains.NOTICE, str(person_id)) for person_id in senders),
        *((Remains.DOWNLOAD, name) for name in _copies_with(db, about.session_id)),
        *_wanted(going),
    ]
    db.add_all(Erasure(removal_id=removal.id, what=what, name=name) for what, name in set(wanted))
    for upload in uploads:
        db.delete(upload)
    _adopt(db, removal)
    return removal


def _begin(
    db: Transaction, kind: str, about: About, hashes: Collection[str], uploads: int
) -> Removal:
    """Write down a removal of files with these hashes, and of so many uploads with their bytes."""
    home, at = db.info[HOME], now()
    prints = (fingerprints.of_kept(home, Files(home / "files"), one) for one in sorted(hashes))
    removal = Removal(
        kind=kind,
        session_id=about.session_id,
        person_id=about.person_id,
        sources=list(about.sources),
        files=[one for one in prints if one is not None],
        copies=list(same_bytes.other_sessions(db, hashes, about.session_id)) if hashes else [],
        uploads=uploads,
        removed_at=at,
        due_at=at + (SOON if about.soon and not is_large(db) else LATER),
    )
    db.add(removal)
    db.flush()
    return removal


def _copies_with(db: Transaction, session_id: int | None) -> list[str]:
    """Remove copies of people's data that hold a session, or any; returns the files' names."""
    names = []
    for row in db.scalars(select(DataDownload).where(DataDownload.name.is_not(None))).all():
        if session_id is None or session_id in row.session_ids:
            names.append(row.name or "")
            db.delete(row)
    return names


def _wanted(going: Going) -> Iterator[tuple[Remains, str]]:
    """Give what has to go, each with its name."""
    yield Remains.FREED_PAGES, ""
    if going.removed_after is not None:
        yield Remains.PASSAGES, str(going.removed_after)
    for what, names in (
        (Remains.KEPT_FILE, (*going.taken_back, *going.kept)),
        (Remains.SEALED_FILE, going.sealed),
        (Remains.UPLOAD, going.uploads),
        (Remains.WORK, going.work),
        (Remains.SOUND, going.untrimmed),
    ):
        yield from ((what, str(name)) for name in names)


def _adopt(db: Transaction, removal: Removal) -> None:
    """Let what was planned in the same transaction without a removal belong to this one."""
    db.flush()
    alone = update(Erasure).where(Erasure.removal_id.is_(None))
    db.execute(alone.values(removal_id=removal.id))


def finish(library: Library) -> bool:
    """Remove the files and parts of the index that are planned; whether all of them are gone.

    What cannot be done now stays planned, for the worker's next look.
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
    """Return the removals of which something is still on the disk, oldest first."""
    return db.scalars(
        select(Removal).where(Removal.completed_at.is_(None)).order_by(Removal.id)
    ).all()


def promised(
    db: Transaction, removal: Removal, by: int | None, *, in_backups: bool = True
) -> dict[str, Any]:
    """Return what a receipt for person *by* says: what is promised, and how it can be checked."""
    _adopt(db, removal)
    days = db.info[KEEP_DAYS] if in_backups else None
    mine = (MentoringSession.owner_id == by) & MentoringSession.id.in_(removal.copies)
    own = db.scalar(select(func.count(MentoringSession.id)).where(mine)) or 0
    return {
        "removal": removal.id,
        "promise": promise.lines(removal.removed_at, removal.due_at, days),
        "not_covered": promise.NOT_COVERED,
        "files": removal.files,
        "copies_of_others": len(removal.copies) - own,
        "copies_of_yours": own,
        "waiting_uploads": removal.uploads,
    }


def of_receipt(db: Transaction, receipt_id: int) -> Sequence[Removal]:
    """Return the removals that a receipt is about; none where it removed nothing."""
    return db.scalars(select(Removal).where(Removal.receipt_id == receipt_id)).all()


def completed_at(db: Transaction, receipt_id: int) -> datetime | None:
    """Return since when the disk is free of what a receipt is about; None: it is not yet."""
    times = [removal.completed_at for removal in of_receipt(db, receipt_id)]
    known = [time for time in times if time is not None]
    return max(known) if known and len(known) == len(times) else None


def complete(db: Transaction) -> None:
    """Note since when nothing is left of removals that have nothing planned any more."""
    planned = select(Erasure.id).where(Erasure.removal_id == Removal.id)
    db.execute(
        update(Removal)
        .where(Removal.completed_at.is_(None), ~planned.exists())
        .values(completed_at=now())
    )


def is_large(db: Transaction) -> bool:
    """Whether the library is so large that its database is rewritten in a quiet minute."""
    return (db.scalar(select(func.count(Passage.id))) or 0) > LARGE


def _remove(library: Library, what: Remains, name: str) -> bool:
    """Remove one thing; False where it is not done yet."""
    files = library.files
    if what is Remains.KEPT_FILE:
        sessions.forget_files(library, [name])
        return not files.is_held(name)
    if what is Remains.SEALED_FILE:
        files.sealed(name).unlink(missing_ok=True)
        return not files.is_held(name)
    if what is Remains.UPLOAD:
        files.incoming(name).unlink(missing_ok=True)
    elif what is Remains.WORK:
        files.clear_work(int(name))
        files.clear_clips(int(name))
    elif what is Remains.DOWNLOAD:
        files.download(name).unlink(missing_ok=True)
    elif what is Remains.LETTER:
        mail.replace_reworded(library.settings.home, name)
    elif what is Remains.SOUND:
        return _is_trimmed(library, int(name))
    elif what is Remains.PASSAGES:
        return _forget_passages(library, int(name))
    return True


def _is_trimmed(library: Library, source_id: int) -> bool:
    """Whether the sound of a recording has lost what is off the record, or is gone."""
    untrimmed = select(Redaction.id).where(
        Redaction.source_id == source_id, Redaction.trimmed_at.is_(None)
    )
    with library.reading() as db:
        return db.scalar(untrimmed.limit(1)) is None


def _forget_passages(library: Library, removed_after: int) -> bool:
    """Take passages out of copies made of them, where this process knows of such copies."""
    if library.forget_passages is None:
        return False
    with library.reading() as db:
        ids = [passage_id for _, passage_id in passages.removed_after(db, removed_after)]
    if ids:
        library.forget_passages(ids)
    return True
