"""What people kept, compared with words that may go, before a removal holds the database."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from library import mail
from library.holdings import passages
from library.holdings.passages import Stamp
from library.models import (
    AnsweredRequest,
    AskedQuestion,
    AuditEvent,
    AuditWords,
    CollectionPick,
    CutProposal,
    MentoringSession,
    MissedQuestion,
    PinnedAnswer,
    PinnedQuestion,
    ReviewEvent,
    SavedSearch,
    Segment,
    TranscriptVersion,
    now,
)
from library.store import HOME, Transaction
from library.withdrawal.letters_about import LettersAbout
from library.withdrawal.quotations import Dated, GoneWords
from library.withdrawal.readers import Reach, Readers

QUESTIONS = (
    (AskedQuestion, AskedQuestion.asked_at, AskedQuestion.question),
    (MissedQuestion, MissedQuestion.asked_at, MissedQuestion.question),
    (SavedSearch, SavedSearch.created_at, SavedSearch.question),
)
SENTENCES = (
    (CutProposal, CutProposal.person_id, CutProposal.made_at, CutProposal.sentence),
    (CutProposal, CutProposal.decided_by, CutProposal.decided_at, CutProposal.reply),
    (CollectionPick, CollectionPick.person_id, CollectionPick.created_at, CollectionPick.sentence),
    (PinnedAnswer, PinnedAnswer.made_by, PinnedAnswer.updated_at, PinnedAnswer.note),
    (ReviewEvent, ReviewEvent.person_id, ReviewEvent.at, ReviewEvent.text),
)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What people kept, compared with words before they go, so that others need not wait for it.

    Attributes:
        gone: the words that it was compared with; those that go in the end may be fewer.
        clean: texts that quote nothing of them.
        readers: what was asked meanwhile about who can read them elsewhere.
        stamp: the newest passage and removal at that moment.
        at: that moment.
        hits: numbers of the rows, by their kind, that lose something; of answers, their keys.
        letters: names of e-mails in the outbox that quote nothing and are not about the session.
    """

    gone: GoneWords
    clean: frozenset[str]
    readers: Readers
    stamp: Stamp
    at: datetime
    hits: Mapping[str, Collection[Any]]
    letters: frozenset[str]


def compare(db: Transaction, session: MentoringSession, going: Collection[int]) -> Compared:
    """Compare what people kept with the words of a session, of which some sources may go.

    It takes long where much is kept: *db* is a reading view, and the result is for the transaction
    that removes the words, which compares only what came since.
    """
    every = [source.id for source in session.sources]
    gone = GoneWords([*said_in(db, every), *described_in(session)])
    readers = Readers(db, session.id, going)
    reach, clean = Reach(db, session, gone, readers), set()
    at, hits = now(), defaultdict[str, set[Any]](set)
    latest, about = at + timedelta(days=1), LettersAbout(db, session, session.title)
    for kind, query, private in _kept(reach.came):
        for key, person_id, written, content in db.execute(query):
            for text in texts_in(content):
                if not gone.quotations(text, written=latest):
                    clean.add(text)
                if reach.left_of(kind, person_id, written, text, private=private) is not None:
                    hits[kind].add(key)
    return Compared(
        gone=gone,
        clean=frozenset(clean),
        readers=readers,
        stamp=passages.stamp(db),
        at=at,
        hits=hits,
        letters=mail.unlike(
            db.info[HOME],
            lambda text: about.are_of(text) or bool(gone.quotations(text, written=latest)),
        ),
    )


def texts_in(content: Any) -> Iterator[str]:
    """Yield the texts of a value as JSON holds it."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | dict):
        for one in content.values() if isinstance(content, dict) else content:
            yield from texts_in(one)


def said_in(db: Transaction, source_ids: Collection[int]) -> list[Dated]:
    """The words of sources, a text for each version, with the moment at which it was made."""
    rows = db.execute(
        select(TranscriptVersion.id, TranscriptVersion.created_at, Segment.text)
        .join(Segment, Segment.version_id == TranscriptVersion.id)
        .where(TranscriptVersion.source_id.in_(source_ids))
        .order_by(TranscriptVersion.id, Segment.ordinal)
    )
    versions: dict[int, tuple[datetime, list[str]]] = {}
    for version_id, made, text in rows:
        versions.setdefault(version_id, (made, []))[1].append(text)
    return [(made, "\n".join(texts)) for made, texts in versions.values()]


def described_in(session: MentoringSession) -> list[Dated]:
    """The title and description of a session, with the moment at which they were last changed."""
    changed = session.described_at or session.created_at
    return [(changed, session.title), (changed, session.description)]


Kept = tuple[
    str, "Select[Any, Any, Any, Any]", bool
]  # kind of row, key person moment text, private


def _kept(came: datetime) -> Iterator[Kept]:
    """What people kept since a moment, where there can be much of it."""
    for question, written, text in QUESTIONS:
        query = select(question.id, question.person_id, written, text).where(written >= came)
        yield question.__tablename__, query, True
    search = SavedSearch
    named = select(search.id, search.person_id, search.created_at, search.name)
    yield search.__tablename__, named.where(search.created_at >= came), True
    for sentence, person, at, words in SENTENCES:
        of_them = select(sentence.id, person, at, words).where(at >= came, words != "")
        yield sentence.__tablename__, of_them, False
    pin, asked = PinnedAnswer, PinnedQuestion
    pinned = select(asked.id, pin.made_by, pin.updated_at, asked.text).join(pin)
    yield asked.__tablename__, pinned.where(pin.updated_at >= came), False
    reason, event = AuditWords, AuditEvent
    given = select(event.id, event.actor_id, event.at, reason.text).join(reason)
    yield reason.__tablename__, given.where(event.at >= came), False
    reply = AnsweredRequest
    kept = select(reply.key, reply.person_id, reply.created_at, reply.answer)
    yield reply.__tablename__, kept.where(reply.created_at >= came), True
