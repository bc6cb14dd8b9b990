"""Tests of saved searches and the search history: who sees them, and their limits."""

import pytest

from library.access import GUEST
from library.discovery import saved_searches
from library.errors import InvalidInputError, NotAllowedError, NotFoundError


def test_the_newest_question_comes_first(library, mentee):
    """The search history lists each question once, newest first, with its filters."""
    with library.transaction() as db:
        saved_searches.remember(db, mentee.viewer, "How do I delegate?")
        saved_searches.remember(db, mentee.viewer, "How do I say no?", {"form": "peer"})
        saved_searches.remember(db, mentee.viewer, "How do I say no?", {"form": "peer"})

    with library.reading() as db:
        history = saved_searches.history(db, mentee.viewer)
    assert [(k.question, k.filters) for k in history] == [
        ("How do I say no?", {"form": "peer"}),
        ("How do I delegate?", {}),
    ]


def test_a_history_is_its_owners_alone(library, mentee, mentor, admin):
    """The search history of a person is not shown to other members, administrators or guests."""
    with library.transaction() as db:
        saved_searches.remember(db, mentee.viewer, "How do I leave?")
        saved_searches.remember(db, GUEST, "What is this?")

    with library.reading() as db:
        histories = [
            saved_searches.history(db, viewer) for viewer in (mentor.viewer, admin.viewer, GUEST)
        ]
    assert histories == [[], [], []]


def test_a_history_holds_the_last_hundred(library, mentee):
    """The search history has at most the newest hundred questions of a person."""
    with library.transaction() as db:
        for number in range(saved_searches.HISTORY_LIMIT + 3):
            saved_searches.remember(db, mentee.viewer, f"Question {number}?")

    with library.reading() as db:
        history = saved_searches.history(db, mentee.viewer)
    assert len(history) == saved_searches.HISTORY_LIMIT
    assert history[-1].question == "Question 3?"


def test_a_history_can_be_cleared(library, mentee, mentor):
    """Clearing the search history deletes only the person's own questions."""
    with library.transaction() as db:
        saved_searches.remember(db, mentee.viewer, "How do I leave?")
        saved_searches.remember(db, mentor.viewer, "How do I stay?")

    with library.transaction() as db:
        saved_searches.forget(db, mentee.viewer)

    with library.reading() as db:
        assert saved_searches.history(db, mentee.viewer) == []
        assert len(saved_searches.history(db, mentor.viewer)) == 1


def test_a_search_is_kept_under_its_name(library, mentee):
    """Saving a search under an existing name replaces the earlier search.

    A search without a name is saved with its question as the name.
    """
    with library.transaction() as db:
        saved_searches.save(db, mentee.viewer, name="Delegating", question="How?")
        saved_searches.save(
            db, mentee.viewer, name="Delegating", question="When?", filters={"to": "2026"}
        )
        saved_searches.save(db, mentee.viewer, name=" ", question="Who listens?")

    with library.reading() as db:
        searches = [
            (s.name, s.question, s.filters) for s in saved_searches.saved(db, mentee.viewer)
        ]
    assert searches == [
        ("Who listens?", "Who listens?", {}),
        ("Delegating", "When?", {"to": "2026"}),
    ]


def test_a_kept_search_is_removed_by_its_owner_only(library, mentee, admin):
    """Only the owner of a saved search can remove the search."""
    with library.transaction() as db:
        saved = saved_searches.save(db, mentee.viewer, name="Mine", question="How?")

    with library.transaction() as db, pytest.raises(NotFoundError):
        saved_searches.remove(db, admin.viewer, saved.id)
    with library.transaction() as db:
        saved_searches.remove(db, mentee.viewer, saved.id)
        assert saved_searches.saved(db, mentee.viewer) == []


def test_an_invalid_search_is_not_saved(library, mentee):
    """Guests cannot save a search, and a search needs a question."""
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            saved_searches.save(db, GUEST, name="x", question="How?")
        with pytest.raises(InvalidInputError):
            saved_searches.save(db, mentee.viewer, name="x", question="  ")
