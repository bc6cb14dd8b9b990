"""Addresses of moments, the same wherever a moment is shown."""

from flask import request, url_for

from library import mail
from library.models import SourceKind
from web.context import library
from web.conversation import Said, anchor
from web.times import in_address


def moment(hit: Said, question: str = "") -> str:
    """Where a hit is heard or read, with the question that led there."""
    return place(
        session_id=hit.session_id,
        source_id=hit.source_id,
        start=hit.start,
        fragment=anchor(hit),
        question=question,
    )


def place(
    *, session_id: int, source_id: int, start: float | None, fragment: str, question: str = ""
) -> str:
    """A second of a recording, or a paragraph of a note (`fragment`), on its session's page."""
    return url_for(
        "sessions.page",
        session_id=session_id,
        t=None if start is None else in_address(start),
        q=question or None,
        source=source_id,
        _anchor=fragment,
    )


def whole(path: str) -> str:
    """An address that can be sent to somebody: with the name of this site before it."""
    return (library().settings.public_url or request.host_url).rstrip("/") + path


def in_letters(path: str) -> str:
    """An address for a letter: never with the host that a browser named, who may be anybody."""
    return mail.address_of_site(library().settings) + path


def sound(hit: Said) -> str:
    """Where the sound of a hit comes from; empty when it has none."""
    if hit.kind is not SourceKind.RECORDING or hit.start is None:
        return ""
    return url_for("media.page", source_id=hit.source_id)
