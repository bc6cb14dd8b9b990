"""Holds: what keeps a session from others before the answers of its people count.

A session is found by others only when everyone who speaks in it is known and has agreed. This
module reads who is known; `library.consent.standings` reads who has agreed; `release.settle`
brings both together. `library.editing.speakers` writes the identities that are read here.

What one person wrote in a note holds nothing: it has an author and no speakers. A note that is a
conversation has them. Segments that are off the record are gone from the transcript, and segments
that were probably never spoken are not counted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from library.consent.speaker_labels import names_a_person
from library.models import (
    HoldKind,
    MentoringSession,
    Segment,
    Source,
    SourceKind,
    SpeakerIdentity,
    TranscriptVersion,
)
from library.store import Transaction

WORDS_TO_COME = frozenset({HoldKind.NOT_TRANSCRIBED, HoldKind.NOT_READ})
"""Holds that nobody has to do anything about: the worker ends them."""


@dataclass(frozen=True, kw_only=True)
class ReleaseHold:
    """One reason why others do not find a session yet.

    Attributes:
        kind: what is missing.
        source_id: the source it is about; None: the whole session.
        label: the speaker label in the transcript; empty: lines without a speaker, or no label.
        person_id: for an unconfirmed name, the person it is taken for.
        sentence: the same for people.
    """

    kind: HoldKind
    source_id: int | None = None
    label: str = ""
    person_id: int | None = None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """A speaker label of a session's current transcripts, with what is known about it.

    Attributes:
        source_id: the source.
        label: as the transcript calls the speaker.
        identity: who that is; None: nothing is known.
        note: whether it is what the author of a note wrote, which holds nothing.
    """

    source_id: int
    label: str
    identity: SpeakerIdentity | None
    note: bool = False

    @property
    def person_id(self) -> int | None:
        """The person the label is taken for, confirmed or not."""
        return self.identity.person_id if self.identity else None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the transcripts of a session tell: its holds, and who speaks for certain."""

    speakers: Sequence[Speaker]
    holds: Sequence[ReleaseHold]
    people: frozenset[int]  # who are confirmed to speak


@dataclass(frozen=True, kw_only=True)
class _Named:
    """The people whom the owner of a session has named by listing them."""

    listed: frozenset[int]
    alone: frozenset[int]  # sources in which only the owner speaks


def holds_of(db: Transaction, session: MentoringSession) -> Sequence[ReleaseHold]:
    """Return everything that holds a session back, in the order of its sources.

    Sample sessions are never held. Whether a hold matters depends on the visibility: a session
    for its participants only is not released to anyone.
    """
    return look(db, session).holds


def is_held(session: MentoringSession, holds: Iterable[ReleaseHold]) -> bool:
    """Return whether a session that is meant for others waits for its owner to name speakers."""
    wide = session.visibility.needs_release
    return wide and any(hold.kind not in WORDS_TO_COME for hold in holds)


def look(db: Transaction, session: MentoringSession) -> Known:
    """Read who speaks in the current transcripts of a session, and what holds it back."""
    return look_at_all(db, [session])[session.id]


def look_at_all(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, Known]:
    """Read the same of many sessions, with as many queries as for one; by session."""
    ids = [session.id for session in sessions]
    speakers, untranscribed = _speakers(db, ids), _not_transcribed(db, ids)
    return {
        session.id: _known(session, speakers[session.id], untranscribed[session.id])
        for session in sessions
    }


def _known(
    session: MentoringSession, speakers: Sequence[Speaker], untranscribed: Sequence[ReleaseHold]
) -> Known:
    named = _named(session, speakers)
    holds: list[ReleaseHold] = []
    people: set[int] = set()
    for one in speakers:
        hold = None if one.note else _hold_of(one, named)
        if hold is not None:
            holds.append(hold)
        elif one.person_id is not None:
            people.add(one.person_id)
    if session.sample:
        return Known(speakers=speakers, holds=(), people=frozenset(people))
    holds = [*untranscribed, *holds]
    holds += _more_speakers(speakers, holds, named.listed | people)
    return Known(speakers=speakers, holds=holds, people=frozenset(people))


def speakers_of(db: Transaction, session: MentoringSession) -> list[Speaker]:
    """Return the speakers of a session's current transcripts, in the order of its sources."""
    return _speakers(db, [session.id])[session.id]


def _speakers(db: Transaction, session_ids: Sequence[int]) -> dict[int, list[Speaker]]:
    rows = db.execute(
        select(Source.session_id, Source.id, Source.kind, Segment.speaker)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(Source.session_id.in_(session_ids), TranscriptVersion.current, Segment.suspect == "")
        .distinct()
        .order_by(Source.id, Segment.speaker)
    ).all()
    sources = select(Source.id).where(Source.session_id.in_(session_ids))
    known = db.scalars(select(SpeakerIdentity).where(SpeakerIdentity.source_id.in_(sources)))
    identities = {(one.source_id, one.label): one for one in known}
    found: dict[int, list[Speaker]] = defaultdict(list)
    for row in rows:
        found[row.session_id].append(
            Speaker(
                source_id=row.id,
                label=row.speaker,
                identity=identities.get((row.id, row.speaker)),
                note=row.kind is SourceKind.NOTE and not row.speaker,
            )
        )
    return found


def _more_speakers(
    speakers: Sequence[Speaker], holds: Sequence[ReleaseHold], people: Collection[int]
) -> list[ReleaseHold]:
    """Say that more speakers were told apart than people are named."""
    heard = [one for one in speakers if not one.note]
    unnamed = any(hold.kind is HoldKind.UNNAMED_SPEAKER for hold in holds)
    if not unnamed or len(heard) <= len(people):
        return []
    sentence = (
        f"The transcripts have {_count(len(heard), 'speaker')}, and "
        f"{_count(len(people), 'person is', 'people are')} named."
    )
    return [ReleaseHold(kind=HoldKind.MORE_SPEAKERS, sentence=sentence)]


def _named(session: MentoringSession, speakers: Iterable[Speaker]) -> _Named:
    of_source: dict[int, set[int | None]] = {}
    for one in speakers:
        of_source.setdefault(one.source_id, set()).add(one.person_id)
    owner = session.owner_id
    return _Named(
        listed=frozenset(p.person_id for p in session.participants),
        alone=frozenset(i for i, found in of_source.items() if owner and found == {owner}),
    )


def _hold_of(one: Speaker, named: _Named) -> ReleaseHold | None:
    """Return the hold that stands for one speaker; None: it is known who that is."""
    known = one.identity
    if known is not None and (known.excuse is not None or _confirmed(known)):
        return None
    if one.person_id in named.listed:
        return None
    if not names_a_person(one.label):
        return _hold(HoldKind.UNNAMED_SPEAKER, one, _unnamed(one.label))
    if known is not None and one.person_id is None:
        sentence = f"Several people are called “{one.label}”: choose who spoke."
        return _hold(HoldKind.AMBIGUOUS_NAME, one, sentence)
    if one.source_id in named.alone:
        return None
    sentence = f"The file names “{one.label}” as a speaker, and nobody has confirmed that yet."
    return _hold(HoldKind.UNCONFIRMED_NAME, one, sentence)


def _confirmed(known: SpeakerIdentity) -> bool:
    return known.person_id is not None and known.confirmed_at is not None


def _hold(kind: HoldKind, one: Speaker, sentence: str) -> ReleaseHold:
    return ReleaseHold(
        kind=kind,
        source_id=one.source_id,
        label=one.label,
        person_id=one.person_id,
        sentence=sentence,
    )


def _unnamed(label: str) -> str:
    return f"“{label}” has no name yet." if label.strip() else "Some lines have no speaker yet."


def _not_transcribed(db: Transaction, session_ids: Sequence[int]) -> dict[int, list[ReleaseHold]]:
    """Sources whose words are not there yet: nobody knows who speaks in them, also in a note."""
    written = (
        select(TranscriptVersion.id)
        .where(TranscriptVersion.source_id == Source.id, TranscriptVersion.current)
        .exists()
    )
    missing = db.execute(
        select(Source.session_id, Source.id, Source.filename, Source.kind)
        .where(Source.session_id.in_(session_ids), ~written)
        .order_by(Source.id)
    )
    found: dict[int, list[ReleaseHold]] = defaultdict(list)
    for session_id, source_id, filename, kind in missing:
        note = kind is SourceKind.NOTE
        state = "is still to be read" if note else "has no transcript yet"
        found[session_id].append(
            ReleaseHold(
                kind=HoldKind.NOT_READ if note else HoldKind.NOT_TRANSCRIBED,
                source_id=source_id,
                sentence=f"“{filename}” {state}, so nobody knows who speaks in it.",
            )
        )
    return found


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
