"""How much a person may bring."""

from dataclasses import replace

import pytest

from library.accounts import people
from library.capture import intake, pieces, quota, uploads
from library.errors import TooLargeError
from library.store import Library, open_library
from tests.builders import Account, add_session

MIB = 1024 * 1024


@pytest.fixture
def roomy(library: Library) -> Library:
    """The same library, in which everybody has room for one MiB."""
    return open_library(replace(library.settings, quota_mb=1))


def test_what_one_brought_and_what_is_on_its_way_count(roomy: Library, mentor: Account) -> None:
    """Originals of one's own sessions and begun uploads are taken off the quota."""
    add_session(roomy, owner=mentor, content=b"x" * 1000)
    uploads.begin(roomy, mentor.id, filename="talk.mp3", size=2000)

    with roomy.reading() as db:
        room = quota.room_of(db, roomy.settings, mentor.id)

    assert (room.quota, room.used, room.left) == (MIB, 3000, MIB - 3000)


def test_a_file_over_the_quota_is_refused_before_it_travels(
    roomy: Library, mentor: Account
) -> None:
    """The refusal says how much is left."""
    add_session(roomy, owner=mentor, content=b"x" * 1024)

    with pytest.raises(TooLargeError, match=r"only 1023\.0 KB are left"):
        uploads.begin(roomy, mentor.id, filename="talk.mp3", size=MIB)


def test_a_growing_upload_stops_at_the_quota_and_keeps_what_arrived(
    roomy: Library, mentor: Account
) -> None:
    """A recording whose length nobody knew is refused the bytes that have no room."""
    upload = uploads.begin(roomy, mentor.id, filename="talk.webm", size=None)
    pieces.append(roomy, mentor.viewer, upload.id, offset=0, pieces=[b"x" * 1000])

    with pytest.raises(TooLargeError):
        pieces.append(roomy, mentor.viewer, upload.id, offset=1000, pieces=[b"x" * MIB])

    with roomy.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 1000


def test_a_persons_own_quota_wins_over_the_librarys(roomy: Library, mentor: Account) -> None:
    """An administrator may give somebody more room, or all there is."""
    with roomy.transaction() as db:
        people.get(db, mentor.id).quota_mb = 5
        five = quota.room_of(db, roomy.settings, mentor.id).quota
        people.get(db, mentor.id).quota_mb = 0
        none = quota.room_of(db, roomy.settings, mentor.id).left

    assert (five, none) == (5 * MIB, None)


def test_another_persons_files_cost_nothing(
    roomy: Library, mentor: Account, admin: Account
) -> None:
    """Each has their own room."""
    add_session(roomy, owner=admin, content=b"x" * 1000)

    with roomy.reading() as db:
        assert quota.room_of(db, roomy.settings, mentor.id).used == 0


def test_the_same_bytes_count_once(roomy: Library, mentor: Account) -> None:
    """A file that waits twice, or is a session already, takes one room."""
    add_session(roomy, owner=mentor, content=b"a" * 1000)
    known = intake.keep(roomy, "a.txt", [b"a" * 1000])
    waiting = intake.keep(roomy, "b.txt", [b"b" * 500])
    held = [uploads.hold(roomy, mentor.viewer, file) for file in (known, waiting, waiting, waiting)]

    with roomy.reading() as db:
        room = quota.room_of(db, roomy.settings, mentor.id)

    assert room.used == 1500
    assert [new for _, new in held] == [True, True, False, False]
