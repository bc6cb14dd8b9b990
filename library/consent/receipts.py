"""Receipts: what somebody holds in hand after taking something back, and how it is checked."""

import hashlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select

from library.access import GUEST, Viewer, visible_sessions
from library.consent.ledger import canonical
from library.errors import NotFoundError
from library.models import (
    CollectionEntry,
    LedgerEntry,
    MentoringSession,
    Passage,
    Person,
    Receipt,
    ReleaseLink,
    Role,
    now,
)
from library.store import Transaction

OUTSIDE = {"sha256", "completed_at"}  # keys of a receipt's file that its hash is not about
PLACES = (
    ("search", "Answers, quotes, related moments and the counts beside them"),
    ("suggestions", "Suggestions under the question box"),
    ("lists", "Lists of sessions, people and collections"),
    ("page", "The page of the session, its transcript, captions and stable addresses"),
    ("sound", "The sound, its waveform and the original file"),
    ("feeds", "Feeds of searches"),
    ("api", "The API for programs"),
)


def write_receipt(
    db: Transaction, session: MentoringSession, person_id: int | None, entry: LedgerEntry
) -> Receipt:
    """The receipt for a release that was taken back; its places hold for whoever took no part."""
    found = db.execute(
        select(Passage.source_id, func.count())
        .where(Passage.session_id == session.id)
        .group_by(Passage.source_id)
    ).all()
    passages = {row[0]: row[1] for row in found}
    content: dict[str, Any] = {
        "receipt": "release-withdrawn",
        "session": session.id,
        "sources": [source.id for source in session.sources],
        "passages": sum(passages.values()),
        "collections": list(
            db.scalars(
                select(CollectionEntry.collection_id).where(
                    CollectionEntry.session_id == session.id
                )
            )
        ),
        "places": [{"place": place, "what": what} for place, what in PLACES],
        "stays_with": sorted(_stays_with(session)),
    }
    return hand_out(db, content, entry, person_id, session_id=session.id)


def hand_out(
    db: Transaction,
    content: dict[str, Any],
    entry: LedgerEntry,
    person_id: int | None,
    *,
    session_id: int | None = None,
) -> Receipt:
    """A receipt that names its entry in the ledger, and can be told from a changed one."""
    told = {
        "at": entry.content["at"],
        "person": person_id,
        **content,
        "ledger": {"entry": entry.id, "hash": entry.hash},
    }
    told["sha256"] = hashlib.sha256(canonical(told)).hexdigest()
    receipt = Receipt(session_id=session_id, person_id=person_id, content=told)
    db.add(receipt)
    db.flush()
    return receipt


def doubts(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Why what calls itself a receipt may not be the one that was handed out, a sentence each."""
    rest = {key: value for key, value in content.items() if key not in OUTSIDE}
    if hashlib.sha256(canonical(rest)).hexdigest() != content.get("sha256"):
        yield "The receipt itself was changed: its SHA-256 does not fit its content."
        return
    named = content.get("ledger") or {}
    entry = db.get(LedgerEntry, named.get("entry") or 0)
    if entry is None or entry.hash != named.get("hash"):
        yield "The ledger does not hold the entry that this receipt names."


def get(db: Transaction, viewer: Viewer, receipt_id: int) -> Receipt:
    """A receipt, for whoever it was given to and for administrators.

    Raises:
        NotFoundError: there is none for *viewer*.
    """
    receipt = db.get(Receipt, receipt_id)
    theirs = receipt is not None and viewer.is_member and receipt.person_id == viewer.person_id
    if receipt is None or not (theirs or viewer.is_admin):
        raise NotFoundError("There is no receipt here, or none that you may see.")
    return receipt


def of_person(db: Transaction, session_id: int, person_id: int | None) -> list[Receipt]:
    """The receipts that somebody was given for a session, newest first."""
    if person_id is None:
        return []
    return list(
        db.scalars(
            select(Receipt)
            .where(Receipt.session_id == session_id, Receipt.person_id == person_id)
            .order_by(Receipt.id.desc())
        )
    )


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """What of a receipt is not so, a sentence each: it was changed, or something is still there.

    What the library would tell a guest, and each of its members who took no part, is asked of
    the one predicate that every place goes through.
    """
    if doubtful := list(doubts(db, content)):
        yield from doubtful
        return
    session_id = content.get("session") or 0
    for viewer, who in _others(db, set(content.get("stays_with") or ())):
        query = select(MentoringSession.id).where(
            MentoringSession.id == session_id, visible_sessions(viewer)
        )
        if db.scalar(query) is not None:
            yield f"Session {session_id} can be found by {who}."
    links = select(ReleaseLink.id).where(
        ReleaseLink.session_id == session_id,
        ReleaseLink.revoked_at.is_(None),
        ReleaseLink.expires_at > now(),
        ReleaseLink.person_id.not_in(content.get("stays_with") or []),
    )
    for link_id in db.scalars(links):
        yield f"Link {link_id} opens session {session_id} to somebody who took no part."


def _stays_with(session: MentoringSession) -> set[int]:
    """Who goes on seeing it: its owner and those who take part."""
    owner = {session.owner_id} if session.owner_id is not None else set()
    return owner | {p.person_id for p in session.participants}


def _others(db: Transaction, stays_with: set[int]) -> Iterator[tuple[Viewer, str]]:
    yield GUEST, "somebody without an account"
    members = select(Person).where(Person.email.is_not(None), Person.role != Role.ADMIN)
    for person in db.scalars(members.order_by(Person.id)):
        if person.id not in stays_with:
            yield Viewer(person_id=person.id, role=person.role), f"person {person.id}"
