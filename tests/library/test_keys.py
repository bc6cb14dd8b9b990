"""Keys in the home folder are made once, whole, and not replaced where that loses something."""

from pathlib import Path

import pytest

from library import keys
from library.errors import DamagedError

SEAL = bytes(range(32))


def test_a_secret_is_made_once(tmp_path: Path):
    """The second start reads what the first one made."""
    first = keys.secret(tmp_path)

    assert keys.secret(tmp_path) == first
    assert len(first) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("left", [b"", b"short", b" " * 64, b"\xff" * 64])
def test_a_damaged_secret_is_made_anew_with_a_sentence(tmp_path: Path, caplog, left: bytes):
    """A key that could be guessed signs nothing; it is kept beside the new one."""
    (tmp_path / "secret_key").write_bytes(left)

    made = keys.secret(tmp_path)

    assert len(made) == 64
    assert (tmp_path / "secret_key.damaged").read_bytes() == left
    assert "everybody signs in again" in caplog.text


def test_a_first_seal_key_is_made(tmp_path: Path):
    """Where nothing is sealed yet there is nothing that a new key could not open."""
    assert keys.seal_key(tmp_path, SEAL) == SEAL
    assert keys.seal_key(tmp_path, bytes(32)) == SEAL


@pytest.mark.parametrize("left", [None, b"", b"cut off"])
def test_a_lost_seal_key_is_not_made_anew(tmp_path: Path, left: bytes | None):
    """Where originals are sealed, a missing or damaged key is a sentence, not another key."""
    sealed = tmp_path / "files" / "sealed"
    sealed.mkdir(parents=True)
    (sealed / "original").write_text("sealed")
    if left is not None:
        (tmp_path / "seal_key").write_bytes(left)

    with pytest.raises(DamagedError, match="Put it back from a backup"):
        keys.seal_key(tmp_path, SEAL)

    assert ((tmp_path / "seal_key").read_bytes() if left is not None else None) == left


def test_of_two_who_make_a_key_the_first_wins(tmp_path: Path):
    """A key that is there is never replaced."""
    keys.make(tmp_path / "key", b"first")
    keys.make(tmp_path / "key", b"second")

    assert (tmp_path / "key").read_bytes() == b"first"
