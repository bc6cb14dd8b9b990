"""A request of a program that may be sent again: the Idempotency-Key and what it stands for.

After draft-ietf-httpapi-idempotency-key-header; the key is a string of RFC 9651, in quotes, and
is taken without them too.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Request

from library.access import Viewer
from library.errors import InvalidInputError
from library.files import pieces_of
from library.searching import answered
from library.store import Transaction
from web.context import library

LONGEST_KEY = 255  # characters


@dataclass(frozen=True, kw_only=True)
class Repeatable:
    """A request with its key, and the SHA-256 of what it asks for."""

    person_id: int
    key: str
    fingerprint: str

    def answer(self) -> dict[str, Any] | None:
        """What it was answered with before; None when it is new.

        Raises:
            KeyReusedError: the key belongs to another request.
        """
        with library().reading() as db:
            return answered.earlier(db, self.person_id, self.key, self.fingerprint)

    def keep(self, db: Transaction, answer: dict[str, Any]) -> None:
        """Remember the answer, in the transaction of what was done for it.

        Raises:
            AnsweredError: the same request was faster.
        """
        answered.keep(db, self.person_id, self.key, self.fingerprint, answer)


def repeatable(given: Request, who: Viewer) -> Repeatable | None:
    """The request as one that may be sent again; None without a key.

    Raises:
        InvalidInputError: the key is not one.
    """
    header = given.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    if not 0 < len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidInputError(
            f"An Idempotency-Key is a text of 1 to {LONGEST_KEY} plain characters, such as a UUID."
        )
    return Repeatable(person_id=who.person_id or 0, key=key, fingerprint=_fingerprint(given))


def _fingerprint(given: Request) -> str:
    """SHA-256 of address, fields and files; the boundary between parts may differ."""
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
