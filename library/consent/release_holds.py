"""Holds: what keeps a session from others before the answers of its people count.

A session is found by others only when everyone who speaks in it is known and has agreed. This
module reads who is known; `library.consent.standings` reads who has agreed; `release.settle`
brings both together. `library.editing.speakers` writes the identities that are read here.

Written notes hold nothing: they have an author and no speakers. Segments that are off the record
are gone from the transcript, and segments that were probably never spoken are not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from library.consent.speaker_labels import names_a_person
from library.models import (
    HoldKind,
    MentoringSession,
    Person,
    Segment,
    Source,
    SourceKind,
    SpeakerIdentity,
    TranscriptVersion,
)
from library.store import Transaction


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
    """A speaker label of a session's current transcripts, with what is known about it."""

    source_id: int
    label: str
    identity: SpeakerIdentity | None


@dataclass(frozen=True, kw_only=True)
class _Named:
    """The people whom the owner of a session has named by listing them."""

    owner_id: int | None
    listed: frozenset[int]
    names: frozenset[str]  # of those listed and the owner, casefolded
    alone: frozenset[int] = field(default_factory=frozenset)  # sources where only the owner speaks


def holds_of(db: Transaction, session: MentoringSession) -> list[ReleaseHold]:
    """Return everything that holds a session back, in the order of its sources.

    Sample sessions are never held. Whether a hold matters depends on the visibility: a session
    for its participants only is not released to anyone.
    """
    if session.sample:
        return []
    speakers = speakers_of(db, session)
    named = _named(db, session, speakers)
    found = [
        *_not_transcribed(db, session),
        *(hold for one in speakers if (hold := _hold_of(one, named)) is not None),
    ]
    unnamed = sum(hold.kind is HoldKind.UNNAMED_SPEAKER for hold in found)
    people = named.listed | {p for one in speakers if (p := _person_of(one, named)) is not None}
    if unnamed and len(speakers) > len(people):
        found.append(
            ReleaseHold(
                kind=HoldKind.MORE_SPEAKERS,
                sentence=f"The transcripts have {_count(len(speakers), 'speaker')}, and "
                f"{_count(len(people), 'person', 'people')} named.",
            )
        )
    return found


def speakers_of(db: Transaction, session: MentoringSession) -> list[Speaker]:
    """Return the speakers of a session's current transcripts; written notes have none."""
    rows = db.execute(
        select(Source.id, Segment.speaker)
        .join(TranscriptVersion, TranscriptVersion.source_id == Source.id)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(
            Source.session_id == session.id,
            Source.kind != SourceKind.NOTE,
            TranscriptVersion.current,
            Segment.suspect == "",
        )
        .distinct()
        .order_by(Source.id, Segment.speaker)
    ).all()
    ids = {source_id for source_id, _ in rows}
    known = db.scalars(select(SpeakerIdentity).where(SpeakerIdentity.source_id.in_(ids)))
    identities = {(one.source_id, one.label): one for one in known}
    return [
        Speaker(source_id=source_id, label=label, identity=identities.get((source_id, label)))
        for source_id, label in rows
    ]


def unconfirmed(db: Transaction, session: MentoringSession) -> frozenset[tuple[int, str]]:
    """Return (source id, label) of every speaker nobody may be asked for: not confirmed, excused.

    Names in these places make their people no speakers of the session yet.
    """
    speakers = speakers_of(db, session)
    named = _named(db, session, speakers)
    return frozenset(
        (one.source_id, one.label)
        for one in speakers
        if _excused(one) or _hold_of(one, named) is not None
    )


def _excused(one: Speaker) -> bool:
    return one.identity is not None and one.identity.excuse is not None


def _named(db: Transaction, session: MentoringSession, speakers: Iterable[Speaker]) -> _Named:
    listed = frozenset(p.person_id for p in session.participants)
    names = db.scalars(
        select(Person.name).where(Person.id.in_({*listed, session.owner_id} - {None}))
    )
    of_source: dict[int, set[int | None]] = {}
    for one in speakers:
        person = one.identity.person_id if one.identity else None
        of_source.setdefault(one.source_id, set()).add(person)
    return _Named(
        owner_id=session.owner_id,
        listed=listed,
        names=frozenset(name.casefold() for name in names),
        alone=frozenset(
            source_id
            for source_id, people in of_source.items()
            if session.owner_id is not None and people == {session.owner_id}
        ),
    )


def _person_of(one: Speaker, named: _Named) -> int | None:
    """The person whom a speaker counts for; None while that is not settled."""
    if one.identity is None or _hold_of(one, named) is not None:
        return None
    return one.identity.person_id


def _hold_of(one: Speaker, named: _Named) -> ReleaseHold | None:
    """The hold that stands for one speaker."""
    known = one.identity
    if known is not None and (known.excuse is not None or _confirmed(known)):
        return None
    if not (names_a_person(one.label) or one.label.casefold() in named.names):
        return _hold(HoldKind.UNNAMED_SPEAKER, one, _unnamed(one.label))
    if known is not None and known.person_id is None:
        sentence = f"Several people are called “{one.label}”: choose who spoke."
        return _hold(HoldKind.AMBIGUOUS_NAME, one, sentence)
    if known is not None and (known.person_id in named.listed or one.source_id in named.alone):
        return None
    sentence = f"The file names “{one.label}” as a speaker, and nobody has confirmed that yet."
    return _hold(HoldKind.UNCONFIRMED_NAME, one, sentence)


def _confirmed(known: SpeakerIdentity) -> bool:
    return known.person_id is not None and known.confirmed_at is not None


def _hold(kind: HoldKind, one: Speaker, sentence: str) -> ReleaseHold:
    person = one.identity.person_id if one.identity else None
    return ReleaseHold(
        kind=kind, source_id=one.source_id, label=one.label, person_id=person, sentence=sentence
    )


def _unnamed(label: str) -> str:
    return f"“{label}” has no name yet." if label.strip() else "Some lines have no speaker yet."


def _not_transcribed(db: Transaction, session: MentoringSession) -> list[ReleaseHold]:
    """Recordings and transcripts whose words are not there: nobody knows who speaks in them."""
    written = set(
        db.scalars(
            select(TranscriptVersion.source_id)
            .join(Source, Source.id == TranscriptVersion.source_id)
            .where(Source.session_id == session.id, TranscriptVersion.current)
        )
    )
    sources = db.execute(
        select(Source.id, Source.filename)
        .where(Source.session_id == session.id, Source.kind != SourceKind.NOTE)
        .order_by(Source.id)
    ).all()
    return [
        ReleaseHold(
            kind=HoldKind.NOT_TRANSCRIBED,
            source_id=source_id,
            sentence=f"“{filename}” has no transcript yet, so nobody knows who speaks in it.",
        )
        for source_id, filename in sources
        if source_id not in written
    ]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
