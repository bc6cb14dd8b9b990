"""A change of many sessions under way, as its page tells it while it is sent."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from library.curating import bulk
from web import sent_meanwhile
from web.sent_meanwhile import Work


@dataclass
class Following(Work):
    """Sessions that are changed, or put back, some at a time.

    Attributes:
        edit_id: the number of the edit.
        sessions: about how many.
        said: what to say in the end.
    """

    _: KW_ONLY
    edit_id: int
    sessions: int
    said: Callable[[], str]


def answer(heading: str, following: Following) -> ResponseReturnValue:
    """Do a little at once and show what came of it; of more, the page says how far it is."""
    if following.sessions > bulk.PORTION:
        return sent_meanwhile.page("curating/changing.html", following, heading=heading)
    for _ in following.steps:
        pass
    flash(following.said())
    return redirect(url_for("many.one", edit_id=following.edit_id))
