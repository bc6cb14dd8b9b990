"""`living-history forget`: take a session back for good, or a stretch of it off the record."""

from pathlib import Path

import click

from library.errors import InvalidInputError
from library.holdings import erasure, sessions
from library.models import SourceKind
from library.queue import WorkQueue
from library.store import Library
from library.withdrawal import off_record, taking_back
from library.withdrawal.compaction import finish_now
from library.withdrawal.off_record import Stretch
from search import kept
from web.commands.opening import OPERATOR, library_for
from web.times import clock, seconds_at


@click.command()
@click.argument("session_id", type=int)
@click.option("--from", "start", help="Where the stretch begins, such as 12:34.")
@click.option("--to", "end", help="Where it ends.")
@click.option("--source", "source_id", type=int, help="Which recording, where there are several.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget(
    home: Path | None,
    session_id: int,
    *,
    start: str | None,
    end: str | None,
    source_id: int | None,
    yes: bool,
) -> None:
    """Take session SESSION_ID back for good.

    With --source only that part of it; with --from and --to only a stretch of a recording.
    """
    library = library_for(home)
    library.forget_passages = lambda ids: kept.forget(library.settings, ids)
    with library.reading() as db:
        session = sessions.get(db, session_id)
        names = {source.id: source.filename for source in session.sources}
        recordings = [s.id for s in session.sources if s.kind is not SourceKind.NOTE]
    if source_id is not None and source_id not in names:
        raise InvalidInputError(f"Session {session_id} has no recording or note {source_id}.")
    if start is None and end is None:
        what = session.title if source_id is None else names[source_id]
        if yes or click.confirm(f"Remove “{what}” with all its words and sound for good?"):
            _take_back(library, session_id, source_id)
        return
    chosen = source_id or (recordings[0] if len(recordings) == 1 else None)
    span = (seconds_at(start or ""), seconds_at(end or ""))
    if span[0] is None or span[1] is None or chosen not in recordings:
        raise InvalidInputError("Give --from and --to as times such as 12:34, and the --source.")
    _take_off(library, Stretch(chosen, span[0], span[1]), yes=yes)


def _take_back(library: Library, session_id: int, source_id: int | None) -> None:
    if source_id is None:
        receipt = taking_back.take_back(library, OPERATOR, session_id)
    else:
        receipt = taking_back.take_back_source(library, OPERATOR, source_id)
    click.echo("Nobody can find it any more.")
    click.echo(f"An administrator finds the receipt at /receipts/{receipt.id}.")
    _finish(library)


def _take_off(library: Library, stretch: Stretch, *, yes: bool) -> None:
    with library.reading() as db:
        loss = off_record.loss(library, db, OPERATOR, stretch)
    shown = f"{clock(loss.start or 0.0)} to {clock(loss.end or 0.0)}: {loss.words}"
    if yes or click.confirm(f"{shown}\nTake this off the record for good?"):
        off_record.take_off(library, OPERATOR, stretch)
        WorkQueue(library.settings.home).request(stretch.source_id)
        click.echo("It is off the record. The worker trims the sound.")
        _finish(library)


def _finish(library: Library) -> None:
    """Remove it from the disk, or say by when the worker does."""
    if finish_now(library):
        click.echo("It is gone from the disk, and from the database's own files.")
        return
    with library.reading() as db:
        due = max((one.due_at for one in erasure.open_removals(db)), default=None)
    by = f" by {due:%Y-%m-%d %H:%M} UTC" if due else ""
    click.echo(f"The worker removes the rest from the disk{by}. Let it run.")
