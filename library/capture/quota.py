"""How much a person may bring: the library's limit for a file, their own room, the disk's."""

from dataclasses import dataclass

from sqlalchemy import func, select, union_all

from library.access import Viewer, require_admin
from library.errors import InvalidInputError, TooLargeError
from library.files import Files
from library.models import MentoringSession, Person, Source, Upload, now
from library.settings import Settings
from library.store import Library, Transaction

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Room:
    """A person's quota and what they have used of it, in bytes; without a quota it is None."""

    quota: int | None
    used: int

    @property
    def left(self) -> int | None:
        """Bytes that they may still bring; None: no quota."""
        return None if self.quota is None else max(0, self.quota - self.used)


def room_of(db: Transaction, settings: Settings, person_id: int | None) -> Room:
    """The room of a person; whoever works on the library's own machine has no quota."""
    person = db.get(Person, person_id) if person_id is not None else None
    if person is None:
        return Room(quota=None, used=0)
    own = settings.quota_mb if person.quota_mb is None else person.quota_mb
    return Room(quota=own * MIB if own else None, used=_used(db, person.id))


def check(library: Library, person_id: int | None, size: int) -> None:
    """Refuse *size* bytes that a person has no room for.

    Raises:
        TooLargeError: it is over their quota; says how much is left.
    """
    with library.reading() as db:
        room = room_of(db, library.settings, person_id)
    if room.left is not None and size > room.left:
        raise TooLargeError(
            f"This is {in_words(size)}, but of your {in_words(room.quota or 0)} only "
            f"{in_words(room.left)} are left. Remove what you need no more, or ask the "
            "administrator for more room."
        )


def check_size(settings: Settings, files: Files, size: int) -> None:
    """Refuse a file that cannot be taken, before its first byte travels.

    Raises:
        InvalidInputError: it is empty.
        TooLargeError: it is over the limit, or the disk has no room for it.
    """
    if size <= 0:
        raise InvalidInputError("This file is empty: it holds 0 bytes. Choose the file once more.")
    if size > settings.max_upload_bytes:
        raise TooLargeError(
            f"This file is {in_words(size)}; this library takes files of up to "
            f"{in_words(settings.max_upload_bytes)}. Export it smaller, or ask the administrator "
            "to raise the limit."
        )
    if size > files.free_bytes():
        raise TooLargeError(
            f"This file is {in_words(size)}, but the library's disk has only "
            f"{in_words(files.free_bytes())} left. Ask the administrator to make room."
        )


def give(db: Transaction, viewer: Viewer, person: Person, mebibytes: int | None) -> None:
    """Give a person room of their own; None: the library's setting, 0: no limit.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    person.quota_mb = mebibytes
    db.flush()


def in_words(size: int) -> str:
    """A number of bytes as people read it, such as 1.5 GB."""
    value = float(size)
    for unit in ("bytes", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


def _used(db: Transaction, person_id: int) -> int:
    """Bytes of a person's originals and of what they have begun to bring; the same bytes once."""
    kept = (
        select(Source.sha256, Source.size)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(MentoringSession.owner_id == person_id, MentoringSession.deleted_at.is_(None))
    )
    coming = select(
        func.coalesce(Upload.sha256, Upload.id), func.coalesce(Upload.size, Upload.received)
    ).where(Upload.person_id == person_id, Upload.session_id.is_(None), Upload.expires_at >= now())
    both = union_all(kept, coming).subquery()
    name, size = both.c
    each = select(func.max(size).label("size")).group_by(name).subquery()
    return db.scalar(select(func.sum(each.c.size))) or 0
