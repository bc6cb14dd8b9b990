"""Program that writes exports of earlier schema versions to tests/data/exports.

`python -m tests.make_exports` writes the exports that are missing and never overwrites one. Each
export contains a small library in the schema of its version.
"""

import sqlite3
import sys
import tempfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from library.preservation.export_library import EXPORTED_TABLES, as_line, write
from library.schema import schemas
from library.store import make_at
from tests.paths import DATA

FOLDER = DATA / "exports"
NOTE = b"Ask for feedback the same day.\n\nI was afraid that it would sound like a complaint.\n"
HASH = sha256(NOTE).hexdigest()
THEN = "2024-05-31 09:30:00.000000"

ROWS = {
    "person": [
        {"id": 1, "name": "Ada Later", "email": "ada@example.org", "role": "mentor", "active": 1},
        {"id": 2, "name": "Ben Voice", "email": None, "role": "mentor", "active": 1},
    ],
    "collection": [
        {"id": 4, "uid": "f" * 32, "title": "Feedback", "description": "", "position": 0}
    ],
    "mentoring_session": [
        {
            "id": 7,
            "title": "From another library",
            "description": "",
            "held_on": "2024-05-31",
            "language": "en",
            "form": "note",
            "visibility": "members",
            "release": "released",
            "owner_id": 1,
            "updated_at": THEN,
        }
    ],
    "participant": [{"session_id": 7, "person_id": 2, "part": "mentor", "position": 0}],
    "speaker_release": [
        {
            "session_id": 7,
            "person_id": person,
            "state": "agreed",
            "audience": "members",
            "answered_at": THEN,
        }
        for person in (1, 2)
    ],
    "source": [
        {
            "id": 9,
            "session_id": 7,
            "kind": "note",
            "filename": "note.md",
            "sha256": HASH,
            "size": len(NOTE),
            "media_type": "text/markdown",
            "notices": "[]",
            "state": "ready",
            "stage": "indexed",
            "progress": 1.0,
            "attempts": 1,
            "error": "",
            "activity": "",
            "has_video": 0,
        }
    ],
    "transcript_version": [
        {"id": 3, "source_id": 9, "number": 1, "origin": "note", "current": 1, "language": "en"}
    ],
    "segment": [
        {
            "id": 10 + ordinal,
            "version_id": 3,
            "ordinal": ordinal,
            "speaker": "Ada Later",
            "person_id": 1,
            "text": text,
            "words": "[]",
        }
        for ordinal, text in enumerate(NOTE.decode().strip().split("\n\n"))
    ],
    "speaker_identity": [{"source_id": 9, "label": "Ada Later", "person_id": 1, "origin": "file"}],
    "collection_entry": [{"collection_id": 4, "session_id": 7, "position": 0}],
}
DEFAULTS = {"created_at": THEN, "asked_at": THEN, "started_progress": 0.0, "sample": 0, "about": ""}
"""Values of required columns that have no default and no value in `ROWS`. Others are 0 or ""."""


def made_at(schema: str, out: Path) -> None:
    """Write the export of a small library in the given schema version to the file *out*."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make_at(place / "library.db", schema)
        files = []
        with closing(sqlite3.connect(place / "library.db")) as raw:
            for name in EXPORTED_TABLES:
                columns = list(raw.execute(f"PRAGMA table_info({name})"))
                if not columns:
                    continue
                path = place / f"{name}.jsonl"
                rows = [as_stored(row, columns) for row in ROWS.get(name, [])]
                path.write_text("".join(map(as_line, rows)), "utf-8")
                files.append((f"tables/{name}.jsonl", path))
        note = place / HASH
        note.write_bytes(NOTE)
        write(out, [*files, (f"files/kept/{HASH[:2]}/{HASH}", note)], schema)
        out.chmod(0o644)


def as_stored(row: dict[str, object], columns: list[tuple[object, ...]]) -> dict[str, object]:
    """Return a row with exactly the given columns, as `PRAGMA table_info` lists them.

    Missing required columns get default values.
    """
    stored: dict[str, object] = {}
    for _, column, kind, required, default, *_ in columns:
        name = str(column)
        if name in row:
            stored[name] = row[name]
        elif required and default is None:
            stored[name] = DEFAULTS.get(name, 0 if "INT" in str(kind) or kind == "BOOLEAN" else "")
    return stored


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for version in schemas():
        if not (FOLDER / f"{version}.zip").exists():
            made_at(version, FOLDER / f"{version}.zip")
            sys.stdout.write(f"{version}.zip\n")
