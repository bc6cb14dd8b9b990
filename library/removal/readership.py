"""People who could read removed words, and people who can still read them elsewhere."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true

from library.access import Viewer, once_open_to, visible_sessions
from library.accounts import people
from library.models import (
    MentoringSession,
    Passage,
    Person,
    Role,
    Segment,
    Source,
    TranscriptVersion,
    now,
)
from library.models.word_marks import QuotingColumn
from library.removal.quotations import RemovedWords, Words, holds, without
from library.store import Transaction

Key = tuple[Any, ...]  # primary key of a row

SOME_MEMBER = Viewer(person_id=0, role=Role.MENTEE)
"""Viewer with the rights of any member, for a person who is unknown or was deleted."""
OVERLAP = timedelta(minutes=1)  # a row may be committed some time after its timestamp
MOST_HITS = 10_000  # rows that are selected by id
SOUGHT = 6  # words of a quotation in the database query; Python compares the others


class Readers:
    """Access checks: who could read a session, and who can read its words elsewhere.

    Create the object before the session changes. Access at earlier times is not recorded. So the
    access rights of the present decide who could read the session, as if it were not in the trash.
    Participants could always read it.
    """

    def __init__(self, db: Transaction, session_id: int, going: Collection[int]) -> None:
        """Store the session and the sources to be removed.

        Args:
            db: the transaction that removes the words.
            session_id: id of the session with the words.
            going: ids of the sources to be removed. Their passages are not searched.
        """
        self._db, self._session_id, self._going = db, session_id, going
        self._viewers: dict[int | None, Viewer] = {}
        self._could: dict[Viewer, bool] = {}
        self._elsewhere: dict[tuple[Viewer, Words], bool] = {}
        self._rare: dict[tuple[Viewer, str], bool] = {}

    def take_over(self, other: "Readers") -> bool:
        """Reuse the cached answers of *other* if both exclude the same sources. Return True if so.

        Call this only if no passage was added or removed since *other* was created.
        """
        same = bool(self._going) and self._going == other._going  # noqa: SLF001 (of the same class)
        if same:
            self._elsewhere, self._rare = other._elsewhere, other._rare  # noqa: SLF001
        return same

    def could_read(self, person_id: int | None) -> bool:
        """Return whether this person could read the session. None stands for any member."""
        viewer = self.viewer(person_id)
        if viewer not in self._could:
            query = select(MentoringSession.id).where(
                MentoringSession.id == self._session_id, once_open_to(viewer)
            )
            self._could[viewer] = self._db.scalar(query) is not None
        return self._could[viewer]

    def can_read_elsewhere(self, person_id: int | None, words: Words) -> bool:
        """Return whether this person can read *words*, one after another, in a remaining passage.

        Passages that are hidden from the person do not count. Otherwise the quotations that
        remain in the person's texts would reveal what other people said.
        """
        key = (self.viewer(person_id), words)
        if key not in self._elsewhere:
            texts = self._db.scalars(self._passages(key[0], words))
            self._elsewhere[key] = any(holds(text, words) for text in texts)
        return self._elsewhere[key]

    def is_rare(self, viewer: Viewer, word: str) -> bool:
        """Return whether no remaining text that *viewer* may see contains this word."""
        if (viewer, word) not in self._rare:
            self._rare[viewer, word] = self._has_not(viewer, word)
        return self._rare[viewer, word]

    def _has_not(self, viewer: Viewer, word: str) -> bool:
        queries = (
            _in_passages(viewer, Passage.text.icontains(word, autoescape=True)),
            _in_segments(viewer, Segment.text.icontains(word, autoescape=True)),
        )
        staying = (query.where(Source.id.not_in(self._going)).limit(1) for query in queries)
        return all(self._db.scalar(query) is None for query in staying)

    def _passages(self, viewer: Viewer, words: Words) -> Select[str]:
        sought = sorted(sorted(range(len(words)), key=lambda i: -len(words[i]))[:SOUGHT])
        pattern = "%".join(["", *(_loosely(words[i]) for i in sought), ""])
        query = _in_passages(viewer, Passage.text.like(pattern))
        return query.where(Source.id.not_in(self._going))

    def viewer(self, person_id: int | None) -> Viewer:
        """Return a person as a viewer for access checks. None stands for any member."""
        if person_id not in self._viewers:
            person = self._db.get(Person, person_id) if person_id is not None else None
            self._viewers[person_id] = people.viewer_of(person) if person else SOME_MEMBER
        return self._viewers[person_id]


class QuotationRemover:
    """Removal of quotations from stored rows, with a count of changed rows by kind and person."""

    def __init__(
        self, db: Transaction, session: MentoringSession, gone: RemovedWords, readers: Readers
    ) -> None:
        self.came = gone.came or now()
        self.touched: Counter[tuple[str, int | None]] = Counter()
        self.clean: set[str] = set()  # texts without quotations
        self.compared_at: datetime | None = None
        self.hits: Mapping[str, Collection[Key]] = {}  # primary keys of rows, by kind
        self._db, self._gone = db, gone
        self._owner_id, self._readers = session.owner_id, readers

    def left_of(
        self,
        kind: str,
        person_id: int | None,
        written: datetime,
        text: str,
        *,
        private: bool = False,
    ) -> str | None:
        """Return *text* without the quotations to remove, or None if nothing has to be removed.

        Args:
            kind: kind of row, for the count.
            person_id: author of the text; None if unknown.
            written: time at which the text was written, UTC.
            text: the text.
            private: whether only the author sees the text. If the author also owns the session,
                every quotation and every rare single word is removed.
        """
        own = private and person_id is not None and person_id == self._owner_id
        found = [] if text in self.clean else self._gone.quotations(text, written=written)
        if not (own or (found and self._readers.could_read(person_id))):
            return None
        spans = [
            one.span
            for one in found
            if own or not self._readers.can_read_elsewhere(person_id, one.words)
        ]
        if own and self.came <= written:
            owner = self._readers.viewer(person_id)
            spans += self._gone.single_words(text, partial(self._readers.is_rare, owner))
        if (left := without(text, spans)) == text:
            return None
        self.touched[kind, person_id] += 1
        return left

    def changed(self, quoting: QuotingColumn) -> Iterator[tuple[Key, Any]]:
        """Yield (primary key, new content) of each row from which a quotation has to be removed."""
        kind, private = quoting.kind, quoting.rule.private
        query = quoting.query().where(quoting.written >= self.came)
        if private:
            query = query.where(self._is_new(quoting))
        for *key, person_id, written, content in self._db.execute(query).all():
            left = without_quotations(
                content, partial(self.left_of, kind, person_id, written, private=private)
            )
            if left != content:
                yield tuple(key), left

    def _is_new(self, quoting: QuotingColumn) -> ColumnElement[bool]:
        """Return the SQL condition for rows that are newer than the comparison or in its hits."""
        hits = sorted(self.hits.get(quoting.kind, ()))
        if self.compared_at is None or len(hits) > MOST_HITS:
            return true()
        return or_(quoting.written >= self.compared_at - OVERLAP, quoting.is_one_of(hits))


def without_quotations(content: Any, left_of: Callable[[str], str | None]) -> Any:
    """Apply *left_of* to a text, or to each text in a JSON value. None means no change."""
    if isinstance(content, str):
        return left_of(content) or content
    if isinstance(content, list):
        return [without_quotations(one, left_of) for one in content]
    if isinstance(content, dict):
        return {key: without_quotations(one, left_of) for key, one in content.items()}
    return content


def _in_passages(viewer: Viewer, condition: ColumnElement[bool]) -> Select[str]:
    return (
        select(Passage.text)
        .join(Source, Source.id == Passage.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(condition, visible_sessions(viewer))
    )


def _in_segments(viewer: Viewer, condition: ColumnElement[bool]) -> Select[str]:
    return (
        select(Segment.text)
        .join(TranscriptVersion, TranscriptVersion.id == Segment.version_id)
        .join(Source, Source.id == TranscriptVersion.source_id)
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(condition, visible_sessions(viewer))
    )


def _loosely(word: str) -> str:
    """Return a LIKE pattern that matches a word in upper and lower case.

    SQLite folds only ASCII letters, and `casefold` turns ß into ss. So other letters match any
    text.
    """
    plain: Iterator[str] = (c if c.isascii() and c.isalnum() else "%" for c in word)
    return "".join(plain).replace("ss", "%")
