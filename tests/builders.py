"""Functions that add accounts and completely processed sessions to the library of a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import select

from library.access import Viewer
from library.accounts import people, sign_ins
from library.accounts.names import add_person
from library.consent import release, release_holds
from library.models import (
    Form,
    MentoringSession,
    ParticipantRole,
    Passage,
    Person,
    Role,
    SignInWay,
    Source,
    SourceKind,
    SpeakerIdentity,
    Stage,
    UnnamedReason,
    Visibility,
    now,
)
from library.sessions import jobs, passages, sessions, sources
from library.sessions.description import Description
from library.sessions.passages import PassageDraft
from library.settings import Settings
from library.store import Library, Transaction
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from search.embedding.embedder import Embedder
from tests.fakes import BagOfWordsEmbedder

OPERATOR = Viewer(role=Role.ADMIN)
LINE = 10.0  # seconds of each line
TALK = (
    ("Ada", "Ask for feedback the same day, while everybody still remembers."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


@dataclass(frozen=True)
class Account:
    """Account that a test added, with its `Viewer` for the access rules."""

    id: int
    name: str
    email: str
    viewer: Viewer


@dataclass(frozen=True)
class Built:
    """Ids of an added session, its source, its transcript version and its passages."""

    session_id: int
    source_id: int
    version_id: int
    passage_ids: Sequence[int]


def add_session(
    library: Library,
    *,
    title: str = "A talk about feedback",
    lines: Sequence[tuple[str, str]] = TALK,
    owner: Account | None = None,
    participants: Sequence[tuple[int, ParticipantRole]] = (),
    visibility: Visibility = Visibility.PUBLIC,
    kind: SourceKind = SourceKind.RECORDING,
    form: Form = Form.ONE_TO_ONE,
    held_on: date | None = None,
    content: bytes | None = None,
    embedder: Embedder | None = None,
    released: bool = True,
) -> Built:
    """Add a session with one READY source, in which each line is a segment and a passage.

    Args:
        library: Library of the session.
        title: Title of the session.
        lines: Speaker and text of each segment. A segment lasts `LINE` seconds, except in a note.
        owner: Owner of the session. None means no owner.
        participants: Id and role of each participant.
        visibility: Visibility of the session.
        kind: Kind of the source.
        form: Form of the session.
        held_on: Date of the session.
        content: Bytes of the source. The default is made from title and lines.
        embedder: Embedder of the passages. The default is `BagOfWordsEmbedder`.
        released: True to confirm the names of the speakers and waive the missing consents.
    """
    content = content or repr((title, lines)).encode()
    with library.transaction() as db:
        described = Description(
            title=title,
            held_on=held_on,
            form=form,
            visibility=visibility,
            participants=participants,
        )
        session = sessions.add(db, described, owner_id=owner.id if owner else None)
        return _add_source(
            library, db, session, lines, (kind, content, embedder), released=released
        )


def add_part(
    library: Library,
    session_id: int,
    *,
    lines: Sequence[tuple[str, str]],
    content: bytes,
    kind: SourceKind = SourceKind.RECORDING,
) -> Built:
    """Add a READY source to a session, with a segment and a passage for each line.

    A line is a pair of speaker and text. The names of the speakers are confirmed, and the missing
    consents are waived.
    """
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        return _add_source(library, db, session, lines, (kind, content, None), released=True)


def _add_source(
    library: Library,
    db: Transaction,
    session: MentoringSession,
    lines: Sequence[tuple[str, str]],
    how: tuple[SourceKind, bytes, Embedder | None],
    *,
    released: bool,
) -> Built:
    """Add a READY source with a segment, a passage and a vector for each line to a session.

    *how* is the kind of the source, its content, and an embedder or None for the default.
    """
    kind, content, chosen_embedder = how
    embedder = chosen_embedder or BagOfWordsEmbedder()
    sha256, size = library.files.keep([content])
    segments = _segments(lines, timed=kind is not SourceKind.NOTE)
    drafts = [_passage(number, segment) for number, segment in enumerate(segments)]
    vectors = [
        row.tobytes() for row in embedder.embed_passages([d.text for d in drafts]).astype("<f2")
    ]
    name = f"{session.title}.ogg"
    source = sources.add(db, session, kind=kind, filename=name, sha256=sha256, size=size)
    source.duration = LINE * len(lines) if kind is SourceKind.RECORDING else None
    version = versions.save_version(db, source, segments, origin="import")
    passages.save(db, version, session.id, drafts, vectors=vectors, model=embedder.model)
    jobs.finish_stage(db, source, Stage.INDEXED)
    if released:
        know_speakers(db, source)
        release.waive(db, OPERATOR, session, "as tests need it")
    own = select(Passage.id).where(Passage.source_id == source.id).order_by(Passage.ordinal)
    return Built(session.id, source.id, version.id, list(db.scalars(own)))


def know_speakers(db: Transaction, source: Source) -> None:
    """Confirm the names of a source's speakers. Store why each unnamed speaker has no name."""
    for one in release_holds.speakers_of(db, source.session):
        if one.source_id != source.id:
            continue
        row = one.identity or SpeakerIdentity(source_id=one.source_id, label=one.label)
        row.confirmed_at = now()
        if row.person_id is None:
            row.excuse = UnnamedReason.PUBLIC_EVENT
        db.add(row)
    db.flush()


def agree(library: Library, session_id: int) -> None:
    """Confirm the names of a session's speakers, and waive the consents that are missing."""
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        for source in session.sources:
            know_speakers(db, source)
        release.waive(db, OPERATOR, session, "as tests need it")


def add_waiting(library: Library, *, content: bytes = b"sound", title: str = "A recording") -> int:
    """Add a session with a recording that waits for the worker. Return the source's id."""
    sha256, size = library.files.keep([content])
    with library.transaction() as db:
        session = sessions.add(db, Description(title=title), owner_id=None)
        return sources.add(
            db,
            session,
            kind=SourceKind.RECORDING,
            filename="talk.ogg",
            sha256=sha256,
            size=size,
        ).id


def add_account(library: Library, name: str, role: Role, *, email: str = "") -> Account:
    """Add an account without a password. The default e-mail address is made from the name."""
    with library.transaction() as db:
        person = people.add_account(
            db,
            name=name,
            email=email or f"{name.lower().replace(' ', '.')}@example.org",
            role=role,
            password_hash=None,
        )
        return Account(person.id, person.name, person.email or "", people.viewer_of(person))


def person_named(db: Transaction, name: str) -> Person:
    """Return the person with this name and the lowest id, or add a person without account."""
    oldest = db.scalars(select(Person).where(Person.name == name).order_by(Person.id)).first()
    return oldest or add_person(db, name)


def signed_in(library: Library, person_id: int) -> str:
    """Sign a person in, and return the token for the cookie of a browser."""
    with library.transaction() as db:
        return begin_sign_in(db, person_id)


def begin_sign_in(db: Transaction, person_id: int) -> str:
    """Sign a person in within a transaction, and return the token."""
    start = sign_ins.Start(way=SignInWay.PASSWORD, browser="Firefox on Linux")
    return sign_ins.begin(db, Settings(), person_id, start)


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of *content* as hex digits, which is the name of a stored file."""
    return sha256(content).hexdigest()


def _segments(lines: Sequence[tuple[str, str]], *, timed: bool) -> list[SegmentDraft]:
    return [
        SegmentDraft(
            text=text,
            speaker=speaker,
            start=number * LINE if timed else None,
            end=(number + 1) * LINE if timed else None,
        )
        for number, (speaker, text) in enumerate(lines)
    ]


def _passage(number: int, segment: SegmentDraft) -> PassageDraft:
    named = f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text
    return PassageDraft(
        first_segment=number,
        last_segment=number,
        start=segment.start,
        end=segment.end,
        text=named,
        speakers=[(segment.speaker, len(segment.text.split()))],
    )
