"""Progress bars of long copies, on the terminal."""

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

from library.preservation.archive import Progress as ProgressCallback


@contextmanager
def bars(what: str) -> Iterator[ProgressCallback]:
    """Show a progress bar in bytes, with the label *what*.

    Yields:
        Callback. Call it with the bytes done and the bytes in total.
    """
    with _bar(what, DownloadColumn()) as report:
        yield report


@contextmanager
def counted(what: str) -> Iterator[ProgressCallback]:
    """Show a progress bar in numbers of items, with the label *what*.

    Yields:
        Callback. Call it with the items done and the items in total.
    """
    with _bar(what, MofNCompleteColumn()) as report:
        yield report


@contextmanager
def _bar(what: str, amount: ProgressColumn) -> Iterator[ProgressCallback]:
    columns = (TextColumn("{task.description}"), BarColumn(), amount, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
