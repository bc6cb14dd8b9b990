"""Sentences on the release state of a session: who can find it, or what its release waits for."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from library.access import today
from library.consent import pending_releases
from library.consent.release_holds import ReleaseHold
from library.consent.release_status import REFUSALS, SpeakerStatus, ground_of, standings, waits_for
from library.models import ConsentAnswer, HoldKind, MentoringSession, Release, Visibility
from library.removal import personal_data
from library.removal.personal_data import Kind
from library.store import Transaction
from library.translation import gettext, mark, ngettext
from web.rendering import times

RELEASED = {
    Visibility.COLLECTION: mark("Released to the members of the session's collections."),
    Visibility.MEMBERS: mark("Released to all members."),
    Visibility.PUBLIC: mark("Released to the public, with and without an account."),
}
RELEASED_LATER = {
    Visibility.COLLECTION: mark(
        "Released to the members of the session's collections from %(day)s on."
    ),
    Visibility.MEMBERS: mark("Released to all members from %(day)s on."),
    Visibility.PUBLIC: mark(
        "Released to the public, with and without an account, from %(day)s on."
    ),
}
ANSWERS = {
    ConsentAnswer.ASKED: mark("has not answered yet"),
    ConsentAnswer.AGREED: mark("agreed"),
    ConsentAnswer.PROPOSED: mark("agrees once something is left out"),
    ConsentAnswer.DECLINED: mark("said no"),
    ConsentAnswer.WITHDRAWN: mark("withdrew consent"),
    ConsentAnswer.WAIVED: mark("was not asked; an administrator or an earlier release decided"),
    ConsentAnswer.SAME: mark(
        "is not asked: this is another name of a speaker, or not the name of a speaker"
    ),
}
ACTS = {
    "agreed": mark("agreed"),
    "proposed": mark("agreed, once something is left out"),
    "cut-proposed": mark("proposed to leave something out"),
    "cut-accepted": mark("left out what was proposed"),
    "cut-refused": mark("kept what was proposed to be left out"),
    "cut-withdrawn": mark("withdrew a proposal to leave something out"),
    "declined": mark("said no"),
    "withdrawn": mark("withdrew consent"),
    "waived": mark("released the session without this answer"),
    "closed": mark("made the session private"),
    "asked": mark("asked"),
    "explained": mark("decided that this name is not asked for consent"),
    "named": mark("named a speaker"),
    "excused": mark("gave a reason for not naming a speaker"),
    "excuse-ended": mark("withdrew the reason for not naming a speaker"),
    "told": mark("informed this person about the release"),
    "merged": mark("merged two people"),
    "parted": mark("undid the merge of two people"),
    "link-made": mark("made a release link"),
    "link-ended": mark("ended a release link"),
    "removed": mark("removed the session for good"),
    "removed-part": mark("removed a part of the session for good"),
    "reason-shortened": mark("removed quoted words from a reason"),
    "voice-agreed": mark("agreed to voice recognition"),
    "voice-forgotten": mark("had their voice prints deleted"),
    "person-deleted": mark("deleted an account"),
}
"""Label of each kind of ledger entry."""


def present_state(db: Transaction, session: MentoringSession) -> str:
    """Return a sentence on who can find a session now, or on what its release waits for."""
    ground = ground_of(db, session)
    return of_session(session, standings(db, session, ground), ground.known.holds)


def of_session(
    session: MentoringSession, found: Sequence[SpeakerStatus], holds: Sequence[ReleaseHold]
) -> str:
    """Return a sentence on who can find a session, from its speakers' status and its holds."""
    if session.release is Release.KEPT or session.visibility not in RELEASED:
        return _of_private(session)
    if session.release is Release.RELEASED:
        return _of_released(session)
    if session.release is Release.REFUSED:
        names = _listed([s.person.name for s in found if s.state in REFUSALS])
        return gettext(
            "Not released: %(names)s said no. Only participants can see it.", names=names
        )
    if session.release is Release.REVIEW:
        return gettext("All speakers agreed. The session is reviewed before others find it.")
    waiting = _waiting(found)
    if holds and not (waiting and _only_reading(holds)):
        waiting = of_holds(holds)
    waiting = waiting or gettext("A change to a collection of this session is being applied.")
    return waiting + " " + gettext("Until then only participants can see it.")


def _of_private(session: MentoringSession) -> str:
    if session.visibility is Visibility.PRIVATE:
        return gettext("Private: only its owner can see it.")
    return gettext("Private: only its participants can see it.")


def _of_released(session: MentoringSession) -> str:
    if later := _from_when(session):
        return gettext(RELEASED_LATER[session.visibility], day=later)
    return gettext(RELEASED[session.visibility])


def pending_releases_sentence(db: Transaction) -> str:
    """Return a sentence on the sessions whose release is not computed yet; empty if none."""
    many = len(pending_releases.ids(db))
    if not many:
        return ""
    count = f"{many:,}"
    return " " + ngettext(
        "The release of %(count)s session is being computed. This takes some seconds for each "
        "thousand sessions. Until then it may be hidden.",
        "The release of %(count)s sessions is being computed. This takes some seconds for each "
        "thousand sessions. Until then some of them may be hidden.",
        many,
        count=count,
    )


def _waiting(found: Sequence[SpeakerStatus]) -> str:
    """Return sentences on missing answers and undecided proposals; empty if there are none."""
    proposing = [s.person.name for s in found if s.state is ConsentAnswer.PROPOSED]
    asked = [s for s in found if waits_for(s) and s.state is not ConsentAnswer.PROPOSED]
    sentences = []
    names = [s.person.name for s in asked]
    if len(names) == 1:
        sentences.append(gettext("Waiting for %(name)s's consent.", name=names[0]))
    elif names:
        sentences.append(gettext("Waiting for the consent of %(names)s.", names=_listed(names)))
    if proposing:
        sentences.append(
            ngettext(
                "%(names)s agrees once something is left out. The owner has not decided yet.",
                "%(names)s agree once something is left out. The owner has not decided yet.",
                len(proposing),
                names=_listed(proposing),
            )
        )
    return " ".join(sentences)


def of_holds(holds: Sequence[ReleaseHold]) -> str:
    """Return a sentence on the most urgent kind of release hold."""
    kinds = {hold.kind for hold in holds}
    labels = [f"“{hold.label}”" for hold in holds if hold.label.strip()]
    if _only_reading(holds):
        return gettext("Waiting for the note to be processed, which takes a few seconds.")
    kinds.discard(HoldKind.NOT_READ)
    if kinds == {HoldKind.NOT_TRANSCRIBED}:
        return gettext("Waiting for the transcript. Others see it after the speakers are named.")
    if kinds <= {HoldKind.UNCONFIRMED_NAME, HoldKind.NOT_TRANSCRIBED}:
        return gettext(
            "Waiting for the owner to confirm the speaker names from the file: %(names)s.",
            names=_some(labels),
        )
    if kinds <= {HoldKind.AMBIGUOUS_NAME, HoldKind.NOT_TRANSCRIBED}:
        return gettext(
            "Waiting for its owner to choose the person meant by %(names)s.", names=_some(labels)
        )
    if labels:
        return gettext("Waiting for the speakers to be named: %(names)s.", names=_some(labels))
    return gettext("Waiting for the speakers to be named.")


def _only_reading(holds: Sequence[ReleaseHold]) -> bool:
    """Return whether the release waits only for a note that the worker has not processed yet."""
    return all(hold.kind is HoldKind.NOT_READ for hold in holds)


def after_choosing(db: Transaction, session: MentoringSession) -> str:
    """Return the sentence shown after the visibility of a session was changed."""
    if session.release is Release.RELEASED and session.visibility is Visibility.MEMBERS:
        if later := _from_when(session):
            return gettext("Released: all members can find the session from %(day)s on.", day=later)
        return gettext("Released: all members can find the session now.")
    return present_state(db, session)


def _from_when(session: MentoringSession) -> str:
    """Return the date on which an embargo ends, or an empty string if it is over."""
    until = session.embargo_until
    if until is None or until <= today():
        return ""
    return times.day(until)


def _some(labels: Sequence[str], most: int = 4) -> str:
    """Join labels into a text. Only *most* labels are listed, the others are counted."""
    distinct = list(dict.fromkeys(labels))
    more = len(distinct) - most
    if more > 0:
        distinct = [*distinct[:most], gettext("%(number)s more", number=more)]
    return _listed(distinct)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s", names=", ".join(names[:-1]), last=names[-1])


@dataclass(frozen=True)
class PersonalDataSummary:
    """Personal data found in one recording or note.

    Attributes:
        source_id: Id of the recording or note.
        words: Kinds and counts as text.
    """

    source_id: int
    words: str


def details(db: Transaction, session: MentoringSession) -> list[PersonalDataSummary]:
    """Return the sources of a session in which personal data was found."""
    found = personal_data.counted(db, session)
    return [PersonalDataSummary(source_id, _in_words(kinds)) for source_id, kinds in found.items()]


def _in_words(kinds: Counter[Kind]) -> str:
    return _listed([COUNTED[kind](count) for kind, count in kinds.items()])


COUNTED: dict[Kind, Callable[[int], str]] = {
    Kind.EMAIL: lambda n: ngettext("an e-mail address", "%(num)s e-mail addresses", n),
    Kind.PHONE: lambda n: ngettext("a telephone number", "%(num)s telephone numbers", n),
    Kind.CARD: lambda n: ngettext("a payment card", "%(num)s payment cards", n),
    Kind.ACCOUNT: lambda n: ngettext("an account number", "%(num)s account numbers", n),
}
"""Function for each kind of personal data that formats a number of them as text."""
