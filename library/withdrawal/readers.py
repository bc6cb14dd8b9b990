"""Who could have read words that go, and where else they can have read them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

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
from library.store import Transaction
from library.withdrawal.quotations import GoneWords, Words, holds, without

SOME_MEMBER = Viewer(person_id=0, role=Role.MENTEE)
"""Stands for a person who is not known any more."""
OVERLAP = timedelta(minutes=1)  # a row may be committed some time after its moment
MOST_HITS = 10_000  # rows that are asked for by number
SOUGHT = 6  # words of a quotation that the database looks for; the rest is compared here


class Readers:
    """The people who can have read a session, asked before anything of it goes.

    Who could see it at an earlier time is not recorded. So the present access counts, as if the
    session were not in the trash, and whoever takes part counts in any case.
    """

    def __init__(self, db: Transaction, session_id: int, going: Collection[int]) -> None:
        """Prepare.

        Args:
            db: the transaction in which words go.
            session_id: whose words.
            going: ids of the sources that go; their passages do not count as being elsewhere.
        """
        self._db, self._session_id, self._going = db, session_id, going
        self._viewers: dict[int | None, Viewer] = {}
        self._could: dict[Viewer, bool] = {}
        self._elsewhere: dict[tuple[Viewer, Words], bool] = {}
        self._rare: dict[tuple[Viewer, str], bool] = {}

    def take_over(self, asked: "Readers") -> bool:
        """Know what was asked before, while no passage went since; only of the same sources."""
        same = bool(self._going) and self._going == asked._going  # noqa: SLF001 (of the same class)
        if same:
            self._elsewhere, self._rare = asked._elsewhere, asked._rare  # noqa: SLF001
        return same

    def could_read(self, person_id: int | None) -> bool:
        """Whether this person can have read the session; of None, whether members could."""
        viewer = self.viewer(person_id)
        if viewer not in self._could:
            query = select(MentoringSession.id).where(
                MentoringSession.id == self._session_id, once_open_to(viewer)
            )
            self._could[viewer] = self._db.scalar(query) is not None
        return self._could[viewer]

    def can_read_elsewhere(self, person_id: int | None, words: Words) -> bool:
        """Whether a passage that stays, and that this person may see, has these words in a row.

        Passages that are hidden from the person do not count: what is kept or lost of the
        person's own must not tell what others said.
        """
        key = (self.viewer(person_id), words)
        if key not in self._elsewhere:
            texts = self._db.scalars(self._passages(key[0], words))
            self._elsewhere[key] = any(holds(text, words) for text in texts)
        return self._elsewhere[key]

    def is_rare(self, viewer: Viewer, word: str) -> bool:
        """Whether nothing that stays, and that *viewer* may see, has this word."""
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
        """What access rules know of this person."""
        if person_id not in self._viewers:
            person = self._db.get(Person, person_id) if person_id is not None else None
            self._viewers[person_id] = people.viewer_of(person) if person else SOME_MEMBER
        return self._viewers[person_id]


class Reach:
    """What of the rows that people kept is a quotation, and how many rows of whom lose one."""

    def __init__(
        self, db: Transaction, session: MentoringSession, gone: GoneWords, readers: Readers
    ) -> None:
        self.came = gone.came or now()
        self.touched: Counter[tuple[str, int | None]] = Counter()
        self.clean: set[str] = set()  # texts that quote nothing
        self.compared_at: datetime | None = None
        self.hits: Mapping[str, Collection[Any]] = {}  # numbers or keys of rows, by kind
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
        """Return *text* without what it quotes; None where it quotes nothing, and stays as it is.

        Args:
            kind: of row, for the count.
            person_id: who wrote the text; None: not known any more.
            written: when.
            text: what it is.
            private: nobody but this person is shown it. If it is the owner of the session, every
                run of words goes, and single words that are rare do.
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

    def is_new(
        self, kind: str, key: InstrumentedAttribute[Any], written: InstrumentedAttribute[datetime]
    ) -> ColumnElement[bool]:
        """Whether a row that nobody changes quoted when it was compared, or came since."""
        hits = sorted(self.hits.get(kind, ()))
        if self.compared_at is None or len(hits) > MOST_HITS:
            return true()
        return or_(written >= self.compared_at - OVERLAP, key.in_(hits))

    def changed(
        self, kind: str, query: Select[Any, Any, Any, Any], *, private: bool = False
    ) -> Iterator[tuple[Any, str]]:
        """Yield key and what is left of each row (key, person, written, text) that quotes."""
        for key, person_id, written, text in self._db.execute(query).all():
            left = self.left_of(kind, person_id, written, text, private=private)
            if left is not None:
                yield key, left


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
    """A pattern for a word in any case: SQLite folds ASCII letters only, and ß is folded to ss."""
    plain: Iterator[str] = (c if c.isascii() and c.isalnum() else "%" for c in word)
    return "".join(plain).replace("ss", "%")
