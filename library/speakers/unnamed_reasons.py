"""Reasons why a speaker needs no name, recorded in the consent ledger."""

from library.access import Viewer, require_admin
from library.consent import ledger, release
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import MentoringSession, SpeakerIdentity, UnnamedReason
from library.speakers import identities
from library.speakers.identities import Place
from library.store import Transaction
from library.translation import mark

REASONS = {
    UnnamedReason.OWN_VOICE: mark("It is my own voice"),
    UnnamedReason.INTERPRETER: mark("An interpreter"),
    UnnamedReason.PUBLIC_EVENT: mark("Said at a public event"),
    UnnamedReason.PLAYED_RECORDING: mark("A played recording"),
    UnnamedReason.NO_PERSON: mark("No person"),
    UnnamedReason.UNREACHABLE: mark("Cannot be reached"),
}
"""Reasons why a speaker needs no name, with their text on pages."""
LONGEST_REASON = 1000  # characters


def set_reason(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: Place,
    why: UnnamedReason,
    *,
    reason: str = "",
) -> None:
    """Record the reason why a speaker needs no name, also in the consent ledger.

    Raises:
        NotAllowedError: *viewer* is not an administrator (`UNREACHABLE`), or not the owner
            (`OWN_VOICE`).
        InvalidInputError: `UNREACHABLE` was chosen without a written reason.
        NotFoundError: No speaker of the session has this label.
    """
    said = " ".join(reason.split())[:LONGEST_REASON]
    if why is UnnamedReason.UNREACHABLE:
        require_admin(viewer)
        if not said:
            raise InvalidInputError("Enter how you tried to reach this person.")
    if why is UnnamedReason.OWN_VOICE and viewer.person_id != session.owner_id:
        raise NotAllowedError("Only the owner of a session can choose “It is my own voice”.")
    identities.require_speaker(db, session, place)
    person_id = viewer.person_id if why is UnnamedReason.OWN_VOICE else None
    identities.keep(db, viewer, place, person_id, excuse=why)
    identities.propagate_person(db, place, person_id)
    words = f"{place[1]}: {REASONS[why]}" if place[1].strip() else REASONS[why]
    ledger.record(
        db,
        viewer,
        "excused",
        session_id=session.id,
        person_id=person_id,
        via="account" if viewer.person_id == session.owner_id else "administrator",
        reason=f"{words}. {said}" if said else words,
        excuse=why.value,
        source=place[0],
    )
    release.refresh(db, session)


def reopen(db: Transaction, viewer: Viewer, session: MentoringSession, place: Place) -> None:
    """Delete the reason why a speaker needs no name, so that a name is needed again.

    Raises:
        NotFoundError: The speaker does not exist or has no recorded reason.
    """
    identities.require_speaker(db, session, place)
    row = db.get(SpeakerIdentity, place)
    if row is None or row.excuse is None:
        raise NotFoundError("No reason was given for this speaker.")
    db.delete(row)
    identities.propagate_person(db, place, None)
    ledger.record(
        db, viewer, "excuse-ended", session_id=session.id, person_id=None, source=place[0]
    )
    release.refresh(db, session)
