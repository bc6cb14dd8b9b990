"""Tests of idempotency keys: answers are stored for repeated API requests."""

from datetime import timedelta

import pytest

from library import idempotency
from library.idempotency import AnsweredError, KeyReusedError
from library.models import AnsweredRequest, now


def test_the_same_request_gets_the_stored_answer(library, mentor, mentee):
    """A repeated API request gets the stored answer.

    The same person cannot use the idempotency key for another request.
    """
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})

        assert idempotency.earlier(db, mentor.id, "key", "print") == {"id": 7}
        assert idempotency.earlier(db, mentee.id, "key", "print") is None
        with pytest.raises(KeyReusedError):
            idempotency.earlier(db, mentor.id, "key", "another")


def test_the_second_of_two_requests_gets_the_answer_of_the_first(library, mentor):
    """If two requests use a key at once, the second gets an error with the answer of the first."""
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})
        with pytest.raises(AnsweredError) as lost:
            idempotency.keep(db, mentor.id, "key", "print", {"id": 8})

    assert lost.value.answer == {"id": 7}


def test_an_answer_is_deleted_after_a_week(library, mentor):
    """A stored API answer is deleted after a week. Its key can then be used again."""
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})
        old = db.get(AnsweredRequest, (mentor.id, "key"))
        old.created_at = now() - idempotency.KEPT_FOR - timedelta(minutes=1)
        db.flush()
        assert idempotency.earlier(db, mentor.id, "key", "another") is None

    idempotency.clear_old(library)

    with library.reading() as db:
        assert db.get(AnsweredRequest, (mentor.id, "key")) is None
