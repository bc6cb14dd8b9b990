"""Tests of the upgrade of a library from a version without consent and release."""

import sqlite3
from contextlib import closing

import pytest

from library.access import Viewer
from library.consent import release
from library.models import MentoringSession, Release, Role, SpeakerConsent
from library.preservation import checks
from library.sessions import sessions
from library.settings import Settings
from library.store import make_at, open_library
from tests.make_exports import THEN, as_stored

BEFORE_RELEASES = "0008"
OWNER, PARTICIPANT, STRANGER = 1, 2, 3
SESSIONS = {11: "private", 12: "members", 13: "public"}
PEOPLE = {OWNER: "Ada Owner", PARTICIPANT: "Ben Part", STRANGER: "Cleo Stranger"}


def _rows():
    for person, name in PEOPLE.items():
        yield "person", {"id": person, "name": name, "role": "mentee", "active": 1}
    for session, visibility in SESSIONS.items():
        about = {"title": visibility, "form": "one-to-one", "visibility": visibility}
        yield "mentoring_session", {"id": session, "owner_id": OWNER, "updated_at": THEN, **about}
        part = {"session_id": session, "person_id": PARTICIPANT, "part": "mentor"}
        yield "participant", part


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """Library of schema 0008 with a session of each visibility, opened by the current program."""
    home = tmp_path_factory.mktemp("old")
    make_at(home / "library.db", BEFORE_RELEASES)
    with closing(sqlite3.connect(home / "library.db")) as raw, raw:
        for table, row in _rows():
            stored = as_stored(row, list(raw.execute(f"PRAGMA table_info({table})")))
            columns, marks = ", ".join(stored), ", ".join("?" * len(stored))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - ours
            raw.execute(insert, [*stored.values()])
    opened = open_library(Settings(home=home))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (Viewer(), {"public"}),
        (Viewer(person_id=STRANGER, role=Role.MENTEE), {"members", "public"}),
        (Viewer(person_id=PARTICIPANT, role=Role.MENTEE), {"private", "members", "public"}),
        (Viewer(person_id=OWNER, role=Role.MENTEE), {"private", "members", "public"}),
    ],
    ids=["guest", "stranger", "participant", "owner"],
)
def test_each_viewer_sees_the_same_sessions_as_before(upgraded, viewer, seen):
    """After the upgrade each viewer sees the same sessions as before."""
    with upgraded.reading() as db:
        titles = {session.title for session in sessions.visible(db, viewer)}

    assert titles == seen


def test_participants_have_a_waived_consent(upgraded):
    """After the upgrade, the consent of each participant of a shared session is waived."""
    with upgraded.reading() as db:
        lines = {
            (line.session_id, line.person_id): line.state.value for line in db.query(SpeakerConsent)
        }
        states = {
            session.title: release.compute(db, session) for session in db.query(MentoringSession)
        }

    assert lines == {(12, PARTICIPANT): "waived", (13, PARTICIPANT): "waived"}
    assert states["members"] is states["public"] is Release.RELEASED
    assert states["private"] is Release.KEPT


def test_the_upgraded_library_passes_all_checks(upgraded):
    """After the upgrade, the checks find no error in the library."""
    assert [
        finding for look in checks.checks(thorough=False).values() for finding in look(upgraded)
    ] == []
