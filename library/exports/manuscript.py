"""What is written out: the words of one source, with what has to stand beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from library.access import Viewer, session_to_edit
from library.editing import transcripts
from library.editing.segments import SegmentDraft
from library.errors import NotFoundError
from library.holdings import chapters, sources
from library.models import Source, SourceKind, TranscriptVersion
from library.store import Transaction

ORIGINS = {
    "whisper": "written down by machine",
    "import": "imported",
    "note": "a written note",
    "correction": "corrected by hand",
}


class Spoken(Protocol):
    """A piece of a transcript with its times in seconds."""

    @property
    def text(self) -> str:
        """The words."""

    @property
    def speaker(self) -> str:
        """Who says them; empty: nobody knows."""

    @property
    def start(self) -> float | None:
        """Where it begins, in seconds."""

    @property
    def end(self) -> float | None:
        """Where it ends, in seconds."""

    @property
    def suspect(self) -> str:
        """Why it was probably never spoken; empty: it was."""


@dataclass(frozen=True, kw_only=True)
class Manuscript:
    """A version of a source's transcript with its provenance; times in seconds."""

    title: str
    site: str
    address: str  # the permanent one
    filename: str
    timed: bool  # speech, not a note
    segments: Sequence[SegmentDraft]
    description: str = ""
    held_on: date | None = None
    written_on: date
    people: Sequence[tuple[str, str]] = ()  # name, part in the session
    language: str = ""
    version: int = 1
    origin: str = "import"
    model: str = ""
    duration: float | None = None
    chapters: Sequence[tuple[float, str]] = ()  # second, title
    identifier: int = 0

    @property
    def spoken(self) -> list[SegmentDraft]:
        """What was said, without what was probably never spoken."""
        return [one for one in self.segments if not one.suspect]

    def provenance(self) -> list[tuple[str, str]]:
        """What a reader must know to trust the words and to find them again."""
        how = ORIGINS.get(self.origin, self.origin)
        made = f"version {self.version}, {how}" + (f" ({self.model})" if self.model else "")
        people = ", ".join(f"{name} ({part})" for name, part in self.people)
        facts = [
            ("Title", self.title),
            ("Date", self.held_on.isoformat() if self.held_on else ""),
            ("People", people),
            ("Language", self.language),
            ("Transcript", f"{made}, {self.written_on.isoformat()}"),
            ("From", self.site),
            ("Address", self.address),
        ]
        return [(name, " ".join(value.split())) for name, value in facts if value]


def load(
    db: Transaction,
    viewer: Viewer,
    source_id: int,
    *,
    session_id: int,
    site: str,
    address: str,
    number: int | None = None,
) -> Manuscript:
    """The current words of a source, or those of an earlier version for whoever may change them.

    Raises:
        NotFoundError: there are none, or none that *viewer* may see.
        NotAllowedError: *viewer* asked for an earlier version of somebody else's session.
    """
    source = sources.visible_source(db, viewer, source_id)
    version = transcripts.current_version(db, source_id)
    if number is not None and (version is None or version.number != number):
        session_to_edit(db, viewer, source.session_id)
        version = transcripts.version_of(db, source_id, number)
    if version is None or source.session_id != session_id:
        raise NotFoundError("There are no words here to write out yet.")
    bare = _described(source, version, site, address)
    return replace(
        bare,
        segments=transcripts.drafts_of(db, version.id),
        chapters=[(chapter.start, chapter.title) for chapter in chapters.of(db, source_id)],
    )


def _described(source: Source, version: TranscriptVersion, site: str, address: str) -> Manuscript:
    session = source.session
    return Manuscript(
        title=session.title,
        site=site,
        address=address,
        filename=source.filename,
        timed=source.kind is not SourceKind.NOTE,
        segments=(),
        description=session.description,
        held_on=session.held_on,
        written_on=version.created_at.date(),
        people=[(p.person.name, p.part.value) for p in session.participants],
        language=version.language or session.language,
        version=version.number,
        origin=version.origin,
        model=version.model,
        duration=source.duration,
        identifier=session.id,
    )
