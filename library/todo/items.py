"""Tasks that wait for a person: answers, decisions and repairs.

One SQL statement finds the tasks of a person, fast enough to show their number on every page. For
administrators, further statements count account requests and other people's failed sources.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import String as Text

from library.access import VIEWERS, Viewer, today, visible_sessions
from library.consent import review_gate
from library.consent.release import OPEN
from library.consent.release_status import REFUSALS
from library.consent.requests import unanswered
from library.curation.review import GUIDES
from library.models import (
    CutProposal,
    JoinRequest,
    MentoringSession,
    Participant,
    Person,
    ProposalState,
    Release,
    Review,
    ReviewState,
    Role,
    Source,
    SpeakerConsent,
    State,
)
from library.store import Transaction, unchanged


class Kind(enum.StrEnum):
    """Kind of a task."""

    CONSENT = "consent"  # the person has not answered a consent request yet
    CONSENT_AGAIN = "consent-again"  # the person's answer no longer covers the session
    TOLD = "told"  # a session is released without the person's answer: only mentors were asked
    REFUSED = "refused"  # a speaker of the person's own session refused or withdrew consent
    SPEAKERS = "speakers"  # the person's own session waits for names of speakers
    PROPOSAL = "proposal"  # a person proposed a redaction; the owner decides
    DECIDED = "decided"  # the person has not seen the decision on their own proposal
    WORK = "work"  # a reviewer asks for changes
    FAILED = "failed"  # a recording or note of the person could not be processed
    REVIEW = "review"  # a session is assigned to the person for review
    JOINING = "joining"  # people who ask for an account
    SOURCES = "sources"  # recordings and notes of others that could not be processed


class TaskPage(enum.StrEnum):
    """Page of the site where a task is done."""

    MINE = "mine"
    CURATION = "curation"
    ADMINISTRATION = "administration"


DESKS = {
    Kind.REVIEW: TaskPage.CURATION,
    Kind.JOINING: TaskPage.ADMINISTRATION,
    Kind.SOURCES: TaskPage.ADMINISTRATION,
}
"""Pages of some kinds of tasks. Tasks of all other kinds are on `MINE`."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Task that waits for a person."""

    kind: Kind
    session_id: int | None = None
    title: str = ""  # of the session
    count: int = 1
    mark: str = ""  # differs each time that the task appears again

    @property
    def desk(self) -> TaskPage:
        """Page where the task is done."""
        return DESKS.get(self.kind, TaskPage.MINE)

    @property
    def key(self) -> str:
        """Identifier of the task, so that each person is notified of it once."""
        return f"{self.kind}:{self.session_id or ''}:{self.mark}"


def tasks_of(db: Transaction, viewer: Viewer) -> Sequence[Task]:
    """Return the tasks of *viewer*, sorted by page, then by session, newest first.

    The result is cached until the next write to the library.
    """
    if viewer.person_id is None:
        return ()
    return unchanged(db, ("waiting", viewer), lambda: _found(db, viewer))


def candidates(db: Transaction) -> set[tuple[int, str]]:
    """Return (person id, task key) of all people's possible tasks, without a visibility check."""
    found: set[tuple[int, str]] = set()
    for row in db.execute(union_all(*(part for part, _ in _parts()))):
        if row.person_id is not None:
            found.add((row.person_id, _waiting(row).key))
    return found


def counted(found: Sequence[Task]) -> dict[TaskPage, int]:
    """Return the number of tasks for each page."""
    return {desk: sum(one.count for one in found if one.desk is desk) for desk in TaskPage}


def _found(db: Transaction, viewer: Viewer) -> Sequence[Task]:
    own = [_waiting(row) for row in db.execute(_tasks_query(viewer, today()))]
    own.sort(key=lambda one: (list(TaskPage).index(one.desk), -(one.session_id or 0)))
    return (*own, *_for_administrators(db, viewer))


@lru_cache(maxsize=VIEWERS)
def _tasks_query(viewer: Viewer, _day: date) -> CompoundSelect[Any]:
    """Return the query for the tasks of *viewer*, cached for a day. Building it is slow."""
    return union_all(
        *(
            part.where(person == viewer.person_id, visible_sessions(viewer))
            for part, person in _parts()
        )
    )


def _waiting(row: Any) -> Task:
    return Task(
        kind=Kind(row.kind), session_id=row.session_id, title=row.title, mark=row.mark or ""
    )


Part = tuple[Select[Any], SQLColumnExpression[Any]]
"""Query for one kind of task, and the column with the person who has the task."""


def _parts() -> list[Part]:
    return [
        _consent(),
        *_refused(),
        *_proposal(),
        _decided(),
        _speakers(),
        *_work(),
        _failed(),
        _review(),
    ]


def _columns(
    kind: SQLColumnExpression[Any] | Kind,
    person: SQLColumnExpression[Any],
    mark: SQLColumnExpression[Any] | None,
) -> Select[Any]:
    shown = literal(kind.value) if isinstance(kind, Kind) else kind
    return select(
        shown.label("kind"),
        person.label("person_id"),
        MentoringSession.id.label("session_id"),
        MentoringSession.title.label("title"),
        cast(mark, Text).label("mark"),
    ).select_from(MentoringSession)


def _consent() -> Part:
    kind = case(
        (MentoringSession.release.in_(OPEN), Kind.TOLD.value),
        (SpeakerConsent.answered_at.is_(None), Kind.CONSENT.value),
        else_=Kind.CONSENT_AGAIN.value,
    )
    person = SpeakerConsent.person_id
    mark = func.coalesce(SpeakerConsent.answered_at, SpeakerConsent.asked_at)
    found = _columns(kind, person, mark).join(
        SpeakerConsent, SpeakerConsent.session_id == MentoringSession.id
    )
    return found.where(unanswered()), person


def _refused() -> list[Part]:
    def found(person: SQLColumnExpression[Any]) -> Select[Any]:
        refusal = _newest_refusal_beside(person)
        return _columns(Kind.REFUSED, person, refusal).where(
            MentoringSession.release == Release.REFUSED, refusal.is_not(None)
        )

    return _for_owner_or_admins(found)


def _for_owner_or_admins(found: Callable[[SQLColumnExpression[Any]], Select[Any]]) -> list[Part]:
    """Return queries for owners' tasks, and for administrators' tasks in sessions without owner.

    *found* makes such a query from the column with the id of the person.
    """
    owner, administrator = MentoringSession.owner_id, Person.id
    orphaned = found(administrator).join(Person, Person.role == Role.ADMIN).where(owner.is_(None))
    return [(found(owner), owner), (orphaned, administrator)]


def _newest_refusal_beside(person: SQLColumnExpression[Any]) -> ScalarSelect[Any]:
    """Select the time of the newest refusal or withdrawal by a person other than *person*.

    Only answers about the session of the outer query are compared.
    """
    return (
        select(func.max(SpeakerConsent.answered_at))
        .where(
            SpeakerConsent.session_id == MentoringSession.id,
            SpeakerConsent.state.in_(REFUSALS),
            SpeakerConsent.person_id != person,
        )
        .correlate(MentoringSession, Person)
        .scalar_subquery()
    )


def _speakers() -> Part:
    found = _columns(Kind.SPEAKERS, MentoringSession.owner_id, literal(""))
    waits = MentoringSession.held & (MentoringSession.release == Release.WAITING)
    return found.where(waits), MentoringSession.owner_id


def _proposal() -> list[Part]:
    def found(person: SQLColumnExpression[Any]) -> Select[Any]:
        return (
            _columns(Kind.PROPOSAL, person, func.max(CutProposal.id))
            .join(CutProposal, CutProposal.session_id == MentoringSession.id)
            .where(CutProposal.state == ProposalState.OPEN)
            .group_by(MentoringSession.id, person)
        )

    return _for_owner_or_admins(found)


def _decided() -> Part:
    person = CutProposal.person_id
    found = _columns(Kind.DECIDED, person, func.max(CutProposal.decided_at)).join(
        CutProposal, CutProposal.session_id == MentoringSession.id
    )
    news = CutProposal.state.in_([ProposalState.ACCEPTED, ProposalState.REFUSED])
    unseen = CutProposal.seen_at.is_(None)
    return found.where(news, unseen).group_by(MentoringSession.id, person), person


def _work() -> list[Part]:
    """Select work that a reviewer requested from the owner and the mentors of a session."""
    needs_work = Review.state == ReviewState.NEEDS_WORK
    owner, mentor = MentoringSession.owner_id, Participant.person_id
    for_owner = _columns(Kind.WORK, owner, Review.changed_at).join(
        Review, Review.session_id == MentoringSession.id
    )
    for_mentors = (
        _columns(Kind.WORK, mentor, Review.changed_at)
        .join(Review, Review.session_id == MentoringSession.id)
        .join(Participant, Participant.session_id == MentoringSession.id)
    )
    others = Participant.part.in_(GUIDES) & mentor.is_distinct_from(owner)
    return [(for_owner.where(needs_work), owner), (for_mentors.where(needs_work, others), mentor)]


def _failed() -> Part:
    newest = func.max(Source.id)
    found = _columns(Kind.FAILED, MentoringSession.owner_id, newest).join(
        Source, Source.session_id == MentoringSession.id
    )
    return found.where(Source.state == State.FAILED).group_by(
        MentoringSession.id
    ), MentoringSession.owner_id


def _review() -> Part:
    found = _columns(Kind.REVIEW, Review.reviewer_id, Review.changed_at).join(
        Review, Review.session_id == MentoringSession.id
    )
    waits = Review.state.in_(review_gate.UNFINISHED) & (MentoringSession.release == Release.REVIEW)
    return found.where(waits), Review.reviewer_id


def _for_administrators(db: Transaction, viewer: Viewer) -> list[Task]:
    """Return account requests and failed sources, for administrators only."""
    if not viewer.is_admin:
        return []
    failed = (
        select(func.count(Source.id), func.max(Source.id))
        .join(MentoringSession, MentoringSession.id == Source.session_id)
        .where(
            Source.state == State.FAILED,
            MentoringSession.owner_id.is_distinct_from(viewer.person_id),
            visible_sessions(viewer),
        )
    )
    asking = select(func.count(JoinRequest.id), func.max(JoinRequest.id))
    found = []
    for kind, query in ((Kind.JOINING, asking), (Kind.SOURCES, failed)):
        count, newest = db.execute(query).one()
        if count:
            found.append(Task(kind=kind, count=count, mark=str(newest)))
    return found
