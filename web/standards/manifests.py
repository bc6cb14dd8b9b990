"""A session as a IIIF manifest (Presentation API 3.0), and what is found in it (Search API 2.0).

iiif-prezi3 writes both; its models refuse what the standard does not allow. It is loaded with the
first manifest that somebody asks for.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from library.models import MentoringSession, Source, SourceKind
from library.publishing.dublin_core import Term
from web.media_types import content_type
from web.standards.description import absolute

if TYPE_CHECKING:
    from iiif_prezi3 import AnnotationBody, AnnotationPage, Canvas

LABELS = {
    "creator": "Mentor",
    "contributor": "With",
    "date": "Date",
    "language": "Language",
    "publisher": "Library",
}
SEARCH_CONTEXT = "http://iiif.io/api/search/2/context.json"


@dataclass(frozen=True, kw_only=True)
class Found:
    """Words of a recording and when they were said, in seconds."""

    source_id: int
    text: str
    start: float
    end: float


def playable(session: MentoringSession) -> list[Source]:
    """The recordings of a session that have a length: what a viewer can lay on a canvas."""
    return [s for s in session.sources if s.kind is SourceKind.RECORDING and s.duration]


def manifest(
    session: MentoringSession, terms: Sequence[Term], transcribed: Iterable[int]
) -> dict[str, Any]:
    """The manifest of a session: a canvas for each recording.

    Args:
        session: one with `playable` recordings that the reader may see.
        terms: its Dublin Core.
        transcribed: ids of the sources whose words can be shown.
    """
    import iiif_prezi3 as iiif

    language = session.language or "none"
    made = iiif.Manifest(
        id=_address("manifest", session), label={language: [session.title]}, items=[]
    )
    if session.description:
        made.summary = {language: [session.description]}
    made.metadata = [
        iiif.KeyValueString(label={"en": [LABELS[name]]}, value={"none": [value]})
        for name, value in terms
        if name in LABELS
    ]
    home = absolute("sessions.page", session_id=session.id)
    made.homepage = [{"id": home, "type": "Text", "format": "text/html", "label": {"en": ["Page"]}}]
    catalogue = absolute("described.dublin_core", session_id=session.id)
    made.seeAlso = [{"id": catalogue, "type": "Dataset", "format": "text/xml"}]
    made.service = [iiif.ServiceV3(id=_address("search", session), type="SearchService2")]
    made.items = [_canvas(session, s, s.id in set(transcribed)) for s in playable(session)]
    return _json(made)


def canvas(session: MentoringSession, source: Source, *, transcribed: bool) -> dict[str, Any]:
    """One canvas of the manifest, as it stands there, with its context."""
    return _json(_canvas(session, source, transcribed))


def found(address: str, session: MentoringSession, moments: Iterable[Found]) -> dict[str, Any]:
    """The answer to a search within a session: an annotation for each moment."""
    import iiif_prezi3 as iiif

    page = iiif.AnnotationPage(id=address, items=[])
    page.items = [
        iiif.Annotation(
            id=f"{address}#{number}",
            motivation="highlighting",
            body=iiif.TextualBody(value=moment.text, format="text/plain"),
            target=f"{canvas_id(session.id, moment.source_id)}"
            f"#t={moment.start:.3f},{moment.end:.3f}",
        )
        for number, moment in enumerate(moments)
    ]
    return _json(page) | {"@context": SEARCH_CONTEXT}


def canvas_id(session_id: int, source_id: int) -> str:
    """The name of a recording's canvas."""
    return absolute("iiif.canvas", session_id=session_id, source_id=source_id)


def _canvas(session: MentoringSession, source: Source, has_words: bool) -> "Canvas":  # noqa: FBT001
    import iiif_prezi3 as iiif

    own = canvas_id(session.id, source.id)
    made = iiif.Canvas(
        id=own, label={"none": [source.filename]}, duration=source.duration, items=[]
    )
    kind = content_type(source)
    film = kind.startswith("video/")
    sound = iiif.AnnotationBody(
        id=absolute("media.page", source_id=source.id),
        type="Video" if film else "Sound",
        format=kind,
        duration=source.duration,
    )
    made.items = [_page(own, "sound", "painting", sound)]
    if has_words:
        words = iiif.AnnotationBody(
            id=absolute("sessions.captions_of", session_id=session.id, source_id=source.id),
            type="Text",
            format="text/vtt",
            language=session.language or None,
        )
        made.annotations = [_page(own, "words", "supplementing", words)]
    return made


def _page(canvas: str, name: str, motivation: str, body: "AnnotationBody") -> "AnnotationPage":
    """A page with the one annotation that lays *body* on a canvas."""
    import iiif_prezi3 as iiif

    laid = iiif.Annotation(id=f"{canvas}/{name}/1", motivation=motivation, body=body, target=canvas)
    return iiif.AnnotationPage(id=f"{canvas}/{name}", items=[laid])


def _address(endpoint: str, session: MentoringSession) -> str:
    return absolute(f"iiif.{endpoint}", session_id=session.id)


def _json(resource: Any) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(resource.json())
    return written
