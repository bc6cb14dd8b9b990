"""Limits for uploads: the size of one file, the person's quota, free disk space."""

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
class StorageQuota:
    """Quota of a person and its used part, in bytes. The quota is None if there is no limit."""

    quota: int | None
    used: int

    @property
    def left(self) -> int | None:
        """Unused bytes of the quota; None if there is no limit."""
        return None if self.quota is None else max(0, self.quota - self.used)


def quota_of(db: Transaction, settings: Settings, person_id: int | None) -> StorageQuota:
    """Return the quota of a person and its used part.

    Without a person, as for local commands, there is no limit.
    """
    person = db.get(Person, person_id) if person_id is not None else None
    if person is None:
        return StorageQuota(quota=None, used=0)
    own = settings.quota_mb if person.quota_mb is None else person.quota_mb
    return StorageQuota(quota=own * MIB if own else None, used=_used(db, person.id))


def check(library: Library, person_id: int | None, size: int) -> None:
    """Check that *size* bytes fit in a person's quota.

    Raises:
        TooLargeError: the quota is too small; the message gives the bytes left.
    """
    with library.reading() as db:
        storage = quota_of(db, library.settings, person_id)
    if storage.left is not None and size > storage.left:
        raise TooLargeError(
            "This file is %(size)s, but only %(left)s of your storage quota of %(quota)s are left. "
            "Remove what you no longer need, or ask the administrator for a larger quota.",
            size=in_words(size),
            left=in_words(storage.left),
            quota=in_words(storage.quota or 0),
        )


def check_size(settings: Settings, files: Files, size: int) -> None:
    """Check that a file can be accepted before its upload starts.

    Raises:
        InvalidInputError: the file is empty.
        TooLargeError: the file is over the limit, or the disk has too little free space.
    """
    if size <= 0:
        raise InvalidInputError("This file is empty: it holds 0 bytes. Choose another file.")
    if size > settings.max_upload_bytes:
        raise TooLargeError(
            "This file is %(size)s, but this library accepts files of up to %(limit)s. Export "
            "a smaller file, or ask the administrator to raise the limit.",
            size=in_words(size),
            limit=in_words(settings.max_upload_bytes),
        )
    if size > files.free_bytes():
        raise TooLargeError(
            "This file is %(size)s, but the library's disk has only %(free)s left. Ask the "
            "administrator to free space.",
            size=in_words(size),
            free=in_words(files.free_bytes()),
        )


def set_quota(db: Transaction, viewer: Viewer, person: Person, mebibytes: int | None) -> None:
    """Set a person's quota in MiB; None: the quota of the settings; 0: no limit.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    person.quota_mb = mebibytes
    db.flush()


def in_words(size: int) -> str:
    """Return a size in bytes as text, such as "1.5 GB"."""
    value = float(size)
    for unit in ("bytes", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"


def _used(db: Transaction, person_id: int) -> int:
    """Return the bytes of a person's originals and uploads. Equal files count once."""
    originals = (
        select(Source.sha256, Source.size)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(MentoringSession.owner_id == person_id, MentoringSession.deleted_at.is_(None))
    )
    open_uploads = select(
        func.coalesce(Upload.sha256, Upload.id), func.coalesce(Upload.size, Upload.received)
    ).where(Upload.person_id == person_id, Upload.session_id.is_(None), Upload.expires_at >= now())
    both = union_all(originals, open_uploads).subquery()
    name, size = both.c
    each = select(func.max(size).label("size")).group_by(name).subquery()
    return db.scalar(select(func.sum(each.c.size))) or 0
