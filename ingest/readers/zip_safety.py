"""Checks of documents in ZIP format against zip bombs and XML entities."""

import io
import zipfile

from library.errors import InvalidInputError

LARGEST = 256 * 1024 * 1024  # bytes, unpacked
MOST_PARTS = 5_000
SMALL = 16 * 1024 * 1024  # bytes; up to this size, the compression ratio is not checked
DENSEST = 150  # maximum compression ratio; text reaches about 10
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


def open_checked(content: bytes, filename: str) -> zipfile.ZipFile:
    """Open a ZIP file after checks of its declared size, its parts and its XML.

    The declared size of a part can be trusted, because `zipfile` reads at most that many bytes.

    Raises:
        InvalidInputError: The file is damaged, unpacks to too many bytes or parts, or declares XML
            entities or a document type.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise damaged(filename) from error
    unpacked = sum(part.file_size for part in parts)
    packed = max(1, sum(part.compress_size for part in parts))
    dense = unpacked > SMALL and unpacked / min(packed, len(content)) > DENSEST
    if len(parts) > MOST_PARTS or unpacked > LARGEST or dense:
        raise InvalidInputError(
            "%(filename)s would unpack to far more data than a document has, so it was not "
            "opened. Save its words as plain text and add that file.",
            filename=filename,
        )
    _refuse_declarations(archive, filename)
    return archive


def damaged(filename: str) -> InvalidInputError:
    """Return the error for a document that cannot be opened."""
    return InvalidInputError(
        "%(filename)s is damaged or not complete. Open it in the program that wrote it, save "
        "it again, and add that file.",
        filename=filename,
    )


def _refuse_declarations(archive: zipfile.ZipFile, filename: str) -> None:
    """Reject XML parts that declare entities or a document type: only attacks contain them.

    Raises:
        InvalidInputError: A part contains a declaration or cannot be unpacked.
    """
    for part in archive.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            continue
        try:
            with archive.open(part) as opened:
                head = opened.read(4096)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise damaged(filename) from error
        if part.filename != "META-INF/manifest.xml" and any(mark in head for mark in DECLARED):
            raise InvalidInputError(
                "%(filename)s declares entities of its own, which is unsafe in XML, so it was not "
                "opened. "
                "Save its words as plain text and add that file.",
                filename=filename,
            )
