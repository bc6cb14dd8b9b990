"""Whether anything of some words is left in a folder: in any file, in any writing."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from library.store import Library
from library.withdrawal import compaction

OPEN: list[BinaryIO] = []
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le")


def remains_of(home: Path, *secrets: str | bytes) -> list[str]:
    """Where one of *secrets* is found under *home*: file names, with what was found there.

    Looked for are the words in several encodings and either case, escaped as JSON escapes them,
    and bytes as they are (vectors); in files, in their names, and in what is packed in them.
    """
    wanted = [form for secret in secrets for form in _forms(secret)]
    found = []
    for path in sorted(home.rglob("*")):
        if not path.is_file() or "models" in path.parts:
            continue
        name = str(path.relative_to(home))
        contents = [name.encode().lower(), *_unpacked(read(path))]
        found += [
            f"{name}: {form!r}"
            for form in wanted
            if any(form in content or form in content.lower() for content in contents)
        ]
    return found


def left_in(library: Library, *secrets: str | bytes) -> list[str]:
    """Return what `remains_of` finds in a library's home once its worker has finished removals."""
    compaction.run(library)
    return remains_of(library.settings.home, *secrets)


def read(path: Path) -> bytes:
    """Read a file, and let a database's files stay open.

    Closing one would drop the locks that SQLite holds on it in this process (POSIX), and another
    process would take the log away.
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
    """The bytes themselves, and what is in them if they are an archive."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    if content[:2] in {b"\x78\x01", b"\x78\x9c", b"\x78\xda"}:
        with suppress(zlib.error):  # what is encrypted may begin so by chance
            yield zlib.decompress(content)
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
