"""Idempotency keys of API requests (draft-ietf-httpapi-idempotency-key-header).

The key is a string of RFC 9651 in quotes. Keys without quotes are also accepted.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Request

from library import idempotency
from library.access import Viewer
from library.errors import InvalidInputError
from library.files import pieces_of
from library.store import Transaction
from web.http.context import library

LONGEST_KEY = 255  # characters


@dataclass(frozen=True, kw_only=True)
class IdempotentRequest:
    """Request with an idempotency key and the SHA-256 fingerprint of its content."""

    person_id: int
    key: str
    fingerprint: str

    def answer(self) -> dict[str, Any] | None:
        """Return the stored response of the earlier request, or None if the key is new.

        Raises:
            KeyReusedError: The key was used for a different request.
        """
        with library().reading() as db:
            return idempotency.earlier(db, self.person_id, self.key, self.fingerprint)

    def keep(self, db: Transaction, answer: dict[str, Any]) -> None:
        """Store the response *answer* in the transaction of the change that it confirms.

        Raises:
            AnsweredError: The same request was completed concurrently.
        """
        idempotency.keep(db, self.person_id, self.key, self.fingerprint, answer)


def repeatable(given: Request, who: Viewer) -> IdempotentRequest | None:
    """Return the request with its idempotency key, or None if it has no key.

    Raises:
        InvalidInputError: The key is empty, too long or contains other characters than ASCII.
    """
    header = given.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidInputError(
            "An Idempotency-Key must have 1 to %(number)s ASCII characters, such as a UUID.",
            number=LONGEST_KEY,
        )
    return IdempotentRequest(person_id=who.person_id or 0, key=key, fingerprint=_fingerprint(given))


def _fingerprint(given: Request) -> str:
    """Return the SHA-256 of URL, fields and files, independent of the multipart boundary."""
    digest = hashlib.sha256(f"{given.method} {given.full_path}".encode())
    for name in sorted(given.form):
        digest.update(repr((name, given.form.getlist(name))).encode())
    for name in sorted(given.files):
        for file in given.files.getlist(name):
            content = hashlib.sha256()
            for piece in pieces_of(file.stream):  # type: ignore[arg-type]  # IO[bytes] reads too
                content.update(piece)
            file.stream.seek(0)
            digest.update(repr((name, file.filename, content.hexdigest())).encode())
    return digest.hexdigest()
