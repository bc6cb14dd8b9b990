"""Pinned answers: who may know of one, and change it."""

import pytest

from library.curating import pins
from library.curating.pins import Wanted
from library.errors import NotFoundError
from library.holdings import collections, members
from library.models import CollectionRole, PinnedAnswer, Visibility
from library.store import Library
from tests.builders import Account, Built, add_session


@pytest.fixture
def curator(library: Library, admin: Account, mentee: Account) -> Account:
    """Somebody who curates a collection, and no more."""
    with library.transaction() as db:
        shelf = collections.add(db, admin.viewer, title="Kilns")
        members.put_member(db, admin.viewer, shelf, mentee.id, CollectionRole.CURATOR)
    return mentee


def pin(library: Library, who: Account, *talks: Built) -> int:
    """The number of an answer by the first passage of each of these sessions."""
    with library.transaction() as db:
        passages = [talk.passage_ids[0] for talk in talks]
        wanted = Wanted(questions=["Why was she let go?"], passage_ids=passages)
        return pins.save(db, who.viewer, wanted).id


def known(library: Library, who: Account) -> list[int]:
    """The numbers of the answers that somebody is shown."""
    with library.reading() as db:
        return [found.id for found in pins.everything(db, who.viewer, limit=9)]


def test_a_curator_learns_of_no_question_that_only_hidden_words_answer(
    library: Library, admin: Account, mentor: Account, curator: Account
) -> None:
    """Its question would tell what they are about: it is not listed, opened, changed or removed."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    number = pin(library, admin, hidden)

    with library.transaction() as db, pytest.raises(NotFoundError):
        pins.remove(db, curator.viewer, number)

    assert known(library, curator) == []
    assert known(library, admin) == [number]
    with library.reading() as db:
        assert db.get(PinnedAnswer, number) is not None


def test_a_curator_sees_what_one_of_its_sessions_shows_them(
    library: Library, admin: Account, mentor: Account, curator: Account
) -> None:
    """One session of several is enough; the words of the others stay hidden."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    shown = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    number = pin(library, admin, hidden, shown)

    assert known(library, curator) == [number]
    with library.reading() as db:
        standing = pins.standing(db, curator.viewer, number)
    assert [found is not None for found in standing] == [False, True]
