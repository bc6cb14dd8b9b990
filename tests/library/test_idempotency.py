"""Tests of idempotency: answers stored for repeated requests."""

from datetime import timedelta

import pytest

from library import idempotency
from library.idempotency import AnsweredError, KeyReusedError
from library.models import AnsweredRequest, now


def test_the_same_request_gets_the_stored_answer(library, mentor, mentee):
    """A repeated request gets the stored answer.

    The key is refused for another request of the person.
    """
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})

        assert idempotency.earlier(db, mentor.id, "key", "print") == {"id": 7}
        assert idempotency.earlier(db, mentee.id, "key", "print") is None
        with pytest.raises(KeyReusedError):
            idempotency.earlier(db, mentor.id, "key", "another")


def test_the_second_of_two_requests_gets_the_answer_of_the_first(library, mentor):
    """A second answer with the same key raises an error with the first answer."""
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})
        with pytest.raises(AnsweredError) as lost:
            idempotency.keep(db, mentor.id, "key", "print", {"id": 8})

    assert lost.value.answer == {"id": 7}


def test_an_answer_is_deleted_after_a_week(library, mentor):
    """A stored answer is deleted after its time, and its key is free."""
    with library.transaction() as db:
        idempotency.keep(db, mentor.id, "key", "print", {"id": 7})
        old = db.get(AnsweredRequest, (mentor.id, "key"))
        old.created_at = now() - idempotency.KEPT_FOR - timedelta(minutes=1)
        db.flush()
        assert idempotency.earlier(db, mentor.id, "key", "another") is None

    idempotency.clear_old(library)

    with library.reading() as db:
        assert db.get(AnsweredRequest, (mentor.id, "key")) is None
