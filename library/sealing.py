"""Encryption of sealed originals in pieces, with a key file in the home folder.

AES-256-GCM over pieces of 1 MiB as in the STREAM construction (Hoang, Reyhanitabar, Rogaway and
Vizár 2015): each piece is bound to its position and to whether it is the last. So a swapped or
missing piece is detected.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from library import keys
from library.errors import InvalidInputError
from library.files import PIECE, convert_disk_errors

SALT = 7  # random bytes of each file; the nonce adds 4 bytes of position and 1 end flag
TAG = 16  # bytes that encryption adds to each piece


def key_of(home: Path) -> bytes:
    """Return the key of a library's sealed files. The first call creates it.

    Raises:
        DamagedError: the key is missing or damaged, and sealed files exist.
    """
    return keys.seal_key(home, AESGCM.generate_key(256))


def seal(original: Path, into: Path, key: bytes) -> int:
    """Encrypt *original* to *into*. Return the size of the original in bytes.

    The file *into* exists only after all bytes are written and fsync has returned.
    """
    cipher, salt, number, size = AESGCM(key), secrets.token_bytes(SALT), 0, 0
    unfinished = into.with_name(f"{into.name}.part")
    with convert_disk_errors(), original.open("rb") as file, unfinished.open("wb") as out:
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
    """Decrypt a sealed file: yield the bytes of the original in pieces of at most 1 MiB.

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
                    "This sealed file cannot be opened: the file or the key in the library's "
                    "folder was changed. Restore both from a backup."
                ) from error
            if not following:
                return
            piece, number = following, number + 1


def _nonce(salt: bytes, number: int, *, last: bool) -> bytes:
    return salt + number.to_bytes(4, "big") + bytes([last])
