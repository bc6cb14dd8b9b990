"""A backup as a file: a ZIP whose entries are stored as they are, with a manifest of hashes.

Nothing is compressed: recordings hardly shrink, and a damaged byte then costs one entry only.
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
from library.holdings import removal_record

BACKUP = "living-history backup"
EXPORT = "living-history export"
VERSION = 1
MANIFEST = "manifest.json"
DATABASE = "library.db"
REMOVALS = removal_record.NAME
KEYS = (keys.SECRET, keys.SEAL, keys.RECEIPT)  # files of the library's folder
KEPT = re.compile(r"files/kept/([0-9a-f]{2})/(\1[0-9a-f]{62})")
SEALED = re.compile(r"files/sealed/([0-9a-f]{64})")
LOCAL_HEADER = 30  # bytes before an entry's name (ZIP, APPNOTE 4.3.7)
LENGTHS = 26  # where it says how long its name and its extra field are
TABLE = re.compile(r"tables/([a-z_]+)\.jsonl")
OLDEST = (1980, 1, 1, 0, 0, 0)  # a ZIP knows no earlier time; entries carry none

Progress = Callable[[int, int], object]  # bytes done, and in all


@dataclass(frozen=True)
class Entry:
    """What an entry should hold."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    made_at: str  # ISO 8601, UTC
    schema: str
    entries: dict[str, Entry]
    kind: str = BACKUP
    library: str = ""  # its identity; empty in backups of versions before 0030

    def as_json(self) -> bytes:
        """The manifest as it stands in the file."""
        entries = [asdict(entry) for entry in self.entries.values()]
        about = {"format": self.kind, "version": VERSION}
        made = {"made_at": self.made_at, "schema": self.schema, "library": self.library}
        return json.dumps({**about, **made, "entries": entries}, indent=1).encode()


def put(archive: ZipFile, name: str, path: Path, told: Callable[[int], object]) -> Entry:
    """Write a file into a backup; *told* hears of the bytes of each piece."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file, archive.open(_info(name), "w", force_zip64=True) as out:
        for piece in pieces_of(file):
            digest.update(piece)
            out.write(piece)
            size += len(piece)
            told(len(piece))
    return Entry(name, size, digest.hexdigest())


def put_manifest(archive: ZipFile, manifest: Manifest) -> None:
    """Write what a backup says about itself."""
    archive.writestr(_info(MANIFEST), manifest.as_json())


def open_archive(path: Path) -> ZipFile:
    """A backup, to be read.

    Raises:
        InvalidInputError: it is none, or its end is missing.
    """
    try:
        return ZipFile(path)
    except (BadZipFile, OSError) as error:
        raise InvalidInputError(
            f"{path.name} is no backup of a library, or its end is missing: it may have been cut "
            "off while it was copied."
        ) from error


def read_manifest(archive: ZipFile, kind: str = BACKUP) -> Manifest:
    """What a backup or an export says about itself.

    Raises:
        InvalidInputError: it says nothing that can be understood.
    """
    try:
        content = json.loads(archive.read(MANIFEST))
        if content["format"] != kind or content["version"] != VERSION:
            raise InvalidInputError(
                f"This is not a {kind} that this version of the program can read."
            )
        entries = [
            Entry(str(e["name"]), int(e["size"]), str(e["sha256"])) for e in content["entries"]
        ]
        safe = {entry.name: entry for entry in entries if _safe(entry)}
        made_at, schema = str(content["made_at"]), str(content["schema"])
        return Manifest(made_at, schema, safe, kind, str(content.get("library", "")))
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise InvalidInputError(
            "The backup's list of its files cannot be read, so nothing in it can be checked. Take "
            "another backup. Its recordings can still be taken out with any ZIP program."
        ) from error


def take(archive: ZipFile, entry: Entry, into: Path, told: Callable[[int], object]) -> bool:
    """Write an entry to *into*; whether it holds what it should. What could be read is written."""
    digest = hashlib.sha256()
    into.parent.mkdir(parents=True, exist_ok=True)
    with into.open("wb") as out:
        for piece in _pieces(archive, entry.name):
            digest.update(piece)
            out.write(piece)
            told(len(piece))
    return digest.hexdigest() == entry.sha256


def agrees(archive: ZipFile, entry: Entry, told: Callable[[int], object]) -> bool:
    """Whether an entry holds what it should."""
    digest = hashlib.sha256()
    for piece in _pieces(archive, entry.name):
        digest.update(piece)
        told(len(piece))
    return digest.hexdigest() == entry.sha256


def _pieces(archive: ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of an entry as they lie in the file: a damaged one is given as it is.

    `zipfile` itself would keep the last piece of an entry whose checksum is wrong to itself.
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
    """Whether an entry may be written below a folder: one of the names that backups have."""
    name, patterns = entry.name, (KEPT, SEALED, TABLE)
    return name in {DATABASE, REMOVALS, *KEYS} or any(known.fullmatch(name) for known in patterns)


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, OLDEST)
    info.compress_type, info.external_attr = ZIP_STORED, 0o600 << 16
    return info
