"""Tests of pinned answers: who may see and change them."""

import pytest

from library.collections import collections, members
from library.curation import pinned_answers
from library.curation.pinned_answers import PinInput
from library.errors import NotFoundError
from library.models import CollectionRole, PinnedAnswer, Visibility
from library.store import Library
from tests.builders import Account, Built, add_session


@pytest.fixture
def curator(library: Library, admin: Account, mentee: Account) -> Account:
    """Curator of one collection, who has no other rights."""
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Kilns")
        members.set_member(db, admin.viewer, collection, mentee.id, CollectionRole.CURATOR)
    return mentee


def pin(library: Library, who: Account, *talks: Built) -> int:
    """Pin the first passage of each session. Return the id of the pinned answer."""
    with library.transaction() as db:
        passages = [talk.passage_ids[0] for talk in talks]
        answer = PinInput(questions=["Why was she let go?"], passage_ids=passages)
        return pinned_answers.save(db, who.viewer, answer).id


def known(library: Library, who: Account) -> list[int]:
    """Return the ids of the pinned answers that an account sees."""
    with library.reading() as db:
        return [found.id for found in pinned_answers.everything(db, who.viewer, limit=9)]


def test_an_answer_with_hidden_passages_only_is_hidden_from_curators(
    library: Library, admin: Account, mentor: Account, curator: Account
) -> None:
    """If a curator may see no passage of a pinned answer, the curator does not find it."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    number = pin(library, admin, hidden)

    with library.transaction() as db, pytest.raises(NotFoundError):
        pinned_answers.remove(db, curator.viewer, number)

    assert known(library, curator) == []
    assert known(library, admin) == [number]
    with library.reading() as db:
        assert db.get(PinnedAnswer, number) is not None


def test_an_answer_with_one_visible_passage_is_shown_to_curators(
    library: Library, admin: Account, mentor: Account, curator: Account
) -> None:
    """A curator sees a pinned answer if the curator may see one of its passages.

    The other passages stay hidden.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    visible = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    number = pin(library, admin, hidden, visible)

    assert known(library, curator) == [number]
    with library.reading() as db:
        standing = pinned_answers.current_passages(db, curator.viewer, number)
    assert [found is not None for found in standing] == [False, True]
