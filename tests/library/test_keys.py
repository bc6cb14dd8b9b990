"""Tests of keys: they are made once, and not replaced if data would be lost."""

from pathlib import Path

import pytest

from library import keys
from library.errors import DamagedError

SEAL = bytes(range(32))


def test_a_secret_is_made_once(tmp_path: Path):
    """The secret of a library is made at the first start and read at later starts."""
    first = keys.secret(tmp_path)

    assert keys.secret(tmp_path) == first
    assert len(first) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("content", [b"", b"short", b" " * 64, b"\xff" * 64])
def test_a_damaged_secret_is_replaced_with_a_warning(tmp_path: Path, caplog, content: bytes):
    """A damaged secret is set aside and replaced. The log contains a warning."""
    (tmp_path / "secret_key").write_bytes(content)

    secret = keys.secret(tmp_path)

    assert len(secret) == 64
    assert (tmp_path / "secret_key.damaged").read_bytes() == content
    assert "All people must sign in again" in caplog.text


def test_a_first_seal_key_is_made(tmp_path: Path):
    """If a library has no sealed originals, a missing seal key is made. Later the key is read."""
    assert keys.seal_key(tmp_path, SEAL) == SEAL
    assert keys.seal_key(tmp_path, bytes(32)) == SEAL


@pytest.mark.parametrize("content", [None, b"", b"cut off"])
def test_a_lost_seal_key_is_not_replaced(tmp_path: Path, content: bytes | None):
    """If originals are sealed, a missing or damaged seal key raises an error.

    The seal key is not replaced.
    """
    sealed = tmp_path / "files" / "sealed"
    sealed.mkdir(parents=True)
    (sealed / "original").write_text("sealed")
    if content is not None:
        (tmp_path / "seal_key").write_bytes(content)

    with pytest.raises(DamagedError, match="Restore the key from a backup"):
        keys.seal_key(tmp_path, SEAL)

    assert ((tmp_path / "seal_key").read_bytes() if content is not None else None) == content


def test_an_existing_key_is_not_replaced(tmp_path: Path):
    """Making a key that exists already does not replace it."""
    keys.make(tmp_path / "key", b"first")
    keys.make(tmp_path / "key", b"second")

    assert (tmp_path / "key").read_bytes() == b"first"
