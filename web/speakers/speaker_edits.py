"""Changes to the speakers of a session, shared by the pages and the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.access import session_to_edit
from library.accounts import people
from library.consent import release, release_holds
from library.consent.speaker_labels import names_a_person
from library.errors import InvalidInputError
from library.models import HoldKind, MentoringSession, UnnamedReason
from library.sessions import jobs
from library.speakers import naming, unnamed_reasons
from library.speakers.identities import Place
from library.speakers.label_people import Choices
from library.store import Transaction
from library.transcripts import edits, versions
from search.indexing import save_version
from web.http.context import engine, library, queue, viewer

MOST = 500  # speakers per request


@dataclass(frozen=True, kw_only=True)
class SpeakerChange:
    """Requested change of one speaker: a name, a reason for no name, or a confirmation.

    Attributes:
        source_id: Id of the source.
        label: Speaker label in the transcript of the source.
        name: Name of the speaker; empty if another field is set.
        person_id: Id of the person, if several people have this name.
        somebody_else: True for a new person with this name.
        excuse: Reason why no name is needed.
        reason: Explanation for the consent ledger.
        confirm: True if the name in the file is right.
        reopen: True to withdraw an earlier reason for no name.
    """

    source_id: int
    label: str
    name: str = ""
    person_id: int | None = None
    somebody_else: bool = False
    excuse: UnnamedReason | None = None
    reason: str = ""
    confirm: bool = False
    reopen: bool = False

    @property
    def place(self) -> Place:
        """Source id and label of the speaker."""
        return self.source_id, self.label


def apply_changes(session_id: int, changes: Sequence[SpeakerChange]) -> None:
    """Apply changes to the speakers of a session. New names create a new transcript version.

    Raises:
        NotFoundError: The session or a speaker does not exist.
        NotAllowedError: The viewer may not edit the session.
        InvalidInputError: A change is empty or not valid.
        ConflictError: A transcript was changed in the meantime.
    """
    renamed: dict[int, dict[str, str]] = {}
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        naming.confirm(db, viewer(), session, [one.place for one in changes if one.confirm])
        for one in changes:
            new = _apply_change(db, session, one)
            if new not in {"", one.label}:
                renamed.setdefault(one.source_id, {})[one.label] = new
        release.refresh(db, session)
    for source_id, names in renamed.items():
        _rename(source_id, names)


def confirm_all(session_id: int) -> None:
    """Confirm all names of speakers in a session that were read from a file."""
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        holds = release_holds.holds_of(db, session)
        places = _places(holds, HoldKind.UNCONFIRMED_NAME)
        naming.confirm(db, viewer(), session, places)


def set_reason_for_all(session_id: int, why: UnnamedReason, reason: str) -> None:
    """Set the same reason for all speakers who have no name in a session.

    *why* is the kind of reason, *reason* its explanation for the consent ledger.
    """
    with library().reading() as db:
        holds = release_holds.holds_of(db, session_to_edit(db, viewer(), session_id))
    changes = [
        SpeakerChange(source_id=source_id, label=label, excuse=why, reason=reason)
        for source_id, label in _places(holds, HoldKind.UNNAMED_SPEAKER)
    ]
    apply_changes(session_id, changes)


def _places(holds: Sequence[release_holds.ReleaseHold], kind: HoldKind) -> list[Place]:
    return [(h.source_id, h.label) for h in holds if h.kind is kind and h.source_id is not None]


def _apply_change(db: Transaction, session: MentoringSession, one: SpeakerChange) -> str:
    """Apply the change of one speaker. Return its new label; empty if unchanged.

    Raises:
        InvalidInputError: The change has no name, no reason and no confirmation.
    """
    if one.reopen:
        unnamed_reasons.reopen(db, viewer(), session, one.place)
    elif one.excuse is not None:
        unnamed_reasons.set_reason(db, viewer(), session, one.place, one.excuse, reason=one.reason)
        if one.excuse is UnnamedReason.OWN_VOICE and not names_a_person(one.label):
            me = people.get(db, viewer().person_id or 0)
            mine = {me.name: me.id}
            return naming.name(db, viewer(), session, one.place, me.name, choices=mine)
    elif one.name.strip():
        chosen: Choices = {}
        if one.somebody_else or one.person_id is not None:
            chosen = {" ".join(one.name.split()): one.person_id}
        return naming.name(db, viewer(), session, one.place, one.name, choices=chosen)
    elif not one.confirm:
        raise InvalidInputError("Name each speaker, or choose a reason why no name is needed.")
    return ""


def _rename(source_id: int, names: dict[str, str]) -> None:
    """Save a transcript version with new speaker names, which updates the search index.

    *names* contains the new name for each speaker label to change.
    """
    place = library()
    with place.reading() as db:
        version = versions.current_version(db, source_id)
        segments = versions.drafts_of(db, version.id) if version else []
    if version is None:
        return
    for label, name in names.items():
        segments = edits.rename(segments, label, name)
    save_version.save(place, engine().embedder(), viewer(), source_id, segments, base_id=version.id)
    with place.reading() as db:
        waits = source_id in jobs.unfinished(db)
    if waits:
        queue().request(source_id)
