"""What is asked and not answered is told only as far as enough people asked it alike."""

from dataclasses import replace

import pytest

from library.access import GUEST
from library.accounts import people, service
from library.errors import NotAllowedError
from library.models import Role
from library.overview import missed
from search.gaps import gaps
from tests.builders import add_account

MEANT = {  # which of three subjects a question is about, as a model would say
    "delegate": 0,
    "delegating": 0,
    "visa": 1,
    "marathon": 2,
}


class SubjectEmbedder:
    """Questions on one subject have one vector."""

    model, dimension, words = "subjects", 4, frozenset()

    def embed(self, texts):
        """The axis of the subject; a fourth for everything else."""
        import numpy as np

        rows = np.zeros((len(texts), 4), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[next((axis for word, axis in MEANT.items() if word in text.lower()), 3)] = 1
        return rows


@pytest.fixture
def crowd(library, admin):
    """Five people in a library that counts."""
    with library.transaction() as db:
        service.change(db, admin.viewer, replace(service.service(db), gap_map=True))
    return [add_account(library, f"Person {n}", Role.MENTEE) for n in range(5)]


def ask(library, who, *questions):
    """Each person asks a question of theirs."""
    with library.transaction() as db:
        for account, question in zip(who, questions, strict=False):
            missed.note(db, account.viewer, question)


def told(library, viewer, embedder=None):
    """What is told of the gaps."""
    with library.reading() as db:
        return gaps(db, viewer, embedder or SubjectEmbedder())


def test_two_people_are_told_of_to_nobody(library, crowd, admin):
    """Neither their number nor a word of theirs."""
    ask(library, crowd[:2], "How do I delegate?", "How do I delegate?")
    ask(library, crowd[:1], "When do I delegate the marathon?")

    found = told(library, admin.viewer)

    assert (found.told, found.untold) == ([], 0)


def test_the_same_question_of_three_is_told_as_they_asked_it(library, crowd, admin):
    """With the number of people, not of questions."""
    ask(library, crowd[:3], *["How do I delegate?"] * 3)

    (gap,) = told(library, admin.viewer).told

    assert (gap.people, gap.question) == (3, "How do I delegate?")


def test_different_wordings_are_told_by_their_shared_words_only(library, crowd, admin):
    """Nobody's own words appear: not the name, not the number, nor a word that two used."""
    ask(
        library,
        crowd[:4],
        "How should I delegate to Zebediah who is slow?",
        "delegating budget reports for 4711",
        "what to delegate first, budget or hiring",
        "Delegate when?",
    )

    (gap,) = told(library, admin.viewer).told

    assert (gap.people, gap.question, gap.words) == (4, "", ["delegate"])


def test_what_shares_no_word_is_counted_and_not_told(library, crowd, admin):
    """The subject stays unknown, since it could only be told in somebody's words."""
    with library.transaction() as db:
        for account, question in zip(crowd, ("Umbrella", "Galoshes", "Raincoat"), strict=False):
            missed.note(db, account.viewer, question)

    found = told(library, admin.viewer)

    assert (found.told, found.untold) == ([], 1)


def test_the_number_of_people_is_the_administrators_to_raise(library, crowd, admin):
    """Three are not enough where four are wanted."""
    ask(library, crowd[:3], *["Do I need a visa?"] * 3)
    with library.transaction() as db:
        service.change(db, admin.viewer, replace(service.service(db), gap_least=4))

    assert told(library, admin.viewer).told == []


def test_somebody_who_offers_help_with_it_is_named(library, crowd, admin, mentor, mentee):
    """By what their profile says, to members; the largest gap comes first."""
    with library.transaction() as db:
        people.get(db, mentor.id).helps_with = "Delegating, and letting go"
        people.get(db, mentee.id).helps_with = "A marathon in autumn"
    ask(library, crowd[:3], *["Do I need a visa?"] * 3)
    ask(library, crowd[:4], *["How do I delegate?"] * 4)

    found = told(library, mentee.viewer).told

    assert [gap.people for gap in found] == [4, 3]
    assert [[p.name for p in gap.helpers] for gap in found] == [["Ada Mentor"], []]


def test_guests_are_told_nothing_and_nothing_is_told_while_it_is_off(library, mentee):
    """The map is for members of a library that wants it."""
    with library.reading() as db:
        assert not gaps(db, mentee.viewer, None).on
        with pytest.raises(NotAllowedError):
            gaps(db, GUEST, None)
