"""Release holds: reasons why the consent answers of a session do not count yet.

Others find a session only when all speakers are identified and have agreed. This module reads the
identities of the speakers. `library.consent.release_status` reads the answers, and
`release.refresh` uses both. `library.speakers.source_speakers` writes the identities that are read
here.

A note by one author has no speakers and causes no hold. A note with speaker labels is treated like
a recording. Redacted segments are not in the transcript. Hallucinated segments are not counted.
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
from library.translation import gettext, ngettext

WORDS_TO_COME = frozenset({HoldKind.NOT_TRANSCRIBED, HoldKind.NOT_READ})
"""Kinds of holds that end when the worker has processed the source."""


@dataclass(frozen=True, kw_only=True)
class ReleaseHold:
    """Reason why others do not find a session yet.

    Attributes:
        kind: kind of the hold.
        source_id: affected source; None for the whole session.
        label: speaker label in the transcript; empty if the segments have none, or if the hold is
            not about a speaker.
        person_id: for an unconfirmed name, the assumed person.
        sentence: reason as a sentence that pages show.
    """

    kind: HoldKind
    source_id: int | None = None
    label: str = ""
    person_id: int | None = None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Speaker label of a session's current transcripts and its identity.

    Attributes:
        source_id: id of the source.
        label: speaker label in the transcript.
        identity: assigned identity; None if unknown.
        note: whether the segments are a note by one author, which causes no hold.
    """

    source_id: int
    label: str
    identity: SpeakerIdentity | None
    note: bool = False

    @property
    def person_id(self) -> int | None:
        """Id of the person assigned to the label, confirmed or not."""
        return self.identity.person_id if self.identity else None


@dataclass(frozen=True, kw_only=True)
class Known:
    """Speakers, release holds and confirmed people of a session's transcripts."""

    speakers: Sequence[Speaker]
    holds: Sequence[ReleaseHold]
    people: frozenset[int]  # ids of confirmed speakers


@dataclass(frozen=True, kw_only=True)
class _Named:
    """People whom the owner has named as participants or as the only speaker."""

    listed: frozenset[int]
    alone: frozenset[int]  # ids of sources in which only the owner speaks


def holds_of(db: Transaction, session: MentoringSession) -> Sequence[ReleaseHold]:
    """Return the holds of a session, in the order of its sources.

    Sample sessions have none. Holds have no effect on a session that only its participants may see.
    """
    return read(db, session).holds


def is_held(session: MentoringSession, holds: Iterable[ReleaseHold]) -> bool:
    """Return whether a shared session waits for its owner to name or confirm speakers."""
    wide = session.visibility.needs_release
    return wide and any(hold.kind not in WORDS_TO_COME for hold in holds)


def read(db: Transaction, session: MentoringSession) -> Known:
    """Return the speakers, release holds and confirmed people of a session."""
    return look_at_all(db, [session])[session.id]


def look_at_all(db: Transaction, sessions: Sequence[MentoringSession]) -> dict[int, Known]:
    """Return the speakers, release holds and confirmed people of each session, by session id.

    The number of queries does not depend on the number of sessions.
    """
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
    """Return a list with one hold if the transcripts have more speakers than named people.

    Otherwise, or if no speaker has the hold `UNNAMED_SPEAKER`, the list is empty.
    """
    speaking = [one for one in speakers if not one.note]
    unnamed = any(hold.kind is HoldKind.UNNAMED_SPEAKER for hold in holds)
    if not unnamed or len(speaking) <= len(people):
        return []
    sentence = ngettext(
        "The transcripts have %(speakers)s, and %(num)s person is named. Name the other speakers.",
        "The transcripts have %(speakers)s, and %(num)s people are named. Name the other speakers.",
        len(people),
        speakers=ngettext("%(num)s speaker", "%(num)s speakers", len(speaking)),
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
    """Return the hold that a speaker causes; None if the speaker is identified."""
    known = one.identity
    if known is not None and (known.excuse is not None or _confirmed(known)):
        return None
    if one.person_id in named.listed:
        return None
    if not names_a_person(one.label):
        return _hold(HoldKind.UNNAMED_SPEAKER, one, _unnamed(one.label))
    if known is not None and one.person_id is None:
        sentence = gettext(
            "Several people are called “%(name)s”. Choose who spoke.", name=one.label
        )
        return _hold(HoldKind.AMBIGUOUS_NAME, one, sentence)
    if one.source_id in named.alone:
        return None
    sentence = gettext("The file names “%(name)s” as a speaker. Confirm the name.", name=one.label)
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
    if label.strip():
        return gettext("“%(label)s” has no name yet.", label=label)
    return gettext("Some lines have no speaker yet.")


def _not_transcribed(db: Transaction, session_ids: Sequence[int]) -> dict[int, list[ReleaseHold]]:
    """Return a hold for each source without a current transcript, by session id."""
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
        found[session_id].append(
            ReleaseHold(
                kind=HoldKind.NOT_READ if note else HoldKind.NOT_TRANSCRIBED,
                source_id=source_id,
                sentence=_unread(filename, note=note),
            )
        )
    return found


def _unread(filename: str, *, note: bool) -> str:
    if note:
        return gettext(
            "“%(name)s” has not been processed yet, so its speakers are not known.", name=filename
        )
    return gettext(
        "“%(name)s” has no transcript yet, so its speakers are not known.", name=filename
    )
