"""Metadata of a session as Dublin Core terms and as schema.org JSON-LD."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for

from library.models import Collection, MentoringSession, SourceKind, Topic
from library.publishing import dublin_core
from library.publishing.dublin_core import Term
from web.http.context import library

CONTEXT = "https://schema.org"


def absolute(endpoint: str, **values: Any) -> str:
    """Return the absolute URL of an endpoint, from the public URL setting or the request's host."""
    path = url_for(endpoint, **values)
    base = library().settings.public_url or request.host_url
    return base.rstrip("/") + path


def terms(
    session: MentoringSession, holding: Sequence[Collection], about: Sequence[Topic]
) -> list[Term]:
    """Return the Dublin Core terms of a session.

    *holding* are the collections that contain the session, *about* are its topics.
    """
    return dublin_core.terms(
        session,
        identifier=absolute("sessions.page", session_id=session.id),
        publisher=library().settings.site_name,
        relations=[absolute("collections.page", collection_id=c.id) for c in holding],
        subjects=[topic.label for topic in about],
    )


def linked_data(
    session: MentoringSession, holding: Sequence[Collection], about: Sequence[Topic]
) -> dict[str, Any]:
    """Return the schema.org JSON-LD of a session. Durations are in ISO 8601 format.

    *holding* are the collections that contain the session, *about* are its topics.
    """
    dc_terms = terms(session, holding, about)
    recording = next((s for s in session.sources if s.kind is SourceKind.RECORDING), None)
    found = {
        "@context": CONTEXT,
        "@type": _type(session),
        "@id": absolute("sessions.page", session_id=session.id),
        "url": absolute("sessions.page", session_id=session.id),
        "name": session.title,
        "description": session.description,
        "dateCreated": session.held_on.isoformat() if session.held_on else "",
        "datePublished": session.created_at.date().isoformat(),
        "dateModified": session.updated_at.date().isoformat(),
        "inLanguage": session.language,
        "creator": _people(dc_terms, "creator"),
        "contributor": _people(dc_terms, "contributor"),
        "publisher": {"@type": "Organization", "name": library().settings.site_name},
        "isPartOf": [
            {
                "@type": "Collection",
                "name": c.title,
                "url": absolute("collections.page", collection_id=c.id),
            }
            for c in holding
        ],
        "about": [
            {
                "@type": "DefinedTerm",
                "name": topic.label,
                "url": absolute("topics.page", topic_id=topic.id),
                **({"sameAs": topic.uri} if topic.uri else {}),
            }
            for topic in about
        ],
        "keywords": [topic.label for topic in about],
        "conditionsOfAccess": dublin_core.rights(session),
    }
    if recording is not None:
        found["contentUrl"] = absolute("media.page", source_id=recording.id)
        if recording.duration:
            found["duration"] = f"PT{recording.duration:.0f}S"
    return {name: value for name, value in found.items() if value}


def _people(dc_terms: Sequence[Term], element: str) -> list[dict[str, str]]:
    return [{"@type": "Person", "name": value} for name, value in dc_terms if name == element]


def _type(session: MentoringSession) -> str:
    known = {"MovingImage": "VideoObject", "Sound": "AudioObject"}
    kinds = dublin_core.kinds(session.sources)
    return next((known[k] for k in kinds if k in known), "CreativeWork")
