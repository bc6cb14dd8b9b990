"""Keyed hashes of removed files: only the library can test a file against them.

A keyed hash is the HMAC-SHA256 (RFC 2104) of the SHA-256 of the bytes, with a key in the home
folder.
"""

import hmac
from pathlib import Path
from typing import Any

from library import keys
from library.files import Files


def keyed(home: Path, sha256: str) -> str:
    """Return the keyed hash of bytes with this SHA-256. Both are hexadecimal digits."""
    return hmac.new(keys.receipt_key(home), bytes.fromhex(sha256), "sha256").hexdigest()


def of_kept(home: Path, files: Files, sha256: str) -> dict[str, Any] | None:
    """Return keyed hash and size in bytes of a stored file, or None if the file is missing."""
    place = files.place(sha256)
    if not place.is_file():
        return None
    return {"hash": keyed(home, sha256), "size": place.stat().st_size}
