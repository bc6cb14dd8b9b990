"""Key files in the home folder, written once, atomically, and readable by their owner only."""

import logging
import os
import secrets
from pathlib import Path

from library.errors import DamagedError
from library.files import convert_disk_errors

log = logging.getLogger(__name__)

SECRET, SEAL, RECEIPT = "secret_key", "seal_key", "receipt_key"
LEAST_SECRET = 32  # characters; a shorter secret can be guessed
SEAL_BYTES = RECEIPT_BYTES = 32
DAMAGED = "damaged"  # suffix of the name of a damaged key


def secret(home: Path) -> str:
    """Return the secret that signs cookies. The first call creates it.

    A damaged secret is renamed and replaced by a new one.
    """
    path = home / SECRET
    found = _text(path)
    if len(found.strip()) >= LEAST_SECRET:
        return found
    if path.exists():
        log.warning(
            "%s is empty or damaged. It was renamed and a new one is made. All people must sign in "
            "again, and people with one-time codes need a recovery code once. If a backup has the "
            "old file, stop the site and restore that file.",
            path,
        )
        path.replace(path.with_name(f"{SECRET}.{DAMAGED}"))
    make(path, secrets.token_hex(LEAST_SECRET).encode())
    return path.read_text()


def seal_key(home: Path, fresh: bytes) -> bytes:
    """Return the key of sealed files. The first call stores *fresh*.

    Raises:
        DamagedError: the key is missing or damaged, and sealed files exist.
    """
    path = home / SEAL
    if not path.exists():
        if any((home / "files" / "sealed").glob("*")):
            raise DamagedError(
                "The key %(path)s is missing. Sealed originals can be opened only with it. "
                "Nothing was changed. Restore the key from a backup (`seal_key` in the ZIP "
                "file).",
                path=path,
            )
        make(path, fresh)
    key = path.read_bytes()
    if len(key) != SEAL_BYTES:
        raise DamagedError(
            "The key %(path)s is damaged. Sealed originals can be opened only with it. Nothing "
            "was changed. Restore the key from a backup (`seal_key` in the ZIP file).",
            path=path,
        )
    return key


def receipt_key(home: Path) -> bytes:
    """Return the key of the hashes in removal receipts. The first call creates it.

    A damaged key is replaced by a new one. Receipts made with the damaged key can then no longer be
    checked for files on the disk.
    """
    path = home / RECEIPT
    if path.exists() and path.stat().st_size != RECEIPT_BYTES:
        log.warning("%s is damaged. It was renamed and a new one is made.", path)
        path.replace(path.with_name(f"{RECEIPT}.{DAMAGED}"))
    if not path.exists():
        make(path, secrets.token_bytes(RECEIPT_BYTES))
    return path.read_bytes()


def make(path: Path, content: bytes) -> None:
    """Write a key file atomically, with fsync. An existing file is not changed."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with convert_disk_errors():
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(unfinished, path)
        except FileExistsError:
            return  # another process created the key first
        except OSError:  # a disk without hard links
            if not path.exists():
                unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        with convert_disk_errors():
            return path.read_bytes().decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
