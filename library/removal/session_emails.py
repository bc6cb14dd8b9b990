"""Recognition of outbox e-mails about a session, and removal of the session's title from them."""

import re
from functools import cached_property

from sqlalchemy import select

from library.models import MentoringSession, Passage, PassageRemoval, Source
from library.removal.quotations import without
from library.store import Transaction

ADDRESS = re.compile(r"/(sessions|p)/(\d{1,17})(?!\d)")


class SessionEmails:
    """Recognition of e-mails about a session by the URL of the session or of its passages."""

    def __init__(self, db: Transaction, session: MentoringSession, title: str) -> None:
        """Store the session, and its old title if the title is removed, too.

        Args:
            db: the transaction that removes the words.
            session: the session; its rows still exist.
            title: former title of the session if the title is removed, else empty.
        """
        self._db, self._session_id, self._title = db, session.id, title.strip()

    def left_of(self, text: str) -> str | None:
        """Return the text of an e-mail without the title, or None if the text does not change."""
        if not self._title or not self.are_of(text):
            return None
        found = re.finditer(rf"(?<!\w){re.escape(self._title)}(?!\w)", text)
        remaining = without(text, [one.span() for one in found])
        return None if remaining == text else remaining

    def are_of(self, text: str) -> bool:
        """Return whether a text contains the URL of the session or of one of its passages."""
        named = {(what, int(number)) for what, number in ADDRESS.findall(text)}
        return ("sessions", self._session_id) in named or any(
            what == "p" and number in self._moments for what, number in named
        )

    @cached_property
    def _moments(self) -> frozenset[int]:
        """Ids of the passages that the session has or had."""
        present = (
            select(Passage.id)
            .join(Source, Source.id == Passage.source_id)
            .where(Source.session_id == self._session_id)
        )
        removed = select(PassageRemoval.passage_id).where(
            PassageRemoval.session_id == self._session_id
        )
        return frozenset([*self._db.scalars(present), *self._db.scalars(removed)])
