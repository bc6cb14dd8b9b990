"""Idempotency keys: a repeated request with the same key gets the stored answer.

The keys follow the IETF draft draft-ietf-httpapi-idempotency-key-header, “The Idempotency-Key HTTP
Header Field”. The answer is committed together with the changes of the request. So after a
crash, both or neither are stored.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from library.errors import InvalidInputError
from library.models import AnsweredRequest, now
from library.store import Library, Transaction
from library.translation import mark

KEPT_FOR = timedelta(days=7)  # time in which a repetition is recognised


class KeyReusedError(InvalidInputError):
    """Error for an idempotency key that belongs to a different request."""

    message = mark(
        "This Idempotency-Key was used for another request. Use a new key for a new request."
    )


class AnsweredError(Exception):
    """Error for a repeated request. *answer* is the stored answer of the earlier request."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__("answered already")
        self.answer = answer


def earlier(db: Transaction, person_id: int, key: str, fingerprint: str) -> dict[str, Any] | None:
    """Return the stored answer of an equal earlier request, or None if there is none.

    Raises:
        KeyReusedError: the key belongs to a different request.
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
    """Store the answer of a request, in the transaction that makes its changes.

    Raises:
        AnsweredError: an equal request was answered in the meantime. Roll back *db*.
        KeyReusedError: the key belongs to a different request.
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
    """Delete stored answers that are older than `KEPT_FOR`."""
    with library.transaction() as db:
        db.execute(delete(AnsweredRequest).where(AnsweredRequest.created_at < now() - KEPT_FOR))
