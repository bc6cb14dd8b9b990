"""Progress page of a bulk edit or of its undo, streamed while the work is done."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from library.curation import bulk_edit
from web.http import progress_page
from web.http.progress_page import ProgressTask


@dataclass
class BulkEditWork(ProgressTask):
    """Bulk edit, or undo of one, that runs in portions.

    Attributes:
        edit_id: Id of the bulk edit.
        sessions: Approximate number of sessions.
        said: Function that returns the final message.
    """

    _: KW_ONLY
    edit_id: int
    sessions: int
    said: Callable[[], str]


def answer(heading: str, following: BulkEditWork) -> ResponseReturnValue:
    """Do a small edit at once and redirect; stream a progress page for a large one."""
    if following.sessions > bulk_edit.PORTION:
        return progress_page.page("curation/bulk_progress.html", following, heading=heading)
    for _ in following.steps:
        pass
    flash(following.said())
    return redirect(url_for("many.one", edit_id=following.edit_id))
