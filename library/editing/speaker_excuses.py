"""Why a speaker is not named: reasons from a closed list, with the consent ledger."""

from library.access import Viewer, require_admin
from library.consent import ledger, release
from library.editing import speaker_identities
from library.editing.speaker_identities import Place
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import Excuse, MentoringSession, SpeakerIdentity
from library.store import Transaction

REASONS = {
    Excuse.OWN_VOICE: "It is my own voice",
    Excuse.INTERPRETER: "An interpreter",
    Excuse.PUBLIC_EVENT: "Said at a public event",
    Excuse.PLAYED_RECORDING: "A played recording",
    Excuse.NO_PERSON: "No person",
    Excuse.UNREACHABLE: "Cannot be reached",
}
"""The closed list of reasons why a speaker is not named, as people read them."""
LONGEST_REASON = 1000  # characters


def excuse(
    db: Transaction,
    viewer: Viewer,
    session: MentoringSession,
    place: Place,
    why: Excuse,
    *,
    reason: str = "",
) -> None:
    """Record why no person has to be named for the speaker at *place*, in the ledger too.

    Raises:
        NotAllowedError: only an administrator may say that someone cannot be reached, and only
            the owner that a voice is their own.
        InvalidInputError: "cannot be reached" needs a reason.
        NotFoundError: no speaker has this label.
    """
    said = " ".join(reason.split())[:LONGEST_REASON]
    if why is Excuse.UNREACHABLE:
        require_admin(viewer)
        if not said:
            raise InvalidInputError("Write down what was tried to reach this person.")
    if why is Excuse.OWN_VOICE and viewer.person_id != session.owner_id:
        raise NotAllowedError("Only the owner of a session can say that a voice is their own.")
    speaker_identities.require_speaker(db, session, place)
    person_id = viewer.person_id if why is Excuse.OWN_VOICE else None
    speaker_identities.keep(db, viewer, place, person_id, excuse=why)
    speaker_identities.follow(db, place, person_id)
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
    release.settle(db, session)


def reopen(db: Transaction, viewer: Viewer, session: MentoringSession, place: Place) -> None:
    """Take back a reason for not naming the speaker at *place*.

    Raises:
        NotFoundError: no reason was given for this speaker.
    """
    speaker_identities.require_speaker(db, session, place)
    row = db.get(SpeakerIdentity, place)
    if row is None or row.excuse is None:
        raise NotFoundError("No reason was given for this speaker.")
    db.delete(row)
    speaker_identities.follow(db, place, None)
    ledger.record(
        db, viewer, "excuse-ended", session_id=session.id, person_id=None, source=place[0]
    )
    release.settle(db, session)
