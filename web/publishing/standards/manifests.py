"""IIIF manifest of a session (Presentation API 3.0), and search within it (Search API 2.0)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from library.models import MentoringSession, Source, SourceKind
from library.publishing.dublin_core import Term
from web.http.served_media_types import content_type
from web.publishing.standards.description import absolute

Resource = dict[str, Any]

LABELS = {
    "creator": "Mentor",
    "contributor": "With",
    "date": "Date",
    "language": "Language",
    "publisher": "Library",
}
CONTEXT = "http://iiif.io/api/presentation/3/context.json"
SEARCH_CONTEXT = "http://iiif.io/api/search/2/context.json"


@dataclass(frozen=True, kw_only=True)
class ContentHit:
    """Search hit in a recording: text, start and end in seconds."""

    source_id: int
    text: str
    start: float
    end: float


def playable(session: MentoringSession) -> list[Source]:
    """Return the recordings of a session that have a duration. Each recording becomes a canvas."""
    return [s for s in session.sources if s.kind is SourceKind.RECORDING and s.duration]


def manifest(
    session: MentoringSession, terms: Sequence[Term], transcribed: Iterable[int]
) -> Resource:
    """Return the manifest of a session, with one canvas for each recording.

    Args:
        session: A session with at least one `playable` recording that the viewer may see.
        terms: Dublin Core terms of the session.
        transcribed: Ids of the sources that have a transcript.
    """
    language = session.language or "none"
    home = absolute("sessions.page", session_id=session.id)
    catalogue = absolute("described.dublin_core", session_id=session.id)
    made: Resource = {
        "@context": CONTEXT,
        "id": _address("manifest", session),
        "type": "Manifest",
        "label": {language: [session.title]},
        "metadata": [
            {"label": {"en": [LABELS[name]]}, "value": {"none": [value]}}
            for name, value in terms
            if name in LABELS
        ],
        "homepage": [
            {"id": home, "type": "Text", "format": "text/html", "label": {"en": ["Page"]}}
        ],
        "seeAlso": [{"id": catalogue, "type": "Dataset", "format": "text/xml"}],
        "service": [{"id": _address("search", session), "type": "SearchService2"}],
        "items": [_canvas(session, s, s.id in set(transcribed)) for s in playable(session)],
    }
    if session.description:
        made["summary"] = {language: [session.description]}
    return made


def canvas(session: MentoringSession, source: Source, *, transcribed: bool) -> Resource:
    """Return the canvas of one recording as a complete JSON-LD document."""
    return {"@context": CONTEXT, **_canvas(session, source, transcribed)}


def search_response(
    address: str, session: MentoringSession, moments: Iterable[ContentHit]
) -> Resource:
    """Return the result of a content search: one annotation for each hit."""
    return {
        "@context": SEARCH_CONTEXT,
        "id": address,
        "type": "AnnotationPage",
        "items": [
            {
                "id": f"{address}#{number}",
                "type": "Annotation",
                "motivation": "highlighting",
                "body": {"type": "TextualBody", "value": moment.text, "format": "text/plain"},
                "target": f"{canvas_id(session.id, moment.source_id)}"
                f"#t={moment.start:.3f},{moment.end:.3f}",
            }
            for number, moment in enumerate(moments)
        ],
    }


def canvas_id(session_id: int, source_id: int) -> str:
    """Return the URL that identifies the canvas of a recording."""
    return absolute("iiif.canvas", session_id=session_id, source_id=source_id)


def _canvas(session: MentoringSession, source: Source, has_words: bool) -> Resource:  # noqa: FBT001
    own = canvas_id(session.id, source.id)
    kind = content_type(source)
    sound: Resource = {
        "id": absolute("media.page", source_id=source.id),
        "type": "Video" if kind.startswith("video/") else "Sound",
        "format": kind,
        "duration": source.duration,
    }
    made: Resource = {
        "id": own,
        "type": "Canvas",
        "label": {"none": [source.filename]},
        "duration": source.duration,
        "items": [_page(own, "sound", "painting", sound)],
    }
    if has_words:
        words: Resource = {
            "id": absolute("sessions.captions_of", session_id=session.id, source_id=source.id),
            "type": "Text",
            "format": "text/vtt",
        }
        if session.language:
            words["language"] = session.language
        made["annotations"] = [_page(own, "words", "supplementing", words)]
    return made


def _page(canvas: str, name: str, motivation: str, body: Resource) -> Resource:
    """Return an annotation page with one annotation that places *body* on a canvas."""
    laid = {
        "id": f"{canvas}/{name}/1",
        "type": "Annotation",
        "motivation": motivation,
        "body": body,
        "target": canvas,
    }
    return {"id": f"{canvas}/{name}", "type": "AnnotationPage", "items": [laid]}


def _address(endpoint: str, session: MentoringSession) -> str:
    return absolute(f"iiif.{endpoint}", session_id=session.id)
