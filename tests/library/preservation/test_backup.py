"""Tests of backups: they are consistent while the library is in use, and can be restored.

Covers: archive, checks, integrity, referenced_files, restore.
"""

import json
import os
import shutil
import sqlite3
import threading
import zipfile

import pytest
from sqlalchemy import select

from library import sealing
from library.access import Viewer
from library.accounts import people
from library.errors import InvalidInputError
from library.models import AuditEvent, MentoringSession, Role, Source
from library.preservation import archive as packed
from library.preservation import integrity
from library.preservation.backup import MADE, back_up
from library.preservation.checks import checks
from library.preservation.restore import check, restore
from library.removal import take_back
from library.sessions import sessions
from library.settings import Settings
from library.store import open_library
from tests.builders import add_account, add_session

ADMIN = Viewer(role=Role.ADMIN)


def objections(library):
    """Return all errors that the thorough checks of the library find."""
    return [finding for look in checks(thorough=True).values() for finding in look(library)]


def sound(number):
    """Return 50 kB whose bytes depend on the number."""
    return bytes([number % 251]) * 50_000


@pytest.fixture
def filled(library, mentor):
    """Library with six sessions, and with its keys."""
    for number in range(6):
        add_session(library, title=f"Talk {number}", content=sound(number), owner=mentor)
    (library.settings.home / "secret_key").write_text("a secret")
    sealing.key_of(library.settings.home)
    return library


def damage(backup, name):
    """Flip the bits of one byte in an entry of a backup."""
    with zipfile.ZipFile(backup) as archive:
        info = archive.getinfo(name)
    content = bytearray(backup.read_bytes())
    content[info.header_offset + 200 + info.file_size // 2] ^= 0xFF
    backup.write_bytes(content)


def test_a_backup_under_load_is_one_moment_of_the_library(filled, mentor, tmp_path):
    """A backup that was made during writes can be restored to a valid library.

    Sessions that were removed during the backup are not restored.
    """
    out, stop, added = tmp_path / "backup.zip", threading.Event(), []
    started = threading.Event()

    def write():
        while not stop.is_set():
            number = 10 + len(added)
            built = add_session(filled, title=f"T {number}", content=sound(number), owner=mentor)
            added.append(built.session_id)
            if len(added) % 2:
                take_back.take_back(filled, mentor.viewer, added[-1])
            started.set()

    writer = threading.Thread(target=write)
    writer.start()
    started.wait(120)
    to_remove = [1]

    def progress(_done, _total):
        if to_remove:  # remove a file of the snapshot during the copy
            take_back.take_back(filled, mentor.viewer, to_remove.pop())

    backup = back_up(filled, out, progress=progress)
    stop.set()
    writer.join()
    result = restore(out, tmp_path / "restored")
    opened = open_library(Settings(home=tmp_path / "restored"))

    assert (backup.missing, list(result.damage)) == ([], [])
    assert objections(opened) == []
    with opened.reading() as db:
        titles = [s.title for s in sessions.visible(db, ADMIN)]
    assert {title for title in titles if title.startswith("Talk")} == {
        f"Talk {number}" for number in range(1, 6)
    }
    assert not list(filled.files.held.iterdir())
    opened.close()


def test_a_restored_library_has_the_same_files(filled, tmp_path):
    """A restored library has the same files and keys as before. It has no models."""
    out = tmp_path / "backup.zip"

    back_up(filled, out)
    restore(out, tmp_path / "restored")

    restored = Settings(home=tmp_path / "restored")
    reopened = open_library(restored)
    with filled.reading() as db, reopened.reading() as other:
        hashes = list(db.scalars(select(Source.sha256)))
        assert hashes == list(other.scalars(select(Source.sha256)))
    for sha256 in hashes:
        assert reopened.files.path(sha256).read_bytes() == filled.files.path(sha256).read_bytes()
    assert (restored.home / "secret_key").read_text() == "a secret"
    assert sealing.key_of(restored.home) == sealing.key_of(filled.settings.home)
    assert not (restored.home / "models").exists()
    assert out.stat().st_mode & 0o077 == 0
    reopened.close()


def test_one_corrupted_file_is_named_and_the_rest_kept(filled, tmp_path):
    """A restore reports a damaged file, adds a notice to its source, and moves it to `damaged`.

    All other files are restored.
    """
    out, home = tmp_path / "backup.zip", tmp_path / "restored"
    back_up(filled, out)
    with filled.reading() as db:
        source = db.scalars(select(Source)).first()
    name = f"files/kept/{source.sha256[:2]}/{source.sha256}"
    damage(out, name)

    result = restore(out, home)

    restored = open_library(Settings(home=home))
    with restored.reading() as db:
        assert len(db.scalars(select(MentoringSession)).all()) == 6
        row = db.get(Source, source.id)
    assert [found.name for found in result.damage] == [name]
    assert source.filename in result.damage[0].sentence
    assert "damaged in the backup" in row.notices[-1]["message"]
    assert len((home / "damaged" / source.sha256).read_bytes()) == source.size
    assert len(list(restored.files.all_kept())) == 5
    assert [finding for finding in objections(restored) if "is missing" in finding] == objections(
        restored
    )
    assert check(out) == [f"{name} is damaged."]
    restored.close()


@pytest.mark.parametrize("spoil", ["library.db", "end", "manifest.json", "other", "newer"])
def test_an_unusable_backup_is_refused(filled, tmp_path, spoil):
    """A damaged backup, a backup of a newer version, and a file of another kind are refused.

    Nothing is restored from them.
    """
    out, home = tmp_path / "backup.zip", tmp_path / "restored"
    back_up(filled, out)
    if spoil == "end":
        out.write_bytes(out.read_bytes()[:-3000])
    elif spoil == "other":
        out.write_bytes(b"no backup")
    elif spoil == "newer":
        with zipfile.ZipFile(out) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("manifest.json", json.dumps({**manifest, "schema": "9999"}))
    else:
        damage(out, spoil)

    with pytest.raises(InvalidInputError):
        restore(out, home)

    assert not home.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_backup_overwrites_nothing(filled, tmp_path):
    """A backup overwrites no existing file, and a restore needs an empty folder."""
    out = tmp_path / "backup.zip"
    back_up(filled, out)

    with pytest.raises(InvalidInputError, match="already exists"):
        back_up(filled, out)
    with pytest.raises(InvalidInputError, match="not empty"):
        restore(out, filled.settings.home)


def test_a_backup_can_leave_out_the_keys(filled, tmp_path):
    """A backup can be made without the keys."""
    out = tmp_path / "backup.zip"

    back_up(filled, out, keys=False)

    with zipfile.ZipFile(out) as archive:
        assert not set(packed.KEYS) & set(archive.namelist())


def test_an_entry_with_another_name_is_not_written(filled, tmp_path):
    """An entry of a backup whose name leads outside the home folder is not restored."""
    out, home = tmp_path / "backup.zip", tmp_path / "restored"
    back_up(filled, out)
    with zipfile.ZipFile(out) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content["manifest.json"])
    manifest["entries"].append({**manifest["entries"][0], "name": "../escaped"})
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {**content, "../escaped": content["library.db"]}.items():
            archive.writestr(name, json.dumps(manifest) if name == "manifest.json" else data)

    restore(out, home)

    assert not (tmp_path / "escaped").exists()


def test_a_missing_file_is_reported_by_the_backup(filled, tmp_path):
    """A file that is missing during a backup is reported, also in the audit log."""
    with filled.reading() as db:
        source = db.scalars(select(Source)).first()
    filled.files.remove(source.sha256)

    result = back_up(filled, tmp_path / "backup.zip")

    assert result.missing == [f"files/kept/{source.sha256[:2]}/{source.sha256}"]
    with filled.reading() as db:
        event = db.scalar(select(AuditEvent).where(AuditEvent.action == MADE))
    assert event is not None
    assert event.detail["missing"] == 1


def test_missing_changed_and_orphaned_files_are_reported(filled):
    """The checks report missing, changed and orphaned files."""
    with filled.reading() as db:
        first, second, third = db.scalars(select(Source)).all()[:3]
    filled.files.remove(first.sha256)
    place = filled.files.place(second.sha256)
    place.write_bytes(b"x" * second.size)
    filled.files.place(third.sha256).write_bytes(b"short")
    stray = filled.files.place("ab" * 32)
    stray.parent.mkdir(exist_ok=True)
    shutil.copy2(filled.settings.home / "secret_key", stray)
    os.utime(stray, (0, 0))

    quick = list(integrity.files(filled, thorough=False))
    thorough = list(integrity.files(filled, thorough=True))

    assert [first.filename in finding or third.filename in finding for finding in quick] == [
        True,
        True,
    ]
    assert any(second.filename in finding and "was changed" in finding for finding in thorough)
    assert len(thorough) == 3
    assert list(integrity.orphans(filled)) == [
        f"The library does not use the file ab/{'ab' * 32}. If no one needs it, delete it."
    ]


def test_a_passage_without_a_vector_is_reported(filled):
    """The checks report a passage without an embedding."""
    with filled.transaction() as db:
        db.connection().exec_driver_sql("DELETE FROM embedding WHERE passage_id = 1")

    assert [finding.split()[0] for finding in integrity.vectors(filled)] == ["1"]


def test_an_invalid_foreign_key_is_reported(filled):
    """The checks report a row with an invalid foreign key."""
    with sqlite3.connect(filled.settings.home / "library.db") as raw:
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("UPDATE source SET session_id = 999 WHERE id = 1")
    raw.close()

    found = list(integrity.database(filled, thorough=True))

    assert any("source" in finding for finding in found)


def test_accounts_are_part_of_a_backup(filled, tmp_path):
    """A backup contains the accounts, and a restore brings them back."""
    person = add_account(filled, "Zoe Later", Role.MENTOR)
    out = tmp_path / "backup.zip"
    back_up(filled, out)
    restore(out, tmp_path / "restored")

    restored = open_library(Settings(home=tmp_path / "restored"))
    with restored.reading() as db:
        assert people.by_email(db, person.email) is not None
    restored.close()
