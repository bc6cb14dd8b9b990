"""Agreeing that one's voice is recognised, and having it forgotten again.

A voice print is personal data of a kind that nobody may keep without being asked (biometric data,
GDPR, article 9): only the person themselves agrees, in words that the consent ledger keeps.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select

from library import audit
from library.access import Viewer
from library.consent import ledger, receipts
from library.errors import ConflictError, NotAllowedError
from library.holdings import erasure
from library.holdings.erasure import About, Going
from library.models import LedgerEntry, Receipt, Removal, VoiceConsent, VoicePrint, VoiceProposal
from library.store import Library, Transaction

KIND = "voice-forgotten"
AGREED = "voice-agreed"
WORDS = (
    "This library may recognise my voice. From recordings in which I am named it keeps a voice "
    "print: numbers that say how I sound. When a voice in another recording is like them, my name "
    "is proposed to whoever corrects its transcript and may know me; somebody has to say yes "
    "before it counts. The prints stay in this library and go into no export and no backup. I can "
    "have all of them forgotten at any time, at once."
)
"""What somebody agrees to, as it is shown to them."""
TABLES = (VoiceProposal, VoicePrint, VoiceConsent)
PLACES = (
    ("prints", "The voice prints, and what was agreed about them"),
    ("proposals", "Proposals of the name in transcripts that are being corrected"),
    ("disk", "The database file and its log, which are written anew without them"),
    ("exports", "Exports and backups, which never held them"),
)


def consent_of(db: Transaction, person_id: int | None) -> VoiceConsent | None:
    """What somebody agreed to about their voice; None: nothing."""
    return db.get(VoiceConsent, person_id) if person_id is not None else None


def agree(db: Transaction, viewer: Viewer) -> None:
    """Let one's own voice be recognised from now on; a second time changes nothing.

    Raises:
        NotAllowedError: nobody is signed in: no one agrees for somebody else.
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
    """Forget one's own voice: every print and proposal goes, and none is made any more.

    Raises:
        NotAllowedError: nobody is signed in.
        ConflictError: there is nothing to forget.
    """
    if viewer.person_id is None:
        raise NotAllowedError
    with library.transaction(on_full_disk=True) as db:
        if consent_of(db, viewer.person_id) is None:
            raise ConflictError("Your voice is not recognised: there is nothing to forget.")
        removed = {}
        for table in TABLES:
            mine = table.person_id == viewer.person_id
            query = select(func.count()).select_from(table).where(mine)
            removed[table.__tablename__] = db.scalar(query) or 0
            db.execute(delete(table).where(mine))
        removal = erasure.plan(db, "voice", About(person_id=viewer.person_id), Going())
        _audit(db, viewer, "voice.forget")
        receipt = _receipt(db, viewer, removed, removal)
    erasure.finish(library)
    return receipt


def objections(db: Transaction, content: dict[str, Any]) -> Iterator[str]:
    """What of such a receipt is not so, a sentence each."""
    if doubtful := list(receipts.doubts(db, content)):
        yield from doubtful
        return
    if _agreed_again(db, content["person"], content["ledger"]["entry"]):
        return
    for table in TABLES:
        if db.scalar(select(func.count()).where(table.person_id == content["person"])):
            yield f"There is something of this person in {table.__tablename__}."


def _agreed_again(db: Transaction, person_id: int, after: int) -> bool:
    """Whether somebody agreed anew once their voice was forgotten."""
    later = select(LedgerEntry).where(LedgerEntry.person_id == person_id, LedgerEntry.id > after)
    return any(entry.content["kind"] == AGREED for entry in db.scalars(later))


def _receipt(db: Transaction, viewer: Viewer, removed: dict[str, int], removal: Removal) -> Receipt:
    entry = ledger.record(db, viewer, KIND, session_id=None, person_id=viewer.person_id)
    content: dict[str, Any] = {
        "receipt": KIND,
        "removed": removed,
        "places": [{"place": place, "what": what} for place, what in PLACES],
    }
    content |= erasure.promised(db, removal, viewer.person_id, in_backups=False)
    receipt = receipts.hand_out(db, content, entry, viewer.person_id)
    removal.receipt_id = receipt.id
    return receipt


def _audit(db: Transaction, viewer: Viewer, action: str) -> None:
    subject = ("person", viewer.person_id)
    audit.record(db, viewer.person_id, action, subject, address=viewer.address)
