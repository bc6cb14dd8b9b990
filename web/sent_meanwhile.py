"""Pages that are sent while something long is done, some of it at a time, and say how far it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, stream_template

from library.errors import LibraryError
from web.server.answers import AS_IT_COMES


@dataclass
class Work:
    """Something long, done step by step.

    Attributes:
        steps: how much is done, and of how much; asking for the next step does it.
        error: why it ended early, in a sentence; empty: it did not.
    """

    steps: Iterator[tuple[int, int]]
    error: str = ""

    def told(self) -> Iterator[tuple[int, int]]:
        """Do it and yield how far it is."""
        try:
            for step in self.steps:  # noqa: UP028 - "yield from" would end it where a page is left
                yield step
        except LibraryError as error:
            self.error = str(error)

    def finish(self) -> None:
        """Do the rest where nobody looks any more, because the page was left."""
        for _ in self.told():
            pass


def page(template: str, work: Work, **shown: Any) -> Response:
    """Send a page piece by piece while its work is done, which is finished if the page is left."""
    answer = Response(stream_template(template, work=work, **shown))
    answer.headers.add(*AS_IT_COMES)
    answer.call_on_close(work.finish)
    return answer
