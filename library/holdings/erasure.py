"""What goes from the library goes from the disk: planned with the rows, finished afterwards."""

from collections.abc import Iterable

from sqlalchemy import delete, select

from library import mail
from library.holdings import passages, sessions
from library.models import Erasure, Remains
from library.store import Library, Transaction


def plan(
    db: Transaction,
    *,
    kept: Iterable[str] = (),
    sealed: Iterable[str] = (),
    uploads: Iterable[str] = (),
    work: Iterable[int] = (),
    removed_after: int | None = None,
) -> None:
    """Note what has to go from the disk, in the transaction that takes it out of the library.

    Args:
        db: that transaction.
        kept: hashes of files; one that another source needs stays.
        sealed: names of sealed files.
        uploads: ids of uploads.
        work: ids of sources whose decoded sound and clips may lie about.
        removed_after: the newest removal of a passage before this transaction's.
    """
    if removed_after is not None:
        db.add(Erasure(what=Remains.PASSAGES, name=str(removed_after)))
    db.add_all(Erasure(what=Remains.KEPT_FILE, name=name) for name in set(kept))
    db.add_all(Erasure(what=Remains.SEALED_FILE, name=name) for name in set(sealed))
    db.add_all(Erasure(what=Remains.UPLOAD, name=name) for name in set(uploads))
    db.add_all(Erasure(what=Remains.WORK, name=str(number)) for number in set(work))
    db.add(Erasure(what=Remains.FREED_PAGES))


def finish(library: Library) -> bool:
    """Remove everything that is planned; whether nothing is left to do.

    What cannot be done now stays planned, for the worker's next look.
    """
    with library.reading() as db:
        planned = db.scalars(select(Erasure)).all()
    if not planned:
        return True
    with library.urgency.hurrying():
        done = [row.id for row in planned if _remove(library, row.what, row.name)]
        if library.scrub():
            done += [row.id for row in planned if row.what is Remains.FREED_PAGES]
        with library.transaction() as db:
            db.execute(delete(Erasure).where(Erasure.id.in_(done)))
    return len(done) == len(planned)


def _remove(library: Library, what: Remains, name: str) -> bool:
    """Remove one thing; False where it is not done yet."""
    files = library.files
    if what is Remains.KEPT_FILE:
        sessions.forget_files(library, [name])
    elif what is Remains.SEALED_FILE:
        files.sealed(name).unlink(missing_ok=True)
    elif what is Remains.UPLOAD:
        files.incoming(name).unlink(missing_ok=True)
    elif what is Remains.WORK:
        files.clear_work(int(name))
        files.clear_clips(int(name))
    elif what is Remains.LETTER:
        mail.replace_reworded(library.settings.home, name)
    elif what is Remains.PASSAGES:
        return _forget_passages(library, int(name))
    return what is not Remains.FREED_PAGES


def _forget_passages(library: Library, removed_after: int) -> bool:
    """Take passages out of copies made of them, where this process knows of such copies."""
    if library.forget_passages is None:
        return False
    with library.reading() as db:
        ids = [passage_id for _, passage_id in passages.removed_after(db, removed_after)]
    if ids:
        library.forget_passages(ids)
    return True
