"""A change of many sessions under way, as its page tells it while it is sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response, flash, redirect, stream_template, url_for
from flask.typing import ResponseReturnValue

from library.curating import bulk
from library.errors import LibraryError


@dataclass
class Following:
    """Sessions that are changed, or put back, some at a time."""

    edit_id: int
    sessions: int  # about so many
    steps: Iterator[tuple[int, int]]  # sessions looked after, of all
    said: Callable[[], str]  # in the end
    error: str = ""

    def told(self) -> Iterator[tuple[int, int]]:
        """Do it and yield how far it is.

        Where nobody looks any more, because the page was left, the rest is done all the same.
        """
        try:
            yield from self.steps
        except LibraryError as error:
            self.error = str(error)
        finally:
            for _ in self.steps:
                pass


def answer(heading: str, following: Following) -> ResponseReturnValue:
    """Do a little at once and show what came of it; of more, the page says how far it is."""
    if following.sessions > bulk.PORTION:
        told = following.told()
        return Response(
            stream_template("curating/changing.html", heading=heading, it=following, steps=told)
        )
    for _ in following.steps:
        pass
    flash(following.said())
    return redirect(url_for("many.one", edit_id=following.edit_id))
