"""Tests of the removal record: a restore repeats the removals after the backup."""

import json
import os
import sqlite3
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from library.errors import InvalidInputError
from library.models import (
    MentoringSession,
    Person,
    RecordedRemoval,
    Redaction,
    SourceKind,
    Upload,
    now,
)
from library.preservation import archive as packed
from library.preservation import backup_folders
from library.preservation.backup import back_up
from library.preservation.checks import checks
from library.preservation.restore import restore
from library.removal import (
    account_deletion,
    account_deletion_sessions,
    legal_holds,
    take_back,
    trash,
)
from library.removal import redaction as off_record
from library.removal.account_deletion import DeletionRequest, OwnName
from library.removal.redaction import TimeRange, Wording
from library.sessions import erasure, removal_record, sources
from library.settings import Settings
from library.store import open_library
from library.transcripts import versions
from tests.builders import add_part, add_session
from tests.remains import remains_of

SECRET = "zanzibarflamingo"
SENTENCE = f"Our password was {SECRET} until Easter."
LINES = [("Ada", "Ask for feedback the same day."), ("Ben", SENTENCE)]


@pytest.fixture
def talk(library, mentor):
    """Session with the secret, of which the tests make a backup."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, content=SECRET.encode())


@pytest.fixture
def note(library, mentor):
    """Note with the secret, of which the tests make a backup."""
    library.forget_passages = list
    paragraphs = [("", "It begins here."), ("", SENTENCE), ("", "And ends.")]
    content = "\n\n".join(text for _, text in paragraphs).encode()
    return add_session(
        library, owner=mentor, lines=paragraphs, content=content, kind=SourceKind.NOTE
    )


class Backups:
    """Backup of a library, and the libraries that were restored from it."""

    def __init__(self, library, folder):
        self._library, self._folder = library, folder
        self.file = folder / "backup.zip"
        self.opened = []

    def make(self, **options):
        """Write the backup."""
        back_up(self._library, self.file, **options)

    def restore(self, **options):
        """Restore the backup into a new folder. Return the library and the result."""
        home = self._folder / f"restored-{len(self.opened)}"
        result = restore(self.file, home, **options)
        self.opened.append(open_library(Settings(home=home)))
        return self.opened[-1], result


@pytest.fixture
def backups(library, tmp_path):
    """Backups of the library. The restored libraries are closed after the test."""
    own = Backups(library, tmp_path)
    yield own
    for one in own.opened:
        one.close()


def lines_of(library):
    """Return the lines of the removal record."""
    return removal_record.read(library.settings.home / removal_record.NAME).lines


def test_a_session_that_was_taken_back_stays_gone(library, mentor, talk, backups):
    """A session that was taken back after the backup is not restored.

    The removal record has no text of the session.
    """
    backups.make()
    take_back.take_back(library, mentor.viewer, talk.session_id)

    restored, result = backups.restore(home=library.settings.home)

    assert result.repeated.removals == 1
    assert remains_of(restored.settings.home, SECRET) == []
    record = (library.settings.home / removal_record.NAME).read_text()
    assert SECRET not in record
    assert [line["kind"] for line in lines_of(library)] == ["known", "session"]
    assert [
        objection for look in checks(thorough=True).values() for objection in look(restored)
    ] == []


def test_the_trash_and_a_hold_of_that_day_do_not_bring_it_back(
    library, mentor, admin, talk, backups
):
    """A session with a legal hold at the time of the backup can be removed later.

    A restore of the backup removes the session again.
    """
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, talk.session_id, hold=True, reason="A suit")
    backups.make()
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, talk.session_id, hold=False, reason="It is over")
        trash.put(db, mentor.viewer, talk.session_id)
    trash.remove_now(library, mentor.viewer, talk.session_id)

    restored, _ = backups.restore(home=library.settings.home)

    assert remains_of(restored.settings.home, SECRET) == []


def test_a_part_that_was_taken_back_stays_gone(library, mentor, note, backups):
    """A source that was taken back after the backup is not restored.

    The other source of the session is restored.
    """
    part = add_part(library, note.session_id, lines=[("", "More.")], content=SECRET.encode())
    backups.make()
    take_back.take_back_source(library, mentor.viewer, part.source_id)

    restored, _ = backups.restore(home=library.settings.home)

    with restored.reading() as db:
        session = db.get(MentoringSession, note.session_id)
        assert [source.id for source in session.sources] == [note.source_id]


def test_a_redacted_range_stays_redacted(library, mentor, talk, backups):
    """A restore repeats a redaction that was made after the backup.

    The worker still has to rewrite the audio.
    """
    backups.make()
    off_record.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    restored, _ = backups.restore(home=library.settings.home)

    files = remains_of(restored.settings.home, "password was")
    with restored.reading() as db:
        redaction = db.scalar(select(Redaction))
    assert files == []
    assert (redaction.start, redaction.end, redaction.trimmed_at) == (10.0, 20.0, None)


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "another wording"])
def test_redacted_text_of_a_note_stays_redacted(library, mentor, note, backups, edited):
    """A restore repeats a redaction in a note by paragraph.

    If the note changed meanwhile, the restore finds the text by its word sequences.
    """
    backups.make()
    if edited:
        with library.transaction() as db:
            source = sources.get(db, note.source_id)
            texts = ["It begins here.", "Before that.", f"Well! {SENTENCE}", "And ends."]
            segments = [versions.SegmentDraft(text=text) for text in texts]
            versions.save_version(db, source, segments, origin="correction")
    words = f"password was {SECRET} until"
    off_record.redact(library, mentor.viewer, Wording(note.source_id, 1 + edited, words))

    restored, result = backups.restore(home=library.settings.home)

    assert result.repeated.removals == 1
    assert remains_of(restored.settings.home, SECRET) == []
    with restored.reading() as db:
        version = versions.current_version(db, note.source_id)
        texts = [segment.text for segment in versions.segments_of(db, version.id)]
    assert texts == ["It begins here.", "Our Easter.", "And ends."]


def test_without_the_key_a_note_is_hidden(library, mentor, note, backups):
    """A restore without the library's key cannot repeat a redaction in a note.

    The restore puts the session of the note into the trash.
    """
    backups.make(keys=False)
    off_record.redact(library, mentor.viewer, Wording(note.source_id, 1))
    record = library.settings.home / removal_record.NAME

    restored, result = backups.restore(records=[record])

    assert result.repeated.hidden == [note.session_id]
    with restored.reading() as db:
        assert db.get(MentoringSession, note.session_id).trashed_at is not None


def test_an_account_that_was_deleted_stays_deleted(library, mentor, talk, backups):
    """An account that was deleted after the backup is not restored."""
    backups.make()
    account_deletion.delete_account(
        library, mentor.viewer, mentor.id, DeletionRequest(name=OwnName.REPLACE)
    )

    restored, _ = backups.restore(home=library.settings.home)

    with restored.reading() as db:
        person = db.get(Person, mentor.id)
        assert person is None or (person.email, person.name) == (
            None,
            f"{account_deletion_sessions.NAMELESS} ({mentor.id})",
        )


def test_an_upload_of_the_same_bytes_goes_as_well(library, mentor, talk, backups):
    """If a file was removed after the backup, a waiting upload of it is not restored."""
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        sha256, size = source.sha256, source.size
        db.add(
            Upload(
                id="waits",
                person_id=mentor.id,
                filename="a.ogg",
                size=size,
                received=size,
                sha256=sha256,
                expires_at=now() + timedelta(days=7),
            )
        )
    backups.make()
    take_back.take_back(library, mentor.viewer, talk.session_id)

    restored, _ = backups.restore(home=library.settings.home)

    assert not restored.files.has(sha256)


def test_a_number_that_is_another_sessions_now_is_left_alone(library, mentor, talk, backups):
    """A restore does not remove another session that has the id of a removed session."""
    backups.make()
    later = add_session(library, owner=mentor, title="Later")
    take_back.take_back(library, mentor.viewer, later.session_id)
    restored, _ = backups.restore(home=library.settings.home)
    other = add_session(restored, title="Other")

    second = restored.settings.home.parent / "second.zip"
    back_up(restored, second)
    restore(second, restored.settings.home.parent / "third", home=library.settings.home)

    third = open_library(Settings(home=restored.settings.home.parent / "third"))
    with third.reading() as db:
        assert other.session_id == later.session_id
        assert db.get(MentoringSession, other.session_id).deleted_at is None
    third.close()


def test_the_record_beside_the_backup_is_found(library, mentor, talk, backups):
    """A restore uses the removal record in the folder of the backup."""
    backups.make()
    take_back.take_back(library, mentor.viewer, talk.session_id)
    without, before = backups.restore()
    back_up(library, backups.file.with_name("later.zip"))

    restored, after = backups.restore()

    assert remains_of(without.settings.home, SECRET) != []
    assert remains_of(restored.settings.home, SECRET) == []
    assert after.unknown_from >= before.unknown_from
    assert backups.file.with_name(removal_record.NAME).stat().st_mode & 0o077 == 0


def test_a_removal_holds_without_the_file_which_is_completed_later(library, mentor, talk, backups):
    """If the record file cannot be written, the removal is recorded in the database.

    The record file gets the line later.
    """
    backups.make()
    path = library.settings.home / removal_record.NAME
    path.unlink()
    path.mkdir()

    take_back.take_back(library, mentor.viewer, talk.session_id)
    findings = list(checks(thorough=False)["Removal record"](library))
    path.rmdir()
    erasure.finish(library)

    assert "1 removal is not in" in findings[0]
    assert [line["kind"] for line in lines_of(library)] == ["session"]
    restored, _ = backups.restore(home=library.settings.home)
    assert remains_of(restored.settings.home, SECRET) == []


def test_a_process_that_is_killed_before_the_line_leaves_it_to_the_next(library, mentor, talk):
    """If a process is killed before it records a removal, the next process records the removal."""
    with library.transaction() as db:
        take_back.destroy(db, mentor.viewer, db.get(MentoringSession, talk.session_id))
    reopened = open_library(library.settings)

    erasure.finish(reopened)

    reopened.close()
    assert [line["session"] for line in lines_of(library)] == [talk.session_id]


def test_a_line_that_was_cut_off_is_written_again(library, mentor, talk):
    """An incomplete last line of the removal record is written again. No line is lost."""
    take_back.take_back(library, mentor.viewer, talk.session_id)
    path = library.settings.home / removal_record.NAME
    path.write_bytes(path.read_bytes()[:-20])
    second = add_session(library, owner=mentor, title="Second")

    take_back.take_back(library, mentor.viewer, second.session_id)

    assert [line["session"] for line in lines_of(library)] == [talk.session_id, second.session_id]
    assert removal_record.missing(library) == 0


def test_a_restored_folder_is_its_owners_alone(library, talk, backups):
    """Other users of the computer cannot read the files and folders of a restored library."""
    backups.make()

    restored, _ = backups.restore()

    home = restored.settings.home
    modes = {path.stat().st_mode & 0o077 for path in [home, *home.rglob("*")]}
    assert modes == {0}


def test_a_backup_of_an_earlier_version_takes_the_record(library, mentor, talk, backups):
    """A restore of a backup without a library id repeats the removals in the record too."""
    backups.make()
    rewrite(backups.file, library="")
    take_back.take_back(library, mentor.viewer, talk.session_id)

    restored, _ = backups.restore(home=library.settings.home)

    assert remains_of(restored.settings.home, SECRET) == []


def test_an_invalid_removal_record_is_refused(library, talk, backups):
    """A file that is not a removal record is refused."""
    backups.make()
    other = backups.file.with_name("other.txt")
    other.write_text("nothing")

    with pytest.raises(InvalidInputError, match="is not a removal record"):
        backups.restore(records=[other])


def rewrite(path, **changed):
    """Change fields in the manifest of a backup."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = {**json.loads(content[packed.MANIFEST]), **changed}
    content[packed.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


@pytest.fixture
def old_ones(library, talk, tmp_path):
    """Folder with backups and other files, which are all forty days old."""
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("mine.zip", "unnamed.zip", "another.zip"):
        back_up(library, folder / name)
    rewrite(folder / "unnamed.zip", library="")
    rewrite(folder / "another.zip", library="f" * 32)
    (folder / "notes.txt").write_text("keep me")
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        archive.writestr("a", "b")
    then = (datetime.now(UTC) - timedelta(days=40)).timestamp()
    for path in folder.iterdir():
        os.utime(path, (then, then))
    return folder


def names_in(folder):
    """Return the names of the files in a folder, except the removal record."""
    return {path.name for path in folder.iterdir()} - {removal_record.NAME}


def test_older_backups_of_the_library_are_removed_and_nothing_else(library, old_ones):
    """Old backups of the library are deleted. Other files and other libraries' backups stay.

    A backup without a library id is deleted only if this is requested.
    """
    new = old_ones / "new.zip"
    back_up(library, new)

    first = backup_folders.remove_older(library, new, 30, unnamed=False)
    second = backup_folders.remove_older(library, new, 30, unnamed=True)

    assert [path.name for path in [*first, *second]] == ["mine.zip", "unnamed.zip"]
    assert names_in(old_ones) == {"another.zip", "new.zip", "notes.txt", "photos.zip"}


def test_no_backup_is_removed_while_the_new_one_is_damaged(library, old_ones):
    """If the new backup is damaged, no older backup is deleted."""
    new = old_ones / "new.zip"
    back_up(library, new)
    content = bytearray(new.read_bytes())
    content[5000] ^= 0xFF
    new.write_bytes(content)

    with pytest.raises(InvalidInputError, match="no older backup was removed"):
        backup_folders.remove_older(library, new, 30, unnamed=True)

    assert "mine.zip" in names_in(old_ones)


def test_verify_names_backups_that_are_older_than_promised(library, old_ones):
    """`verify` reports backups of the library that should be deleted by now."""
    findings = list(checks(thorough=False)["Backups"](library))

    assert ["mine.zip" in findings[0], "unnamed.zip" in findings[1], len(findings)] == [
        True,
        True,
        2,
    ]


def test_the_rows_contain_the_lines_of_the_record(library, mentor, talk):
    """The database has the lines of the removal record, so that the file can be rebuilt."""
    take_back.take_back(library, mentor.viewer, talk.session_id)
    (library.settings.home / removal_record.NAME).unlink()

    removal_record.complete(library)

    with closing(sqlite3.connect(library.settings.home / "library.db")) as raw:
        rows = raw.execute("SELECT content FROM recorded_removal").fetchall()
    assert [json.loads(row[0]) for row in rows] == list(lines_of(library))
    with library.reading() as db:
        assert db.scalar(select(RecordedRemoval.written_at)) is not None
