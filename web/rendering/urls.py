"""URLs of moments and absolute URLs."""

from flask import request, url_for

from library.models import SourceKind
from library.notifications import email
from web.http.context import library
from web.rendering.times import in_address
from web.rendering.transcript_html import Quotable, anchor


def moment(hit: Quotable, question: str = "") -> str:
    """Return the URL of a hit on its session page, with the question."""
    return position_url(
        session_id=hit.session_id,
        source_id=hit.source_id,
        start=hit.start,
        fragment=anchor(hit),
        question=question,
    )


def position_url(
    *, session_id: int, source_id: int, start: float | None, fragment: str, question: str = ""
) -> str:
    """Return the URL of a time in a recording, or of a paragraph of a note (`fragment`)."""
    return url_for(
        "sessions.page",
        session_id=session_id,
        t=None if start is None else in_address(start),
        q=question or None,
        source=source_id,
        _anchor=fragment,
    )


def absolute_url(path: str) -> str:
    """Return the absolute URL of a path, from the public URL or the host of the request."""
    return (library().settings.public_url or request.host_url).rstrip("/") + path


def email_url(path: str) -> str:
    """Return the absolute URL of a path for e-mails. Never uses the untrusted Host header."""
    return email.address_of_site(library().settings) + path


def sound(hit: Quotable) -> str:
    """Return the URL of the audio of a hit; empty if it has none."""
    if hit.kind is not SourceKind.RECORDING or hit.start is None:
        return ""
    return url_for("media.page", source_id=hit.source_id)
