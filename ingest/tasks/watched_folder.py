"""Import of files from a watched folder.

A file is imported once its size and modification time have stayed the same for `watch_seconds`. It
is deleted from the folder only after the library has stored it.
Files with the same name before the suffix, such as talk.mp3 and talk.vtt, become one session. Files
in a subfolder go into the collection with its name. Files that cannot be imported are moved to
`Not taken in`, with the reason in a text file beside each.
"""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from ingest.media import decode
from library.access import Viewer
from library.accounts import people
from library.capture import intake, quota
from library.capture.file_signatures import HEAD
from library.capture.file_types import kind_of
from library.collections import collections
from library.errors import (
    InvalidInputError,
    LibraryError,
    NotReadyError,
    StorageFullError,
    UnusableError,
)
from library.files import pieces_of
from library.models import Form, Role, SourceKind
from library.sessions.description import Description
from library.store import Library, Transaction
from library.translation import gettext

log = logging.getLogger(__name__)

ASIDE = "Not taken in"
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download")
OPERATOR = Viewer(role=Role.ADMIN)
"""Viewer for imports without an owner: write access to the folder implies administrator rights."""

PASSING = (StorageFullError, NotReadyError, UnusableError)  # errors that the file does not cause

Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


@dataclass
class WatchedFolder:
    """Watched folder of the settings. `look` imports the files that no longer change."""

    library: Library
    folder: Path
    _seen: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)
    _stuck: dict[Path, Stamp] = field(default_factory=dict)  # could not be moved or deleted
    _logged: str = ""

    def look(self, now: float | None = None) -> list[int]:
        """Import files that have stayed unchanged for `watch_seconds`. Return the new source ids.

        Errors of the disk or of the library are logged, and the files stay for the next call.

        Args:
            now: Seconds of a monotonic clock; None: the present time.
        """
        added: list[int] = []
        try:
            owner = self._owner()
            ready = self._at_rest(time.monotonic() if now is None else now)
            if owner is not None:
                for together in intake.belonging_together(ready):
                    added += self._take(together, owner)
        except (OSError, *PASSING) as error:
            self._say(f"files cannot be imported now: {error}")
        return added

    def _at_rest(self, moment: float) -> list[Path]:
        """Return the files that have not changed for `watch_seconds`, sorted.

        A file is left out if another file with the same name before the suffix has changed since
        then.
        """
        states: dict[Path, tuple[Stamp, float]] = {}
        for path in self._files():
            stamp = _stamp(path)
            if stamp is None or self._stuck.get(path) == stamp:
                continue
            before, since = self._seen.get(path, (stamp, moment))
            states[path] = (stamp, since if before == stamp else moment)
        self._seen = states
        patience = self.library.settings.watch_seconds
        restless = {
            p.with_suffix("") for p, (_, since) in states.items() if moment - since < patience
        }
        return sorted(path for path in states if path.with_suffix("") not in restless)

    def _files(self) -> list[Path]:
        """Return regular files that are not hidden, not set aside and not partial downloads."""
        found = []
        for path in self.folder.rglob("*"):
            inside = path.relative_to(self.folder).parts
            hidden = any(part.startswith((".", "~")) for part in inside)
            if hidden or inside[0] == ASIDE or path.suffix.lower() in UNFINISHED:
                continue
            if path.is_file() and not path.is_symlink():
                found.append(path)
        return found

    def _take(self, together: list[Path], owner: Viewer) -> list[int]:
        """Create a session from files with the same name before the suffix; return its source ids.

        Rejected files are set aside with the reason, and the list is empty.

        Raises:
            StorageFullError: The disk is full. The files stay in the folder.
            NotReadyError: The library is not set up. The files stay in the folder.
            UnusableError: The library's folder cannot be used. The files stay in the folder.
        """
        before = [_stamp(path) for path in together]
        stored: list[intake.KeptFile] = []
        try:
            stored.extend(self._keep(path, owner) for path in together)
            if before != [_stamp(path) for path in together]:
                intake.discard(self.library, stored)  # still being written: retry later
                return []
            added = self._add(together[0], stored, owner)
        except PASSING:
            intake.discard(self.library, stored)
            raise  # not caused by the files: they stay
        except (LibraryError, OSError) as error:
            intake.discard(self.library, stored)
            log.warning("watched folder: %s: %s", together[0].name, error)
            for path in together:
                self._set_aside(path, _reason(error))
            return []
        for path in together:
            self._delete(path)
        return list(added.source_ids)

    def _keep(self, path: Path, owner: Viewer) -> intake.KeptFile:
        """Check the size, the quota and the media type of a file, then copy it into the library.

        Raises:
            LibraryError: The file is too large, exceeds the quota, or is not readable.
            OSError: The file cannot be opened or read.
        """
        size = path.stat().st_size
        quota.check_size(self.library.settings, self.library.files, size)
        quota.check(self.library, owner.person_id, size)
        with path.open("rb") as stream:
            if kind_of(path.name, stream.read(HEAD)) is SourceKind.RECORDING:
                decode.probe(path)
            stream.seek(0)
            return intake.keep(self.library, path.name, pieces_of(stream))

    def _add(self, path: Path, stored: list[intake.KeptFile], owner: Viewer) -> intake.Added:
        """Create the session, in the collection that has the name of the subfolder."""
        collection = " / ".join(path.relative_to(self.folder).parts[:-1])

        def add_to_collection(db: Transaction, added: intake.Added) -> None:
            if collection:
                _add_to_collection(db, collection, added.session_id)

        note = kind_of(path.name) is SourceKind.NOTE
        described = Description(
            title=path.stem.replace("_", " ").replace("-", " ").strip().capitalize(),
            form=Form.NOTE if note else Form.ONE_TO_ONE,
        )
        return intake.create_session(self.library, owner, described, stored, also=add_to_collection)

    def _owner(self) -> Viewer | None:
        """Return the owner of imported files, or None if the configured account does not exist."""
        address = self.library.settings.watch_owner
        if not address:
            return OPERATOR
        with self.library.reading() as db:
            person = people.by_email(db, address)
        if person is None:
            self._say(f"the account {address} does not exist, so no files are imported")
            return None
        return people.viewer_of(person)

    def _say(self, problem: str) -> None:
        """Write a problem to the log, unless it is the same as the last one."""
        if problem != self._logged:
            log.error("watched folder: %s", problem)
        self._logged = problem

    def _set_aside(self, path: Path, reason: str) -> None:
        """Move a file to `Not taken in`, under a free name, with the reason in a text file."""
        inside = path.relative_to(self.folder)
        try:
            place = self.folder / ASIDE / inside.parent
            _make_like(self.folder, place)
            target = _free(place / path.name)
            path.rename(target)
            explanation = target.with_name(f"{target.name}.txt")
            explanation.write_text(reason + "\n", "utf-8")
            explanation.chmod(target.stat().st_mode & 0o777)  # readable by the same people
        except OSError as error:
            self._cannot(path, error)

    def _delete(self, path: Path) -> None:
        """Delete a file that the library has stored."""
        try:
            path.unlink()
        except OSError as error:
            self._cannot(path, error)

    def _cannot(self, path: Path, error: OSError) -> None:
        """Log that a file cannot be moved or deleted, and ignore it until it changes."""
        log.warning("watched folder: %s cannot be moved or deleted: %s", path, error)
        if (stamp := _stamp(path)) is not None:
            self._stuck[path] = stamp


def watched(library: Library) -> WatchedFolder | None:
    """Return the watched folder of the settings, created if missing; None if not configured.

    Raises:
        InvalidInputError: The folder cannot be created.
    """
    named = library.settings.watch_folder
    if not named:
        return None
    folder = Path(named)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(
            "The watched folder %(folder)s cannot be used (%(reason)s). "
            "Create it, or change LIVING_HISTORY_WATCH_FOLDER.",
            folder=folder,
            reason=error.strerror,
        ) from error
    return WatchedFolder(library, folder)


def _make_like(folder: Path, place: Path) -> None:
    """Create *place* below *folder* with the permissions of *folder*.

    People who can write to the folder must be able to fetch rejected files.
    """
    for path in [*reversed([p for p in place.parents if folder in p.parents]), place]:
        if not path.is_dir():
            path.mkdir()
            path.chmod(folder.stat().st_mode & 0o777)


def _add_to_collection(db: Transaction, title: str, session_id: int) -> None:
    """Put a session into the collection with this title. Create the collection if missing.

    Raises:
        InvalidInputError: Several collections have the title.
    """
    found = [c for c in collections.all_collections(db) if c.title == title[:200]]
    if len(found) > 1:
        raise InvalidInputError(
            "%(count)s collections are called “%(title)s”, so the name of the folder is "
            "ambiguous. Give the right collection another title, and give the folder this title "
            "as its name. You can also add the file on the site.",
            count=len(found),
            title=title[:200],
        )
    collection = found[0] if found else collections.add(db, OPERATOR, title=title)
    collections.append_session(db, OPERATOR, collection, session_id)


def _reason(error: LibraryError | OSError) -> str:
    if isinstance(error, LibraryError):
        return str(error)
    return gettext(
        "This file could not be read: %(reason)s. Check its permissions.",
        reason=error.strerror or error,
    )


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _free(path: Path) -> Path:
    """Return *path*, with a number appended to its stem if the name is taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate
