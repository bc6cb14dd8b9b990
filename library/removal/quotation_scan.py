"""Comparison of stored texts with words to be removed, before a removal takes the write lock."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from library.models import MentoringSession, Segment, TranscriptVersion, now, word_marks
from library.notifications import email
from library.removal.quotations import Dated, RemovedWords
from library.removal.readership import Key, QuotationRemover, Readers
from library.removal.session_emails import SessionEmails
from library.sessions import passages
from library.sessions.passages import Stamp
from library.store import HOME, Transaction


@dataclass(frozen=True, kw_only=True)
class QuotationScan:
    """Comparison of stored texts with the words of a session, made before the removal.

    It runs in a read-only transaction, so that the removal holds the write lock for a short time.

    Attributes:
        gone: the words to remove. The final set of words may be smaller.
        clean: texts that quote none of these words.
        readers: cached answers about which people can read the words elsewhere.
        stamp: the newest passage and removal at the time of the comparison.
        at: time of the comparison, UTC.
        hits: primary keys of the rows that lose words, by table.
        emails: names of outbox e-mails that neither quote the words nor are about the session.
    """

    gone: RemovedWords
    clean: frozenset[str]
    readers: Readers
    stamp: Stamp
    at: datetime
    hits: Mapping[str, Collection[Key]]
    emails: frozenset[str]


def compare(db: Transaction, session: MentoringSession, going: Collection[int]) -> QuotationScan:
    """Compare stored texts with the words of a session, before its sources *going* are removed.

    The comparison is slow for many texts, so *db* is a read-only transaction. The transaction that
    removes the words compares only texts that were written later.
    """
    every = [source.id for source in session.sources]
    gone = RemovedWords([*said_in(db, every), *described_in(session)])
    readers = Readers(db, session.id, going)
    reach, clean = QuotationRemover(db, session, gone, readers), set()
    at, hits = now(), defaultdict[str, set[Key]](set)
    latest, about = at + timedelta(days=1), SessionEmails(db, session, session.title)
    for quoting in word_marks.quoting_columns():
        kind, private = quoting.kind, quoting.rule.private
        query = quoting.query().where(quoting.written >= reach.came)
        for *key, person_id, written, content in db.execute(query):
            for text in texts_in(content):
                if not gone.quotations(text, written=latest):
                    clean.add(text)
                if reach.left_of(kind, person_id, written, text, private=private) is not None:
                    hits[kind].add(tuple(key))
    return QuotationScan(
        gone=gone,
        clean=frozenset(clean),
        readers=readers,
        stamp=passages.stamp(db),
        at=at,
        hits=hits,
        emails=email.outbox_not_matching(
            db.info[HOME],
            lambda text: about.are_of(text) or bool(gone.quotations(text, written=latest)),
        ),
    )


def texts_in(content: Any) -> Iterator[str]:
    """Yield each string in a JSON value, also from nested lists and from the values of objects."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | dict):
        for one in content.values() if isinstance(content, dict) else content:
            yield from texts_in(one)


def said_in(db: Transaction, source_ids: Collection[int]) -> list[Dated]:
    """Return (creation time, text) of each transcript version of the sources."""
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
    """Return (time of the last change, text) for the title and other text fields of a session."""
    changed = session.described_at or session.created_at
    return [(changed, getattr(session, name)) for name in word_marks.names_in(MentoringSession)]
