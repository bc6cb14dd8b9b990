"""Tests of the API of question scripts, the consent ledger and sealed originals.

Covers: capture.scripts_api, consent.ledger_api, removal.sealed_originals_api.
"""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select, text

from library.collections import collections
from library.consent import ledger
from library.models import AuditEvent, Originals, SourceKind
from library.removal import redaction
from library.removal.redaction import Wording
from library.store import Library
from tests.builders import Account, add_session
from tests.web.api_client import Headers, Program

SCRIPT = {"title": "Exit interview", "introduction": "Take your time.", "prompts": ["One?", "Two?"]}


def test_a_script_is_written_read_changed_and_removed(
    app: Flask, program: Program, mentor: Account, token_of: Callable[[Account], Headers]
) -> None:
    """An administrator's API client creates, changes and removes a question script with its ETag.

    A mentor can only read question scripts.
    """
    others, fewer = Program(app, token_of(mentor)), {**SCRIPT, "prompts": ["Three?"]}

    made = program("POST", "/scripts", json=SCRIPT)
    place, tag = made.headers["Location"].removeprefix("/api/v1"), made.headers["ETag"]
    changed = program("PUT", place, tag, json=fewer)
    refused = [
        program("PUT", place, tag, json=SCRIPT).status_code,
        program("DELETE", place).status_code,
        program("POST", "/scripts", json={**SCRIPT, "prompts": []}).status_code,
        others("PUT", place, "*", json=SCRIPT).status_code,
    ]
    read, listed = others("GET", place), others("GET", "/scripts?limit=1").json
    deleted = program("DELETE", place, read.headers["ETag"])

    assert made.status_code == 201
    assert made.json.items() >= SCRIPT.items()
    assert changed.json.items() >= fewer.items()
    assert refused == [412, 428, 422, 403]
    assert read.json == changed.json
    assert listed["scripts"] == [changed.json]
    assert (deleted.status_code, program("GET", place).status_code) == (204, 404)


def test_the_ledger_is_read_by_pages_and_verified(
    library: Library, admin: Account, program: Program
) -> None:
    """A program reads the consent ledger in pages and verifies the hashes of its entries.

    Verification names an entry that was changed.
    """
    with library.transaction() as db:
        for number in (1, 2, 1):
            ledger.record(
                db, admin.viewer, "agreed", session_id=number, person_id=None, words="I agree."
            )

    first = program("GET", "/ledger?limit=2").json
    rest = program("GET", first["next"].removeprefix("/api/v1")).json
    of_one = program("GET", "/ledger?session_id=1").json["entries"]
    verification = program("GET", "/ledger/verification").json
    with library.transaction() as db:
        db.execute(text("DROP TRIGGER ledger_entry_keeps_update"))
        db.execute(text("UPDATE ledger_entry SET content = '{}' WHERE id = 3"))
    entries, broken = first["entries"] + rest["entries"], program("GET", "/ledger/verification")

    assert [entry["id"] for entry in entries] == [3, 2, 1]
    assert all(ledger.hash_of(e["content"], e["previous"]) == e["hash"] for e in entries)
    assert {entry["words"] for entry in entries} == {"I agree."}
    assert [entry["id"] for entry in of_one] == [3, 1]
    assert verification == {"holds": True, "objections": [], "last": 3, "hash": entries[0]["hash"]}
    assert broken.json["holds"] is False
    assert "Ledger entry 3 was changed" in broken.json["objections"][0]


def test_a_sealed_original_is_opened_with_a_logged_reason(
    library: Library, mentor: Account, admin: Account, program: Program
) -> None:
    """A program gets the exact bytes of a sealed original, and the opening is logged.

    Without a reason, the request is refused.
    """
    body = b"First.\n\nThe word is swordfish here.\n"
    lines = [("", "First."), ("", "The word is swordfish here.")]
    built = add_session(library, lines=lines, kind=SourceKind.NOTE, owner=mentor, content=body)
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="A collection")
        collection.originals = Originals.SEAL
        collections.append_session(db, admin.viewer, collection, built.session_id)
    redaction.redact(library, mentor.viewer, Wording(built.source_id, 1, "swordfish"))

    [listed] = program("GET", "/sealed-originals").json["sealed"]
    place = f"/sealed-originals/{listed['id']}/open"
    shut = program("POST", place, json={"reason": " "})
    opened = program("POST", place, json={"reason": "A court asks."})

    assert (listed["session_id"], listed["source_id"]) == (built.session_id, built.source_id)
    assert shut.status_code == 422
    assert opened.data == body
    assert opened.headers["Cache-Control"] == "private, no-store"
    with library.reading() as db:
        openings = select(AuditEvent).where(AuditEvent.action == "sealed-original.open")
        assert len(db.scalars(openings).all()) == 1
