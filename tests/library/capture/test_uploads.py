"""Tests of resumable uploads: their bytes are checked, and stored as a file when complete.

Covers: upload_bytes.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from library.capture import quota, upload_bytes, uploads
from library.errors import (
    ConflictError,
    InvalidInputError,
    LibraryError,
    NotFoundError,
    TooLargeError,
)
from library.models import Upload, now
from library.settings import Settings
from library.store import Library
from tests.builders import Account, hash_of

CONTENT = b"the whole recording"


@pytest.fixture
def upload(library, mentor) -> Upload:
    """Upload of the mentor that has no bytes yet."""
    return uploads.begin(library, mentor.id, filename="talk.mp3", size=len(CONTENT))


def test_pieces_become_the_file(library, mentor, upload):
    """Pieces that are sent in order become one stored file with the announced name."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])
    upload_bytes.append(
        library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT[5:9], CONTENT[9:]]
    )

    sha256, size, filename = uploads.finish(library, mentor.viewer, upload.id)

    assert (sha256, size, filename) == (hash_of(CONTENT), len(CONTENT), "talk.mp3")
    assert library.files.path(sha256).read_bytes() == CONTENT


def test_an_upload_continues_after_a_break(library, mentor, upload):
    """After a broken connection, the upload continues after the last received byte."""

    def breaking():
        yield CONTENT[:7]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=breaking())
    resumed = upload_bytes.append(library, mentor.viewer, upload.id, offset=7, pieces=[CONTENT[7:]])

    assert resumed.received == len(CONTENT)
    assert uploads.finish(library, mentor.viewer, upload.id)[0] == hash_of(CONTENT)


@pytest.mark.parametrize("offset", [0, 3, 6, 100])
def test_a_piece_must_go_on_where_the_last_ended(library, mentor, upload, offset):
    """A piece at a wrong offset is refused. The error says how many bytes have arrived."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(ConflictError, match="has 5 bytes"):
        upload_bytes.append(library, mentor.viewer, upload.id, offset=offset, pieces=[b"again"])


def test_more_than_was_announced_is_refused(library, mentor, upload):
    """Bytes over the announced size are refused. The bytes before them stay."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(TooLargeError, match="More bytes"):
        upload_bytes.append(library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT])

    with library.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 5


def test_an_incomplete_upload_is_not_finished(library, mentor, upload):
    """An incomplete upload cannot be finished. It can be continued."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(ConflictError, match="5 bytes of 19 bytes"):
        uploads.finish(library, mentor.viewer, upload.id)
    upload_bytes.append(library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT[5:]])

    assert uploads.finish(library, mentor.viewer, upload.id)[1] == len(CONTENT)


def test_finishing_twice_gives_the_same(library, mentor, upload):
    """Finishing an upload a second time gives the same answer."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT])

    first = uploads.finish(library, mentor.viewer, upload.id)

    assert uploads.finish(library, mentor.viewer, upload.id) == first


def test_bytes_that_changed_on_their_way_are_not_kept(library, mentor, upload):
    """A piece with a wrong checksum is discarded. The sender can send it again."""
    with pytest.raises(InvalidInputError, match="Send them again"):
        upload_bytes.append(
            library,
            mentor.viewer,
            upload.id,
            offset=0,
            pieces=[b"damaged"],
            checksum=("sha256", b"\0" * 32),
        )

    with library.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 0


def test_two_uploads_at_once_do_not_mix(library, mentor, mentee):
    """Bytes of two concurrent uploads are stored separately."""
    one = uploads.begin(library, mentor.id, filename="one", size=4)
    two = uploads.begin(library, mentee.id, filename="two", size=4)
    for offset in (0, 2):
        upload_bytes.append(library, mentor.viewer, one.id, offset=offset, pieces=[b"11"])
        upload_bytes.append(library, mentee.viewer, two.id, offset=offset, pieces=[b"22"])

    assert uploads.finish(library, mentor.viewer, one.id)[0] == hash_of(b"1111")
    assert uploads.finish(library, mentee.viewer, two.id)[0] == hash_of(b"2222")


def test_a_concurrent_request_to_an_upload_is_refused(library, mentor, upload):
    """While one request writes to an upload, a second request to it is refused."""
    refused = []

    def while_another_tries():
        yield CONTENT[:5]
        with pytest.raises(ConflictError) as error:
            upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"other"])
        refused.append(str(error.value))
        yield CONTENT[5:]

    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=while_another_tries())

    assert len(refused) == 1
    assert uploads.finish(library, mentor.viewer, upload.id)[0] == hash_of(CONTENT)


def test_another_members_upload_is_not_found(library, mentee, upload):
    """A member cannot find an upload of another member."""
    with library.reading() as db, pytest.raises(NotFoundError):
        uploads.get(db, mentee.viewer, upload.id)


def test_an_abandoned_upload_leaves_nothing(library, mentor, upload):
    """Abandoning an upload deletes its bytes and its row."""
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    uploads.abandon(library, mentor.viewer, upload.id)

    assert not library.files.incoming(upload.id).exists()
    with library.reading() as db, pytest.raises(NotFoundError):
        uploads.get(db, mentor.viewer, upload.id)


def test_an_expired_upload_is_deleted(library, mentor, upload):
    """An expired upload is deleted. An upload that has not expired stays."""
    young = uploads.begin(library, mentor.id, filename="young", size=1)
    with library.transaction() as db:
        uploads.get(db, mentor.viewer, upload.id).expires_at = now() - timedelta(seconds=1)

    cleared = uploads.clear_expired(library)

    assert cleared == 1
    assert not library.files.incoming(upload.id).exists()
    assert library.files.incoming(young.id).exists()


@pytest.mark.parametrize(
    ("size", "error", "sentence"),
    [
        (0, InvalidInputError, "empty"),
        (-1, InvalidInputError, "empty"),
        (1024 * 1024 + 1, TooLargeError, "files of up to 1.0 MB"),
    ],
)
def test_an_invalid_size_is_refused_before_the_first_byte(library, size, error, sentence):
    """An upload is refused if its announced size is zero, negative or over the limit."""
    with pytest.raises(error, match=sentence):
        quota.check_size(Settings(max_upload_mb=1), library.files, size)


def test_a_picture_is_refused_by_its_name(library, mentor):
    """A file that has the name of a picture is refused when it is announced."""
    with pytest.raises(InvalidInputError, match="a picture"):
        uploads.begin(library, mentor.id, filename="Photo.PNG", size=10_000_000)


def test_a_picture_named_as_a_recording_is_refused(library, mentor):
    """A picture with the name of a recording is refused because of its first bytes.

    Its upload is deleted.
    """
    upload = uploads.begin(library, mentor.id, filename="talk.mp3", size=9_000)
    first = b"\x89PNG\r\n\x1a\n" + bytes(92)
    upload_bytes.append(library, mentor.viewer, upload.id, offset=0, pieces=[first])

    with pytest.raises(InvalidInputError, match="a picture"):
        upload_bytes.append(library, mentor.viewer, upload.id, offset=100, pieces=[bytes(5_000)])

    with library.reading() as db:
        assert uploads.unfinished_uploads(db, mentor.viewer) == []
    assert not library.files.incoming(upload.id).exists()


def test_a_file_over_the_free_space_is_refused(library):
    """A file larger than the free space is refused. The error says how much space is free."""
    size = library.files.free_bytes() * 2
    settings = Settings(max_upload_mb=size // 1024**2 + 1)

    with pytest.raises(LibraryError, match="has only"):
        quota.check_size(settings, library.files, size)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (3 * 1024**3, "3.0 GB")],
)
def test_sizes_are_written_with_units(size, words):
    """A size is written as whole bytes, or in a larger unit with one decimal."""
    assert quota.in_words(size) == words


def test_with_a_checksum_a_broken_piece_does_not_count(
    library: Library, mentor: Account, upload: Upload
) -> None:
    """If the connection breaks during a piece with a checksum, the piece is discarded."""

    def breaking() -> Iterator[bytes]:
        yield CONTENT[:4]
        raise ConnectionResetError

    announced = ("sha256", hashlib.sha256(CONTENT).digest())

    with pytest.raises(ConnectionResetError):
        upload_bytes.append(
            library,
            mentor.viewer,
            upload.id,
            offset=0,
            pieces=breaking(),
            checksum=announced,
        )

    with library.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 0


def test_uploads_that_are_not_complete_are_limited(library, mentor, monkeypatch):
    """A person can have a limited number of incomplete uploads.

    Finished uploads do not count.
    """
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    first = uploads.begin(library, mentor.id, filename="one.mp3", size=4)
    uploads.begin(library, mentor.id, filename="two.mp3", size=4)

    with pytest.raises(ConflictError, match="not complete"):
        uploads.begin(library, mentor.id, filename="three.mp3", size=4)

    upload_bytes.append(library, mentor.viewer, first.id, offset=0, pieces=[b"1234"])
    uploads.finish(library, mentor.viewer, first.id)
    uploads.begin(library, mentor.id, filename="three.mp3", size=4)


def test_too_many_bytes_are_refused_before_they_are_read(library, mentor, upload):
    """A request that announces too many bytes is refused before its body is read."""

    def unwanted():
        raise AssertionError
        yield b""

    with pytest.raises(TooLargeError):
        upload_bytes.append(
            library, mentor.viewer, upload.id, offset=0, pieces=unwanted(), coming=len(CONTENT) + 1
        )
