"""Template filters and globals: times, dates, names, speaker colours and labels of enums."""

from datetime import date
from typing import Any

from flask import Flask, current_app, request

from library.access import Viewer
from library.accounts.names import folded
from library.curation import review
from library.markdown import plain
from library.models import MentoringSession, ParticipantRole, Role, SourceKind
from library.sessions.description import FIELD, FieldKind, SessionField
from library.translation import gettext, mark
from web.http.context import library, viewer
from web.rendering import times
from web.rendering import todo_items as items
from web.rendering.markdown import html_of, marked
from web.rendering.score_explanation import (
    main_reason,
    match_reason,
    reason_of_quote,
    reasons,
)
from web.rendering.transcript_html import line_html, segment_html

HUES = 8  # number of hues in static/site.css

PART_NAMES = {
    ParticipantRole.MENTOR: mark("Mentor"),
    ParticipantRole.MENTEE: mark("Mentee"),
    ParticipantRole.PEER: mark("Peer"),
    ParticipantRole.FACILITATOR: mark("Facilitator"),
}
ROLE_NAMES = {Role.ADMIN: mark("Admin"), Role.MENTOR: mark("Mentor"), Role.MENTEE: mark("Mentee")}
KIND_NAMES = {
    SourceKind.RECORDING: mark("Recordings"),
    SourceKind.NOTE: mark("Notes"),
    SourceKind.TRANSCRIPT: mark("Transcripts"),
}
LANGUAGES = {
    "de": mark("German"),
    "en": mark("English"),
    "es": mark("Spanish"),
    "fr": mark("French"),
    "it": mark("Italian"),
    "nl": mark("Dutch"),
    "pl": mark("Polish"),
    "pt": mark("Portuguese"),
}


def clock(seconds: float | None) -> str:
    """Format seconds as 0:07, 12:34 or 1:02:05; empty for None."""
    return "" if seconds is None else times.clock(seconds)


def day(when: date | None) -> str:
    """Format a date such as "3 March 2026"; empty for None."""
    return "" if when is None else times.day(when)


def initials(name: str) -> str:
    """Return up to two initials of a speaker: of the first and the last name."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in letters).upper() or "?"


def hue(person_id: int | None, name: str = "") -> int:
    """Return the colour index of a speaker, 0..7. A person has the same colour on every page."""
    return (sum(name.encode()) if person_id is None else person_id) % HUES


def language_name(code: str) -> str:
    """Return the name of the language of a BCP 47 code, or the code if it is not listed."""
    name = LANGUAGES.get(code.partition("-")[0].lower())
    return gettext(name) if name else code


def as_shown(field: SessionField, value: Any) -> str:
    """Return the value of a session's field as text for readers: a label, a name or a date."""
    if field.choices:
        return gettext(field.choices[value])
    if field.kind is FieldKind.DATE:
        return day(value)
    return language_name(value) if field.kind is FieldKind.LANGUAGE else str(value)


def details_of(session: MentoringSession) -> list[tuple[str, str]]:
    """Return the label and value of each field that a session's page lists under “Details”."""
    return [
        (gettext(field.label), as_shown(field, value))
        for field in FIELD.values()
        if field.detail and (value := getattr(session, field.name))
    ]


def init_app(app: Flask) -> None:
    """Register filters, globals and the context processor of *app*."""
    app.jinja_env.filters.update(
        clock=clock,
        day=day,
        initials=initials,
        address_time=times.in_address,
        line_html=line_html,
        said_in=segment_html,
        markdown=html_of,
        marked=marked,
        plain=plain,
        why=reasons,
        match_reason=match_reason,
        why_first=main_reason,
        why_quoted=reason_of_quote,
        language_name=language_name,
        folded_name=folded,
        form_name=lambda form: as_shown(FIELD["form"], form),
        part_name=lambda part: gettext(PART_NAMES[ParticipantRole(part)]),
        visibility_name=lambda seen: as_shown(FIELD["visibility"], seen),
    )
    app.jinja_env.globals.update(
        hue=hue, has_endpoint=has_endpoint, session_fields=FIELD, details_of=details_of
    )
    app.context_processor(_for_every_page)


def has_endpoint(name: str) -> bool:
    """Return True if the app has an endpoint of this name."""
    return name in current_app.view_functions


def theme() -> str:
    """Return the theme cookie, `light` or `dark`; empty to follow the system setting."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in {"light", "dark"} else ""


def _for_every_page() -> dict[str, Any]:
    return {"theme": theme(), "navigation": _navigation()}


def _navigation() -> list[tuple[str, str, int]]:
    """Return the navigation: endpoint, label and number of the viewer's to-do items."""
    who = viewer()
    members_may = library().settings.members_may_upload
    wanted = [
        ("sessions.index", gettext("Sessions"), True),
        ("collections.index", gettext("Collections"), True),
        ("overview.page", gettext("Explore"), who.is_member),
        ("topics.index", gettext("Topics"), True),
        (
            "add.page",
            gettext("Add a session"),
            who.may_add_sessions(members_may_upload=members_may),
        ),
        ("mine.page", gettext("My sessions"), who.is_member),
        ("review.queue", gettext("Curation"), curates(who)),
        ("care.page", gettext("Administration"), who.is_admin),
    ]
    numbers = items.numbers()
    return [
        (e, label, numbers.get(e, 0)) for e, label, shown in wanted if shown and has_endpoint(e)
    ]


def curates(who: Viewer) -> bool:
    """Return True if the viewer may curate at least one collection, or is an administrator."""
    if who.is_admin or not who.is_member:
        return who.is_admin
    with library().reading() as db:
        return review.curates(db, who)
