"""Sessions as a finished pipeline leaves them, made without decoding or transcribing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import select

from library.access import Viewer
from library.accounts import people, sign_ins
from library.accounts.person_names import add_person
from library.consent import release, release_holds
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.holdings import jobs, passages, sessions, sources
from library.holdings.passages import PassageDraft
from library.models import (
    Excuse,
    Form,
    MentoringSession,
    Part,
    Passage,
    Person,
    Role,
    SignInWay,
    Source,
    SourceKind,
    SpeakerIdentity,
    Stage,
    Visibility,
    now,
)
from library.settings import Settings
from library.store import Library, Transaction
from search.embed import Embedder
from tests.fakes import BagOfWordsEmbedder

OPERATOR = Viewer(role=Role.ADMIN)
LINE = 10.0  # seconds that each line lasts
TALK = (
    ("Ada", "Ask for feedback the same day, while everybody still remembers."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in, and what access rules know of them."""

    id: int
    name: str
    email: str
    viewer: Viewer


@dataclass(frozen=True)
class Built:
    """Ids of what `add_session` made."""

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
    participants: Sequence[tuple[int, Part]] = (),
    visibility: Visibility = Visibility.PUBLIC,
    kind: SourceKind = SourceKind.RECORDING,
    form: Form = Form.ONE_TO_ONE,
    held_on: date | None = None,
    content: bytes | None = None,
    embedder: Embedder | None = None,
    released: bool = True,
) -> Built:
    """A session with one READY source whose every line is a segment and a passage.

    Args:
        library: where to.
        title: of the session.
        lines: speaker and words; each lasts `LINE` seconds, except in a note.
        owner: who added it; None: nobody.
        participants: person ids with their parts.
        visibility: who may find it.
        kind: of its source.
        form: of the session.
        held_on: its date.
        content: the source's bytes; by default made up from title and lines.
        embedder: what makes the vectors; by default `BagOfWordsEmbedder`.
        released: whether whoever speaks in it counts as having agreed to *visibility*.
    """
    content = content or repr((title, lines)).encode()
    with library.transaction() as db:
        described = sessions.Description(
            title=title,
            held_on=held_on,
            form=form,
            visibility=visibility,
            participants=participants,
        )
        session = sessions.add(db, described, owner_id=owner.id if owner else None)
        return _filled(library, db, session, lines, (kind, content, embedder), released=released)


def add_part(
    library: Library,
    session_id: int,
    *,
    lines: Sequence[tuple[str, str]],
    content: bytes,
    kind: SourceKind = SourceKind.RECORDING,
) -> Built:
    """One more READY source of a session; whoever speaks in it counts as having agreed."""
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        return _filled(library, db, session, lines, (kind, content, None), released=True)


def _filled(
    library: Library,
    db: Transaction,
    session: MentoringSession,
    lines: Sequence[tuple[str, str]],
    made: tuple[SourceKind, bytes, Embedder | None],
    *,
    released: bool,
) -> Built:
    """Put a source of *lines* into a session, with passages and vectors."""
    kind, content, given = made
    embedder = given or BagOfWordsEmbedder()
    kept, size = library.files.keep([content])
    segments = _segments(lines, timed=kind is not SourceKind.NOTE)
    drafts = [_passage(number, segment) for number, segment in enumerate(segments)]
    vectors = [row.tobytes() for row in embedder.embed([d.text for d in drafts]).astype("<f2")]
    name = f"{session.title}.ogg"
    source = sources.add(db, session, kind=kind, filename=name, sha256=kept, size=size)
    source.duration = LINE * len(lines) if kind is SourceKind.RECORDING else None
    version = transcripts.save_version(db, source, segments, origin="import")
    passages.save(db, version, session.id, drafts, vectors=vectors, model=embedder.model)
    jobs.finish_stage(db, source, Stage.INDEXED)
    if released:
        know_speakers(db, source)
        release.waive(db, OPERATOR, session, "as tests need it")
    own = select(Passage.id).where(Passage.source_id == source.id).order_by(Passage.ordinal)
    return Built(session.id, source.id, version.id, list(db.scalars(own)))


def know_speakers(db: Transaction, source: Source) -> None:
    """Count every speaker of a source as known: names as confirmed, numbered ones as explained."""
    for one in release_holds.speakers_of(db, source.session):
        if one.source_id != source.id:
            continue
        row = one.identity or SpeakerIdentity(source_id=one.source_id, label=one.label)
        row.confirmed_at = now()
        if row.person_id is None:
            row.excuse = Excuse.PUBLIC_EVENT
        db.add(row)
    db.flush()


def agree(library: Library, session_id: int) -> None:
    """Release a session in the name of everybody who has not answered; its speakers are known."""
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        for source in session.sources:
            know_speakers(db, source)
        release.waive(db, OPERATOR, session, "as tests need it")


def add_waiting(library: Library, *, content: bytes = b"sound", title: str = "A recording") -> int:
    """A session whose one recording waits for the worker; gives the source's id."""
    kept, size = library.files.keep([content])
    with library.transaction() as db:
        session = sessions.add(db, sessions.Description(title=title), owner_id=None)
        return sources.add(
            db,
            session,
            kind=SourceKind.RECORDING,
            filename="talk.ogg",
            sha256=kept,
            size=size,
        ).id


def add_account(library: Library, name: str, role: Role, *, email: str = "") -> Account:
    """An account without a password; its address is made from the name, where none is given."""
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
    """The oldest person of a name; a new one without account where there is none."""
    known = db.scalars(select(Person).where(Person.name == name).order_by(Person.id)).first()
    return known or add_person(db, name)


def signed_in(library: Library, person_id: int) -> str:
    """The token of a browser that has just signed in as somebody, for its cookie."""
    with library.transaction() as db:
        return begin_sign_in(db, person_id)


def begin_sign_in(db: Transaction, person_id: int) -> str:
    """The same within a transaction."""
    start = sign_ins.Start(way=SignInWay.PASSWORD, browser="Firefox on Linux")
    return sign_ins.begin(db, Settings(), person_id, start)


def hash_of(content: bytes) -> str:
    """The name under which the library keeps these bytes."""
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
