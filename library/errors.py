"""Errors of the library, with messages for the people who see them.

LibraryError
├── NotFoundError          does not exist, or the viewer may not see it
├── NotAllowedError        the viewer may see it, but not change it
├── InvalidInputError      the input is not valid; the message says what to do
│   ├── TooLargeError      more bytes than the library accepts
│   └── UnreadableMediaError  the file contains no readable sound or words
├── ConflictError          changed by another person or process in the meantime
├── StorageFullError       the disk is full
├── WeightsError           model files are missing or do not have the pinned hash
├── NotReadyError          the library is not set up or is being migrated
└── UnusableError          the library's folder cannot be opened, read or written
    └── DamagedError       data in it is missing or changed
"""

from typing import ClassVar

from library.translation import gettext, mark


class LibraryError(Exception):
    """Error with a message that a person can act on.

    The constructor translates the message. *values* fill its `%(name)s` placeholders.
    """

    message: ClassVar[str] = mark("This did not work. Try again.")
    """Default message, before translation."""

    def __init__(self, message: str | None = None, /, **values: object) -> None:
        super().__init__(gettext(message or self.message, **values))


class NotFoundError(LibraryError):
    """Error for something that does not exist or that the viewer may not see."""

    message = mark("This was not found, or you may not see it.")


class NotAllowedError(LibraryError):
    """Error for a change that the viewer may not make."""

    message = mark("Only the owner or an administrator can change this.")


class InvalidInputError(LibraryError):
    """Error for input that is not valid."""

    message = mark("The input is not valid. Correct it and try again.")


class TooLargeError(InvalidInputError):
    """Error for more bytes than the library accepts."""

    message = mark("This is larger than the library accepts. Choose a smaller file.")


class UnreadableMediaError(InvalidInputError):
    """Error for a file without readable sound or words."""

    message = mark("No sound could be read from this file. Choose another file.")


class ConflictError(LibraryError):
    """Error for something that another person or process changed in the meantime."""

    message = mark("This was changed at the same time. Reload it and repeat your change.")


class StorageFullError(LibraryError):
    """Error for a full disk."""

    message = mark(
        "The library's disk is full. Nothing was lost. Ask an administrator to free space."
    )


class WeightsError(LibraryError):
    """Error for model files that are missing or do not have the pinned hash."""

    message = mark(
        "The files of a model are missing or do not have the pinned hashes. Install the "
        "dependencies again."
    )


class NotReadyError(LibraryError):
    """Error for a library that is not set up or is being migrated."""

    message = mark("The library is not set up yet. Run `living-history serve` once.")


class UnusableError(LibraryError):
    """Error for a library's folder that cannot be opened, read or written."""

    message = mark(
        "The library's folder cannot be opened, read or written. Nothing was lost. "
        "Check the disk and the permissions of the folder."
    )


class DamagedError(UnusableError):
    """Error for missing or changed data in the library's folder."""

    message = mark(
        "Something in the library's folder is damaged or missing. Restore it from a backup."
    )
