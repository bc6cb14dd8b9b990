"""Checks of what the library holds against what it should hold; each gives sentences."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sqlalchemy import select

from library.consent import ledger, release, release_due, release_holds
from library.holdings import removal_record
from library.keeping import beside_backups, looking
from library.models import MentoringSession, Release
from library.store import Library
from library.withdrawal import compaction, remaining

Check = Callable[[Library], Iterator[str]]


def checks(*, thorough: bool) -> Mapping[str, Check]:
    """Every check by its name; only *thorough* ones read each file to its end."""
    return {
        "Permissions": looking.permissions,
        "Database": partial(looking.database, thorough=thorough),
        "Files": partial(looking.files, thorough=thorough),
        "Sealed originals": partial(looking.sealed, thorough=thorough),
        "Files that nothing names": looking.orphans,
        "Passages and vectors": looking.vectors,
        "Removals": _removals,
        "Removal record": _record,
        "Backups": beside_backups.too_old,
        "Consent ledger": _chain,
        "Releases": _releases,
    }


def _removals(library: Library) -> Iterator[str]:
    """Everything that was removed is gone from the disk in time, and its bytes are in no file."""
    yield from compaction.overdue(library)
    yield from remaining.of_all(library)


def _record(library: Library) -> Iterator[str]:
    """The removal record has a line for each removal."""
    if lacking := removal_record.missing(library):
        yield (
            f"{lacking} removals are not in {removal_record.NAME} yet, so a restored backup could "
            "bring them back. Look whether the library's folder can be written to; the worker "
            "tries again."
        )


def _chain(library: Library) -> Iterator[str]:
    with library.reading() as db:
        yield from ledger.objections(db)


def _releases(library: Library) -> Iterator[str]:
    """A session counts as released exactly when the answers say so; never before it is settled."""
    with library.reading() as db:
        due = release_due.ids(db)
        for session in db.scalars(
            select(MentoringSession).where(MentoringSession.deleted_at.is_(None))
        ):
            follows = release.follows(db, session)
            holds = release_holds.holds_of(db, session)
            if session.held is not release_holds.is_held(session, holds):
                yield f"Session {session.id} does not say whether speakers have to be named."
            hidden = session.id in due and session.release is not Release.RELEASED
            if session.release is not follows and not hidden:
                said = f"Session {session.id} counts as {session.release}, but is {follows}."
                yield " ".join([said, *(hold.sentence for hold in holds)])
