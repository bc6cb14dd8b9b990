"""E-mails in the outbox that the library wrote about a session: they hold its address and title."""

import re
from functools import cached_property

from sqlalchemy import select

from library.models import MentoringSession, Passage, PassageRemoval, Source
from library.store import Transaction
from library.withdrawal.quotations import without

ADDRESS = re.compile(r"/(sessions|p)/(\d{1,17})(?!\d)")


class LettersAbout:
    """The letters about a session, known by its address or that of a moment of it."""

    def __init__(self, db: Transaction, session: MentoringSession, title: str) -> None:
        """Prepare.

        Args:
            db: the transaction in which words go.
            session: which; its rows are still there.
            title: of the session until now, if it goes; empty: it stays.
        """
        self._db, self._session_id, self._title = db, session.id, title.strip()

    def left_of(self, text: str) -> str | None:
        """Return a letter's text without the title; None where it stays as it is."""
        if not self._title or not self.are_of(text):
            return None
        found = re.finditer(rf"(?<!\w){re.escape(self._title)}(?!\w)", text)
        left = without(text, [one.span() for one in found])
        return None if left == text else left

    def are_of(self, text: str) -> bool:
        """Whether a letter's text names the session, or a moment of it, by its address."""
        named = {(what, int(number)) for what, number in ADDRESS.findall(text)}
        return ("sessions", self._session_id) in named or any(
            what == "p" and number in self._moments for what, number in named
        )

    @cached_property
    def _moments(self) -> frozenset[int]:
        """The passages that the session has or had."""
        here = (
            select(Passage.id)
            .join(Source, Source.id == Passage.source_id)
            .where(Source.session_id == self._session_id)
        )
        gone = select(PassageRemoval.passage_id).where(
            PassageRemoval.session_id == self._session_id
        )
        return frozenset([*self._db.scalars(here), *self._db.scalars(gone)])
