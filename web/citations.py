"""Citations with the site's addresses: of a session, of a second in it, of a paragraph."""

import json
from dataclasses import dataclass

from flask import url_for

from library.models import MentoringSession, Source, SourceKind
from library.publishing import citing
from library.publishing.citing import Reference
from web.context import library
from web.times import in_address


@dataclass(frozen=True, kw_only=True)
class Citation:
    """One reference in the forms that people need."""

    reference: Reference
    apa: str
    in_text: str
    bibtex: str
    csl: str


def of(
    session: MentoringSession, source: Source, *, start: float | None = None, place: str = ""
) -> Citation:
    """How a session is cited, or a moment of it: *start* in seconds, *place* as it is written."""
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
        apa=citing.apa(reference),
        in_text=citing.apa_in_text(reference),
        bibtex=citing.bibtex(reference),
        csl=json.dumps([citing.csl(reference)], ensure_ascii=False, indent=1),
    )


def _medium(source: Source) -> str:
    if source.kind is SourceKind.NOTE:
        return "Written note"
    if source.kind is SourceKind.TRANSCRIPT:
        return "Transcript"
    return "Video recording" if source.has_video else "Audio recording"
