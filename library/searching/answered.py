"""Requests that may be repeated without harm: the same key gives the same answer.

After the IETF draft draft-ietf-httpapi-idempotency-key-header, “The Idempotency-Key HTTP Header
Field”. The answer is kept in the transaction of the work: a crash keeps both or neither.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from library.errors import InvalidInputError
from library.models import AnsweredRequest, now
from library.store import Library, Transaction

KEPT_FOR = timedelta(days=7)  # for this long a repetition is recognised


class KeyReusedError(InvalidInputError):
    """This Idempotency-Key came with another request before. Use a new key for a new request."""


class AnsweredError(Exception):
    """Another request with the same key was faster; *answer* is what it got."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("answered already")
        self.answer = answer


def earlier(db: Transaction, person_id: int, key: str, fingerprint: str) -> dict[str, Any] | None:
    """What the same request was answered with before; None when it is new.

    Raises:
        KeyReusedError: the key belongs to another request.
    """
    found = db.get(AnsweredRequest, (person_id, key))
    if found is None or found.created_at < now() - KEPT_FOR:
        return None
    if found.fingerprint != fingerprint:
        raise KeyReusedError
    return found.answer


def keep(
    db: Transaction, person_id: int, key: str, fingerprint: str, answer: dict[str, Any]
) -> None:
    """Remember an answer, in the transaction of what was done for it.

    Raises:
        AnsweredError: the same request was answered meanwhile; nothing of this one may stay.
        KeyReusedError: the key belongs to another request.
    """
    if (known := earlier(db, person_id, key, fingerprint)) is not None:
        raise AnsweredError(known)
    db.merge(
        AnsweredRequest(
            person_id=person_id,
            key=key,
            fingerprint=fingerprint,
            answer=answer,
            created_at=now(),
        )
    )


def clear_old(library: Library) -> None:
    """Forget answers that nobody asks for again."""
    with library.transaction() as db:
        db.execute(delete(AnsweredRequest).where(AnsweredRequest.created_at < now() - KEPT_FOR))
