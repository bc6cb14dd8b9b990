"""Form in which a participant proposes redactions of a session before consenting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Request, render_template, request

from library.access import Viewer
from library.consent import release, requests
from library.errors import ConflictError, InvalidInputError
from library.models import MentoringSession, Source, SourceKind
from library.removal.redaction import Chosen, TimeRange, Wording
from library.sessions.read_models import TranscriptLine, lines_of
from library.store import Transaction
from library.transcripts import versions
from web.http import params
from web.rendering.times import seconds_at


@dataclass(frozen=True, kw_only=True)
class SourceToRedact:
    """Recording or note whose lines can be ticked.

    Attributes:
        source: Recording or note.
        version_id: Id of its present transcript version.
        lines: Lines of that version.
    """

    source: Source
    version_id: int
    lines: Sequence[TranscriptLine]

    @property
    def timed(self) -> bool:
        """True if the lines have times."""
        return self.source.kind is not SourceKind.NOTE


def parts(db: Transaction, session: MentoringSession) -> list[SourceToRedact]:
    """Return the recordings and notes of a session that have a transcript version."""
    found = []
    for source in session.sources:
        if (version := versions.current_version(db, source.id)) is not None:
            lines = lines_of(db, version.id)
            found.append(SourceToRedact(source=source, version_id=version.id, lines=lines))
    return found


def page(
    db: Transaction, session: MentoringSession, viewer: Viewer, *, error: str, back: str
) -> str:
    """Return the page on which a participant chooses what to leave out before consenting.

    *error* is a message about the submitted form, or empty. *back* is the URL of the page that the
    participant came from.

    Raises:
        NotAllowedError: *viewer* is not asked for consent.
        ConflictError: The session needs no consent any more.
    """
    requests.require_asked(session, viewer)
    return render_template(
        "consent/leave_out.html",
        session=session,
        parts=parts(db, session),
        statement=release.statement(session),
        error=error,
        given=request.form,
        ticked=set(request.form.getlist("line")),
        back=back,
    )


def chosen_in(db: Transaction, session: MentoringSession, given: Request) -> list[Chosen]:
    """Return the redactions of a form: ticked lines and typed times.

    Raises:
        InvalidInputError: A time is not valid.
        ConflictError: The transcript has changed since the form was shown.
    """
    ticked = set(given.form.getlist("line"))
    chosen: list[Chosen] = []
    for part in parts(db, session):
        source_id = part.source.id
        numbers = [n for n in range(len(part.lines)) if f"{source_id}-{n}" in ticked]
        if numbers and given.form.get(f"version-{source_id}") != str(part.version_id):
            raise ConflictError(
                "The transcript has changed since you opened this page. Choose the lines again."
            )
        chosen += _of_lines(part, numbers)
        if part.timed:
            chosen += _of_times(source_id, given.form)
    return chosen


def _of_lines(part: SourceToRedact, numbers: Sequence[int]) -> list[Chosen]:
    """Return the redactions of ticked lines. Adjacent lines of a recording become one range."""
    if not part.timed:
        return [Wording(part.source.id, number) for number in numbers]
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        TimeRange(
            part.source.id,
            min(part.lines[n].start or 0.0 for n in run),
            max(part.lines[n].end or 0.0 for n in run),
        )
        for run in runs
    ]


def _of_times(source_id: int, given: Mapping[str, str]) -> list[Chosen]:
    written = [params.text(given, f"{end}-{source_id}", longest=40) for end in ("from", "to")]
    if not any(written):
        return []
    start, end = (seconds_at(text) for text in written)
    if start is None or end is None:
        raise InvalidInputError("Write both times as minutes and seconds, such as 12:34.")
    return [TimeRange(source_id, start, end)]
