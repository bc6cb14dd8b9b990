"""What waits for a person: answers, decisions and repairs that only they can give.

One statement finds it, so that every page can show the number. What only administrators look
after (people who ask for an account, failed recordings of others) is counted in a second one.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
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

from library.access import Viewer, visible_sessions
from library.consent import reviews
from library.consent.asked import unanswered
from library.consent.release import OPEN
from library.consent.standings import REFUSALS
from library.curating.review_desk import GUIDES
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
    SpeakerRelease,
    State,
)
from library.store import Transaction, unchanged


class Kind(enum.StrEnum):
    """What waits."""

    CONSENT = "consent"  # an answer that was never given
    CONSENT_AGAIN = "consent-again"  # one that does not cover what the session is now
    TOLD = "told"  # others find a session without their answer: only its mentors were asked
    REFUSED = "refused"  # somebody else keeps closed a session that they look after
    SPEAKERS = "speakers"  # a session of theirs waits for the names of its speakers
    PROPOSAL = "proposal"  # somebody wants something left out of a session: they decide
    DECIDED = "decided"  # what became of their own proposal, until they looked
    WORK = "work"  # a reviewer asks for it
    FAILED = "failed"  # a recording or note of theirs could not be taken in
    REVIEW = "review"  # a session was given to them to review
    JOINING = "joining"  # people who ask for an account
    SOURCES = "sources"  # failed recordings and notes of others


class Desk(enum.StrEnum):
    """Where in the site something is done."""

    MINE = "mine"
    CURATION = "curation"
    ADMINISTRATION = "administration"


DESKS = {
    Kind.REVIEW: Desk.CURATION,
    Kind.JOINING: Desk.ADMINISTRATION,
    Kind.SOURCES: Desk.ADMINISTRATION,
}
"""The desk of each kind; every other one is at `MINE`."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One thing that waits for somebody."""

    kind: Kind
    session_id: int | None = None
    title: str = ""  # of the session
    count: int = 1
    mark: str = ""  # another one each time that it begins to wait

    @property
    def desk(self) -> Desk:
        """Where it is done."""
        return DESKS.get(self.kind, Desk.MINE)

    @property
    def key(self) -> str:
        """Its name, by which somebody is told of it once."""
        return f"{self.kind}:{self.session_id or ''}:{self.mark}"


def waits_for(db: Transaction, viewer: Viewer) -> Sequence[Waiting]:
    """What waits for *viewer*, by desk, the newest session first.

    Remembered until somebody writes into the library.
    """
    if viewer.person_id is None:
        return ()
    return unchanged(db, ("waiting", viewer), lambda: _found(db, viewer))


def candidates(db: Transaction) -> set[tuple[int, str]]:
    """Who may have something waiting (person id), and its key; not yet whether they see it."""
    found: set[tuple[int, str]] = set()
    for row in db.execute(union_all(*(part for part, _ in _parts()))):
        if row.person_id is not None:
            found.add((row.person_id, _waiting(row).key))
    return found


def counted(found: Sequence[Waiting]) -> dict[Desk, int]:
    """How much waits at each desk."""
    return {desk: sum(one.count for one in found if one.desk is desk) for desk in Desk}


def _found(db: Transaction, viewer: Viewer) -> Sequence[Waiting]:
    parts = [
        part.where(person == viewer.person_id, visible_sessions(viewer))
        for part, person in _parts()
    ]
    own = [_waiting(row) for row in db.execute(union_all(*parts))]
    own.sort(key=lambda one: (list(Desk).index(one.desk), -(one.session_id or 0)))
    return (*own, *_for_administrators(db, viewer))


def _waiting(row: Any) -> Waiting:
    return Waiting(
        kind=Kind(row.kind), session_id=row.session_id, title=row.title, mark=row.mark or ""
    )


Part = tuple[Select[Any], SQLColumnExpression[Any]]
"""One kind of thing that waits, and whom it waits for."""


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
        (SpeakerRelease.answered_at.is_(None), Kind.CONSENT.value),
        else_=Kind.CONSENT_AGAIN.value,
    )
    person = SpeakerRelease.person_id
    mark = func.coalesce(SpeakerRelease.answered_at, SpeakerRelease.asked_at)
    found = _columns(kind, person, mark).join(
        SpeakerRelease, SpeakerRelease.session_id == MentoringSession.id
    )
    return found.where(unanswered()), person


def _refused() -> list[Part]:
    def found(person: SQLColumnExpression[Any]) -> Select[Any]:
        refusal = _newest_refusal_beside(person)
        return _columns(Kind.REFUSED, person, refusal).where(
            MentoringSession.release == Release.REFUSED, refusal.is_not(None)
        )

    return _of_who_decides(found)


def _of_who_decides(found: Callable[[SQLColumnExpression[Any]], Select[Any]]) -> list[Part]:
    """What waits for the owner of a session; for every administrator where it has none."""
    owner, boss = MentoringSession.owner_id, Person.id
    orphaned = found(boss).join(Person, Person.role == Role.ADMIN).where(owner.is_(None))
    return [(found(owner), owner), (orphaned, boss)]


def _newest_refusal_beside(person: SQLColumnExpression[Any]) -> ScalarSelect[Any]:
    """When somebody else than *person* refused a session, or took their release back."""
    return (
        select(func.max(SpeakerRelease.answered_at))
        .where(
            SpeakerRelease.session_id == MentoringSession.id,
            SpeakerRelease.state.in_(REFUSALS),
            SpeakerRelease.person_id != person,
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

    return _of_who_decides(found)


def _decided() -> Part:
    person = CutProposal.person_id
    found = _columns(Kind.DECIDED, person, func.max(CutProposal.decided_at)).join(
        CutProposal, CutProposal.session_id == MentoringSession.id
    )
    news = CutProposal.state.in_([ProposalState.ACCEPTED, ProposalState.REFUSED])
    unseen = CutProposal.seen_at.is_(None)
    return found.where(news, unseen).group_by(MentoringSession.id, person), person


def _work() -> list[Part]:
    """Work that a reviewer asks for: of the owner, and of the mentors who took part."""
    asked = Review.state == ReviewState.NEEDS_WORK
    owner, guide = MentoringSession.owner_id, Participant.person_id
    owned = _columns(Kind.WORK, owner, Review.changed_at).join(
        Review, Review.session_id == MentoringSession.id
    )
    guided = (
        _columns(Kind.WORK, guide, Review.changed_at)
        .join(Review, Review.session_id == MentoringSession.id)
        .join(Participant, Participant.session_id == MentoringSession.id)
    )
    others = Participant.part.in_(GUIDES) & guide.is_distinct_from(owner)
    return [(owned.where(asked), owner), (guided.where(asked, others), guide)]


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
    waits = Review.state.in_(reviews.UNFINISHED) & (MentoringSession.release == Release.REVIEW)
    return found.where(waits), Review.reviewer_id


def _for_administrators(db: Transaction, viewer: Viewer) -> list[Waiting]:
    """Who asks for an account, and what of others failed; for nobody else."""
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
            found.append(Waiting(kind=kind, count=count, mark=str(newest)))
    return found
