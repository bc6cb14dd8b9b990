"""Consent ledger: a hash chain of consents with person, time and wording.

The hash of an entry is the SHA-256 of canonical JSON (RFC 8785) with its content and the hash of
the entry before it. Entries hold only text, whole numbers, null and lists of these. For such
values, JSON with sorted keys and without spaces is canonical. A changed, removed or inserted entry
breaks the chain.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from library.access import Viewer
from library.models import LedgerEntry, LedgerText, Receipt, now
from library.store import Transaction
from library.translation import gettext

FIRST = "0" * 64  # takes the place of the hash before the first entry
SECOND = timedelta(microseconds=999_999)  # stored times are cut to whole seconds
SHORTENED = "reason-shortened"  # kind of an entry: quoted text was removed from a reason


def record(
    db: Transaction,
    viewer: Viewer,
    kind: str,
    *,
    session_id: int | None,
    person_id: int | None,
    via: str = "account",
    words: str = "",
    reason: str = "",
    **more: Any,
) -> LedgerEntry:
    """Append an entry to the ledger and return it.

    Args:
        db: transaction of the recorded action.
        viewer: person who acted.
        kind: agreed, declined, withdrawn, waived, asked, …
        session_id: session concerned.
        person_id: person whose consent is concerned.
        via: way of access: account, link or administrator.
        words: text that was shown to the person, unchanged.
        reason: reason that a person gave for the action.
        more: further facts: text, whole numbers, None, or lists of these; no names.
    """
    fact = Fact(session_id, person_id, via=via, words=words, reason=reason, more=more)
    return record_all(db, viewer, kind, [fact])[0]


@dataclass(frozen=True)
class Fact:
    """Content of a ledger entry, without its kind."""

    session_id: int | None
    person_id: int | None
    _: KW_ONLY
    via: str = "account"
    words: str = ""
    reason: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


def record_all(
    db: Transaction, viewer: Viewer, kind: str, facts: Sequence[Fact]
) -> list[LedgerEntry]:
    """Append a ledger entry for each fact, in order. Return the entries."""
    last = db.scalar(select(LedgerEntry.hash).order_by(LedgerEntry.id.desc()).limit(1)) or FIRST
    words = {text: _keep_text(db, text, ours=True) for text in {fact.words for fact in facts}}
    reasons = {text: _keep_text(db, text, ours=False) for text in {fact.reason for fact in facts}}
    entries = []
    for fact in facts:
        content = {
            "kind": kind,
            "at": now().isoformat(timespec="seconds"),
            "session": fact.session_id,
            "person": fact.person_id,
            "actor": viewer.person_id,
            "via": fact.via,
            "words": words[fact.words],
            "reason": reasons[fact.reason],
            **fact.more,
        }
        entry = LedgerEntry(
            session_id=fact.session_id,
            person_id=fact.person_id,
            content=content,
            previous=last,
            hash=hash_of(content, last),
        )
        entries.append(entry)
        last = entry.hash
    db.add_all(entries)
    db.flush()  # one statement; ids follow the order of the entries
    return entries


def canonical(content: Any) -> bytes:
    """Return canonical JSON (RFC 8785) of values that ledger entries and receipts contain."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def hash_of(content: dict[str, Any], previous: str) -> str:
    """Return the hash of an entry in hexadecimal digits: SHA-256 of *content* and *previous*."""
    return hashlib.sha256(canonical({**content, "previous": previous})).hexdigest()


def entries(
    db: Transaction,
    *,
    session_id: int | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> Sequence[LedgerEntry]:
    """Return the newest entries of one session, or of all sessions, newest first.

    For the next page, pass the last id of this page as *before_id*.
    """
    query = select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(limit)
    if session_id is not None:
        query = query.where(LedgerEntry.session_id == session_id)
    if before_id is not None:
        query = query.where(LedgerEntry.id < before_id)
    return db.scalars(query).all()


@dataclass(frozen=True)
class Given:
    """Person who gave a reason, and the time."""

    person_id: int | None
    at: datetime  # latest possible time, because entries store whole seconds


def reasons_since(db: Transaction, since: datetime) -> list[tuple[LedgerText, list[Given]]]:
    """Return reasons that were first given at or after *since*, each with `Given` values."""
    content = LedgerEntry.content
    rows = db.execute(
        select(
            content["reason"].as_string(),
            func.coalesce(content["actor"].as_integer(), content["person"].as_integer()),
            content["at"].as_string(),
        ).where(content["reason"].as_string().is_not(None))
    )
    people: dict[str, list[Given]] = {}
    for sha256, person_id, at in rows:
        end = datetime.fromisoformat(at) + SECOND
        people.setdefault(sha256, []).append(Given(person_id, end))
    recent = [
        sha256 for sha256, all_of_it in people.items() if min(g.at for g in all_of_it) >= since
    ]
    query = select(LedgerText).where(LedgerText.sha256.in_(recent), LedgerText.ours.is_(False))
    return [(row, people[row.sha256]) for row in db.scalars(query).all()]


def shorten(db: Transaction, viewer: Viewer, reason: LedgerText, left: str) -> None:
    """Replace the text of a reason by *left*, and append an entry with the hash of *left*.

    Earlier entries keep the hash of the whole reason, so the hash chain does not change.
    """
    reason.text = left
    record(
        db, viewer, SHORTENED, session_id=None, person_id=None, text=reason.sha256, left=_hash(left)
    )


def newest(
    db: Transaction, kind: str, session_ids: Sequence[int]
) -> dict[tuple[int | None, int | None], LedgerEntry]:
    """Return the newest ledger entry of a kind for each (session id, person id)."""
    query = select(LedgerEntry).where(
        LedgerEntry.session_id.in_(session_ids), LedgerEntry.content["kind"].as_string() == kind
    )
    found = db.scalars(query.order_by(LedgerEntry.id))
    return {(entry.session_id, entry.person_id): entry for entry in found}


def texts(db: Transaction, found: Sequence[LedgerEntry]) -> dict[str, str]:
    """Return the words and reasons of ledger entries, by SHA-256."""
    hashes = {e.content[key] for e in found for key in ("words", "reason") if e.content.get(key)}
    rows = db.scalars(select(LedgerText).where(LedgerText.sha256.in_(hashes)))
    return {row.sha256: row.text for row in rows}


def objections(db: Transaction) -> Iterator[str]:
    """Check the ledger. Yield a sentence for each changed, missing or moved entry.

    Changed texts, and receipts without their ledger entry, also give a sentence each.
    """
    previous, number = FIRST, 0
    for entry in db.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).yield_per(500):
        if entry.id != number + 1:
            yield gettext(
                "Ledger entries between %(first)s and %(last)s are missing. Compare the ledger "
                "with a backup.",
                first=number,
                last=entry.id,
            )
        if entry.previous != previous:
            yield gettext(
                "Ledger entry %(entry)s does not contain the hash of the entry before it. Compare "
                "the ledger with a backup.",
                entry=entry.id,
            )
        if entry.hash != hash_of(entry.content, entry.previous):
            yield gettext(
                "Ledger entry %(entry)s was changed after it was written. Compare it with a "
                "backup.",
                entry=entry.id,
            )
        if (entry.session_id, entry.person_id) != (
            entry.content.get("session"),
            entry.content.get("person"),
        ):
            yield gettext(
                "Ledger entry %(entry)s was moved to another session or person. Compare it with a "
                "backup.",
                entry=entry.id,
            )
        previous, number = entry.hash, entry.id
    if number < _ever_written(db):
        yield gettext(
            "Ledger entries after number %(number)s are missing. Compare the ledger with a backup.",
            number=number,
        )
    yield from _text_objections(db)
    yield from _receipt_objections(db)


def _ever_written(db: Transaction) -> int:
    """Return the highest entry id ever used, from SQLite's sequence table."""
    query = text("SELECT seq FROM sqlite_sequence WHERE name = 'ledger_entry'")
    return db.scalar(query) or 0


def _text_objections(db: Transaction) -> Iterator[str]:
    """Yield a sentence for each stored text that does not match its hash."""
    shortened = select(LedgerEntry).where(LedgerEntry.content["kind"].as_string() == SHORTENED)
    left = {
        entry.content["text"]: entry.content["left"]
        for entry in db.scalars(shortened.order_by(LedgerEntry.id))
    }
    for row in db.scalars(select(LedgerText)):
        if _hash(row.text) != left.get(row.sha256, row.sha256):
            yield gettext(
                "The ledger text with the hash %(hash)s… was changed. Compare it with a backup.",
                hash=row.sha256[:12],
            )


def _receipt_objections(db: Transaction) -> Iterator[str]:
    """Yield a sentence for each receipt whose ledger entry is missing or differs."""
    for receipt in db.scalars(select(Receipt)):
        named = receipt.content.get("ledger") or {}
        entry = db.get(LedgerEntry, named.get("entry", 0))
        if entry is None or entry.hash != named.get("hash"):
            yield gettext(
                "The ledger entry that receipt %(receipt)s names is missing or was changed. "
                "Compare the ledger with a backup.",
                receipt=receipt.id,
            )


def _keep_text(db: Transaction, words: str, *, ours: bool) -> str | None:
    if not words:
        return None
    sha256 = _hash(words)
    if db.get(LedgerText, sha256) is None:
        db.add(LedgerText(sha256=sha256, text=words, ours=ours))
        db.flush()
    return sha256


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
