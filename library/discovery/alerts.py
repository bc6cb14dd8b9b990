"""E-mail alerts about saved searches: frequency, new results, and links to unsubscribe."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, or_, select

from library.access import Viewer, visible_sessions
from library.accounts import one_time_links, people
from library.discovery import saved_searches
from library.errors import NotFoundError
from library.models import (
    AlertedRange,
    AlertFrequency,
    MentoringSession,
    PassageRemoval,
    Review,
    SavedSearch,
    SpeakerConsent,
    UnsubscribeLink,
    now,
)
from library.sessions import passage_queries, passages
from library.sessions.passage_queries import FoundPassage
from library.store import Transaction

EVERY = {AlertFrequency.DAILY: timedelta(days=1), AlertFrequency.WEEKLY: timedelta(days=7)}
LINKS_FOR = timedelta(days=365)
NEAR = 5.0  # most seconds between the starts of a passage and of its older version


@dataclass(frozen=True, kw_only=True)
class DueAlert:
    """Saved search whose alert is due."""

    search_id: int
    viewer: Viewer
    email: str
    name: str  # name of the owner
    called: str
    question: str
    filters: dict[str, str]


def subscribe(
    db: Transaction, viewer: Viewer, search_id: int, rhythm: AlertFrequency
) -> SavedSearch:
    """Set how often the owner of a saved search gets an alert.

    Results that existed before the alerts were switched on are not reported.

    Raises:
        NotFoundError: *viewer* has no saved search with this id.
    """
    search = saved_searches.get(db, viewer, search_id)
    if search.rhythm is AlertFrequency.NEVER and rhythm is not AlertFrequency.NEVER:
        search.told_at, search.told_passage = now(), passages.stamp(db).passage_id
    search.rhythm = rhythm
    db.flush()
    return search


def due(db: Transaction) -> list[DueAlert]:
    """Return the saved searches whose alert is due and whose owner has an active account."""
    found = []
    rows = db.scalars(select(SavedSearch).where(SavedSearch.rhythm != AlertFrequency.NEVER)).all()
    for search in rows:
        person = people.get(db, search.person_id)
        is_early = search.told_at is not None and search.told_at + EVERY[search.rhythm] > now()
        if is_early or not person.email or not people.may_sign_in(person):
            continue
        found.append(
            DueAlert(
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
class AlertContent:
    """New passages for a saved search, and the key of the e-mail about them.

    The e-mail gets the key as its Message-ID, so that mail programs recognise a repeated e-mail.
    """

    passages: Sequence[FoundPassage]
    key: str  # equal if the passages and the time of the last alert are equal


def news(db: Transaction, wanted: DueAlert, found_ids: Sequence[int]) -> AlertContent | None:
    """Return found passages that are new for the owner of the search; None if no alert is due.

    A passage is new if it was added, or became visible to the owner, after the last alert. A
    passage that gets a new id by a correction of the transcript is not new.
    """
    search = db.get(SavedSearch, wanted.search_id)
    if search is None or search.rhythm is AlertFrequency.NEVER:
        return None
    is_early = search.told_at is not None and search.told_at + EVERY[search.rhythm] > now()
    if is_early:  # another process has sent the alert
        return None
    since, last = search.told_at, search.told_passage
    here = passage_queries.by_ids(db, wanted.viewer, found_ids)
    now_visible = _opened(db, wanted.viewer, {p.session_id for p in here.values()}, since)
    new = []
    for number in found_ids:
        passage = here.get(number)
        if passage is None or _was_reported(db, search.id, passage):
            continue
        fresh = passage.id > last and not _replaces_older(db, passage, last)
        if fresh or passage.session_id in now_visible:
            new.append(passage)
    numbers = sorted(passage.id for passage in new)
    digest = sha256(f"{search.id} {since} {numbers}".encode()).hexdigest()
    return AlertContent(passages=new, key=f"search-{digest[:32]}")


def record_sent(db: Transaction, search_id: int, new: Sequence[FoundPassage]) -> None:
    """Record that the alert about these passages was sent.

    Call this after the e-mail was sent, or if there are no new passages. After a crash between the
    sending and this call, the e-mail is sent again with the same key.
    """
    search = db.get(SavedSearch, search_id)
    if search is None:
        return
    for passage in new:
        _note(db, search.id, passage)
    search.told_at, search.told_passage = now(), passages.stamp(db).passage_id
    db.flush()


def link(db: Transaction, search_id: int) -> str:
    """Return the token of a new unsubscribe link of a saved search. It is valid for one year."""
    token = secrets.token_urlsafe(24)
    old = UnsubscribeLink.created_at < now() - LINKS_FOR
    db.execute(delete(UnsubscribeLink).where(old))
    db.add(UnsubscribeLink(search_id=search_id, token_hash=one_time_links.token_digest(token)))
    db.flush()
    return token


def search_of_link(db: Transaction, token: str) -> SavedSearch:
    """Return the saved search of an unsubscribe link.

    Raises:
        NotFoundError: the link has expired or does not exist.
    """
    found = db.scalar(
        select(SavedSearch)
        .join(UnsubscribeLink, UnsubscribeLink.search_id == SavedSearch.id)
        .where(
            UnsubscribeLink.token_hash == one_time_links.token_digest(token),
            UnsubscribeLink.created_at > now() - LINKS_FOR,
        )
    )
    if found is None:
        raise NotFoundError(
            "This link has expired, or the search was deleted. If you still get e-mails about "
            "this search, use the link in the newest e-mail."
        )
    return found


def end(db: Transaction, token: str) -> None:
    """End the alerts of the saved search of an unsubscribe link. No sign-in is needed.

    Raises:
        NotFoundError: the link has expired or does not exist.
    """
    search_of_link(db, token).rhythm = AlertFrequency.NEVER
    db.flush()


def _opened(
    db: Transaction, viewer: Viewer, session_ids: Iterable[int], since: datetime | None
) -> set[int]:
    """Return the ids of sessions that may have become visible to *viewer* after *since*.

    A consent answer, a review decision or the end of the embargo was after *since*. If *since* is
    None, all *session_ids* are returned.
    """
    if since is None:
        return set(session_ids)
    answered = select(SpeakerConsent.session_id).where(SpeakerConsent.answered_at > since)
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


def _replaces_older(db: Transaction, passage: FoundPassage, last: int) -> bool:
    """Return whether a correction replaced an older passage by *passage*.

    The older passage had an id up to *last* and was at the same position of the source.
    """
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


def _was_reported(db: Transaction, search_id: int, passage: FoundPassage) -> bool:
    """Return whether earlier alerts reported at least half of the range of a passage."""
    first, last = _span(passage)
    rows = db.scalars(
        select(AlertedRange).where(
            AlertedRange.search_id == search_id, AlertedRange.source_id == passage.source_id
        )
    )
    shared = sum(max(0.0, min(last, r.last) - max(first, r.first)) for r in rows)
    return shared >= (last - first) / 2


def _note(db: Transaction, search_id: int, passage: FoundPassage) -> None:
    first, last = _span(passage)
    row = AlertedRange(search_id=search_id, source_id=passage.source_id, first=first, last=last)
    db.merge(row)
    db.flush()
