"""The keys that lie in the home folder: made once, whole or not at all, for their owner alone."""

import logging
import os
import secrets
from pathlib import Path

from library.errors import DamagedError
from library.files import storage_errors

log = logging.getLogger(__name__)

SECRET, SEAL, RECEIPT = "secret_key", "seal_key", "receipt_key"
LEAST_SECRET = 32  # characters; a shorter secret could be guessed
SEAL_BYTES = RECEIPT_BYTES = 32
DAMAGED = "damaged"  # what the name of a key ends in that was put aside


def secret(home: Path) -> str:
    """The secret that signs cookies, made at the first start.

    One that is cut off or is no text is put aside and made anew.
    """
    path = home / SECRET
    found = _text(path)
    if len(found.strip()) >= LEAST_SECRET:
        return found
    if path.exists():
        log.warning(
            "%s is empty or damaged. It is put aside and a new one is made, so everybody signs in "
            "again, and whoever uses one-time codes needs a recovery code once. If a backup has "
            "the old one, stop the site and put it back.",
            path,
        )
        path.replace(path.with_name(f"{SECRET}.{DAMAGED}"))
    make(path, secrets.token_hex(LEAST_SECRET).encode())
    return path.read_text()


def seal_key(home: Path, fresh: bytes) -> bytes:
    """The key of a library's sealed files; *fresh* at its first use.

    Raises:
        DamagedError: it is missing or cut off, and there are files that only it can open.
    """
    path = home / SEAL
    if not path.exists():
        if any((home / "files" / "sealed").glob("*")):
            raise _unopenable(path, "is missing")
        make(path, fresh)
    key = path.read_bytes()
    if len(key) != SEAL_BYTES:
        raise _unopenable(path, "is damaged")
    return key


def receipt_key(home: Path) -> bytes:
    """Return the key of the hashes in receipts of removals, made at the first removal.

    One that is cut off is put aside and made anew: older receipts then cannot be looked for.
    """
    path = home / RECEIPT
    if path.exists() and path.stat().st_size != RECEIPT_BYTES:
        log.warning("%s is damaged, so it is put aside and a new one is made.", path)
        path.replace(path.with_name(f"{RECEIPT}.{DAMAGED}"))
    if not path.exists():
        make(path, secrets.token_bytes(RECEIPT_BYTES))
    return path.read_bytes()


def make(path: Path, content: bytes) -> None:
    """Write a key under its name once it is safe on the disk; the first one is never replaced."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with storage_errors():
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(unfinished, path)
        except FileExistsError:
            return  # another process was first
        except OSError:  # a disk without hard links
            if not path.exists():
                unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        with storage_errors():
            return path.read_bytes().decode()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def _unopenable(path: Path, what: str) -> DamagedError:
    return DamagedError(
        f"The key {path} {what}, and the originals under seal can be opened with it only. Nothing "
        "was changed. Put it back from a backup (`seal_key` in the ZIP file)."
    )
