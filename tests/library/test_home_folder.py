"""Tests of the home folder: other users of the computer have no access."""

import os
from pathlib import Path

from library import home_folder


def mode(path: Path) -> int:
    """Return the permission bits of a path."""
    return path.stat().st_mode & 0o777


def test_a_new_home_is_closed(tmp_path: Path):
    """A new home folder has the permissions 0700."""
    home_folder.prepare(tmp_path / "new")

    assert mode(tmp_path / "new") == 0o700


def test_an_open_home_is_closed_with_all_that_is_in_it(tmp_path: Path):
    """In a home folder that others can read, folders become 0700 and files 0600.

    Stricter permissions stay.
    """
    folder = tmp_path / "files" / "kept"
    folder.mkdir(parents=True)
    for name, open_mode in (("words", 0o644), ("group", 0o660), ("closed", 0o400)):
        (folder / name).write_text(name)
        (folder / name).chmod(open_mode)
    for path in (tmp_path, folder.parent, folder):
        path.chmod(0o755)

    warning = home_folder.tighten(tmp_path)

    assert warning == ""
    assert [mode(p) for p in (tmp_path, folder.parent, folder)] == [0o700] * 3
    assert [mode(folder / name) for name in ("words", "group", "closed")] == [0o600, 0o600, 0o400]


def test_the_target_of_a_link_is_left_alone(tmp_path: Path):
    """A file to which a symbolic link leads keeps its permissions."""
    shared, own = tmp_path / "shared", tmp_path / "home"
    shared.mkdir()
    own.mkdir()
    (shared / "model").write_text("weights")
    (shared / "model").chmod(0o644)
    (own / "models").symlink_to(shared)

    warning = home_folder.tighten(own)

    assert warning == ""
    assert mode(shared / "model") == 0o644


def test_a_home_through_a_link_is_closed(tmp_path: Path):
    """If the home folder is a symbolic link, its target gets the permissions 0700."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o755)
    (tmp_path / "here").symlink_to(tmp_path / "there")

    home_folder.tighten(tmp_path / "here")

    assert mode(tmp_path / "there") == 0o700


def test_a_disk_without_permissions_gives_a_warning():
    """If permissions cannot be set, a warning names a file that others may be able to read."""
    warning = home_folder.tighten(Path("/proc/self/fdinfo"))

    assert "Other users of this machine may be able to read /proc" in warning
    assert "0700" in warning


def test_new_files_of_a_program_are_closed(tmp_path: Path):
    """After `write_privately` new files have the permissions 0600 and new folders 0700."""
    before = os.umask(0)
    try:
        home_folder.write_privately()
        (tmp_path / "words").write_text("words")
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)

    assert (mode(tmp_path / "words"), mode(tmp_path / "folder")) == (0o600, 0o700)
