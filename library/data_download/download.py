"""Personal data download: a person requests a copy of their data, and the worker makes it.

The copy is stored for a day. It contains the person's data from the database (GDPR, articles 15 and
20), as JSON and as HTML pages. It contains no data of other people that the person may not see.
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
from library.data_download import html_pages, sessions
from library.data_download import rows as own_rows
from library.errors import ConflictError, LibraryError, NotAllowedError, NotFoundError
from library.files import convert_disk_errors
from library.models import DataDownload, Person, Removal, now
from library.store import Library, Transaction
from library.translation import mark

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=1)
NOT_IN_IT = (
    mark("Recordings and other files: download them from the page of each session that you added."),
    mark("Passwords, passkeys and other secrets: they are stored in a form that no one can read."),
    mark("Texts and decisions of other people that you may not see."),
)


def ask(db: Transaction, viewer: Viewer) -> None:
    """Request a copy of *viewer*'s data. An earlier copy is replaced.

    Raises:
        NotAllowedError: *viewer* has no account.
        ConflictError: a copy is being made.
    """
    found = of(db, viewer)
    if found is not None and found.made_at is None and not found.error:
        raise ConflictError(
            "The library is already making a copy of your data. It is ready in a few minutes."
        )
    if found is not None:
        db.delete(found)
        db.flush()
    db.add(DataDownload(person_id=viewer.person_id))
    db.flush()


def of(db: Transaction, viewer: Viewer) -> DataDownload | None:
    """Return the row of *viewer*'s requested or finished copy; None if missing or expired.

    Raises:
        NotAllowedError: *viewer* has no account.
    """
    if viewer.person_id is None:
        raise NotAllowedError("Sign in to get a copy of your data.")
    found = db.get(DataDownload, viewer.person_id)
    over = found is not None and found.made_at is not None and found.made_at < now() - KEPT_FOR
    return None if over else found


def file_of(library: Library, viewer: Viewer) -> Path:
    """Return the path of the finished copy of *viewer*'s data.

    Raises:
        NotFoundError: the copy does not exist, or it has a session that *viewer* may no longer see.
    """
    with library.reading() as db:
        found = of(db, viewer)
        stale = found is not None and not set(found.session_ids) <= set(sessions.ids_of(db, viewer))
    path = library.files.download(found.name) if found is not None and found.name else None
    if path is None or stale or not path.is_file():
        raise NotFoundError("The copy of your data is no longer available. Ask for it again.")
    return path


def make_waiting(library: Library) -> int:
    """Make the copies that were requested. Return the number of requests, also failed ones."""
    with library.reading() as db:
        query = select(DataDownload.person_id).where(
            DataDownload.made_at.is_(None), DataDownload.error == ""
        )
        waiting = list(db.scalars(query))
    for person_id in waiting:
        try:
            _make(library, person_id)
        except LibraryError as error:
            log.warning("a copy of a person's data could not be made: %s", error)
            with library.transaction() as db:
                if (row := db.get(DataDownload, person_id)) is not None:
                    row.error = str(error)
    return len(waiting)


def clear_old(library: Library) -> None:
    """Delete the files of expired or removed copies."""
    with library.transaction() as db:
        for row in db.scalars(select(DataDownload)).all():
            if row.made_at is not None and row.made_at < now() - KEPT_FOR:
                db.delete(row)
        db.flush()
        names = set(db.scalars(select(DataDownload.name)))
        for path in library.files.downloads():
            if path.name not in names:
                path.unlink(missing_ok=True)


def _make(library: Library, person_id: int) -> None:
    """Write the file of one copy. Delete it if the library removed data in the meantime.

    The request then stays, and the next run makes the copy.
    """
    name = f"{secrets.token_hex(16)}.zip"
    path = library.files.download(name)
    try:
        with library.reading() as db:
            viewer = people.viewer_of(db.get_one(Person, person_id))
            ids, before = sessions.ids_of(db, viewer), _newest_removal(db)
            with convert_disk_errors():
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "r+b") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
                    for entry, text in _entries(db, viewer, library.settings.site_name, ids):
                        archive.writestr(entry, text)
        with library.transaction() as db:
            row = db.get(DataDownload, person_id)
            changed = _newest_removal(db) != before
            if row is None or changed or not set(ids) <= set(sessions.ids_of(db, viewer)):
                path.unlink(missing_ok=True)  # the request stays for the next run
                return
            row.name, row.made_at, row.size = name, now(), path.stat().st_size
            row.session_ids = ids
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _newest_removal(db: Transaction) -> int | None:
    """Return the id of the newest removal, or None.

    A copy that was begun before a removal may contain the removed data.
    """
    return db.scalar(select(func.max(Removal.id)))


def _entries(
    db: Transaction, viewer: Viewer, site: str, ids: list[int]
) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) for each file in the archive."""
    listed: list[tuple[str, str, int]] = []
    own_sessions = list(sessions.sessions_of(db, viewer, ids))
    yield "data/sessions.json", _json(own_sessions)
    yield "pages/sessions.html", html_pages.session_list(own_sessions)
    for one in own_sessions:
        yield f"pages/sessions/{one['id']}.html", html_pages.session(one)
    listed.append((mark("Sessions"), "sessions", len(own_sessions)))
    tables = [
        (name, own.title, own_rows.rows_of(db, viewer, name)) for name, own in own_rows.OWN.items()
    ]
    tables.append(("consent_ledger", mark("Consent ledger"), own_rows.ledger_of(db, viewer)))
    for name, title, rows in tables:
        yield f"data/{name}.json", _json(rows)
        yield f"pages/{name}.html", html_pages.table(title, rows)
        listed.append((title, name, len(rows)))
    at = now().isoformat(timespec="minutes")
    yield "index.html", html_pages.index(site, at, listed, list(NOT_IN_IT))


def _json(rows: object) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)
