"""Titles and descriptions of sessions, for an index that follows their changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select

from library.models import MentoringSession
from library.store import Transaction, unchanged


class SessionText(NamedTuple):
    """Title and description of a session; those of a removed session hold none of its words."""

    session_id: int
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class TextStamp:
    """State of all titles and descriptions: the newest session, and the time of the last change."""

    session_id: int = 0
    described_at: datetime | None = None


_TEXT = select(MentoringSession.id, MentoringSession.title, MentoringSession.description)


def stamp(db: Transaction) -> TextStamp:
    """Return the state of all titles and descriptions, to compare with that of an index."""
    return unchanged(db, "session texts", partial(_stamp, db))


def _stamp(db: Transaction) -> TextStamp:
    newest = select(func.max(MentoringSession.id), func.max(MentoringSession.described_at))
    row = db.execute(newest).one()
    return TextStamp(row[0] or 0, row[1])


def rows_after(db: Transaction, session_id: int, *, limit: int) -> Sequence[SessionText]:
    """Return the texts of up to *limit* sessions with ids above *session_id*, by id.

    Access is not checked: show them only with `search_scope.sessions_among`.
    """
    query = _TEXT.where(MentoringSession.id > session_id).order_by(MentoringSession.id)
    return [SessionText(*row) for row in db.execute(query.limit(limit))]


def rows_changed(db: Transaction, since: datetime | None) -> Sequence[SessionText]:
    """Return the texts that changed at *since* or later, by session id; without *since*, all.

    Access is not checked: show them only with `search_scope.sessions_among`.
    """
    moment = MentoringSession.described_at
    changed = moment.is_not(None) if since is None else moment >= since
    query = _TEXT.where(changed).order_by(MentoringSession.id)
    return [SessionText(*row) for row in db.execute(query)]
