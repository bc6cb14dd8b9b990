"""Checks of what the library holds against what it should hold; each gives sentences."""

from collections.abc import Callable, Iterator

from sqlalchemy import select

from library import ledger, standings
from library.models import MentoringSession
from library.store import Library

Check = Callable[[Library], Iterator[str]]


def _chain(library: Library) -> Iterator[str]:
    with library.reading() as db:
        yield from ledger.objections(db)


def _releases(library: Library) -> Iterator[str]:
    """A session counts as released exactly when the answers say so."""
    with library.reading() as db:
        for session in db.scalars(
            select(MentoringSession).where(MentoringSession.deleted_at.is_(None))
        ):
            follows = standings.release_of(session, standings.standings(db, session))
            if session.release is not follows:
                yield f"Session {session.id} counts as {session.release}, but is {follows}."


CHECKS: dict[str, Check] = {"Consent ledger": _chain, "Releases": _releases}
