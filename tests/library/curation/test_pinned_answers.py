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
    """Curator of one collection without other rights."""
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Kilns")
        members.set_member(db, admin.viewer, collection, mentee.id, CollectionRole.CURATOR)
    return mentee


def pin(library: Library, who: Account, *talks: Built) -> int:
    """Pin the first passage of each session and return the id of the answer."""
    with library.transaction() as db:
        passages = [talk.passage_ids[0] for talk in talks]
        wanted = PinInput(questions=["Why was she let go?"], passage_ids=passages)
        return pinned_answers.save(db, who.viewer, wanted).id


def known(library: Library, who: Account) -> list[int]:
    """Return ids of the pinned answers that an account sees."""
    with library.reading() as db:
        return [found.id for found in pinned_answers.everything(db, who.viewer, limit=9)]


def test_an_answer_with_hidden_passages_only_is_hidden_from_curators(
    library: Library, admin: Account, mentor: Account, curator: Account
) -> None:
    """A pinned answer with hidden passages only is not found by a curator."""
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
    """A curator sees a pinned answer with one visible passage. Its other passages stay hidden."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    shown = add_session(library, owner=mentor, visibility=Visibility.MEMBERS)
    number = pin(library, admin, hidden, shown)

    assert known(library, curator) == [number]
    with library.reading() as db:
        standing = pinned_answers.current_passages(db, curator.viewer, number)
    assert [found is not None for found in standing] == [False, True]
