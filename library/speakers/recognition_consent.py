"""Consent to voice prints, and its withdrawal with the deletion of all voice prints.

A voice print is biometric data, which needs explicit consent (GDPR, article 9). Only the person
themselves can agree. The consent ledger stores the text that they agreed to.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select

from library import audit
from library.access import Viewer
from library.consent import ledger, receipts
from library.errors import ConflictError, NotAllowedError
from library.models import LedgerEntry, Receipt, Removal, SpeakerProposal, VoiceConsent, VoicePrint
from library.sessions import erasure
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Library, Transaction
from library.translation import gettext, mark

KIND = "voice-forgotten"
AGREED = "voice-agreed"
WORDS = mark(
    "This library may recognise my voice. From recordings in which I am named, it makes voice "
    "prints: numbers that describe how I sound. If a voice in another recording is similar, the "
    "library proposes my name to people who correct its transcript and may see my page. My name "
    "is used only after one of them confirms it. The voice prints stay in this library. Exports "
    "and backups do not contain them. I can have all of them deleted at any time, at once."
)
"""Consent statement that is shown to the person."""
TABLES = (SpeakerProposal, VoicePrint, VoiceConsent)
PLACES = (
    ("prints", mark("The stored voice prints, and the consent to them")),
    ("proposals", mark("Names that were proposed for unnamed speakers")),
    ("disk", mark("The database file and its log, which are rewritten without them")),
)


def consent_of(db: Transaction, person_id: int | None) -> VoiceConsent | None:
    """Return the consent of a person to voice prints, or None."""
    return db.get(VoiceConsent, person_id) if person_id is not None else None


def consent_text(db: Transaction, person_id: int | None) -> str:
    """Return the text to which a person agreed, as it was shown then; else the present text."""
    consent = consent_of(db, person_id)
    entry = db.get(LedgerEntry, consent.entry_id) if consent else None
    agreed_texts = ledger.texts(db, [entry]) if entry else {}
    return next(iter(agreed_texts.values()), WORDS)


def agree(db: Transaction, viewer: Viewer) -> None:
    """Record the consent of *viewer* to voice prints. A second call changes nothing.

    Raises:
        NotAllowedError: *viewer* is a guest.
    """
    if viewer.person_id is None:
        raise NotAllowedError
    if consent_of(db, viewer.person_id) is not None:
        return
    entry = ledger.record(
        db, viewer, AGREED, session_id=None, person_id=viewer.person_id, words=WORDS
    )
    db.add(VoiceConsent(person_id=viewer.person_id, entry_id=entry.id))
    _audit(db, viewer, "voice.agree")


def forget(library: Library, viewer: Viewer) -> Receipt:
    """Delete all voice prints, proposals and the consent of *viewer*; return the receipt.

    Raises:
        NotAllowedError: *viewer* is a guest.
        ConflictError: *viewer* has not agreed to voice prints.
    """
    if viewer.person_id is None:
        raise NotAllowedError
    with library.transaction(on_full_disk=True) as db:
        if consent_of(db, viewer.person_id) is None:
            raise ConflictError("You have not agreed to voice prints. There is nothing to delete.")
        removed = {}
        for table in TABLES:
            own_rows = table.person_id == viewer.person_id
            query = select(func.count()).select_from(table).where(own_rows)
            removed[table.__tablename__] = db.scalar(query) or 0
            db.execute(delete(table).where(own_rows))
        removal = erasure.plan(
            db, "voice", RemovalSubject(person_id=viewer.person_id), ErasurePlan()
        )
        _audit(db, viewer, "voice.forget")
        receipt = _receipt(db, viewer, removed, removal)
    erasure.finish(library)
    return receipt


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """Yield one sentence for each untrue statement of a receipt for deleted voice prints."""
    if forgeries := list(receipts.forgery_reasons(db, content)):
        yield from forgeries
        return
    if _agreed_again(db, content["person"], content["ledger"]["entry"]):
        return
    for table in TABLES:
        if db.scalar(select(func.count()).where(table.person_id == content["person"])):
            yield gettext("Data of this person is still in %(table)s.", table=table.__tablename__)


def _agreed_again(db: Transaction, person_id: int, after: int) -> bool:
    """Return True if the person agreed again after the ledger entry *after*."""
    later = select(LedgerEntry).where(LedgerEntry.person_id == person_id, LedgerEntry.id > after)
    return any(entry.content["kind"] == AGREED for entry in db.scalars(later))


def _receipt(db: Transaction, viewer: Viewer, removed: dict[str, int], removal: Removal) -> Receipt:
    entry = ledger.record(db, viewer, KIND, session_id=None, person_id=viewer.person_id)
    content: dict[str, Any] = {
        "receipt": KIND,
        "removed": removed,
        "places": [{"place": place, "what": what} for place, what in PLACES],
    }
    content |= erasure.receipt_fields(db, removal, viewer.person_id, in_backups=False)
    receipt = receipts.add(db, content, entry, viewer.person_id)
    removal.receipt_id = receipt.id
    return receipt


def _audit(db: Transaction, viewer: Viewer, action: str) -> None:
    subject = ("person", viewer.person_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
