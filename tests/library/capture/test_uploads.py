"""Uploads in pieces: counted as they come, continued after a break, kept when complete."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from library.capture import pieces, quota, uploads
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
    """An upload that was announced, with nothing received yet."""
    return uploads.begin(library, mentor.id, filename="talk.mp3", size=len(CONTENT))


def test_pieces_become_the_file(library, mentor, upload):
    """Pieces that arrive in order are kept as one file, under the name it had."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])
    pieces.append(library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT[5:9], CONTENT[9:]])

    sha256, size, filename = uploads.finish(library, mentor.viewer, upload.id)

    assert (sha256, size, filename) == (hash_of(CONTENT), len(CONTENT), "talk.mp3")
    assert library.files.path(sha256).read_bytes() == CONTENT


def test_what_arrived_before_a_break_counts(library, mentor, upload):
    """When the connection breaks in the middle, the next request goes on from there."""

    def breaking():
        yield CONTENT[:7]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=breaking())
    resumed = pieces.append(library, mentor.viewer, upload.id, offset=7, pieces=[CONTENT[7:]])

    assert resumed.received == len(CONTENT)
    assert uploads.finish(library, mentor.viewer, upload.id)[0] == hash_of(CONTENT)


@pytest.mark.parametrize("offset", [0, 3, 6, 100])
def test_a_piece_must_go_on_where_the_last_ended(library, mentor, upload, offset):
    """A piece for another place is refused; the sentence says where the upload stands."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(ConflictError, match="stands at 5 bytes"):
        pieces.append(library, mentor.viewer, upload.id, offset=offset, pieces=[b"again"])


def test_more_than_was_announced_is_refused(library, mentor, upload):
    """Bytes over the announced size are not kept; what was there before is."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(TooLargeError, match="More bytes"):
        pieces.append(library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT])

    with library.reading() as db:
        assert uploads.get(db, mentor.viewer, upload.id).received == 5


def test_an_incomplete_upload_is_not_finished(library, mentor, upload):
    """Finishing too early says how much is missing, and the upload can go on."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    with pytest.raises(ConflictError, match="5 bytes of 19 bytes"):
        uploads.finish(library, mentor.viewer, upload.id)
    pieces.append(library, mentor.viewer, upload.id, offset=5, pieces=[CONTENT[5:]])

    assert uploads.finish(library, mentor.viewer, upload.id)[1] == len(CONTENT)


def test_finishing_twice_gives_the_same(library, mentor, upload):
    """The answer to a repeated request is that of the first."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT])

    first = uploads.finish(library, mentor.viewer, upload.id)

    assert uploads.finish(library, mentor.viewer, upload.id) == first


def test_bytes_that_changed_on_their_way_are_not_kept(library, mentor, upload):
    """A piece that does not match its announced checksum is forgotten and may come again."""
    with pytest.raises(InvalidInputError, match="send them again"):
        pieces.append(
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
    """Two people who send at the same time get their own bytes each."""
    one = uploads.begin(library, mentor.id, filename="one", size=4)
    two = uploads.begin(library, mentee.id, filename="two", size=4)
    for offset in (0, 2):
        pieces.append(library, mentor.viewer, one.id, offset=offset, pieces=[b"11"])
        pieces.append(library, mentee.viewer, two.id, offset=offset, pieces=[b"22"])

    assert uploads.finish(library, mentor.viewer, one.id)[0] == hash_of(b"1111")
    assert uploads.finish(library, mentee.viewer, two.id)[0] == hash_of(b"2222")


def test_a_second_window_is_kept_out(library, mentor, upload):
    """While one request writes, another to the same upload is refused and harms nothing."""
    refused = []

    def while_another_tries():
        yield CONTENT[:5]
        with pytest.raises(ConflictError) as error:
            pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"other"])
        refused.append(str(error.value))
        yield CONTENT[5:]

    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=while_another_tries())

    assert len(refused) == 1
    assert uploads.finish(library, mentor.viewer, upload.id)[0] == hash_of(CONTENT)


def test_somebody_elses_upload_is_not_there(library, mentee, upload):
    """To everybody else an upload looks like none."""
    with library.reading() as db, pytest.raises(NotFoundError):
        uploads.get(db, mentee.viewer, upload.id)


def test_an_abandoned_upload_leaves_nothing(library, mentor, upload):
    """Its bytes and its row go."""
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[CONTENT[:5]])

    uploads.abandon(library, mentor.viewer, upload.id)

    assert not library.files.incoming(upload.id).exists()
    with library.reading() as db, pytest.raises(NotFoundError):
        uploads.get(db, mentor.viewer, upload.id)


def test_an_upload_that_nobody_continues_is_cleared(library, mentor, upload):
    """Old ones are refused and removed; young ones stay."""
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
def test_what_cannot_be_taken_is_refused_before_its_first_byte(library, size, error, sentence):
    """The announced size alone is enough to say no."""
    with pytest.raises(error, match=sentence):
        quota.check_size(Settings(max_upload_mb=1), library.files, size)


def test_a_name_of_something_else_is_refused_before_its_first_byte(library, mentor):
    """A picture need not travel to be refused."""
    with pytest.raises(InvalidInputError, match="a picture"):
        uploads.begin(library, mentor.id, filename="Photo.PNG", size=10_000_000)


def test_first_bytes_of_something_else_end_the_upload(library, mentor):
    """A picture that is called a recording: refused when its first bytes are here, none kept."""
    upload = uploads.begin(library, mentor.id, filename="talk.mp3", size=9_000)
    first = b"\x89PNG\r\n\x1a\n" + bytes(92)
    pieces.append(library, mentor.viewer, upload.id, offset=0, pieces=[first])

    with pytest.raises(InvalidInputError, match="a picture"):
        pieces.append(library, mentor.viewer, upload.id, offset=100, pieces=[bytes(5_000)])

    with library.reading() as db:
        assert uploads.begun(db, mentor.viewer) == []
    assert not library.files.incoming(upload.id).exists()


def test_a_disk_without_room_is_said_before_the_upload(library):
    """More than the disk has left is refused with both numbers."""
    size = library.files.free_bytes() * 2
    settings = Settings(max_upload_mb=size // 1024**2 + 1)

    with pytest.raises(LibraryError, match="has only"):
        quota.check_size(settings, library.files, size)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (3 * 1024**3, "3.0 GB")],
)
def test_sizes_are_told_as_people_read_them(size, words):
    """Bytes are whole, larger units have one decimal."""
    assert quota.in_words(size) == words


def test_with_a_checksum_a_broken_piece_does_not_count(
    library: Library, mentor: Account, upload: Upload
) -> None:
    """What could not be checked is sent again whole."""

    def breaking() -> Iterator[bytes]:
        yield CONTENT[:4]
        raise ConnectionResetError

    announced = ("sha256", hashlib.sha256(CONTENT).digest())

    with pytest.raises(ConnectionResetError):
        pieces.append(
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
    """Nobody announces any number of files without sending them; a finished one makes room."""
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    first = uploads.begin(library, mentor.id, filename="one.mp3", size=4)
    uploads.begin(library, mentor.id, filename="two.mp3", size=4)

    with pytest.raises(ConflictError, match="not complete"):
        uploads.begin(library, mentor.id, filename="three.mp3", size=4)

    pieces.append(library, mentor.viewer, first.id, offset=0, pieces=[b"1234"])
    uploads.finish(library, mentor.viewer, first.id)
    uploads.begin(library, mentor.id, filename="three.mp3", size=4)


def test_too_many_bytes_are_refused_before_they_are_read(library, mentor, upload):
    """A request that announces more than the upload has left is refused unread."""

    def unwanted():
        raise AssertionError
        yield b""

    with pytest.raises(TooLargeError):
        pieces.append(
            library, mentor.viewer, upload.id, offset=0, pieces=unwanted(), coming=len(CONTENT) + 1
        )
