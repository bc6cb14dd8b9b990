"""Looking whether everything is there: files against rows, vectors against passages."""

import hashlib
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select, text

from library import home, sealing
from library.errors import DamagedError, InvalidInputError
from library.holdings import passages
from library.keeping.named import columns, named_files
from library.models import Embedding, Passage, PassageRemoval, SealedOriginal, Source, Upload
from library.store import Library, Transaction

SETTLED = 3600.0  # seconds after which a file that no row names has been forgotten by somebody
MOST = 20  # sentences of one kind; then how many more there are


def permissions(library: Library) -> Iterator[str]:
    """Files of the home that other users of the machine may read."""
    found = list(home.open_to_others(library.settings.home))
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield (
            f"Other users of this machine may read or change {found[0]}{more}. Start the site, "
            "which closes them, or set the folders to the mode 0700 and the files to 0600."
        )


def database(library: Library, *, thorough: bool) -> Iterator[str]:
    """SQLite's own checks, and references that lead nowhere."""
    with library.reading() as db:
        pragma = "integrity_check" if thorough else "quick_check"
        for (said,) in db.execute(text(f"PRAGMA {pragma}({MOST})")):
            if said != "ok":
                yield f"The database is damaged: {said}. Restore a backup."
        for table, row, target, *_ in db.execute(text("PRAGMA foreign_key_check")):
            yield f"Row {row} of {table} names something in {target} that is not there."


def files(library: Library, *, thorough: bool) -> Iterator[str]:
    """Files that are named: missing, unreadable, or not what they were."""
    with library.reading() as db:
        named = sorted(named_files(db).kept)
        sizes = _sizes(db)
    for sha256 in named:
        wrong = _wrong(library.files.place(sha256), sha256, sizes.get(sha256), thorough=thorough)
        if wrong:
            with library.reading() as db:
                yield f"{_whose(db, sha256)} {wrong}"


def sealed(library: Library, *, thorough: bool) -> Iterator[str]:
    """Sealed originals that are missing or cannot be opened."""
    with library.reading() as db:
        rows = db.scalars(select(SealedOriginal)).all()
    for row in rows:
        which = f"The sealed original {row.id} of session {row.session_id}"
        path = library.files.sealed(row.name)
        if not path.is_file():
            yield f"{which} is missing."
            continue
        try:
            if thorough:
                deque(sealing.unseal(path, sealing.key_of(library.settings.home)), maxlen=0)
        except InvalidInputError:
            yield f"{which} cannot be opened: it was changed, or the key is another one."
        except DamagedError as error:
            yield f"{which}: {error}"
        except OSError as error:
            yield f"{which} cannot be read: {error.strerror}."


def orphans(library: Library) -> Iterator[str]:
    """Files that no row names, and that nobody can still be bringing in."""
    found = list(orphaned(library))
    for path in found[:MOST]:
        yield f"Nothing in the library names {path.parent.name}/{path.name}."
    if len(found) > MOST:
        yield f"There are {len(found) - MOST} more files that nothing names."


def orphaned(library: Library) -> Iterator[Path]:
    """The files that `orphans` tells of."""
    lying = [*library.files.all_kept(), *library.files.all_sealed()]
    with library.reading() as db:  # after the folder was read: what came in between is named
        named = named_files(db)
    for path in lying:
        if path.name in named.kept or path.name in named.sealed:
            continue
        try:
            if time.time() - path.stat().st_mtime > SETTLED:
                yield path
        except FileNotFoundError:
            continue


def vectors(library: Library) -> Iterator[str]:
    """Passages without a vector, vectors without a passage or of another length than the rest."""
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
            yield f"{without} passages have no vector of {model}. Run living-history reindex."
        stray = db.scalar(
            select(func.count())
            .select_from(Embedding)
            .outerjoin(Passage, Passage.id == Embedding.passage_id)
            .where(Passage.id.is_(None))
        )
        if stray:
            yield f"{stray} vectors belong to no passage."
        for name in models:
            lengths = db.scalars(
                select(func.length(Embedding.vector)).where(Embedding.model == name).distinct()
            ).all()
            if len(lengths) > 1:
                yield f"The vectors of {name} are of different lengths."


def passage_ids(db: Transaction) -> list[int]:
    """The number of every passage that is or was here."""
    here, gone = db.scalars(select(Passage.id)), db.scalars(select(PassageRemoval.passage_id))
    return [*here, *gone]


def _sizes(db: Transaction) -> dict[str, int]:
    """What is known of the sizes of files, in bytes."""
    kept = select(Source.sha256, Source.size)
    waiting = select(Upload.sha256, Upload.size).where(Upload.sha256.is_not(None))
    rows = [*db.execute(kept), *db.execute(waiting)]
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _wrong(path: Path, sha256: str, size: int | None, *, thorough: bool) -> str:
    """What is wrong with a kept file; empty where nothing is."""
    try:
        if size is not None and path.stat().st_size != size:
            return "has another size than it had: it was changed. Restore it from a backup."
        with path.open("rb") as file:
            if not thorough:
                file.read(1)
            elif hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                return "was changed on the disk. Restore it from a backup."
    except FileNotFoundError:
        return "is missing. Restore it from a backup."
    except OSError as error:
        return f"cannot be read: {error.strerror}."
    return ""


def _whose(db: Transaction, sha256: str) -> str:
    """What a file is, for a sentence."""
    found = db.scalar(select(Source).where(Source.sha256 == sha256))
    if found is not None:
        return f"The original {found.filename} of session {found.session_id}"
    for column in columns():
        table = column.table
        if "session_id" in table.columns:
            row = db.execute(select(table.c.session_id).where(column == sha256).limit(1)).first()
            if row is not None:
                kind = column.name.removesuffix("sha256").strip("_") or table.name
                return f"A file ({kind} {sha256[:12]}…) of session {row[0]}"
    return f"The file {sha256[:12]}…"
