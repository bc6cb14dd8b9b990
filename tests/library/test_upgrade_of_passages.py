"""Test of the upgrade from schema 0037: passages get a language and a kind."""

import sqlite3
from contextlib import closing

from library.models import PassageKind
from library.sessions import passages
from library.settings import Settings
from library.store import make_at, open_library
from tests.make_exports import THEN, as_stored

BEFORE = "0037"
TAGS = {  # language of the session and of the version, and what the passage gets
    1: ("en", "", "en"),
    2: ("en", "pt-BR", "pt"),
    3: ("", "", ""),
    4: ("nb-NO", "", "no"),
}


def _rows():
    for number, (of_session, of_version, _) in TAGS.items():
        about = {"title": "A talk", "form": "note", "visibility": "private"}
        dates = {"updated_at": THEN, "added_at": THEN}
        yield "mentoring_session", {"id": number, "language": of_session, **about, **dates}
        yield "source", {"id": number, "session_id": number, "kind": "note", "state": "ready"}
        yield "transcript_version", {"id": number, "source_id": number, "language": of_version}
        owner = {"version_id": number, "source_id": number, "session_id": number}
        yield "passage", {"id": number, "text": "Words.", "speakers": "[]", **owner}


def test_passages_of_before_have_the_language_of_their_transcript(tmp_path):
    """After the upgrade, a passage has the language of its version, or that of its session."""
    make_at(tmp_path / "library.db", BEFORE)
    with closing(sqlite3.connect(tmp_path / "library.db")) as raw, raw:
        for table, row in _rows():
            stored = as_stored(row, list(raw.execute(f"PRAGMA table_info({table})")))
            columns, marks = ", ".join(stored), ", ".join("?" * len(stored))
            insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 - ours
            raw.execute(insert, [*stored.values()])

    library = open_library(Settings(home=tmp_path))
    with library.reading() as db:
        rows = passages.rows_after(db, 0, model="")

    assert {row.id: row.language for row in rows} == {n: tag for n, (_, _, tag) in TAGS.items()}
    assert {row.kind for row in rows} == {PassageKind.SPEECH}
    library.close()
