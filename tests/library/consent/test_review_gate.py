"""Tests of the review gate: a released session may wait until a review accepts it."""

import pytest

from library.consent import review_gate
from library.consent.review_gate import Gate
from library.errors import NotAllowedError
from library.models import Release, Review, ReviewState, Visibility
from library.sessions import sessions
from tests.builders import add_session


def test_a_required_review_holds_a_released_session():
    """If a review is required, a released session stays in REVIEW until it is accepted."""
    waits, accepted = Review(state=ReviewState.SUBMITTED), Review(state=ReviewState.ACCEPTED)
    gated = review_gate.gated

    assert gated(Release.RELEASED, Gate(required=False, review=None)) is Release.RELEASED
    assert gated(Release.RELEASED, Gate(required=True, review=None)) is Release.REVIEW
    assert gated(Release.RELEASED, Gate(required=True, review=waits)) is Release.REVIEW
    assert gated(Release.RELEASED, Gate(required=True, review=accepted)) is Release.RELEASED
    assert gated(Release.WAITING, Gate(required=True, review=accepted)) is Release.WAITING


def test_the_switch_requires_a_review_of_every_shared_session(library, admin, mentor):
    """Only administrators can require a review of shared sessions.

    Private sessions need no review.
    """
    shared = add_session(library, owner=mentor, visibility=Visibility.MEMBERS).session_id
    private = add_session(
        library, title="Private", owner=mentor, visibility=Visibility.PRIVATE
    ).session_id
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            review_gate.keep_switch(db, mentor.viewer, on=True)
        assert review_gate.keep_switch(db, admin.viewer, on=True)
        assert not review_gate.keep_switch(db, admin.viewer, on=True)

        assert review_gate.required(db, sessions.get(db, shared))
        assert not review_gate.required(db, sessions.get(db, private))


def test_sessions_that_are_found_already_are_accepted(library, admin, mentor):
    """A session that members find when review is switched on counts as accepted."""
    found = add_session(library, owner=mentor, visibility=Visibility.MEMBERS).session_id
    with library.transaction() as db:
        review_gate.keep_switch(db, admin.viewer, on=True)
        review_gate.accept_what_is_found(db, admin.viewer, [found])

        assert db.get(Review, found).state is ReviewState.ACCEPTED
