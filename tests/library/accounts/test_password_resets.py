"""Tests of password resets: links that set a new password."""

import pytest

from library.accounts import password_resets, people, sign_ins
from library.errors import NotFoundError
from tests.builders import begin_sign_in


def test_a_link_sets_the_password_once_and_ends_all_sign_ins(library, mentor):
    """A reset link sets the password once and ends all sign-ins of the person."""
    with library.transaction() as db:
        cookie = begin_sign_in(db, mentor.id)
        _, token = password_resets.offer(db, mentor.email.upper())
        password_resets.finish(db, mentor.id, token, "a hash", address="")

        assert people.get(db, mentor.id).password_hash == "a hash"
        assert sign_ins.by_token(db, cookie) is None
        with pytest.raises(NotFoundError):
            password_resets.finish(db, mentor.id, token, "another", address="")


def test_a_second_link_waits(library, mentor):
    """A mailbox gets no second reset link directly after the first.

    An unknown address gets no reset link.
    """
    with library.transaction() as db:
        first = password_resets.offer(db, mentor.email)
        second = password_resets.offer(db, mentor.email)
        unknown = password_resets.offer(db, "unknown@example.org")

    assert first is not None
    assert (second, unknown) == (None, None)
