"""Search for words in all files of a folder, in several encodings and inside archives."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from library.removal import compaction
from library.store import Library

OPEN: list[BinaryIO] = []
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")


def remains_of(home: Path, *secrets: str | bytes) -> list[str]:
    """Return the files under *home* that contain a secret, with the encoding that matched.

    The search includes the names of files and the content of archives, but not the folder
    `models`. Words are searched in upper and lower case, in several encodings, and escaped as in
    JSON. Bytes, such as vectors, are searched unchanged.
    """
    forms = [form for secret in secrets for form in _forms(secret)]
    found = []
    for path in sorted(home.rglob("*")):
        if not path.is_file() or "models" in path.parts:
            continue
        name = str(path.relative_to(home))
        contents = [name.encode().lower(), *_unpacked(read(path))]
        found += [
            f"{name}: {form!r}"
            for form in forms
            if any(form in content or form in content.lower() for content in contents)
        ]
    return found


def left_in(library: Library, *secrets: str | bytes) -> list[str]:
    """Compact the database of a library. Return the files of its home that contain a secret."""
    compaction.run(library)
    return remains_of(library.settings.home, *secrets)


def read(path: Path) -> bytes:
    """Read a file. Do not close it if it belongs to a database.

    When a process closes a file, POSIX drops all locks of the process on that file, also those of
    SQLite. Another process could then remove the write-ahead log.
    """
    if ".db" not in path.name:
        return path.read_bytes()
    file = path.open("rb")
    OPEN.append(file)
    return file.read()


def _forms(secret: str | bytes) -> set[bytes]:
    if isinstance(secret, bytes):
        return {secret}
    text = secret.lower()
    escaped = text.encode("unicode_escape")
    return {text.encode(encoding) for encoding in ENCODINGS} | {
        escaped,
        escaped.replace(b"\\x", b"\\u00"),
    }


def _unpacked(content: bytes) -> Iterator[bytes]:
    """Yield the content of a file. If it is compressed, also yield the unpacked content.

    For a ZIP archive, also yield the names of the packed files.
    """
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    if content[:2] in {b"\x78\x01", b"\x78\x9c", b"\x78\xda"}:
        with suppress(zlib.error):  # encrypted content may begin with these bytes by chance
            yield zlib.decompress(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
