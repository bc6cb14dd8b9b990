"""What somebody wants left out of a session: the form that asks, and what was chosen in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Request, render_template, request

from library.access import Viewer
from library.consent import asked, release
from library.editing import transcripts
from library.errors import ConflictError, InvalidInputError
from library.holdings.reading import Line, lines_of
from library.models import MentoringSession, Source, SourceKind
from library.store import Transaction
from library.withdrawal.off_record import Chosen, Stretch, Wording
from web import parameters
from web.times import seconds_at


@dataclass(frozen=True, kw_only=True)
class Part:
    """A recording or note with the lines that can be ticked."""

    source: Source
    version_id: int
    lines: Sequence[Line]

    @property
    def timed(self) -> bool:
        """Whether its lines have times."""
        return self.source.kind is not SourceKind.NOTE


def parts(db: Transaction, session: MentoringSession) -> list[Part]:
    """The recordings and notes of a session whose words are there."""
    found = []
    for source in session.sources:
        if (version := transcripts.current_version(db, source.id)) is not None:
            lines = lines_of(db, version.id)
            found.append(Part(source=source, version_id=version.id, lines=lines))
    return found


def page(
    db: Transaction, session: MentoringSession, viewer: Viewer, *, error: str, back: str
) -> str:
    """Return the page on which somebody who is asked for consent chooses what is to be left out.

    Raises:
        NotAllowedError: *viewer* is not asked.
        ConflictError: the session is not meant for others any more.
    """
    asked.require_asked(session, viewer)
    return render_template(
        "releases/leave_out.html",
        session=session,
        parts=parts(db, session),
        statement=release.statement(session),
        error=error,
        given=request.form,
        ticked=set(request.form.getlist("line")),
        back=back,
    )


def chosen_in(db: Transaction, session: MentoringSession, given: Request) -> list[Chosen]:
    """What was ticked in the form, and the times that were written into it.

    Raises:
        InvalidInputError: a time is none.
        ConflictError: the words were changed since the form was shown.
    """
    ticked = set(given.form.getlist("line"))
    chosen: list[Chosen] = []
    for part in parts(db, session):
        source_id = part.source.id
        numbers = [n for n in range(len(part.lines)) if f"{source_id}-{n}" in ticked]
        if numbers and given.form.get(f"version-{source_id}") != str(part.version_id):
            raise ConflictError("The words were changed meanwhile. Choose once more.")
        chosen += _of_lines(part, numbers)
        if part.timed:
            chosen += _of_times(source_id, given.form)
    return chosen


def _of_lines(part: Part, numbers: Sequence[int]) -> list[Chosen]:
    """Ticked lines: paragraphs one by one, lines of a recording joined where they follow."""
    if not part.timed:
        return [Wording(part.source.id, number) for number in numbers]
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        Stretch(
            part.source.id,
            min(part.lines[n].start or 0.0 for n in run),
            max(part.lines[n].end or 0.0 for n in run),
        )
        for run in runs
    ]


def _of_times(source_id: int, given: Mapping[str, str]) -> list[Chosen]:
    written = [parameters.text(given, f"{end}-{source_id}", longest=40) for end in ("from", "to")]
    if not any(written):
        return []
    start, end = (seconds_at(text) for text in written)
    if start is None or end is None:
        raise InvalidInputError("Write both times as minutes and seconds, such as 12:34.")
    return [Stretch(source_id, start, end)]
