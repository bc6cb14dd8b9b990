"""Tests of the consent ledger: its hash chain reveals every change."""

import hashlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from library.consent import ledger
from library.models import LedgerEntry

DROP_TRIGGERS = "DROP TRIGGER ledger_entry_keeps_update; DROP TRIGGER ledger_entry_keeps_delete"


@pytest.fixture
def chain(library, mentor):
    """Library with five ledger entries."""
    with library.transaction() as db:
        for number in range(5):
            ledger.record(
                db, mentor.viewer, "agreed", session_id=number, person_id=mentor.id, words="I do."
            )
    return library


def objections(library):
    """Return the errors that the check of the ledger finds."""
    with library.reading() as db:
        return list(ledger.objections(db))


def test_an_untouched_chain_is_in_order(chain):
    """The check of the consent ledger finds no error in an unchanged ledger."""
    assert objections(chain) == []


def test_an_entry_is_hashed_with_the_one_before_it(chain):
    """The hash of a ledger entry covers its content and the hash of the entry before.

    The hash is the SHA-256 of canonical JSON.
    """
    with chain.reading() as db:
        last, before = ledger.entries(db, limit=2)

    by_hand = ledger.canonical({**last.content, "previous": before.hash})
    assert last.hash == hashlib.sha256(by_hand).hexdigest()


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_entry SET person_id = 9", "DELETE FROM ledger_entry"]
)
def test_the_database_refuses_changes(chain, statement):
    """The database refuses to update or delete ledger entries."""
    with pytest.raises(IntegrityError, match="append-only"), chain.transaction() as db:
        db.execute(text(statement))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE ledger_entry SET content = json_set(content, '$.kind', 'declined') WHERE id = 3",
        "UPDATE ledger_entry SET person_id = 99 WHERE id = 3",
        "UPDATE ledger_entry SET session_id = 99 WHERE id = 3",
        "UPDATE ledger_entry SET hash = 'x' || substr(hash, 2) WHERE id = 3",
        "DELETE FROM ledger_entry WHERE id = 1",
        "DELETE FROM ledger_entry WHERE id = 3",
        "DELETE FROM ledger_entry WHERE id = 5",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_text SET text = 'I do not.'",
    ],
)
def test_damage_in_the_database_file_is_detected(chain, damage):
    """The check of the consent ledger finds every changed or removed entry.

    It also finds that the first entry, the last entry or all entries are missing.
    """
    with chain.transaction() as db:
        for statement in [*DROP_TRIGGERS.split("; "), damage]:
            db.execute(text(statement))

    assert objections(chain) != []


def test_canonical_json_has_one_form():
    """Canonical JSON has sorted keys, no blanks and unescaped letters (RFC 8785)."""
    assert ledger.canonical({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


def test_no_name_and_no_title_is_in_the_chain(chain, mentor):
    """Ledger entries contain no names, no titles and no text of an agreement."""
    with chain.reading() as db:
        entries = [str(entry.content) for entry in db.query(LedgerEntry)]

    assert not any(mentor.name in entry or "I do." in entry for entry in entries)
