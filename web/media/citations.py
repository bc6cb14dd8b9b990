"""Citations of a session, a time or a paragraph, with permanent URLs."""

import json
from dataclasses import dataclass

from flask import url_for

from library.models import MentoringSession, Source, SourceKind
from library.publishing import citations
from library.publishing.citations import Reference
from web.http.context import library
from web.rendering.times import in_address


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Reference in APA, BibTeX and CSL-JSON format."""

    reference: Reference
    apa: str
    in_text: str
    bibtex: str
    csl: str


def of(
    session: MentoringSession, source: Source, *, start: float | None = None, place: str = ""
) -> Citation:
    """Return the citation of a source, or of a moment in it.

    Args:
        session: The session.
        source: The cited source of the session.
        start: Start of the moment in seconds; None cites the whole source.
        place: Time range or paragraph as written in the citation.
    """
    second = None if start is None else in_address(start)
    reference = Reference(
        title=session.title,
        authors=[participant.person.name for participant in session.participants],
        site=library().settings.site_name,
        address=url_for(
            "sessions.page", session_id=session.id, source=source.id, t=second, _external=True
        ),
        medium=_medium(source),
        held_on=session.held_on,
        place=place,
        language=session.language,
        key=f"session-{session.id}-{source.id}" + (f"-{second}" if second else ""),
    )
    return Citation(
        reference=reference,
        apa=citations.apa(reference),
        in_text=citations.apa_in_text(reference),
        bibtex=citations.bibtex(reference),
        csl=json.dumps([citations.csl(reference)], ensure_ascii=False, indent=1),
    )


def _medium(source: Source) -> str:
    if source.kind is SourceKind.NOTE:
        return "Written note"
    if source.kind is SourceKind.TRANSCRIPT:
        return "Transcript"
    return "Video recording" if source.has_video else "Audio recording"
