"""A copy of one's own data: asked for on the account page, made by the worker, kept for a day.

It holds what the database has about the person (GDPR, articles 15 and 20), as JSON and as pages,
and nothing of others that they may not see.
"""

import json
import logging
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import func, select

from library.access import Viewer
from library.accounts import people
from library.errors import ConflictError, LibraryError, NotAllowedError, NotFoundError
from library.exports import own_pages, own_rows, own_sessions
from library.files import storage_errors
from library.models import DataDownload, Person, Removal, now
from library.store import Library, Transaction

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)
NOT_IN_IT = (
    "Recordings and other files: download them from the page of each session that you added.",
    "Passwords, keys and other secrets: they are kept in a form that nobody can read.",
    "What other people wrote or decided, where you may not see it.",
)


def ask(db: Transaction, viewer: Viewer) -> None:
    """Ask for a copy of *viewer*'s data; an earlier one is made anew.

    Raises:
        NotAllowedError: *viewer* has no account.
        ConflictError: one is being made already.
    """
    found = of(db, viewer)
    if found is not None and found.made_at is None and not found.error:
        raise ConflictError("A copy is being made already. It is ready in a few minutes.")
    if found is not None:
        db.delete(found)
        db.flush()
    db.add(DataDownload(person_id=viewer.person_id))
    db.flush()


def of(db: Transaction, viewer: Viewer) -> DataDownload | None:
    """Return what *viewer* asked for, while it is kept.

    Raises:
        NotAllowedError: *viewer* has no account.
    """
    if viewer.person_id is None:
        raise NotAllowedError("Sign in to get a copy of your data.")
    found = db.get(DataDownload, viewer.person_id)
    over = found is not None and found.made_at is not None and found.made_at < now() - KEPT_FOR
    return None if over else found


def file_of(library: Library, viewer: Viewer) -> Path:
    """Return the file of *viewer*'s copy.

    Raises:
        NotFoundError: there is none, or it holds a session that they may not see any more.
    """
    with library.reading() as db:
        found = of(db, viewer)
        stale = found is not None and not set(found.session_ids) <= set(
            own_sessions.ids_of(db, viewer)
        )
    path = library.files.download(found.name) if found is not None and found.name else None
    if path is None or stale or not path.is_file():
        raise NotFoundError("There is no copy of your data here any more. Ask for it again.")
    return path


def make_waiting(library: Library) -> int:
    """Make the copies that people wait for; returns how many."""
    with library.reading() as db:
        query = select(DataDownload.person_id).where(
            DataDownload.made_at.is_(None), DataDownload.error == ""
        )
        waiting = list(db.scalars(query))
    for person_id in waiting:
        try:
            _make(library, person_id)
        except LibraryError as error:
            log.warning("a copy of somebody's data: %s", error)
            with library.transaction() as db:
                if (row := db.get(DataDownload, person_id)) is not None:
                    row.error = str(error)
    return len(waiting)


def clear_old(library: Library) -> None:
    """Remove the files of copies that are over or were removed."""
    with library.transaction() as db:
        for row in db.scalars(select(DataDownload)).all():
            if row.made_at is not None and row.made_at < now() - KEPT_FOR:
                db.delete(row)
        db.flush()
        kept = set(db.scalars(select(DataDownload.name)))
        for path in library.files.downloads():
            if path.name not in kept:
                path.unlink(missing_ok=True)


def _make(library: Library, person_id: int) -> None:
    """Write the file of one copy; what was removed meanwhile makes it void."""
    name = f"{secrets.token_hex(16)}.zip"
    path = library.files.download(name)
    try:
        with library.reading() as db:
            viewer = people.viewer_of(db.get_one(Person, person_id))
            ids, before = own_sessions.ids_of(db, viewer), _newest_removal(db)
            with storage_errors():
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "r+b") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
                    for entry, text in _entries(db, viewer, library.settings.site_name, ids):
                        archive.writestr(entry, text)
        with library.transaction() as db:
            row = db.get(DataDownload, person_id)
            changed = _newest_removal(db) != before
            if row is None or changed or not set(ids) <= set(own_sessions.ids_of(db, viewer)):
                path.unlink(missing_ok=True)  # what still waits is made again at the next look
                return
            row.name, row.made_at, row.size = name, now(), path.stat().st_size
            row.session_ids = ids
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _newest_removal(db: Transaction) -> int | None:
    """Return the number of the newest removal: a copy that was begun before it may hold it."""
    return db.scalar(select(func.max(Removal.id)))


def _entries(
    db: Transaction, viewer: Viewer, site: str, ids: list[int]
) -> Iterator[tuple[str, str]]:
    """Give the entries of the archive: name and text."""
    listed: list[tuple[str, str, int]] = []
    held = list(own_sessions.sessions_of(db, viewer, ids))
    yield "data/sessions.json", _json(held)
    yield "pages/sessions.html", own_pages.session_list(held)
    for one in held:
        yield f"pages/sessions/{one['id']}.html", own_pages.session(one)
    listed.append(("Sessions", "sessions", len(held)))
    tables = [
        (name, own.title, own_rows.rows_of(db, viewer, name)) for name, own in own_rows.OWN.items()
    ]
    tables.append(("consent_ledger", "Consent ledger", own_rows.ledger_of(db, viewer)))
    for name, title, rows in tables:
        yield f"data/{name}.json", _json(rows)
        yield f"pages/{name}.html", own_pages.table(title, rows)
        listed.append((title, name, len(rows)))
    at = now().isoformat(timespec="minutes")
    yield "index.html", own_pages.index(site, at, listed, list(NOT_IN_IT))


def _json(rows: object) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)
