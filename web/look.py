"""What every template may use: how times, dates, voices and forms are written."""

from datetime import date
from typing import Any

from flask import Flask, current_app, request

from library.access import Viewer
from library.accounts.person_names import folded
from library.curating import review_desk
from library.markdown import plain
from library.models import Form, Part, SourceKind, Visibility
from web import times, waiting
from web.context import library, viewer
from web.conversation import line_html, said
from web.markdown import html_of, marked
from web.why import reasons

VOICES = 8  # hues in static/site.css

FORM_NAMES = {
    Form.ONE_TO_ONE: "One-to-one",
    Form.GROUP: "Group",
    Form.PEER: "Peer",
    Form.REVERSE: "Reverse mentoring",
    Form.CO_MENTORING: "Co-mentoring",
    Form.AD_HOC: "Ad hoc",
    Form.MICRO: "Micro-mentoring",
    Form.NOTE: "A note",
}
PART_NAMES = {
    Part.MENTOR: "Mentor",
    Part.MENTEE: "Mentee",
    Part.PEER: "Peer",
    Part.FACILITATOR: "Facilitator",
}
KIND_NAMES = {
    SourceKind.RECORDING: "Recordings",
    SourceKind.NOTE: "Notes",
    SourceKind.TRANSCRIPT: "Transcripts",
}
VISIBILITY_NAMES = {
    Visibility.PRIVATE: "Private: its owner",
    Visibility.PARTICIPANTS: "Private: those who took part",
    Visibility.COLLECTION: "For members of its collections",
    Visibility.MEMBERS: "For all members",
    Visibility.PUBLIC: "Public",
}
LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
}


def clock(seconds: float | None) -> str:
    """Seconds as people write them: 0:07, 12:34, 1:02:05; empty when unknown."""
    return "" if seconds is None else times.clock(seconds)


def day(when: date | None) -> str:
    """A date in words: 3 March 2026; empty when unknown."""
    return "" if when is None else f"{when.day} {when:%B %Y}"


def initials(name: str) -> str:
    """Up to two letters for a voice's disc: the first name's and the last name's."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = words[:1] + words[1:][-1:]
    return "".join(word[0] for word in letters).upper() or "?"


def hue(person_id: int | None, name: str = "") -> int:
    """The voice's hue, 0..7: the same person has the same one on every page."""
    return (sum(name.encode()) if person_id is None else person_id) % VOICES


def language_name(code: str) -> str:
    """A BCP 47 code in words; the code itself where we have no word."""
    return LANGUAGES.get(code.partition("-")[0].lower(), code)


def init_app(app: Flask) -> None:
    """Hand filters and globals to the templates of *app*."""
    app.jinja_env.filters.update(
        clock=clock,
        day=day,
        initials=initials,
        address_time=times.in_address,
        line_html=line_html,
        said_in=said,
        markdown=html_of,
        marked=marked,
        plain=plain,
        why=reasons,
        language_name=language_name,
        folded_name=folded,
        form_name=lambda form: FORM_NAMES[Form(form)],
        part_name=lambda part: PART_NAMES[Part(part)],
        kind_name=lambda kind: KIND_NAMES[SourceKind(kind)],
        visibility_name=lambda seen: VISIBILITY_NAMES[Visibility(seen)],
    )
    app.jinja_env.globals.update(hue=hue, has_endpoint=has_endpoint)
    app.context_processor(_for_every_page)


def has_endpoint(name: str) -> bool:
    """Whether this site has a page of that name."""
    return name in current_app.view_functions


def theme() -> str:
    """The reader's stored choice of light or dark; empty follows their system."""
    chosen = request.cookies.get("theme", "")
    return chosen if chosen in {"light", "dark"} else ""


def _for_every_page() -> dict[str, Any]:
    return {"theme": theme(), "navigation": _navigation()}


def _navigation() -> list[tuple[str, str, int]]:
    """The pages of the navigation: endpoint, label, and how much waits there for the reader."""
    who = viewer()
    members_may = library().settings.members_may_upload
    wanted = [
        ("sessions.index", "Sessions", True),
        ("collections.index", "Collections", True),
        ("overview.page", "Overview", who.is_member),
        ("topics.index", "Topics", True),
        ("add.page", "Add a session", who.may_add_sessions(members_may_upload=members_may)),
        ("mine.page", "My sessions", who.is_member),
        ("review.queue", "Curating", curates(who)),
        ("care.page", "Care", who.is_admin),
    ]
    numbers = waiting.numbers()
    return [
        (e, label, numbers.get(e, 0)) for e, label, shown in wanted if shown and has_endpoint(e)
    ]


def curates(who: Viewer) -> bool:
    """Whether somebody has anything to curate."""
    if who.is_admin or not who.is_member:
        return who.is_admin
    with library().reading() as db:
        return review_desk.curates(db, who)
