"""What can go wrong, as sentences for the person who sees them.

LibraryError
├── NotFoundError          nothing there, or nothing that this person may see
├── NotAllowedError        seen, but not this person's to change
├── InvalidInputError      what was given cannot be used as it is; says what to do
│   ├── TooLargeError      more bytes than this library takes
│   └── UnreadableMediaError  bytes that hold no sound or words
├── ConflictError          somebody or something else was there first
├── StorageFullError       the disk has no room left
├── WeightsError           a model's files are absent or not the pinned ones
├── NotReadyError          the library is not set up or is being migrated
└── UnusableError          the library's folder cannot be opened, read or written
    └── DamagedError       something in it is missing or not what it was
"""


class LibraryError(Exception):
    """Something that a person can understand and act on."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class NotFoundError(LibraryError):
    """There is nothing here, or nothing that you may see."""


class NotAllowedError(LibraryError):
    """This is not yours to change. Its owner or an administrator can."""


class InvalidInputError(LibraryError):
    """What was given cannot be used as it is."""


class TooLargeError(InvalidInputError):
    """This is larger than the library takes."""


class UnreadableMediaError(InvalidInputError):
    """No sound could be read from this file."""


class ConflictError(LibraryError):
    """Somebody changed this at the same time. Look at it again and repeat your change."""


class StorageFullError(LibraryError):
    """The library's disk is full. Nothing was lost; ask the administrator to make room."""


class WeightsError(LibraryError):
    """The files of a model are absent or not the ones that were pinned."""


class NotReadyError(LibraryError):
    """The library is not set up yet. Run `living-history serve` once."""


class UnusableError(LibraryError):
    """The library's folder cannot be opened, read or written. Nothing was lost."""


class DamagedError(UnusableError):
    """Something in the library's folder is damaged or missing. Restore it from a backup."""
