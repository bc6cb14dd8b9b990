"""A library that was filled before releases existed: who could see what, still can."""

import sqlite3
from contextlib import closing

import pytest

from library.access import Viewer
from library.consent import release
from library.holdings import sessions
from library.keeping import verify
from library.models import MentoringSession, Release, Role, SpeakerRelease
from library.settings import Settings
from library.store import make_at, open_library
from tests.making_exports import THEN, as_kept

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
    """A library of schema 0008 with a session of each visibility, opened by today's product."""
    home = tmp_path_factory.mktemp("old")
    make_at(home / "library.db", BEFORE_RELEASES)
    with closing(sqlite3.connect(home / "library.db")) as raw, raw:
        for table, row in _rows():
            kept = as_kept(row, list(raw.execute(f"PRAGMA table_info({table})")))
            columns, marks = ", ".join(kept), ", ".join("?" * len(kept))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - ours
            raw.execute(insert, [*kept.values()])
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
def test_everybody_sees_what_they_saw_before(upgraded, viewer, seen):
    """Nobody was asked then: what others could find stays findable, what was private stays so."""
    with upgraded.reading() as db:
        titles = {session.title for session in sessions.visible(db, viewer)}

    assert titles == seen


def test_those_who_took_part_are_written_down_as_not_asked(upgraded):
    """They can still take it back: each has a line, which says that nobody asked them."""
    with upgraded.reading() as db:
        lines = {
            (line.session_id, line.person_id): line.state.value for line in db.query(SpeakerRelease)
        }
        states = {
            session.title: release.follows(db, session) for session in db.query(MentoringSession)
        }

    assert lines == {(12, PARTICIPANT): "waived", (13, PARTICIPANT): "waived"}
    assert states["members"] is states["public"] is Release.RELEASED
    assert states["private"] is Release.KEPT


def test_the_upgraded_library_is_whole(upgraded):
    """The check that administrators run has nothing to say."""
    assert [
        said for look in verify.checks(thorough=False).values() for said in look(upgraded)
    ] == []
