"""Originals kept under seal: encrypted piece by piece, with a key that lies beside the library.

AES-256-GCM over pieces of 1 MiB as in the STREAM construction (Hoang, Reyhanitabar, Rogaway and
Vizár 2015): each piece is bound to its place and to whether it is the last, so none can be
dropped, swapped or cut off unnoticed.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from library import keys
from library.errors import InvalidInputError
from library.files import PIECE, storage_errors

SALT = 7  # bytes, random for each file; with four of the place and one for the end: a nonce
TAG = 16  # bytes that each encrypted piece is longer


def key_of(home: Path) -> bytes:
    """The key of a library's sealed files; made at its first use, readable by its owner alone.

    Raises:
        DamagedError: it is missing or cut off, and there are files that only it can open.
    """
    return keys.seal_key(home, AESGCM.generate_key(256))


def seal(original: Path, into: Path, key: bytes) -> int:
    """Encrypt *original* to *into*; gives the original's size in bytes.

    *into* appears only when it is whole and safe on the disk.
    """
    cipher, salt, number, size = AESGCM(key), secrets.token_bytes(SALT), 0, 0
    unfinished = into.with_name(f"{into.name}.part")
    with storage_errors(), original.open("rb") as file, unfinished.open("wb") as out:
        out.write(salt)
        piece = file.read(PIECE)
        while True:
            following = file.read(PIECE)
            out.write(cipher.encrypt(_nonce(salt, number, last=not following), piece, None))
            size, number = size + len(piece), number + 1
            if not following:
                break
            piece = following
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(into)
    return size


def unseal(path: Path, key: bytes) -> Iterator[bytes]:
    """The original's bytes, a piece at a time.

    Raises:
        InvalidInputError: the file was changed, or sealed with another key.
    """
    cipher, number = AESGCM(key), 0
    with path.open("rb") as file:
        salt = file.read(SALT)
        piece = file.read(PIECE + TAG)
        while True:
            following = file.read(PIECE + TAG)
            try:
                yield cipher.decrypt(_nonce(salt, number, last=not following), piece, None)
            except InvalidTag as error:
                raise InvalidInputError(
                    "This sealed file cannot be opened: it was changed, or the key in the "
                    "library's folder is another one. Restore both from a backup."
                ) from error
            if not following:
                return
            piece, number = following, number + 1


def _nonce(salt: bytes, number: int, *, last: bool) -> bytes:
    return salt + number.to_bytes(4, "big") + bytes([last])
