"""Letters about saved searches: what is new for somebody, told once, and how they end it."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, or_, select

from library.access import Viewer, visible_sessions
from library.accounts import one_time, people
from library.errors import NotFoundError
from library.holdings import passage_rows, passages
from library.holdings.passage_rows import FoundPassage
from library.models import (
    MentoringSession,
    PassageRemoval,
    Review,
    Rhythm,
    SavedSearch,
    SpeakerRelease,
    ToldMoment,
    UnsubscribeLink,
    now,
)
from library.searching import searches
from library.store import Transaction

EVERY = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
LINKS_FOR = timedelta(days=365)
NEAR = 5.0  # seconds between the beginnings of a passage and of the one whose place it took


@dataclass(frozen=True, kw_only=True)
class Due:
    """A saved search whose owner is to be told what is new."""

    search_id: int
    viewer: Viewer
    email: str
    name: str  # of its owner
    called: str
    question: str
    filters: dict[str, str]


def subscribe(db: Transaction, viewer: Viewer, search_id: int, rhythm: Rhythm) -> SavedSearch:
    """Say how often somebody is written to about a search of theirs; from now on, not before.

    Raises:
        NotFoundError: it is not among theirs.
    """
    kept = searches.get(db, viewer, search_id)
    if kept.rhythm is Rhythm.NEVER and rhythm is not Rhythm.NEVER:
        kept.told_at, kept.told_passage = now(), passages.stamp(db).passage_id
    kept.rhythm = rhythm
    db.flush()
    return kept


def due(db: Transaction) -> list[Due]:
    """The searches whose day has come, of people who can sign in and have an address."""
    found = []
    rows = db.scalars(select(SavedSearch).where(SavedSearch.rhythm != Rhythm.NEVER)).all()
    for search in rows:
        person = people.get(db, search.person_id)
        waits = search.told_at is not None and search.told_at + EVERY[search.rhythm] > now()
        if waits or not person.email or not people.may_sign_in(person):
            continue
        found.append(
            Due(
                search_id=search.id,
                viewer=people.viewer_of(person),
                email=person.email,
                name=person.name,
                called=search.name,
                question=search.question,
                filters=dict(search.filters),
            )
        )
    return found


@dataclass(frozen=True, kw_only=True)
class News:
    """What is new for a saved search, and the name of the one letter that tells it."""

    passages: Sequence[FoundPassage]
    key: str  # the same for the same passages since the same letter


def news(db: Transaction, wanted: Due, found_ids: Sequence[int]) -> News | None:
    """Those of the passages found that are new for whoever asks; None: they are not due any more.

    New is what came into the library, or what they could not see, since they were last told. A
    passage that only has a new number, because its transcript was corrected, is not.
    """
    search = db.get(SavedSearch, wanted.search_id)
    if search is None or search.rhythm is Rhythm.NEVER:
        return None
    waits = search.told_at is not None and search.told_at + EVERY[search.rhythm] > now()
    if waits:  # another process was faster
        return None
    since, last = search.told_at, search.told_passage
    here = passage_rows.by_ids(db, wanted.viewer, found_ids)
    opened = _opened(db, wanted.viewer, {p.session_id for p in here.values()}, since)
    new = []
    for number in found_ids:
        passage = here.get(number)
        if passage is None or _was_told(db, search.id, passage):
            continue
        fresh = passage.id > last and not _took_a_place(db, passage, last)
        if fresh or passage.session_id in opened:
            new.append(passage)
    numbers = sorted(passage.id for passage in new)
    told = sha256(f"{search.id} {since} {numbers}".encode()).hexdigest()
    return News(passages=new, key=f"search-{told[:32]}")


def told(db: Transaction, search_id: int, new: Sequence[FoundPassage]) -> None:
    """Note that somebody was told of these: the letter is on its way, or there was none to write.

    Whoever dies between the letter and this note sends the letter again, under its first name.
    """
    search = db.get(SavedSearch, search_id)
    if search is None:
        return
    for passage in new:
        _note(db, search.id, passage)
    search.told_at, search.told_passage = now(), passages.stamp(db).passage_id
    db.flush()


def link(db: Transaction, search_id: int) -> str:
    """The token of a new link that ends the letters; it works for a year."""
    token = secrets.token_urlsafe(24)
    old = UnsubscribeLink.created_at < now() - LINKS_FOR
    db.execute(delete(UnsubscribeLink).where(old))
    db.add(UnsubscribeLink(search_id=search_id, token_hash=one_time.token_digest(token)))
    db.flush()
    return token


def of_link(db: Transaction, token: str) -> SavedSearch:
    """The search that a link is about.

    Raises:
        NotFoundError: the link is too old, or never was.
    """
    found = db.scalar(
        select(SavedSearch)
        .join(UnsubscribeLink, UnsubscribeLink.search_id == SavedSearch.id)
        .where(
            UnsubscribeLink.token_hash == one_time.token_digest(token),
            UnsubscribeLink.created_at > now() - LINKS_FOR,
        )
    )
    if found is None:
        raise NotFoundError("This link is too old, or the search is removed: no letters come.")
    return found


def end(db: Transaction, token: str) -> None:
    """Let no more letters come about a search, whoever holds the link.

    Raises:
        NotFoundError: as `of_link`.
    """
    of_link(db, token).rhythm = Rhythm.NEVER
    db.flush()


def _opened(
    db: Transaction, viewer: Viewer, session_ids: Iterable[int], since: datetime | None
) -> set[int]:
    """Those of the sessions that others can find only since then."""
    if since is None:
        return set(session_ids)
    answered = select(SpeakerRelease.session_id).where(SpeakerRelease.answered_at > since)
    accepted = select(Review.session_id).where(Review.changed_at > since)
    rows = db.scalars(
        select(MentoringSession.id).where(
            MentoringSession.id.in_(set(session_ids)),
            visible_sessions(viewer),
            or_(
                MentoringSession.id.in_(answered),
                MentoringSession.id.in_(accepted),
                MentoringSession.embargo_until > since.date(),
            ),
        )
    )
    return set(rows)


def _took_a_place(db: Transaction, passage: FoundPassage, last: int) -> bool:
    """Whether words stood here before, under an older number."""
    before = select(PassageRemoval.id).where(
        PassageRemoval.source_id == passage.source_id, PassageRemoval.passage_id <= last
    )
    if passage.start is not None:
        before = before.where(func.abs(PassageRemoval.start - passage.start) < NEAR)
    else:
        before = before.where(PassageRemoval.first_segment == passage.first_segment)
    return db.scalar(before.limit(1)) is not None


def _span(passage: FoundPassage) -> tuple[float, float]:
    if passage.start is not None and passage.end is not None:
        return passage.start, passage.end
    return float(passage.first_segment), float(passage.last_segment) + 1


def _was_told(db: Transaction, search_id: int, passage: FoundPassage) -> bool:
    """Whether a letter has told of half of it already."""
    first, last = _span(passage)
    rows = db.scalars(
        select(ToldMoment).where(
            ToldMoment.search_id == search_id, ToldMoment.source_id == passage.source_id
        )
    )
    shared = sum(max(0.0, min(last, r.last) - max(first, r.first)) for r in rows)
    return shared >= (last - first) / 2


def _note(db: Transaction, search_id: int, passage: FoundPassage) -> None:
    first, last = _span(passage)
    row = ToldMoment(search_id=search_id, source_id=passage.source_id, first=first, last=last)
    db.merge(row)
    db.flush()
