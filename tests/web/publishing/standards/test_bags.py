"""Tests of BagIt bags: their content and the folder into which they are written."""

import bagit
import pytest

from library.access import GUEST
from library.collections import collections
from library.errors import LibraryError, NotFoundError
from library.models import Visibility
from tests.builders import OPERATOR, add_session
from web.publishing.standards import bags


def test_a_bag_of_a_collection_holds_what_its_viewer_may_see(library, mentor):
    """A collection's bag contains the sessions that its viewer may see, in order.

    For a session that the viewer may not see, no bag can be made.
    """
    first = add_session(library, title="Seen")
    hidden = add_session(library, title="Hidden", owner=mentor, visibility=Visibility.PRIVATE)
    second = add_session(library, title="Also")
    with library.transaction() as db:
        talks = collections.add(db, OPERATOR, title="Talks")
        order = [second.session_id, hidden.session_id, first.session_id]
        collections.set_sessions(db, OPERATOR, talks, order)

    content = bags.of_collection(library, GUEST, talks.id)

    assert (content.title, list(content.session_ids)) == (
        "Talks",
        [second.session_id, first.session_id],
    )
    with pytest.raises(NotFoundError):
        bags.of_session(library, GUEST, hidden.session_id)


def test_a_bag_is_written_into_an_empty_folder(library, tmp_path):
    """A bag is written into a new folder and is valid. A folder with files is refused."""
    content = bags.of_session(library, GUEST, add_session(library).session_id)
    folder = tmp_path / "bag"

    bags.pack(content, folder)

    assert bagit.Bag(str(folder)).is_valid()
    with pytest.raises(LibraryError):
        bags.pack(content, folder)
