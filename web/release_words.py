"""How it stands with the release of a session, in words."""

from collections.abc import Sequence

from library.access import today
from library.consent import release_due
from library.consent.release_holds import ReleaseHold
from library.consent.standings import REFUSALS, Standing, ground_of, standings, waits_for
from library.models import Answer, HoldKind, MentoringSession, Release, Visibility
from library.store import Transaction

AUDIENCES = {
    Visibility.PRIVATE: "its owner",
    Visibility.PARTICIPANTS: "those who took part",
    Visibility.COLLECTION: "the members of its collections",
    Visibility.MEMBERS: "all members",
    Visibility.PUBLIC: "everybody, also without an account",
}
ANSWERS = {
    Answer.ASKED: "has not answered yet",
    Answer.AGREED: "agreed",
    Answer.PROPOSED: "agrees once something is left out",
    Answer.DECLINED: "said no",
    Answer.WITHDRAWN: "took it back",
    Answer.WAIVED: "was not asked; an administrator or an earlier release decided",
    Answer.SAME: "is not asked: somebody else's name, or nobody's",
}
ACTS = {
    "agreed": "agreed",
    "proposed": "agreed, once something is left out",
    "cut-proposed": "proposed to leave something out",
    "cut-accepted": "left out what was proposed",
    "cut-refused": "let stay what was proposed to be left out",
    "cut-withdrawn": "took back a proposal to leave something out",
    "declined": "said no",
    "withdrawn": "took the release back",
    "waived": "released it without an answer",
    "closed": "made it private",
    "asked": "asked",
    "explained": "said that this name is not asked",
    "named": "named a speaker",
    "excused": "gave a reason for not naming a speaker",
    "excuse-ended": "took back the reason for not naming a speaker",
    "told": "told of the release",
    "merged": "said that two people are one",
    "parted": "said that they are two after all",
    "link-made": "made a link",
    "link-ended": "ended a link",
    "removed": "removed it for good",
    "removed-part": "removed a part of it for good",
    "reason-shortened": "took words that were taken back out of a reason",
    "voice-agreed": "let their voice be recognised",
    "voice-forgotten": "had their voice forgotten",
    "person-deleted": "deleted an account",
}
"""What the kinds of ledger entries are called."""


def now(db: Transaction, session: MentoringSession) -> str:
    """Return one sentence: who finds the session now, or what its release waits for."""
    ground = ground_of(db, session)
    return of_session(session, standings(db, session, ground), ground.known.holds)


def of_session(
    session: MentoringSession, found: Sequence[Standing], holds: Sequence[ReleaseHold]
) -> str:
    """Return one sentence: who finds the session, or what its release waits for."""
    audience = AUDIENCES[session.visibility]
    if session.release is Release.KEPT:
        return f"Private: only {audience} can see it."
    if session.release is Release.RELEASED:
        return f"Released to {audience}{_from_when(session)}."
    if session.release is Release.REFUSED:
        names = _listed([s.person.name for s in found if s.state in REFUSALS])
        return f"Not released: {names} said no. Only those who took part can see it."
    if session.release is Release.REVIEW:
        return "Everybody agreed. It is looked at before others find it."
    waiting = _waiting(found)
    if holds and not (waiting and _only_reading(holds)):
        waiting = of_holds(holds)
    waiting = waiting or "A change to a collection of this session is being worked out."
    return f"{waiting} Until then only those who took part can see it."


def still_to_settle(db: Transaction) -> str:
    """Return a sentence on sessions whose release the worker has still to work out, or ""."""
    many = len(release_due.ids(db))
    if not many:
        return ""
    return (
        f" The release of {many:,} sessions is being worked out. This takes some seconds for each "
        "thousand; until then some of them may be hidden."
    )


def _waiting(found: Sequence[Standing]) -> str:
    """Whom a session waits for, and whose wish is not decided yet."""
    wishing = [s.person.name for s in found if s.state is Answer.PROPOSED]
    asked = [s for s in found if waits_for(s) and s.state is not Answer.PROPOSED]
    told = []
    if asked:
        told.append(f"Waiting for {_listed([_genitive(s.person.name) for s in asked])} release.")
    if wishing:
        verb = "agrees" if len(wishing) == 1 else "agree"
        told.append(f"{_listed(wishing)} {verb} once something is left out; it is not decided yet.")
    return " ".join(told)


def of_holds(holds: Sequence[ReleaseHold]) -> str:
    """Return what has to be known before others find a session, most pressing first."""
    kinds = {hold.kind for hold in holds}
    labels = [f"“{hold.label}”" for hold in holds if hold.label.strip()]
    if _only_reading(holds):
        return "Waiting for the note to be read, which takes a moment."
    kinds.discard(HoldKind.NOT_READ)
    if kinds == {HoldKind.NOT_TRANSCRIBED}:
        return "Waiting for the transcript: we show it to others after you have named the speakers."
    if kinds <= {HoldKind.UNCONFIRMED_NAME, HoldKind.NOT_TRANSCRIBED}:
        return f"Waiting for its owner to confirm the names from the file: {_some(labels)}."
    if kinds <= {HoldKind.AMBIGUOUS_NAME, HoldKind.NOT_TRANSCRIBED}:
        return f"Waiting for its owner to say who is meant: {_some(labels)}."
    named = f": {_some(labels)}" if labels else ""
    return f"Waiting for the speakers to be named{named}."


def _only_reading(holds: Sequence[ReleaseHold]) -> bool:
    """Whether all that is missing is that the worker reads a note."""
    return all(hold.kind is HoldKind.NOT_READ for hold in holds)


def after_choosing(db: Transaction, session: MentoringSession) -> str:
    """Return what to say when somebody has just said whom a session is meant for."""
    if session.release is Release.RELEASED and session.visibility is Visibility.MEMBERS:
        return f"Released: all members can find it now{_from_when(session)}."
    return now(db, session)


def _from_when(session: MentoringSession) -> str:
    until = session.embargo_until
    if until is None or until <= today():
        return ""
    return f" from {until.day} {until:%B %Y} on"


def _genitive(name: str) -> str:
    return f"{name}'s"


def _some(labels: Sequence[str], most: int = 4) -> str:
    """Return some labels as a list, with how many more there are."""
    distinct = list(dict.fromkeys(labels))
    more = len(distinct) - most
    return _listed(distinct if more <= 0 else [*distinct[:most], f"{more} more"])


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
