"""What waits for whoever asks: in sentences, with the page where each thing is done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import g, url_for

from library.overview import waiting
from library.overview.waiting import Desk, Kind, Waiting
from library.overview.waiting_words import words
from web.context import library, viewer

ENDPOINTS = {
    Desk.MINE: "mine.page",
    Desk.CURATION: "review.queue",
    Desk.ADMINISTRATION: "care.page",
}
"""The page of each desk, which stands in the navigation."""

PAGES = {
    Kind.CONSENT: "releases.page",
    Kind.CONSENT_AGAIN: "releases.page",
    Kind.TOLD: "releases.page",
    Kind.REFUSED: "releases.page",
    Kind.SPEAKERS: "speakers.page",
    Kind.PROPOSAL: "releases.page",
    Kind.DECIDED: "releases.page",
    Kind.WORK: "review.page",
    Kind.FAILED: "jobs.page",
    Kind.REVIEW: "review.page",
    Kind.JOINING: "care.accounts",
    Kind.SOURCES: "care.page",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that waits, as a page shows it."""

    words: str
    page: str  # its address


def here() -> Sequence[Waiting]:
    """What waits for whoever asks; looked up once in a request."""
    if "waiting" not in g:
        who = viewer()
        found: Sequence[Waiting] = ()
        if who.is_member:
            with library().reading() as db:
                found = waiting.waits_for(db, who)
        g.waiting = found
    return tuple(g.waiting)


def numbers() -> dict[str, int]:
    """How much waits behind each page of the navigation, by its endpoint."""
    return {ENDPOINTS[desk]: count for desk, count in waiting.counted(here()).items()}


def told(found: Iterable[Waiting]) -> list[Told]:
    """What waits, in sentences with the pages where it is done."""
    return [Told(words=words(one), page=page(one)) for one in found]


def page(one: Waiting) -> str:
    """The address of the page where it is done."""
    if one.session_id is None:
        return url_for(PAGES[one.kind])
    return url_for(PAGES[one.kind], session_id=one.session_id)
