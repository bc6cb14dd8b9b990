"""Command `living-history forget`: take a session back, or redact a range of a recording."""

from pathlib import Path

import click

from library.errors import InvalidInputError
from library.models import SourceKind
from library.queue import WorkQueue
from library.removal import redaction, take_back
from library.removal.compaction import finish_now
from library.removal.redaction import TimeRange
from library.sessions import erasure, sessions
from library.store import Library
from search.forget import forget as forget_passages
from web.commands.open_library import OPERATOR, library_for
from web.rendering.times import clock, seconds_at


@click.command()
@click.argument("session_id", type=int)
@click.option("--from", "start", help="Start of the range, such as 12:34.")
@click.option("--to", "end", help="End of the range.")
@click.option("--source", "source_id", type=int, help="Id of one recording or note.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
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
    """Take back session SESSION_ID for good.

    With --source, take back only that recording or note. With --from and --to, take only that
    range of a recording off the record.
    """
    library = library_for(home)
    library.forget_passages = lambda ids: forget_passages(library.settings, ids)
    with library.reading() as db:
        session = sessions.get(db, session_id)
        names = {source.id: source.filename for source in session.sources}
        recordings = [s.id for s in session.sources if s.kind is not SourceKind.NOTE]
    if source_id is not None and source_id not in names:
        raise InvalidInputError(
            "Session %(session)s has no recording or note %(source)s.",
            session=session_id,
            source=source_id,
        )
    if start is None and end is None:
        what = session.title if source_id is None else names[source_id]
        if yes or click.confirm(f"Remove “{what}” with all its words and sound for good?"):
            _take_back(library, session_id, source_id)
        return
    chosen = source_id or (recordings[0] if len(recordings) == 1 else None)
    span = (seconds_at(start or ""), seconds_at(end or ""))
    if span[0] is None or span[1] is None or chosen not in recordings:
        raise InvalidInputError("Give --source, and give --from and --to as times such as 12:34.")
    _take_off(library, TimeRange(chosen, span[0], span[1]), yes=yes)


def _take_back(library: Library, session_id: int, source_id: int | None) -> None:
    if source_id is None:
        receipt = take_back.take_back(library, OPERATOR, session_id)
    else:
        receipt = take_back.take_back_source(library, OPERATOR, source_id)
    click.echo(f"The data that was taken back from session {session_id} can no longer be found.")
    click.echo(f"Administrators can open the receipt at /receipts/{receipt.id}.")
    _finish(library)


def _take_off(library: Library, stretch: TimeRange, *, yes: bool) -> None:
    with library.reading() as db:
        loss = redaction.loss(library, db, OPERATOR, stretch)
    shown = f"{clock(loss.start or 0.0)} to {clock(loss.end or 0.0)}: {loss.words}"
    if yes or click.confirm(f"{shown}\nTake this off the record for good?"):
        redaction.redact(library, OPERATOR, stretch)
        WorkQueue(library.settings.home).request(stretch.source_id)
        click.echo("The range is off the record. The worker removes it from the audio.")
        _finish(library)


def _finish(library: Library) -> None:
    """Finish the removal from the disk. If this is not possible now, print when it is due."""
    if finish_now(library):
        click.echo("The data is removed from the disk, including the files of the database.")
        return
    with library.reading() as db:
        due = max((one.due_at for one in erasure.open_removals(db)), default=None)
    by = f" by {due:%Y-%m-%d %H:%M} UTC" if due else ""
    click.echo(f"The worker removes the rest from the disk{by}. Keep the worker running.")
