"""Receipts of withdrawals and removals, and their verification."""

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
from library.translation import gettext, mark

OUTSIDE = {"sha256", "completed_at"}  # keys of a receipt that its hash does not cover
PLACES = (
    ("search", mark("Answers, quotes, related moments and the counts beside them")),
    ("suggestions", mark("Suggestions under the question box")),
    ("lists", mark("Lists of sessions, people and collections")),
    ("page", mark("The page of the session, its transcript, captions and stable addresses")),
    ("sound", mark("The sound, its waveform and the original file")),
    ("feeds", mark("Feeds of searches")),
    ("api", mark("The API for programs")),
)


def write_receipt(
    db: Transaction, session: MentoringSession, person_id: int | None, entry: LedgerEntry
) -> Receipt:
    """Add and return a receipt for the end of a session's release.

    Its content has the ids of session, sources and collections, and the number of passages. It also
    has the places where the session is hidden, and the ids of people who still see it.
    """
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
    return add(db, content, entry, person_id, session_id=session.id)


def add(
    db: Transaction,
    content: dict[str, Any],
    entry: LedgerEntry,
    person_id: int | None,
    *,
    session_id: int | None = None,
) -> Receipt:
    """Add a receipt with *content*, its ledger entry and a SHA-256 of all this. Return it."""
    full = {
        "at": entry.content["at"],
        "person": person_id,
        **content,
        "ledger": {"entry": entry.id, "hash": entry.hash},
    }
    full["sha256"] = hashlib.sha256(canonical(full)).hexdigest()
    receipt = Receipt(session_id=session_id, person_id=person_id, content=full)
    db.add(receipt)
    db.flush()
    return receipt


def forgery_reasons(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each sign that a receipt was changed or is not in the ledger."""
    rest = {key: value for key, value in content.items() if key not in OUTSIDE}
    if hashlib.sha256(canonical(rest)).hexdigest() != content.get("sha256"):
        yield gettext("The receipt was changed: its SHA-256 does not match its content.")
        return
    named = content.get("ledger") or {}
    entry = db.get(LedgerEntry, named.get("entry") or 0)
    if entry is None or entry.hash != named.get("hash"):
        yield gettext("The ledger does not contain the entry that this receipt names.")


def get(db: Transaction, viewer: Viewer, receipt_id: int) -> Receipt:
    """Return a receipt, for its recipient and for administrators.

    Raises:
        NotFoundError: the receipt does not exist, or *viewer* may not see it.
    """
    receipt = db.get(Receipt, receipt_id)
    theirs = receipt is not None and viewer.is_member and receipt.person_id == viewer.person_id
    if receipt is None or not (theirs or viewer.is_admin):
        raise NotFoundError("This receipt was not found, or you may not see it.")
    return receipt


def of_person(db: Transaction, session_id: int, person_id: int | None) -> list[Receipt]:
    """Return a person's receipts for a session, newest first."""
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
    """Check a receipt of a withdrawal; yield a sentence for each statement that is not true.

    The receipt lists the people who still see the session. If guests or other members can see it
    (`visible_sessions`), or an active link opens it to another person, a statement is not true.
    """
    if doubtful := list(forgery_reasons(db, content)):
        yield from doubtful
        return
    session_id = content.get("session") or 0
    for viewer in _others(db, set(content.get("stays_with") or ())):
        query = select(MentoringSession.id).where(
            MentoringSession.id == session_id, visible_sessions(viewer)
        )
        if db.scalar(query) is not None:
            yield _found_by(session_id, viewer)
    links = select(ReleaseLink.id).where(
        ReleaseLink.session_id == session_id,
        ReleaseLink.revoked_at.is_(None),
        ReleaseLink.expires_at > now(),
        ReleaseLink.person_id.not_in(content.get("stays_with") or []),
    )
    for link_id in db.scalars(links):
        yield gettext(
            "Link %(link)s opens session %(session)s to a person who did not take part.",
            link=link_id,
            session=session_id,
        )


def _stays_with(session: MentoringSession) -> set[int]:
    """Return the person ids of the session's owner and participants."""
    owner = {session.owner_id} if session.owner_id is not None else set()
    return owner | {p.person_id for p in session.participants}


def _found_by(session_id: int, viewer: Viewer) -> str:
    if viewer.person_id is None:
        return gettext(
            "Session %(session)s can be found by a person without an account.", session=session_id
        )
    return gettext(
        "Session %(session)s can be found by person %(person)s.",
        session=session_id,
        person=viewer.person_id,
    )


def _others(db: Transaction, stays_with: set[int]) -> Iterator[Viewer]:
    yield GUEST
    members = select(Person).where(Person.email.is_not(None), Person.role != Role.ADMIN)
    for person in db.scalars(members.order_by(Person.id)):
        if person.id not in stays_with:
            yield Viewer(person_id=person.id, role=person.role)
