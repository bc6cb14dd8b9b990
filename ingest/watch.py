"""A watched folder: what is put into it is taken in, and leaves it only when it is kept.

A file is taken once its size and time have stayed the same for a while. Files of one name, such as
talk.mp3 and talk.vtt, are one session; a subfolder's files go into the collection of its name.
What cannot be taken is moved to `Not taken in`, with the reason in a text beside it.
"""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from ingest import decode
from library.access import Viewer
from library.accounts import people
from library.capture import intake, quota
from library.editing.recognition import kind_of
from library.editing.signatures import HEAD
from library.errors import (
    InvalidInputError,
    LibraryError,
    NotReadyError,
    StorageFullError,
    UnusableError,
)
from library.files import pieces_of
from library.holdings import collections
from library.holdings.sessions import Description
from library.models import Form, Role, SourceKind
from library.store import Library, Transaction

log = logging.getLogger(__name__)

ASIDE = "Not taken in"
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download")
OPERATOR = Viewer(role=Role.ADMIN)
"""Whoever may write into the folder on the library's own machine speaks for its administrator."""

PASSING = (StorageFullError, NotReadyError, UnusableError)  # no file's fault

Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds


@dataclass
class WatchedFolder:
    """The folder of the settings; `look` takes what has come to rest in it."""

    library: Library
    folder: Path
    _seen: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)
    _stuck: dict[Path, Stamp] = field(default_factory=dict)  # handled, but could not be removed
    _said: str = ""

    def look(self, now: float | None = None) -> list[int]:
        """Take in what has stayed unchanged long enough; gives the sources to work on.

        *now* is in seconds, of a clock that never goes back.
        """
        added: list[int] = []
        try:
            owner = self._owner()
            ready = self._at_rest(time.monotonic() if now is None else now)
            if owner is not None:
                for together in intake.belonging_together(ready):
                    added += self._take(together, owner)
        except (OSError, *PASSING) as error:
            self._say(f"cannot be worked on now: {error}")
        return added

    def _at_rest(self, moment: float) -> list[Path]:
        """Files whose size and time have stayed the same, with all of their name."""
        seen: dict[Path, tuple[Stamp, float]] = {}
        for path in self._files():
            stamp = _stamp(path)
            if stamp is None or self._stuck.get(path) == stamp:
                continue
            before, since = self._seen.get(path, (stamp, moment))
            seen[path] = (stamp, since if before == stamp else moment)
        self._seen = seen
        patience = self.library.settings.watch_seconds
        restless = {
            p.with_suffix("") for p, (_, since) in seen.items() if moment - since < patience
        }
        return sorted(path for path in seen if path.with_suffix("") not in restless)

    def _files(self) -> list[Path]:
        """Files that may be taken: neither hidden, nor set aside, nor still being copied."""
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
        """Make a session of files that belong together, or set them aside with the reason."""
        before = [_stamp(path) for path in together]
        kept: list[intake.KeptFile] = []
        try:
            kept.extend(self._keep(path, owner) for path in together)
            if before != [_stamp(path) for path in together]:
                intake.discard(self.library, kept)  # somebody went on writing: it rests again later
                return []
            added = self._add(together[0], kept, owner)
        except PASSING:
            intake.discard(self.library, kept)
            raise  # not the files' fault: they stay where they are
        except (LibraryError, OSError) as error:
            intake.discard(self.library, kept)
            log.warning("watched folder: %s: %s", together[0].name, error)
            for path in together:
                self._set_aside(path, _reason(error))
            return []
        for path in together:
            self._let_go(path)
        return list(added.source_ids)

    def _keep(self, path: Path, owner: Viewer) -> intake.KeptFile:
        """Copy a file's bytes into the library, once it is known that they can be used.

        Raises:
            LibraryError: they cannot.
        """
        size = path.stat().st_size
        quota.check_size(self.library.settings, self.library.files, size)
        quota.check(self.library, owner.person_id, size)
        with path.open("rb") as stream:
            if kind_of(path.name, stream.read(HEAD)) is SourceKind.RECORDING:
                decode.probe(path)
            stream.seek(0)
            return intake.keep(self.library, path.name, pieces_of(stream))

    def _add(self, path: Path, kept: list[intake.KeptFile], owner: Viewer) -> intake.Added:
        """Make the session, in the collection that the subfolder names."""
        shelf = " / ".join(path.relative_to(self.folder).parts[:-1])

        def also(db: Transaction, added: intake.Added) -> None:
            if shelf:
                _put_on_shelf(db, shelf, added.session_id)

        note = kind_of(path.name) is SourceKind.NOTE
        described = Description(
            title=path.stem.replace("_", " ").replace("-", " ").strip().capitalize(),
            form=Form.NOTE if note else Form.ONE_TO_ONE,
        )
        return intake.take_in(self.library, owner, described, kept, also=also)

    def _owner(self) -> Viewer | None:
        """Who owns what comes from here; None where the setting names nobody: then nothing is."""
        address = self.library.settings.watch_owner
        if not address:
            return OPERATOR
        with self.library.reading() as db:
            person = people.by_email(db, address)
        if person is None:
            self._say(f"there is no account {address}, so nothing is taken in")
            return None
        return people.viewer_of(person)

    def _say(self, problem: str) -> None:
        """Write a problem to the log, once."""
        if problem != self._said:
            log.error("watched folder: %s", problem)
        self._said = problem

    def _set_aside(self, path: Path, reason: str) -> None:
        """Move a file out of the way, under a name that is free, and say why beside it."""
        inside = path.relative_to(self.folder)
        try:
            place = self.folder / ASIDE / inside.parent
            _make_like(self.folder, place)
            target = _free(place / path.name)
            path.rename(target)
            told = target.with_name(f"{target.name}.txt")
            told.write_text(reason + "\n", "utf-8")
            told.chmod(target.stat().st_mode & 0o777)  # who may read the file may read the reason
        except OSError as error:
            self._cannot(path, error)

    def _let_go(self, path: Path) -> None:
        """Remove a file whose bytes the library has."""
        try:
            path.unlink()
        except OSError as error:
            self._cannot(path, error)

    def _cannot(self, path: Path, error: OSError) -> None:
        """Leave a file that cannot be moved alone until it changes."""
        log.warning("watched folder: %s cannot be moved: %s", path, error)
        if (stamp := _stamp(path)) is not None:
            self._stuck[path] = stamp


def watched(library: Library) -> WatchedFolder | None:
    """The folder that the settings name, made if need be; None: they name none."""
    named = library.settings.watch_folder
    if not named:
        return None
    folder = Path(named)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(
            f"The watched folder {folder} cannot be used ({error.strerror}). "
            "Make it, or change LIVING_HISTORY_WATCH_FOLDER."
        ) from error
    return WatchedFolder(library, folder)


def _make_like(folder: Path, place: Path) -> None:
    """Make *place* below *folder*, open to the same people: they fetch what was not taken in."""
    for path in [*reversed([p for p in place.parents if folder in p.parents]), place]:
        if not path.is_dir():
            path.mkdir()
            path.chmod(folder.stat().st_mode & 0o777)


def _put_on_shelf(db: Transaction, title: str, session_id: int) -> None:
    """Put a session into the collection of this title, made if there is none.

    Raises:
        InvalidInputError: several collections have the title.
    """
    found = [c for c in collections.everything(db) if c.title == title[:200]]
    if len(found) > 1:
        raise InvalidInputError(
            f"{len(found)} collections are called “{title[:200]}”, and a folder cannot say which "
            "is meant. Give one of them another title and the folder its name, or add the file on "
            "the site."
        )
    shelf = found[0] if found else collections.add(db, OPERATOR, title=title)
    collections.put_in(db, OPERATOR, shelf, session_id)


def _reason(error: LibraryError | OSError) -> str:
    if isinstance(error, LibraryError):
        return str(error)
    return f"This file could not be read: {error.strerror or error}. Look at its permissions."


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _free(path: Path) -> Path:
    """*path*, or the same with a number where that name is taken."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate
