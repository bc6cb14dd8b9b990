"""Streamed HTML pages that show the progress of a long task."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, stream_template

from library.errors import LibraryError
from web.server.wsgi_call import AS_IT_COMES


@dataclass
class ProgressTask:
    """Long task that is run step by step.

    Attributes:
        steps: Iterator of (done, total). Advancing the iterator runs the next step.
        error: Message of the error that stopped the task; empty if there was none.
    """

    steps: Iterator[tuple[int, int]]
    error: str = ""

    def run(self) -> Iterator[tuple[int, int]]:
        """Run the task step by step and yield (done, total) after each step."""
        try:
            # "yield from" would close `steps` when the client disconnects.
            for step in self.steps:  # noqa: UP028
                yield step
        except LibraryError as error:
            self.error = str(error)

    def finish(self) -> None:
        """Run the remaining steps after the client has disconnected."""
        for _ in self.run():
            pass


def page(template: str, work: ProgressTask, **shown: Any) -> Response:
    """Stream a page while a task runs. If the client disconnects, the task is still completed."""
    answer = Response(stream_template(template, work=work, **shown))
    answer.headers.add(*AS_IT_COMES)
    answer.call_on_close(work.finish)
    return answer
