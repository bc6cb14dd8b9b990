"""How far a long copy has come, on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from library.keeping.packed import Progress as Told


@contextmanager
def bars(what: str) -> Iterator[Told]:
    """Show a bar on the terminal; call what it gives with the bytes done and those in all."""
    with _bar(what, DownloadColumn()) as told:
        yield told


@contextmanager
def counted(what: str) -> Iterator[Told]:
    """Show a bar on the terminal; call what it gives with the number done and that of all."""
    with _bar(what, MofNCompleteColumn()) as told:
        yield told


@contextmanager
def _bar(what: str, amount: ProgressColumn) -> Iterator[Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
