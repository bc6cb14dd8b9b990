"""Questions that found little: counted by consent, once a person, and forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.accounts import service
from library.errors import InvalidInputError, NotAllowedError
from library.models import MissedQuestion, now
from library.overview import missed
from library.withdrawal import leaving
from library.withdrawal.leaving import Wish


def rows(library):
    """(person, question) of all that is counted."""
    with library.reading() as db:
        found = db.scalars(select(MissedQuestion).order_by(MissedQuestion.id))
        return [(row.person_id, row.question) for row in found]


@pytest.fixture
def counting(library, admin):
    """A library that counts."""
    with library.transaction() as db:
        service.change(db, admin.viewer, replace(service.service(db), gap_map=True))


def ask(library, account, question):
    """Ask something that finds little."""
    with library.transaction() as db:
        missed.note(db, account.viewer, question)


def test_nothing_is_counted_unless_the_library_says_so(library, mentee):
    """The setting is off by default."""
    ask(library, mentee, "How do I say no?")

    assert rows(library) == []


@pytest.mark.usefixtures("counting")
def test_the_same_question_counts_once_a_person(library, mentee, mentor):
    """Whatever its case, accents and marks."""
    for question in ("How do I say no?", "how do i say  NO", "Hów do I say no!!"):
        ask(library, mentee, question)
    ask(library, mentor, "How do I say no?")
    ask(library, mentor, "?!")

    assert [person for person, _ in rows(library)] == [mentee.id, mentor.id]


@pytest.mark.usefixtures("counting")
def test_whoever_keeps_theirs_out_is_not_in_it(library, mentee):
    """What was counted goes at once, and nothing comes after it until they change their mind."""
    ask(library, mentee, "How do I say no?")
    with library.transaction() as db:
        missed.count_me(db, mentee.viewer, counted=False)
    ask(library, mentee, "And how yes?")
    gone = rows(library)
    with library.transaction() as db:
        missed.count_me(db, mentee.viewer, counted=True)
    ask(library, mentee, "And how yes?")

    assert gone == []
    assert rows(library) == [(mentee.id, "And how yes?")]


@pytest.mark.usefixtures("counting")
def test_switching_it_off_deletes_what_was_counted(library, admin, mentee):
    """Nothing waits for the setting to come back."""
    ask(library, mentee, "How do I say no?")

    with library.transaction() as db:
        service.change(db, admin.viewer, replace(service.service(db), gap_map=False))

    assert rows(library) == []


@pytest.mark.usefixtures("counting")
def test_old_questions_too_many_and_those_of_who_left_go(library, mentee, mentor):
    """A year, a hundred of one person, and nobody's behind their back."""
    for number in range(missed.MOST + 5):
        ask(library, mentee, f"Question {number}")
    with library.transaction() as db:
        oldest = db.scalar(select(MissedQuestion).order_by(MissedQuestion.id).limit(1))
        oldest.asked_at = now() - missed.KEPT - timedelta(days=1)
        left = oldest.question
    ask(library, mentor, "Something new")
    counted = rows(library)
    leaving.leave(library, mentee.viewer, mentee.id, Wish())

    assert len(counted) == missed.MOST
    assert left not in {question for _, question in counted}
    assert rows(library) == [(mentor.id, "Something new")]


def test_fewer_than_three_are_never_enough(library, admin):
    """Of two people each knows the other."""
    with pytest.raises(InvalidInputError), library.transaction() as db:
        service.change(db, admin.viewer, replace(service.service(db), gap_least=2))


def test_a_guest_has_nothing_to_keep_out(library):
    """Their questions are not counted at all."""
    with library.transaction() as db:
        missed.note(db, GUEST, "How do I say no?")
        with pytest.raises(NotAllowedError):
            missed.count_me(db, GUEST, counted=False)
    assert rows(library) == []
