"""Tests of repeated removals: a restore repeats the removals that were made after the backup."""

import shutil

from sqlalchemy import select

from library.models import MentoringSession, RecordedRemoval
from library.preservation.backup import back_up
from library.preservation.reapply_removals import reapply
from library.preservation.restore import restore
from library.removal import take_back
from library.sessions import removal_record
from library.settings import Settings
from library.store import open_library
from tests.builders import add_session


def test_a_removal_is_repeated_once(library, mentor, tmp_path):
    """A restored library repeats a recorded removal only once."""
    library.forget_passages = list
    built = add_session(library, title="Removed later", owner=mentor)
    other = add_session(library, title="Kept", owner=mentor)
    back_up(library, tmp_path / "backup.zip")
    (tmp_path / "apart").mkdir()
    backup = shutil.copy(tmp_path / "backup.zip", tmp_path / "apart" / "backup.zip")
    take_back.take_back(library, mentor.viewer, built.session_id)
    lines = removal_record.read(library.settings.home / removal_record.NAME).lines
    restore(backup, tmp_path / "home")
    restored = open_library(Settings(home=tmp_path / "home"))
    restored.forget_passages = list

    first, second = reapply(restored, lines), reapply(restored, lines)

    with restored.reading() as db:
        titles = [db.get(MentoringSession, one.session_id).title for one in (built, other)]
        recorded_ids = set(db.scalars(select(RecordedRemoval.uid)))
    restored.close()
    assert (first.removals, second.removals) == (1, 0)
    assert titles == ["Removed", "Kept"]
    assert {line["id"] for line in lines if line["kind"] == "session"} <= recorded_ids
