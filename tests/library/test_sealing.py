"""Tests of sealed files: they need their key, and every change is detected."""

import pytest

from library import sealing
from library.errors import InvalidInputError
from library.files import PIECE


@pytest.mark.parametrize("size", [0, 1, PIECE, 2 * PIECE + 7])
def test_a_sealed_file_opens_byte_for_byte(tmp_path, size):
    """A sealed file of any size is opened without any change."""
    original, sealed = tmp_path / "original", tmp_path / "sealed"
    original.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    key = sealing.key_of(tmp_path)

    assert sealing.seal(original, sealed, key) == size

    assert b"".join(sealing.unseal(sealed, key)) == original.read_bytes()
    assert sealing.key_of(tmp_path) == key


@pytest.mark.parametrize("harm", ["flipped", "cut", "another key"])
def test_a_changed_file_is_refused(tmp_path, harm):
    """A sealed file is refused if it was changed, was shortened or needs another key."""
    original, sealed = tmp_path / "original", tmp_path / "sealed"
    original.write_bytes(b"a" * (PIECE + 10))
    key = sealing.key_of(tmp_path)
    sealing.seal(original, sealed, key)
    data = bytearray(sealed.read_bytes())
    if harm == "flipped":
        data[100] ^= 1
    elif harm == "cut":
        data = data[: sealing.SALT + PIECE + sealing.TAG]
    else:
        key = bytes(32)
    sealed.write_bytes(data)

    with pytest.raises(InvalidInputError):
        list(sealing.unseal(sealed, key))
