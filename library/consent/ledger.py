"""The consent ledger: who agreed to what, when, in which words; a chain of hashes.

Each entry's hash is the SHA-256 of its content, with the hash of the entry before it, as
canonical JSON (RFC 8785; ours hold only text, whole numbers, null and lists of them, for which
sorted keys without blanks are canonical). Whoever changes, removes or slips in an entry breaks
the chain at that place.
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

FIRST = "0" * 64  # stands before the first entry
SECOND = timedelta(microseconds=999_999)  # entries leave out what is less than a second
SHORTENED = "reason-shortened"  # the kind of an entry: a reason lost what it quoted


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
    """Write an entry behind the last one.

    Args:
        db: the transaction in which it happens.
        viewer: who did it.
        kind: what was done: agreed, declined, withdrawn, waived, asked, …
        session_id: the session.
        person_id: whose words it is about.
        via: how they came: by account, by link, or as administrator.
        words: what was shown to them, as it was shown.
        reason: what they gave as a reason.
        more: further facts: text, whole numbers, None, or lists of these; no names.
    """
    fact = Fact(session_id, person_id, via=via, words=words, reason=reason, more=more)
    return record_all(db, viewer, kind, [fact])[0]


@dataclass(frozen=True)
class Fact:
    """What an entry says beside its kind; as `record` takes it."""

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
    """Write an entry for each of these facts behind the last one, in their order."""
    last = db.scalar(select(LedgerEntry.hash).order_by(LedgerEntry.id.desc()).limit(1)) or FIRST
    words = {said: _keep_text(db, said, ours=True) for said in {fact.words for fact in facts}}
    reasons = {said: _keep_text(db, said, ours=False) for said in {fact.reason for fact in facts}}
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
    db.flush()  # ids in the order of the entries, all at once
    return entries


def canonical(content: Any) -> bytes:
    """JSON of one form only (RFC 8785, for what ledgers and receipts hold)."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def hash_of(content: dict[str, Any], previous: str) -> str:
    """The hash of an entry."""
    return hashlib.sha256(canonical({**content, "previous": previous})).hexdigest()


def entries(
    db: Transaction,
    *,
    session_id: int | None = None,
    limit: int = 100,
    before_id: int | None = None,
) -> Sequence[LedgerEntry]:
    """Entries, newest first; of one session or of all."""
    query = select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(limit)
    if session_id is not None:
        query = query.where(LedgerEntry.session_id == session_id)
    if before_id is not None:
        query = query.where(LedgerEntry.id < before_id)
    return db.scalars(query).all()


@dataclass(frozen=True)
class Given:
    """That a person gave a reason."""

    person_id: int | None
    at: datetime  # at the latest


def reasons_since(db: Transaction, since: datetime) -> list[tuple[LedgerText, list[Given]]]:
    """Reasons that were given at or after *since*, and never before, with who gave them."""
    content = LedgerEntry.content
    rows = db.execute(
        select(
            content["reason"].as_string(),
            func.coalesce(content["actor"].as_integer(), content["person"].as_integer()),
            content["at"].as_string(),
        ).where(content["reason"].as_string().is_not(None))
    )
    given: dict[str, list[Given]] = {}
    for sha256, person_id, at in rows:
        end = datetime.fromisoformat(at) + SECOND
        given.setdefault(sha256, []).append(Given(person_id, end))
    recent = [
        sha256 for sha256, all_of_it in given.items() if min(g.at for g in all_of_it) >= since
    ]
    query = select(LedgerText).where(LedgerText.sha256.in_(recent), LedgerText.ours.is_(False))
    return [(row, given[row.sha256]) for row in db.scalars(query).all()]


def shorten(db: Transaction, viewer: Viewer, reason: LedgerText, left: str) -> None:
    """Leave only *left* of a reason; an entry says so, and its hash vouches for what is left.

    Earlier entries keep the hash of the whole reason, so the chain stays as it is.
    """
    reason.text = left
    record(
        db, viewer, SHORTENED, session_id=None, person_id=None, text=reason.sha256, left=_hash(left)
    )


def newest(
    db: Transaction, kind: str, session_ids: Sequence[int]
) -> dict[tuple[int | None, int | None], LedgerEntry]:
    """Return the last entry of a kind about each person in these sessions, by both."""
    query = select(LedgerEntry).where(
        LedgerEntry.session_id.in_(session_ids), LedgerEntry.content["kind"].as_string() == kind
    )
    found = db.scalars(query.order_by(LedgerEntry.id))
    return {(entry.session_id, entry.person_id): entry for entry in found}


def texts(db: Transaction, found: Sequence[LedgerEntry]) -> dict[str, str]:
    """The words and reasons of entries, by hash."""
    hashes = {e.content[key] for e in found for key in ("words", "reason") if e.content.get(key)}
    rows = db.scalars(select(LedgerText).where(LedgerText.sha256.in_(hashes)))
    return {row.sha256: row.text for row in rows}


def objections(db: Transaction) -> Iterator[str]:
    """What is wrong with the ledger, a sentence each; nothing when the chain holds."""
    previous, number = FIRST, 0
    for entry in db.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).yield_per(500):
        if entry.id != number + 1:
            yield f"Between ledger entries {number} and {entry.id} some are missing."
        if entry.previous != previous:
            yield f"Ledger entry {entry.id} does not continue the one before it."
        if entry.hash != hash_of(entry.content, entry.previous):
            yield f"Ledger entry {entry.id} was changed after it was written."
        if (entry.session_id, entry.person_id) != (
            entry.content.get("session"),
            entry.content.get("person"),
        ):
            yield f"Ledger entry {entry.id} was put to another session or person."
        previous, number = entry.hash, entry.id
    if number < _ever_written(db):
        yield f"Ledger entries after number {number} are missing."
    yield from _text_objections(db)
    yield from _receipt_objections(db)


def _ever_written(db: Transaction) -> int:
    """The highest number that an entry ever had, as SQLite remembers it."""
    query = text("SELECT seq FROM sqlite_sequence WHERE name = 'ledger_entry'")
    return db.scalar(query) or 0


def _text_objections(db: Transaction) -> Iterator[str]:
    """Each text has the hash of the entries that name it, or that of its last shortening."""
    shortened = select(LedgerEntry).where(LedgerEntry.content["kind"].as_string() == SHORTENED)
    left = {
        entry.content["text"]: entry.content["left"]
        for entry in db.scalars(shortened.order_by(LedgerEntry.id))
    }
    for row in db.scalars(select(LedgerText)):
        if _hash(row.text) != left.get(row.sha256, row.sha256):
            yield f"The words with the hash {row.sha256[:12]}… were changed."


def _receipt_objections(db: Transaction) -> Iterator[str]:
    """Receipts name the entry that they rest on, so that the end of the chain is anchored too."""
    for receipt in db.scalars(select(Receipt)):
        named = receipt.content.get("ledger") or {}
        entry = db.get(LedgerEntry, named.get("entry", 0))
        if entry is None or entry.hash != named.get("hash"):
            yield f"Receipt {receipt.id} names a ledger entry that is not there."


def _keep_text(db: Transaction, said: str, *, ours: bool) -> str | None:
    if not said:
        return None
    sha256 = _hash(said)
    if db.get(LedgerText, sha256) is None:
        db.add(LedgerText(sha256=sha256, text=said, ours=ours))
        db.flush()
    return sha256


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
