"""Documents that are zip files: looked over before anything is unpacked."""

import io
import zipfile

from library.errors import InvalidInputError

LARGEST = 256 * 1024 * 1024  # bytes, unpacked
MOST_PARTS = 5_000
SMALL = 16 * 1024 * 1024  # bytes; below, how well it is packed does not matter
DENSEST = 150  # times; what people write packs to a tenth at most
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


def looked_over(content: bytes, filename: str) -> zipfile.ZipFile:
    """The zip file in *content*, once it is known that it unpacks to what a document may be.

    A part never unpacks to more than it says: zipfile stops there.

    Raises:
        InvalidInputError: it is damaged, would unpack to too much, or is no plain document.
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
            f"{filename} would unpack to far more than a document holds, so it was not opened. "
            "Save its words as plain text, and add that."
        )
    _refuse_declarations(archive, filename)
    return archive


def damaged(filename: str) -> InvalidInputError:
    """The sentence for a document that cannot be opened."""
    return InvalidInputError(
        f"{filename} is damaged or not complete. Open it where it was written, save it once more, "
        "and add that."
    )


def _refuse_declarations(archive: zipfile.ZipFile, filename: str) -> None:
    """No office program writes entities into a document; only attacks do."""
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
                f"{filename} declares entities of its own, which documents do not, so it was not "
                "opened. Save its words as plain text, and add that."
            )
