"""What somebody says about the speakers of a session, carried out for the pages and the API."""

from collections.abc import Sequence
from dataclasses import dataclass

from library.access import session_to_edit
from library.accounts import people
from library.consent import release, release_holds
from library.consent.speaker_labels import names_a_person
from library.editing import edits, speaker_excuses, speaker_naming, transcripts
from library.editing.speaker_identities import Place
from library.editing.speaker_names import Choices
from library.errors import InvalidInputError
from library.holdings import jobs
from library.models import Excuse, HoldKind, MentoringSession
from library.store import Transaction
from search import revising
from web.context import engine, library, queue, viewer

MOST = 500  # speakers at once


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is said about one speaker: a name, a reason, or that the file is right.

    Attributes:
        source_id: the source.
        label: the speaker in its transcript.
        name: who it is; empty: another field tells.
        person_id: the person of that name, where several have it.
        somebody_else: whether it is none of those whom the library knows by that name.
        excuse: why nobody has to be named.
        reason: a sentence for the ledger.
        confirm: whether the name in the file is right.
        reopen: whether an earlier reason is taken back.
    """

    source_id: int
    label: str
    name: str = ""
    person_id: int | None = None
    somebody_else: bool = False
    excuse: Excuse | None = None
    reason: str = ""
    confirm: bool = False
    reopen: bool = False

    @property
    def place(self) -> Place:
        """Where the speaker is."""
        return self.source_id, self.label


def carry_out(session_id: int, wishes: Sequence[Wish]) -> None:
    """Do what is said about the speakers of a session; named speakers get a new version.

    Raises:
        NotFoundError, NotAllowedError: the session is not the reader's to change, or a speaker is
            not there.
        InvalidInputError: something that is said cannot be used.
        ConflictError: a transcript was changed meanwhile.
    """
    renamed: dict[int, dict[str, str]] = {}
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        speaker_naming.confirm(db, viewer(), session, [one.place for one in wishes if one.confirm])
        for one in wishes:
            new = _say(db, session, one)
            if new not in {"", one.label}:
                renamed.setdefault(one.source_id, {})[one.label] = new
        release.settle(db, session)
    for source_id, names in renamed.items():
        _rename(source_id, names)


def confirm_all(session_id: int) -> None:
    """Confirm every name of a session that was read from a file."""
    with library().transaction() as db:
        session = session_to_edit(db, viewer(), session_id)
        holds = release_holds.holds_of(db, session)
        places = _places(holds, HoldKind.UNCONFIRMED_NAME)
        speaker_naming.confirm(db, viewer(), session, places)


def excuse_all(session_id: int, why: Excuse, reason: str) -> None:
    """Give the same reason for every speaker of a session who has no name."""
    with library().reading() as db:
        holds = release_holds.holds_of(db, session_to_edit(db, viewer(), session_id))
    wishes = [
        Wish(source_id=source_id, label=label, excuse=why, reason=reason)
        for source_id, label in _places(holds, HoldKind.UNNAMED_SPEAKER)
    ]
    carry_out(session_id, wishes)


def _places(holds: Sequence[release_holds.ReleaseHold], kind: HoldKind) -> list[Place]:
    return [(h.source_id, h.label) for h in holds if h.kind is kind and h.source_id is not None]


def _say(db: Transaction, session: MentoringSession, one: Wish) -> str:
    """Carry out what is said about one speaker; return its new label, or the empty string."""
    if one.reopen:
        speaker_excuses.reopen(db, viewer(), session, one.place)
    elif one.excuse is not None:
        speaker_excuses.excuse(db, viewer(), session, one.place, one.excuse, reason=one.reason)
        if one.excuse is Excuse.OWN_VOICE and not names_a_person(one.label):
            me = people.get(db, viewer().person_id or 0)
            mine = {me.name: me.id}
            return speaker_naming.name(db, viewer(), session, one.place, me.name, choices=mine)
    elif one.name.strip():
        chosen: Choices = {}
        if one.somebody_else or one.person_id is not None:
            chosen = {" ".join(one.name.split()): one.person_id}
        return speaker_naming.name(db, viewer(), session, one.place, one.name, choices=chosen)
    elif not one.confirm:
        raise InvalidInputError(
            "Say who each speaker is, or choose a reason why nobody has to be named."
        )
    return ""


def _rename(source_id: int, names: dict[str, str]) -> None:
    """Save a version in which these speakers have their names, and let it be found."""
    place = library()
    with place.reading() as db:
        version = transcripts.current_version(db, source_id)
        segments = transcripts.drafts_of(db, version.id) if version else []
    if version is None:
        return
    for label, name in names.items():
        segments = edits.rename(segments, label, name)
    revising.save(place, engine().embedder(), viewer(), source_id, segments, base_id=version.id)
    with place.reading() as db:
        waits = source_id in jobs.unfinished(db)
    if waits:
        queue().request(source_id)
