"""Tests of the system status: number of sessions, last check and last backup."""

import pytest

from library.access import GUEST
from library.errors import NotAllowedError
from library.overview import status
from library.preservation.backup import back_up
from tests.builders import add_session


def test_the_status_names_the_last_check_and_backup(library, admin, tmp_path):
    """The status of a new library has no check and no backup.

    After a backup, the status has the audit event and the time of the backup.
    """
    add_session(library)
    with library.reading() as db:
        before = status.status(library, db, admin.viewer)
    back_up(library, tmp_path / "backup.zip")
    with library.reading() as db:
        after = status.status(library, db, admin.viewer)

    assert (before.total, before.check, before.backup, before.last_backup) == (1, None, None, None)
    assert after.backup is not None
    assert after.first_backup == after.last_backup == after.backup.at


def test_only_administrators_see_the_status(library):
    """A guest cannot read the system status."""
    with library.reading() as db, pytest.raises(NotAllowedError):
        status.status(library, db, GUEST)
