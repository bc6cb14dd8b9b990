"""Tests of missed questions: how they are counted, and when they are deleted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.accounts import service_settings
from library.errors import InvalidInputError, NotAllowedError
from library.models import UnansweredQuestion, now
from library.overview import missed_questions
from library.removal import account_deletion
from library.removal.account_deletion import DeletionRequest


def rows(library):
    """Return person id and text of every counted question, in the order of counting."""
    with library.reading() as db:
        found = db.scalars(select(UnansweredQuestion).order_by(UnansweredQuestion.id))
        return [(row.person_id, row.question) for row in found]


@pytest.fixture
def counting(library, admin):
    """Switch on the counting of missed questions."""
    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_map=True)
        )


def ask(library, account, question):
    """Record that a person's question had no good result."""
    with library.transaction() as db:
        missed_questions.note(db, account.viewer, question)


def test_nothing_is_counted_unless_the_library_says_so(library, mentee):
    """Missed questions are not counted by default."""
    ask(library, mentee, "How do I say no?")

    assert rows(library) == []


@pytest.mark.usefixtures("counting")
def test_the_same_question_counts_once_a_person(library, mentee, mentor):
    """A missed question counts once per person.

    Case, accents and punctuation do not matter.
    """
    for question in ("How do I say no?", "how do i say  NO", "Hów do I say no!!"):
        ask(library, mentee, question)
    ask(library, mentor, "How do I say no?")
    ask(library, mentor, "?!")

    assert [person for person, _ in rows(library)] == [mentee.id, mentor.id]


@pytest.mark.usefixtures("counting")
def test_questions_of_a_person_who_opted_out_are_not_counted(library, mentee):
    """If a person opts out, their counted questions are deleted.

    Later questions are counted only after the person opts in.
    """
    ask(library, mentee, "How do I say no?")
    with library.transaction() as db:
        missed_questions.set_counting(db, mentee.viewer, counted=False)
    ask(library, mentee, "And how yes?")
    after_opt_out = rows(library)
    with library.transaction() as db:
        missed_questions.set_counting(db, mentee.viewer, counted=True)
    ask(library, mentee, "And how yes?")

    assert after_opt_out == []
    assert rows(library) == [(mentee.id, "And how yes?")]


@pytest.mark.usefixtures("counting")
def test_switching_the_count_off_deletes_questions(library, admin, mentee):
    """If an administrator switches counting off, all counted questions are deleted."""
    ask(library, mentee, "How do I say no?")

    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_map=False)
        )

    assert rows(library) == []


@pytest.mark.usefixtures("counting")
def test_old_surplus_and_ownerless_questions_are_deleted(library, mentee, mentor):
    """Counted questions are deleted after a year, and with their person's account.

    At most a hundred questions of a person are stored.
    """
    for number in range(missed_questions.MOST + 5):
        ask(library, mentee, f"Question {number}")
    with library.transaction() as db:
        oldest = db.scalar(select(UnansweredQuestion).order_by(UnansweredQuestion.id).limit(1))
        oldest.asked_at = now() - missed_questions.KEPT - timedelta(days=1)
        oldest_question = oldest.question
    ask(library, mentor, "Something new")
    counted = rows(library)
    account_deletion.delete_account(library, mentee.viewer, mentee.id, DeletionRequest())

    assert len(counted) == missed_questions.MOST
    assert oldest_question not in {question for _, question in counted}
    assert rows(library) == [(mentor.id, "Something new")]


def test_a_minimum_below_three_is_refused(library, admin):
    """The number of people who must have asked a question cannot be set below three."""
    with pytest.raises(InvalidInputError), library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_least=2)
        )


def test_questions_of_guests_are_not_counted(library):
    """Questions of guests are not counted, and guests cannot opt out."""
    with library.transaction() as db:
        missed_questions.note(db, GUEST, "How do I say no?")
        with pytest.raises(NotAllowedError):
            missed_questions.set_counting(db, GUEST, counted=False)
    assert rows(library) == []


@pytest.mark.usefixtures("counting")
def test_a_person_who_opted_out_can_have_one_question_counted(library, mentee):
    """After an opt-out, only a question that the person asks to be counted is stored."""
    with library.transaction() as db:
        missed_questions.set_counting(db, mentee.viewer, counted=False)
        missed_questions.note(db, mentee.viewer, "How do I rest?")
        missed_questions.wish(db, mentee.viewer, "How do I say no?")

        assert missed_questions.is_stored(db, mentee.viewer, "how do I say NO")
        assert not missed_questions.is_stored(db, mentee.viewer, "How do I rest?")

    assert rows(library) == [(mentee.id, "How do I say no?")]


def test_a_wish_needs_a_library_that_counts_and_a_question(library, admin, mentee):
    """A wish is refused if the library counts no questions, if it has no words, and for guests."""
    with library.transaction() as db, pytest.raises(InvalidInputError, match="does not count"):
        missed_questions.wish(db, mentee.viewer, "How do I say no?")
    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_map=True)
        )
    for question in ("?!", "x" * 501):
        with library.transaction() as db, pytest.raises(InvalidInputError, match="500 characters"):
            missed_questions.wish(db, mentee.viewer, question)
    with library.transaction() as db, pytest.raises(NotAllowedError):
        missed_questions.wish(db, GUEST, "How do I say no?")

    assert rows(library) == []
