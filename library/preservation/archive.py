"""File format of backups and exports: an uncompressed ZIP with a manifest of SHA-256 hashes.

Compression would hardly shrink recordings. Without it, a damaged byte affects one entry only.
"""

import hashlib
import json
import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from library import keys
from library.errors import InvalidInputError
from library.files import PIECE, pieces_of
from library.sessions import removal_record

BACKUP = "living-history backup"
EXPORT = "living-history export"
VERSION = 1
MANIFEST = "manifest.json"
DATABASE = "library.db"
REMOVALS = removal_record.NAME
KEYS = (keys.SECRET, keys.SEAL, keys.RECEIPT)  # files in the home folder
KEPT = re.compile(r"files/kept/([0-9a-f]{2})/(\1[0-9a-f]{62})")
SEALED = re.compile(r"files/sealed/([0-9a-f]{64})")
LOCAL_HEADER = 30  # bytes before an entry's name (ZIP, APPNOTE 4.3.7)
LENGTHS = 26  # offset of the lengths of name and extra field in the local header
TABLE = re.compile(r"tables/([a-z_]+)\.jsonl")
OLDEST = (1980, 1, 1, 0, 0, 0)  # earliest time of the ZIP format; entries store no time

Progress = Callable[[int, int], object]  # arguments: bytes done, bytes in total


@dataclass(frozen=True)
class Entry:
    """Name, size and SHA-256 that an entry of an archive must have."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """Manifest of a backup or an export."""

    made_at: str  # ISO 8601, UTC
    schema: str
    entries: dict[str, Entry]
    kind: str = BACKUP
    library: str = ""  # identity of the library; empty in backups from before migration 0030

    def as_json(self) -> bytes:
        """Return the manifest as JSON in UTF-8."""
        entries = [asdict(entry) for entry in self.entries.values()]
        about = {"format": self.kind, "version": VERSION}
        made = {"made_at": self.made_at, "schema": self.schema, "library": self.library}
        return json.dumps({**about, **made, "entries": entries}, indent=1).encode()


def put(archive: ZipFile, name: str, path: Path, report: Callable[[int], object]) -> Entry:
    """Write a file into an archive and return its entry for the manifest.

    Call *report* with the number of bytes of each piece.
    """
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(_info(name), "w", force_zip64=True) as out:
        for piece in pieces_of(file):
            digest.update(piece)
            out.write(piece)
            size += len(piece)
            report(len(piece))
    return Entry(name, size, digest.hexdigest())


def put_manifest(archive: ZipFile, manifest: Manifest) -> None:
    """Write the manifest into an archive."""
    archive.writestr(_info(MANIFEST), manifest.as_json())


def open_archive(path: Path) -> ZipFile:
    """Open an archive for reading.

    Raises:
        InvalidInputError: the file is not a ZIP, or its end is missing.
    """
    try:
        return ZipFile(path)
    except (BadZipFile, OSError) as error:
        raise InvalidInputError(
            "%(name)s is not a backup or an export of a library, or the end of the file is "
            "missing. Copy the file again, or choose another file.",
            name=path.name,
        ) from error


def read_manifest(archive: ZipFile, kind: str = BACKUP) -> Manifest:
    """Return the manifest of a backup or an export.

    Raises:
        InvalidInputError: the manifest cannot be read, or is of another format or version.
    """
    try:
        content = json.loads(archive.read(MANIFEST))
        if content["format"] != kind or content["version"] != VERSION:
            raise InvalidInputError(
                "This file is not a %(kind)s that this version of the program can read. Choose "
                "another file, or update the program.",
                kind=kind,
            )
        entries = [
            Entry(str(e["name"]), int(e["size"]), str(e["sha256"])) for e in content["entries"]
        ]
        safe = {entry.name: entry for entry in entries if _safe(entry)}
        made_at, schema = str(content["made_at"]), str(content["schema"])
        return Manifest(made_at, schema, safe, kind, str(content.get("library", "")))
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise InvalidInputError(
            "The manifest of the backup cannot be read, so its files cannot be checked. Use "
            "another backup. The recordings can still be extracted with any ZIP program."
        ) from error


def take(archive: ZipFile, entry: Entry, into: Path, report: Callable[[int], object]) -> bool:
    """Write the readable part of an entry to the file *into*. Return whether it is undamaged."""
    digest = hashlib.sha256()
    into.parent.mkdir(parents=True, exist_ok=True)
    with into.open("wb") as out:
        for piece in _pieces(archive, entry.name):
            digest.update(piece)
            out.write(piece)
            report(len(piece))
    return digest.hexdigest() == entry.sha256


def agrees(archive: ZipFile, entry: Entry, report: Callable[[int], object]) -> bool:
    """Return whether the content of an entry has the hash of the manifest."""
    digest = hashlib.sha256()
    for piece in _pieces(archive, entry.name):
        digest.update(piece)
        report(len(piece))
    return digest.hexdigest() == entry.sha256


def _pieces(archive: ZipFile, name: str) -> Iterator[bytes]:
    """Yield the bytes of an entry without a check of the ZIP checksum.

    If the checksum is wrong, `zipfile` does not return the last piece of the entry.
    """
    try:
        info = archive.getinfo(name)
    except KeyError:
        return
    with Path(archive.filename or "").open("rb") as file:
        file.seek(info.header_offset)
        header = file.read(LOCAL_HEADER)
        if len(header) < LOCAL_HEADER:
            return
        file.seek(sum(struct.unpack_from("<HH", header, LENGTHS)), os.SEEK_CUR)
        left = info.file_size
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _safe(entry: Entry) -> bool:
    """Return whether an entry has one of the names that backups and exports use.

    Another name could lead to a file outside the target folder.
    """
    name, patterns = entry.name, (KEPT, SEALED, TABLE)
    return name in {DATABASE, REMOVALS, *KEYS} or any(known.fullmatch(name) for known in patterns)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, OLDEST)
    info.compress_type, info.external_attr = ZIP_STORED, 0o600 << 16
    return info
