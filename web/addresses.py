"""Addresses of moments, the same wherever a moment is shown."""

from flask import url_for

from library.models import SourceKind
from search.answers import Hit
from web.conversation import anchor


def moment(hit: Hit, question: str = "") -> str:
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
        t=None if start is None else in_seconds(start),
        q=question or None,
        source=source_id,
        _anchor=fragment,
    )


def in_seconds(start: float) -> str:
    """A time for an address: never later than the words, short where it can be: 754, 754.3."""
    return f"{int(start * 10) / 10:.1f}".removesuffix(".0")


def sound(hit: Hit) -> str:
    """Where the sound of a hit comes from; empty when it has none."""
    if hit.kind is not SourceKind.RECORDING or hit.start is None:
        return ""
    return url_for("media.page", source_id=hit.source_id)
