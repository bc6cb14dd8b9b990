"""Tests of the upgrade from schema 0023: which released sessions stay visible."""

import sqlite3
from contextlib import closing

import pytest

from library.access import Viewer
from library.consent import release_holds
from library.models import MentoringSession, Role, SpeakerIdentity
from library.preservation import checks
from library.sessions import sessions
from library.settings import Settings
from library.speakers import naming
from library.store import make_at, open_library
from tests.make_exports import THEN, as_stored

BEFORE = "0023"
ADA, BEN, CLEO, STRANGER, SHORT = 1, 2, 3, 4, 5
PEOPLE = {
    ADA: "Ada Owner",
    BEN: "Ben Part",
    CLEO: "Cleo Voice",
    STRANGER: "Sam Stranger",
    SHORT: "Ben",
}
MEMBER = Viewer(person_id=STRANGER, role=Role.MENTEE)

# title: (person of each label, or None without a transcript), (answer of each person)
SESSIONS = {
    "listed": ({"Ada Owner": ADA, "Ben Part": BEN}, {ADA: "agreed", BEN: "agreed"}),
    "unnamed": ({"Ada Owner": ADA, "Speaker 2": None}, {ADA: "agreed", BEN: "agreed"}),
    "no speaker": ({"Ada Owner": ADA, "": None}, {ADA: "agreed", BEN: "agreed"}),
    "a role": ({"Interviewer": CLEO}, {ADA: "agreed", BEN: "agreed"}),
    "agreed": ({"Cleo Voice": CLEO}, {BEN: "agreed", CLEO: "agreed"}),
    "explained": ({"Cleo Voice": CLEO}, {BEN: "agreed", CLEO: "same"}),
    "never asked": ({"Cleo Voice": CLEO}, {BEN: "agreed"}),
    "short": ({"Ben": SHORT}, {BEN: "agreed"}),
    "not heard": (None, {BEN: "agreed"}),
    "note": ({"": None}, {BEN: "agreed"}),
    "conversation": ({"Ada Owner": ADA, "Speaker 2": None}, {BEN: "agreed"}),
    "own words": ({"Ada Owner": ADA}, {ADA: "agreed", BEN: "agreed"}),
    "private": ({"Speaker 2": None}, {}),
}
NOTES = {"note", "conversation", "own words"}
VISIBLE = {"listed", "agreed", "explained", "short", "note", "own words"}
TO_NAME = {"unnamed", "no speaker", "a role", "never asked", "conversation"}


def _rows():
    for person, name in PEOPLE.items():
        yield "person", {"id": person, "name": name, "role": "mentor", "active": 1}
    for number, (title, (speakers, answers)) in enumerate(SESSIONS.items(), start=11):
        wide = title != "private"
        yield (
            "mentoring_session",
            {
                "id": number,
                "title": title,
                "form": "one-to-one",
                "visibility": "members" if wide else "participants",
                "release": "released" if wide else "kept",
                "owner_id": ADA,
                "updated_at": THEN,
            },
        )
        yield "participant", {"session_id": number, "person_id": BEN, "part": "mentor"}
        for person, state in answers.items():
            answer = {"session_id": number, "person_id": person, "state": state}
            yield "speaker_release", {**answer, "answered_at": THEN, "audience": "members"}
        yield "source", _source(number, "note" if title in NOTES else "recording")
        if speakers is not None:
            version = {"id": number, "source_id": number, "number": 1, "current": 1}
            yield "transcript_version", {**version, "origin": "import"}
            for ordinal, (label, person) in enumerate(speakers.items()):
                content = {"text": "Words.", "words": "[]", "suspect": "", "place": ""}
                where = {"id": 10 * number + ordinal, "version_id": number, "ordinal": ordinal}
                yield "segment", {**where, **content, "speaker": label, "person_id": person}


def _source(number, kind):
    about = {"filename": "talk.ogg", "sha256": f"{number:064}", "size": 1, "notices": "[]"}
    work = {"state": "ready", "stage": "indexed", "progress": 1.0, "attempts": 1}
    return {"id": number, "session_id": number, "kind": kind, **about, **work}


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """Library of schema 0023 with released sessions, opened by the current program."""
    home = tmp_path_factory.mktemp("old")
    make_at(home / "library.db", BEFORE)
    with closing(sqlite3.connect(home / "library.db")) as raw, raw:
        for table, row in _rows():
            stored = as_stored(row, list(raw.execute(f"PRAGMA table_info({table})")))
            columns, marks = ", ".join(stored), ", ".join("?" * len(stored))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - ours
            raw.execute(insert, [*stored.values()])
    opened = open_library(Settings(home=home))
    yield opened
    opened.close()


def test_a_session_with_an_unknown_speaker_is_hidden(upgraded):
    """The upgrade hides released sessions with an unknown speaker or without a transcript.

    All other released sessions stay visible.
    """
    with upgraded.reading() as db:
        titles = {session.title for session in sessions.visible(db, MEMBER)}

    assert titles == VISIBLE


def test_owner_and_administrators_find_sessions_to_name(upgraded):
    """After the upgrade, owner and administrator find the same sessions with unnamed speakers."""
    lists = []
    for viewer in (
        Viewer(person_id=ADA, role=Role.MENTOR),
        Viewer(person_id=STRANGER, role=Role.ADMIN),
    ):
        with upgraded.reading() as db:
            waiting = sessions.visible(db, viewer, only=naming.to_name(viewer))
            lists.append({session.title for session in waiting})

    assert lists == [TO_NAME, TO_NAME]


def test_the_migration_agrees_with_the_release_rule(upgraded):
    """After the migration, the checks find no error in the stored releases."""
    assert list(checks.checks(thorough=False)["Releases"](upgraded)) == []


def test_a_name_decided_before_the_upgrade_is_confirmed(upgraded):
    """The name of a person who answered before the upgrade counts as confirmed by that person.

    A short form of a participant's name counts as confirmed, too, but by no person.
    """
    with upgraded.reading() as db:
        by = {
            db.get_one(MentoringSession, row.source_id).title: row.confirmed_by
            for row in db.query(SpeakerIdentity)
            if row.confirmed_at is not None and row.label in {"Cleo Voice", "Ben"}
        }
        private = db.query(MentoringSession).filter_by(title="private").one()
        holds = release_holds.holds_of(db, private)

    assert by == {"agreed": CLEO, "explained": CLEO, "short": None}
    assert private.held is False
    assert holds
