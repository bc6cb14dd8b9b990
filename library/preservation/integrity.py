"""Integrity checks of permissions, database, files and vectors."""

import hashlib
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select, text

from library import home_folder, sealing
from library.errors import DamagedError, InvalidInputError
from library.models import Embedding, Passage, PassageRemoval, SealedOriginal, Source, Upload
from library.preservation.referenced_files import columns, named_files
from library.sessions import passages
from library.store import Library, Transaction
from library.translation import gettext, mark, ngettext

SETTLED = 3600.0  # seconds after which a file that no row names counts as orphaned
MOST = 20  # sentences of one kind; the others are only counted


def permissions(library: Library) -> Iterator[str]:
    """Yield a sentence if other users of the machine may access files in the home folder."""
    found = list(home_folder.open_to_others(library.settings.home))
    if found:
        path, more = found[0], len(found) - 1
        yield (
            gettext(
                "Other users of this machine can read or change %(path)s and %(more)s more files "
                "or folders. Start the site, which corrects their permissions. Or set folders to "
                "the mode 0700 and files to 0600.",
                path=path,
                more=more,
            )
            if more
            else gettext(
                "Other users of this machine can read or change %(path)s. Start the site, which "
                "corrects the permissions. Or set folders to the mode 0700 and files to 0600.",
                path=path,
            )
        )


def database(library: Library, *, thorough: bool) -> Iterator[str]:
    """Yield one sentence for each error from SQLite's integrity check and foreign key check."""
    with library.reading() as db:
        pragma = "integrity_check" if thorough else "quick_check"
        for (problem,) in db.execute(text(f"PRAGMA {pragma}({MOST})")):
            if problem != "ok":
                yield gettext(
                    "The database is damaged: %(reason)s. Restore a backup.", reason=problem
                )
        for table, row, target, *_ in db.execute(text("PRAGMA foreign_key_check")):
            yield gettext(
                "In the database, row %(row)s of the table %(table)s refers to a missing row of "
                "the table %(target)s. Restore a backup.",
                row=row,
                table=table,
                target=target,
            )


def files(library: Library, *, thorough: bool) -> Iterator[str]:
    """Yield one sentence for each stored file that is missing, unreadable or changed."""
    with library.reading() as db:
        named = sorted(named_files(db).kept)
        sizes = _sizes(db)
    for sha256 in named:
        wrong = _wrong(library.files.place(sha256), sha256, sizes.get(sha256), thorough=thorough)
        if wrong:
            with library.reading() as db:
                yield gettext(wrong) % {"file": _whose(db, sha256)}


def sealed(library: Library, *, thorough: bool) -> Iterator[str]:
    """Yield one sentence for each sealed original that is missing or cannot be opened."""
    with library.reading() as db:
        rows = db.scalars(select(SealedOriginal)).all()
    for row in rows:
        which = gettext(
            "The sealed original %(id)s of session %(session)s", id=row.id, session=row.session_id
        )
        path = library.files.sealed(row.name)
        if not path.is_file():
            yield gettext("%(file)s is missing. Restore it from a backup.", file=which)
            continue
        try:
            if thorough:
                deque(sealing.unseal(path, sealing.key_of(library.settings.home)), maxlen=0)
        except InvalidInputError:
            yield gettext(
                "%(file)s cannot be opened, because the file or its key was changed. Restore both "
                "from a backup.",
                file=which,
            )
        except DamagedError as error:
            yield f"{which}: {error}"
        except OSError as error:
            yield gettext(
                "%(file)s cannot be read: %(reason)s. Check the disk and the permissions.",
                file=which,
                reason=error.strerror,
            )


def orphans(library: Library) -> Iterator[str]:
    """Yield sentences about orphaned files, which no row of the database names."""
    found = list(orphaned(library))
    for path in found[:MOST]:
        yield gettext(
            "The library does not use the file %(file)s. If no one needs it, delete it.",
            file=f"{path.parent.name}/{path.name}",
        )
    if len(found) > MOST:
        yield ngettext(
            "The library does not use %(num)s more file. If no one needs it, delete it.",
            "The library does not use %(num)s more files. If no one needs them, delete them.",
            len(found) - MOST,
        )


def orphaned(library: Library) -> Iterator[Path]:
    """Yield stored files older than one hour (`SETTLED`) that no row of the database names."""
    stored = [*library.files.all_kept(), *library.files.all_sealed()]
    with library.reading() as db:  # after listing the folder, so that new files have rows
        named = named_files(db)
    for path in stored:
        if path.name in named.kept or path.name in named.sealed:
            continue
        try:
            if time.time() - path.stat().st_mtime > SETTLED:
                yield path
        except FileNotFoundError:
            continue


def vectors(library: Library) -> Iterator[str]:
    """Yield sentences about missing vectors, vectors without a passage, and unequal lengths."""
    with library.reading() as db:
        models = db.scalars(select(Embedding.model).distinct()).all()
        present = Path(library.settings.embedding_model).name
        model = present if present in models else passages.model_with_most(db) or present
        without = db.scalar(
            select(func.count(Passage.id))
            .outerjoin(Embedding, (Embedding.passage_id == Passage.id) & (Embedding.model == model))
            .where(Embedding.passage_id.is_(None))
        )
        if without:
            yield ngettext(
                "%(num)s passage has no vector of %(model)s. Run living-history reindex.",
                "%(num)s passages have no vector of %(model)s. Run living-history reindex.",
                without,
                model=model,
            )
        stray = db.scalar(
            select(func.count())
            .select_from(Embedding)
            .outerjoin(Passage, Passage.id == Embedding.passage_id)
            .where(Passage.id.is_(None))
        )
        if stray:
            yield ngettext(
                "%(num)s vector belongs to no passage. Search does not use it. Delete it from the "
                "table embedding.",
                "%(num)s vectors belong to no passage. Search does not use them. Delete them from "
                "the table embedding.",
                stray,
            )
        for name in models:
            lengths = db.scalars(
                select(func.length(Embedding.vector)).where(Embedding.model == name).distinct()
            ).all()
            if len(lengths) > 1:
                yield gettext(
                    "The stored vectors of %(model)s have different lengths. Delete them from the "
                    "table embedding, then run living-history reindex.",
                    model=name,
                )


def passage_ids(db: Transaction) -> list[int]:
    """Return the ids of all present and removed passages."""
    present, removed = db.scalars(select(Passage.id)), db.scalars(select(PassageRemoval.passage_id))
    return [*present, *removed]


def _sizes(db: Transaction) -> dict[str, int]:
    """Return the known sizes of files, in bytes, by SHA-256."""
    originals = select(Source.sha256, Source.size)
    waiting = select(Upload.sha256, Upload.size).where(Upload.sha256.is_not(None))
    rows = [*db.execute(originals), *db.execute(waiting)]
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _wrong(path: Path, sha256: str, size: int | None, *, thorough: bool) -> str:
    """Return a sentence about a damaged file, with `%(file)s` for its description, or ""."""
    try:
        if size is not None and path.stat().st_size != size:
            return mark("%(file)s has the wrong size: it was changed. Restore it from a backup.")
        with path.open("rb") as file:
            if not thorough:
                file.read(1)
            elif hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                return mark("%(file)s was changed on the disk. Restore it from a backup.")
    except FileNotFoundError:
        return mark("%(file)s is missing. Restore it from a backup.")
    except OSError as error:
        reason = str(error.strerror).replace("%", "%%")
        return gettext(
            "%(file)s cannot be read: %(reason)s. Check the disk and the permissions.",
            file="%(file)s",
            reason=reason,
        )
    return ""


def _whose(db: Transaction, sha256: str) -> str:
    """Return a description of the file with this SHA-256, for the start of a sentence."""
    found = db.scalar(select(Source).where(Source.sha256 == sha256))
    if found is not None:
        return gettext(
            "The original %(name)s of session %(session)s",
            name=found.filename,
            session=found.session_id,
        )
    for column in columns():
        table = column.table
        if "session_id" in table.columns:
            row = db.execute(select(table.c.session_id).where(column == sha256).limit(1)).first()
            if row is not None:
                kind = column.name.removesuffix("sha256").strip("_") or table.name
                return gettext(
                    "A file (%(kind)s %(hash)s…) of session %(session)s",
                    kind=kind,
                    hash=sha256[:12],
                    session=row[0],
                )
    return gettext("The file %(hash)s…", hash=sha256[:12])
