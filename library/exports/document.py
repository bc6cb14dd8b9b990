"""Document to export: the words of one source, with their provenance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from library.access import Viewer, session_to_edit
from library.errors import NotFoundError
from library.models import Source, SourceKind, TranscriptVersion
from library.sessions import chapters, sources
from library.sessions.description import (
    IN_TRANSCRIPTS,
    Description,
    FieldKind,
    as_text,
    of_session,
)
from library.sessions.segments import SegmentDraft
from library.store import Transaction
from library.transcripts import versions
from library.translation import gettext, mark

ORIGINS = {
    "whisper": mark("transcribed automatically"),
    "import": mark("imported"),
    "note": mark("written note"),
    "correction": mark("corrected by hand"),
}
PARTS = {
    "mentor": mark("mentor"),
    "mentee": mark("mentee"),
    "peer": mark("peer"),
    "facilitator": mark("facilitator"),
}


class TimedSegment(Protocol):
    """Segment of a transcript with times in seconds."""

    @property
    def text(self) -> str:
        """Words of the segment."""

    @property
    def speaker(self) -> str:
        """Name of the speaker, or "" if unknown."""

    @property
    def start(self) -> float | None:
        """Start in seconds."""

    @property
    def end(self) -> float | None:
        """End in seconds."""

    @property
    def suspect(self) -> str:
        """Reason why the text is probably hallucinated, or ""."""


@dataclass(frozen=True, kw_only=True)
class ExportDocument:
    """Transcript version of a source with its provenance; times in seconds."""

    described: Description
    site: str
    address: str  # permanent URL
    filename: str
    timed: bool  # False for a note, which has no times
    segments: Sequence[SegmentDraft]
    written_on: date
    people: Sequence[tuple[str, str]] = ()  # pairs of name and part in the session
    version: int = 1
    origin: str = "import"
    model: str = ""
    duration: float | None = None
    chapters: Sequence[tuple[float, str]] = ()  # pairs of second and title
    identifier: int = 0

    @property
    def spoken(self) -> list[SegmentDraft]:
        """Segments, without those that are probably hallucinated."""
        return [one for one in self.segments if not one.suspect]

    def provenance(self) -> list[tuple[str, str]]:
        """Return facts about source and transcript version, as pairs of label and value."""
        people = ", ".join(f"{name} ({_label(PARTS, part)})" for name, part in self.people)
        facts = [
            *(
                (gettext(field.label), as_text(getattr(self.described, field.name)))
                for field in IN_TRANSCRIPTS
                if field.kind is not FieldKind.PARAGRAPHS
            ),
            (gettext("People"), people),
            (gettext("Transcript"), self._version()),
            (gettext("From"), self.site),
            (gettext("Address"), self.address),
        ]
        return [(name, " ".join(value.split())) for name, value in facts if value]

    def _version(self) -> str:
        values = {
            "number": self.version,
            "origin": _label(ORIGINS, self.origin),
            "model": self.model,
            "date": self.written_on.isoformat(),
        }
        if self.model:
            return gettext("version %(number)s, %(origin)s (%(model)s), %(date)s", **values)
        return gettext("version %(number)s, %(origin)s, %(date)s", **values)


def _label(known: Mapping[str, str], value: str) -> str:
    return gettext(known[value]) if value in known else value


def load(
    db: Transaction,
    viewer: Viewer,
    source_id: int,
    *,
    session_id: int,
    site: str,
    address: str,
    number: int | None = None,
) -> ExportDocument:
    """Return the document of a source: its current transcript version, or version *number*.

    *site* is the name of the library, and *address* the permanent URL of the source. Earlier
    versions are only for people who may edit the session.

    Raises:
        NotFoundError: the source has no words, or *viewer* may not see them.
        NotAllowedError: *viewer* may not edit the session and asked for an earlier version.
    """
    source = sources.visible_source(db, viewer, source_id)
    version = versions.current_version(db, source_id)
    if number is not None and (version is None or version.number != number):
        session_to_edit(db, viewer, source.session_id)
        version = versions.version_of(db, source_id, number)
    if version is None or source.session_id != session_id:
        raise NotFoundError(
            "There is no text to export yet. Try again when the processing is finished."
        )
    bare = _described(source, version, site, address)
    return replace(
        bare,
        segments=versions.drafts_of(db, version.id),
        chapters=[(chapter.start, chapter.title) for chapter in chapters.of(db, source_id)],
    )


def _described(
    source: Source, version: TranscriptVersion, site: str, address: str
) -> ExportDocument:
    session = source.session
    described = of_session(session)
    return ExportDocument(
        described=replace(described, language=version.language or described.language),
        site=site,
        address=address,
        filename=source.filename,
        timed=source.kind is not SourceKind.NOTE,
        segments=(),
        written_on=version.created_at.date(),
        people=[(p.person.name, p.part.value) for p in session.participants],
        version=version.number,
        origin=version.origin,
        model=version.model,
        duration=source.duration,
        identifier=session.id,
    )
