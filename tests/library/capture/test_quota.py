"""Tests of quotas: how many bytes the files of one person may use."""

from dataclasses import replace

import pytest

from library.accounts import people
from library.capture import intake, quota, upload_bytes, uploads
from library.errors import TooLargeError
from library.store import Library, open_library
from tests.builders import Account, add_session

MIB = 1024 * 1024


@pytest.fixture
def roomy(library: Library) -> Library:
    """Library with a quota of 1 MiB per person."""
    return open_library(replace(library.settings, quota_mb=1))


def test_stored_files_and_announced_uploads_count(roomy: Library, mentor: Account) -> None:
    """Originals of a person's own sessions and announced uploads count towards the quota."""
    add_session(roomy, owner=mentor, content=b"x" * 1000)
    uploads.begin(roomy, mentor.id, filename="talk.mp3", size=2000)

    with roomy.reading() as db:
        usage = quota.quota_of(db, roomy.settings, mentor.id)

    assert (usage.quota, usage.used, usage.left) == (MIB, 3000, MIB - 3000)


def test_a_file_over_the_quota_is_refused_before_it_travels(
    roomy: Library, mentor: Account
) -> None:
    """A file over the quota is refused before it is sent. The error says how much is left."""
    add_session(roomy, owner=mentor, content=b"x" * 1024)

    with pytest.raises(TooLargeError, match=r"only 1023\.0 KB of your storage quota"):
        uploads.begin(roomy, mentor.id, filename="talk.mp3", size=MIB)


def test_a_growing_upload_stops_at_the_quota_and_keeps_what_arrived(
    roomy: Library, mentor: Account
) -> None:
    """If an upload without an announced size exceeds the quota, the bytes over it are refused.

    The bytes of earlier requests stay.
    """
    upload = uploads.begin(roomy, mentor.id, filename="talk.webm", size=None)
    upload_bytes.append(roomy, mentor.viewer, upload.id, offset=0, pieces=[b"x" * 1000])

    with pytest.raises(TooLargeError):
        upload_bytes.append(roomy, mentor.viewer, upload.id, offset=1000, pieces=[b"x" * MIB])

    with roomy.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 1000


def test_a_quota_of_a_person_replaces_the_librarys(roomy: Library, mentor: Account) -> None:
    """A person's own quota replaces the quota of the library. The value 0 means no limit."""
    with roomy.transaction() as db:
        people.get(db, mentor.id).quota_mb = 5
        five = quota.quota_of(db, roomy.settings, mentor.id).quota
        people.get(db, mentor.id).quota_mb = 0
        none = quota.quota_of(db, roomy.settings, mentor.id).left

    assert (five, none) == (5 * MIB, None)


def test_files_of_another_person_do_not_count(
    roomy: Library, mentor: Account, admin: Account
) -> None:
    """Files of another person do not count towards a quota."""
    add_session(roomy, owner=admin, content=b"x" * 1000)

    with roomy.reading() as db:
        assert quota.quota_of(db, roomy.settings, mentor.id).used == 0


def test_the_same_bytes_count_once(roomy: Library, mentor: Account) -> None:
    """Files with the same bytes count only once towards the quota."""
    add_session(roomy, owner=mentor, content=b"a" * 1000)
    stored = intake.keep(roomy, "a.txt", [b"a" * 1000])
    waiting = intake.keep(roomy, "b.txt", [b"b" * 500])
    uploads_of_both = [
        uploads.keep_single_request_file(roomy, mentor.viewer, file)
        for file in (stored, waiting, waiting, waiting)
    ]

    with roomy.reading() as db:
        usage = quota.quota_of(db, roomy.settings, mentor.id)

    assert usage.used == 1500
    assert [new for _, new in uploads_of_both] == [True, True, False, False]
