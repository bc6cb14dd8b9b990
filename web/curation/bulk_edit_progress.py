"""Progress page that is streamed while a bulk edit is applied or undone."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from library.curation import bulk_edit
from web.http import progress_page
from web.http.progress_page import ProgressTask


@dataclass
class BulkEditWork(ProgressTask):
    """Task that applies or undoes a bulk edit, a few sessions at a time.

    Attributes:
        edit_id: Id of the bulk edit.
        sessions: Approximate number of sessions.
        message: Function that returns the final message.
    """

    _: KW_ONLY
    edit_id: int
    sessions: int
    message: Callable[[], str]


def answer(heading: str, following: BulkEditWork) -> ResponseReturnValue:
    """Run a small bulk edit and redirect to its page. For a large edit, stream a progress page."""
    if following.sessions > bulk_edit.PORTION:
        return progress_page.page("curation/bulk_progress.html", following, heading=heading)
    for _ in following.steps:
        pass
    flash(following.message())
    return redirect(url_for("many.one", edit_id=following.edit_id))
