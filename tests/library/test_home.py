"""The home folder is closed to other users of the machine, whatever was there before."""

import os
from pathlib import Path

from library import home


def mode(path: Path) -> int:
    """The permission bits of a path."""
    return path.stat().st_mode & 0o777


def test_a_new_home_is_closed(tmp_path: Path):
    """Only its owner can look into a home that was just made."""
    home.prepare(tmp_path / "new")

    assert mode(tmp_path / "new") == 0o700


def test_an_open_home_is_closed_with_all_that_is_in_it(tmp_path: Path):
    """Folders become 0700 and files 0600; what was closed already stays as it is."""
    folder = tmp_path / "files" / "kept"
    folder.mkdir(parents=True)
    for name, open_mode in (("words", 0o644), ("group", 0o660), ("closed", 0o400)):
        (folder / name).write_text(name)
        (folder / name).chmod(open_mode)
    for path in (tmp_path, folder.parent, folder):
        path.chmod(0o755)

    said = home.tighten(tmp_path)

    assert said == ""
    assert [mode(p) for p in (tmp_path, folder.parent, folder)] == [0o700] * 3
    assert [mode(folder / name) for name in ("words", "group", "closed")] == [0o600, 0o600, 0o400]


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path):
    """Models that several libraries share keep their permissions."""
    shared, own = tmp_path / "shared", tmp_path / "home"
    shared.mkdir()
    own.mkdir()
    (shared / "model").write_text("weights")
    (shared / "model").chmod(0o644)
    (own / "models").symlink_to(shared)

    said = home.tighten(own)

    assert said == ""
    assert mode(shared / "model") == 0o644


def test_a_home_through_a_link_is_closed(tmp_path: Path):
    """A home that is named by a link is closed where it lies."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o755)
    (tmp_path / "here").symlink_to(tmp_path / "there")

    home.tighten(tmp_path / "here")

    assert mode(tmp_path / "there") == 0o700


def test_a_disk_that_keeps_no_permissions_is_a_sentence():
    """Where permissions cannot be set nothing breaks: it is said which file stays open."""
    said = home.tighten(Path("/proc/self/fdinfo"))

    assert "Other users of this machine may be able to read /proc" in said
    assert "0700" in said


def test_new_files_of_a_program_are_closed(tmp_path: Path):
    """After the first step of every program its new files are its own."""
    before = os.umask(0)
    try:
        home.write_privately()
        (tmp_path / "words").write_text("words")
        (tmp_path / "folder").mkdir()
    finally:
        os.umask(before)

    assert (mode(tmp_path / "words"), mode(tmp_path / "folder")) == (0o600, 0o700)
