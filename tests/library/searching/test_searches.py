"""Searches of one's own are kept, limited, cleared, and nobody else's."""

import pytest

from library.access import GUEST
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.searching import searches


def test_what_was_asked_last_comes_first(library, mentee):
    """A history holds each question with its filters; asking the same again adds nothing."""
    with library.transaction() as db:
        searches.remember(db, mentee.viewer, "How do I delegate?")
        searches.remember(db, mentee.viewer, "How do I say no?", {"form": "peer"})
        searches.remember(db, mentee.viewer, "How do I say no?", {"form": "peer"})

    with library.reading() as db:
        kept = searches.history(db, mentee.viewer)
    assert [(k.question, k.filters) for k in kept] == [
        ("How do I say no?", {"form": "peer"}),
        ("How do I delegate?", {}),
    ]


def test_a_history_is_its_owners_alone(library, mentee, mentor, admin):
    """Neither another member, nor an administrator, nor a guest is shown it."""
    with library.transaction() as db:
        searches.remember(db, mentee.viewer, "How do I leave?")
        searches.remember(db, GUEST, "What is this?")

    with library.reading() as db:
        shown = [searches.history(db, viewer) for viewer in (mentor.viewer, admin.viewer, GUEST)]
    assert shown == [[], [], []]


def test_a_history_holds_the_last_hundred(library, mentee):
    """The oldest question goes when one too many is asked."""
    with library.transaction() as db:
        for number in range(searches.KEPT + 3):
            searches.remember(db, mentee.viewer, f"Question {number}?")

    with library.reading() as db:
        kept = searches.history(db, mentee.viewer)
    assert len(kept) == searches.KEPT
    assert kept[-1].question == "Question 3?"


def test_a_history_can_be_cleared(library, mentee, mentor):
    """Clearing forgets one's own questions and nobody else's."""
    with library.transaction() as db:
        searches.remember(db, mentee.viewer, "How do I leave?")
        searches.remember(db, mentor.viewer, "How do I stay?")

    with library.transaction() as db:
        searches.forget(db, mentee.viewer)

    with library.reading() as db:
        assert searches.history(db, mentee.viewer) == []
        assert len(searches.history(db, mentor.viewer)) == 1


def test_a_search_is_kept_under_its_name(library, mentee):
    """A name keeps one search, the newest; without a name the question is its name."""
    with library.transaction() as db:
        searches.save(db, mentee.viewer, name="Delegating", question="How?")
        searches.save(
            db, mentee.viewer, name="Delegating", question="When?", filters={"to": "2026"}
        )
        searches.save(db, mentee.viewer, name=" ", question="Who listens?")

    with library.reading() as db:
        kept = [(s.name, s.question, s.filters) for s in searches.saved(db, mentee.viewer)]
    assert kept == [
        ("Who listens?", "Who listens?", {}),
        ("Delegating", "When?", {"to": "2026"}),
    ]


def test_a_kept_search_is_removed_by_its_owner_only(library, mentee, admin):
    """For anybody else it is not there."""
    with library.transaction() as db:
        kept = searches.save(db, mentee.viewer, name="Mine", question="How?")

    with library.transaction() as db, pytest.raises(NotFoundError):
        searches.remove(db, admin.viewer, kept.id)
    with library.transaction() as db:
        searches.remove(db, mentee.viewer, kept.id)
        assert searches.saved(db, mentee.viewer) == []


def test_what_cannot_be_kept_is_said(library, mentee):
    """A guest has to sign in, and nothing asked is nothing to keep."""
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            searches.save(db, GUEST, name="x", question="How?")
        with pytest.raises(InvalidInputError):
            searches.save(db, mentee.viewer, name="x", question="  ")
