"""Uploads on disk: what counts when lines break, writers meet, and sums differ."""

import hashlib
from collections.abc import Iterator

import pytest

from library import uploads
from library.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from library.models import Upload
from library.store import Library
from library.uploads import ChecksumError
from tests.builders import Account, hash_of


@pytest.fixture
def upload(library: Library, mentor: Account) -> Upload:
    """An announced file of ten bytes."""
    return uploads.begin(library, mentor.id, filename="talk.ogg", size=10)


def breaking(*pieces: bytes) -> Iterator[bytes]:
    """Pieces, and then a line that breaks."""
    yield from pieces
    raise ConnectionResetError


def standing(library: Library, mentor: Account, upload: Upload) -> int:
    with library.reading() as db:
        return uploads.get(db, mentor.viewer, upload.id).received


def test_what_came_before_the_line_broke_counts(
    library: Library, mentor: Account, upload: Upload
) -> None:
    """Bytes on disk need not travel again."""
    with pytest.raises(ConnectionResetError):
        uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=breaking(b"0123", b"45"))

    assert standing(library, mentor, upload) == 6


def test_with_a_checksum_a_broken_piece_does_not_count(
    library: Library, mentor: Account, upload: Upload
) -> None:
    """What could not be checked is sent again whole."""
    announced = ("sha256", hashlib.sha256(b"0123456789").digest())

    with pytest.raises(ConnectionResetError):
        uploads.append(
            library,
            mentor.viewer,
            upload.id,
            offset=0,
            pieces=breaking(b"0123"),
            checksum=announced,
        )

    assert standing(library, mentor, upload) == 0


def test_changed_bytes_are_thrown_away(library: Library, mentor: Account, upload: Upload) -> None:
    """A sum that differs keeps nothing of its piece, and what was there before stays."""
    uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"01"])

    with pytest.raises(ChecksumError):
        uploads.append(
            library,
            mentor.viewer,
            upload.id,
            offset=2,
            pieces=[b"xx"],
            checksum=("sha1", b"something else"),
        )

    assert standing(library, mentor, upload) == 2


def test_two_writers_at_once_do_not_mix(library: Library, mentor: Account, upload: Upload) -> None:
    """While one request writes, a second is told to wait."""

    def meeting() -> Iterator[bytes]:
        yield b"01"
        with pytest.raises(ConflictError, match="Another window"):
            uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"zz"])
        yield b"23456789"

    uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=meeting())

    assert uploads.finish(library, mentor.viewer, upload.id) == (
        hash_of(b"0123456789"),
        10,
        "talk.ogg",
    )


def test_more_than_announced_is_not_kept(library: Library, mentor: Account, upload: Upload) -> None:
    """The piece that goes too far is thrown away."""
    with pytest.raises(TooLargeError):
        uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"x" * 11])

    assert standing(library, mentor, upload) == 0


def test_an_incomplete_file_is_not_finished(
    library: Library, mentor: Account, upload: Upload
) -> None:
    """The sentence says how much is missing."""
    uploads.append(library, mentor.viewer, upload.id, offset=0, pieces=[b"01"])

    with pytest.raises(ConflictError, match="2 bytes of 10 bytes"):
        uploads.finish(library, mentor.viewer, upload.id)


def test_nobody_else_continues_it(library: Library, admin: Account, upload: Upload) -> None:
    """An upload is its owner's alone."""
    with pytest.raises(NotFoundError):
        uploads.append(library, admin.viewer, upload.id, offset=0, pieces=[b"0"])


@pytest.mark.parametrize(
    ("size", "error"), [(0, InvalidInputError), (-1, InvalidInputError), (2**50, TooLargeError)]
)
def test_impossible_sizes_are_refused_at_once(
    library: Library, mentor: Account, size: int, error: type[Exception]
) -> None:
    """Nothing is begun that cannot be finished."""
    with pytest.raises(error):
        uploads.begin(library, mentor.id, filename="x", size=size)


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KB"), (4 * 1024**3, "4.0 GB")],
)
def test_sizes_are_said_as_people_read_them(size: int, words: str) -> None:
    """Bytes in words."""
    assert uploads.in_words(size) == words
