"""Tests of unanswered questions, which are shown only if enough people asked them."""

from dataclasses import replace

import pytest

from library.access import GUEST
from library.accounts import people, service_settings
from library.errors import NotAllowedError
from library.models import Role
from library.overview import missed_questions
from search.overview.gaps import gaps
from tests.builders import add_account

MEANT = {  # number of the subject by a word of the question
    "delegate": 0,
    "delegating": 0,
    "visa": 1,
    "marathon": 2,
}


class SubjectEmbedder:
    """Embedder with one vector for each subject. All questions on the subject have this vector."""

    model, dimension, words = "subjects", 4, frozenset()

    def embed_questions(self, texts):
        """Return unit vectors of subjects, shape (n, 4), as for passages."""
        return self.embed_passages(texts)

    def embed_passages(self, texts):
        """Return a unit vector for each text, shape (n, 4), which has a 1 at its subject's number.

        For a text on none of the three subjects, the 1 is at the last place.
        """
        import numpy as np

        rows = np.zeros((len(texts), 4), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next((axis for word, axis in MEANT.items() if word in text.lower()), 3)] = 1
        return rows


@pytest.fixture
def crowd(library, admin):
    """Five people in a library that counts unanswered questions."""
    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_map=True)
        )
    return [add_account(library, f"Person {n}", Role.MENTEE) for n in range(5)]


def ask(library, who, *questions):
    """Record one missed question for each person in *who*."""
    with library.transaction() as db:
        for account, question in zip(who, questions, strict=False):
            missed_questions.note(db, account.viewer, question)


def gaps_for(library, viewer, embedder=None):
    """Return the unanswered questions that a viewer sees."""
    with library.reading() as db:
        return gaps(db, viewer, embedder or SubjectEmbedder())


def test_a_question_of_two_people_is_not_shown(library, crowd, admin):
    """A question that only two people asked is neither shown nor counted."""
    ask(library, crowd[:2], "How do I delegate?", "How do I delegate?")
    ask(library, crowd[:1], "When do I delegate the marathon?")

    found = gaps_for(library, admin.viewer)

    assert (found.told, found.untold) == ([], 0)


def test_the_same_question_of_three_people_is_shown(library, crowd, admin):
    """A question that three people asked in the same words is shown with the number of people."""
    ask(library, crowd[:3], *["How do I delegate?"] * 3)

    (gap,) = gaps_for(library, admin.viewer).told

    assert (gap.people, gap.question) == (3, "How do I delegate?")


def test_different_wordings_show_only_shared_words(library, crowd, admin):
    """Of different questions on one subject, only words that enough people used are shown."""
    ask(
        library,
        crowd[:4],
        "How should I delegate to Zebediah who is slow?",
        "delegating budget reports for 4711",
        "what to delegate first, budget or hiring",
        "Delegate when?",
    )

    (gap,) = gaps_for(library, admin.viewer).told

    assert (gap.people, gap.question, gap.words) == (4, "", ["delegate"])


def test_questions_without_a_shared_word_are_only_counted(library, crowd, admin):
    """Questions on one subject without a shared word are counted and not shown."""
    with library.transaction() as db:
        for account, question in zip(crowd, ("Umbrella", "Galoshes", "Raincoat"), strict=False):
            missed_questions.note(db, account.viewer, question)

    found = gaps_for(library, admin.viewer)

    assert (found.told, found.untold) == ([], 1)


def test_an_administrator_can_raise_the_number_of_people(library, crowd, admin):
    """A question that three people asked is not shown if the setting requires four."""
    ask(library, crowd[:3], *["Do I need a visa?"] * 3)
    with library.transaction() as db:
        service_settings.change(
            db, admin.viewer, replace(service_settings.service(db), gap_least=4)
        )

    assert gaps_for(library, admin.viewer).told == []


def test_members_who_offer_help_are_named(library, crowd, admin, mentor, mentee):
    """An unanswered question names members who offer help with its subject.

    The question that most people asked comes first.
    """
    with library.transaction() as db:
        people.get(db, mentor.id).helps_with = "Delegating, and letting go"
        people.get(db, mentee.id).helps_with = "A marathon in autumn"
    ask(library, crowd[:3], *["Do I need a visa?"] * 3)
    ask(library, crowd[:4], *["How do I delegate?"] * 4)

    found = gaps_for(library, mentee.viewer).told

    assert [gap.people for gap in found] == [4, 3]
    assert [[p.name for p in gap.helpers] for gap in found] == [["Ada Mentor"], []]


def test_gaps_need_the_setting_and_membership(library, mentee):
    """Unanswered questions are not shown by default, and never to guests."""
    with library.reading() as db:
        assert not gaps(db, mentee.viewer, None).on
        with pytest.raises(NotAllowedError):
            gaps(db, GUEST, None)
