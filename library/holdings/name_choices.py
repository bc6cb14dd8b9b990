"""What tells people of one name apart, as far as the viewer may know it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from library.access import Viewer, collections_of
from library.accounts import profiles
from library.holdings import sessions
from library.models import Collection, CollectionMember, CollectionRole, Person
from library.store import Transaction

SHOWN = 2  # sessions, and collections, of each person
LONGEST_ABOUT = 80  # characters


@dataclass(frozen=True, kw_only=True)
class NameChoice:
    """One of the people who may be meant by a name."""

    person_id: int
    name: str
    facts: Sequence[str]  # what tells them from the others

    @property
    def told_by(self) -> str:
        """The facts as one line."""
        return "; ".join(self.facts)


@dataclass(frozen=True, kw_only=True)
class NameQuestion:
    """A name that several people may be meant by, with those people."""

    name: str
    choices: Sequence[NameChoice]


def question(db: Transaction, viewer: Viewer, name: str, people: Sequence[Person]) -> NameQuestion:
    """Return the question which of *people*, all known to *viewer*, is meant by *name*.

    Administrators read addresses. Other viewers read a masked address, and only where nothing
    else tells two of them apart.
    """
    facts = [_facts(db, viewer, person) for person in people]
    choices = []
    for person, known in zip(people, facts, strict=True):
        address = person.email or ""
        if address and viewer.is_admin:
            known = [*known, address]  # noqa: PLW2901 (the same facts and one more)
        elif address and facts.count(known) > 1:
            known = [*known, masked(address)]  # noqa: PLW2901
        choices.append(NameChoice(person_id=person.id, name=person.name, facts=known))
    return NameQuestion(name=" ".join(name.split()), choices=choices)


def masked(address: str) -> str:
    """Return an e-mail address of which only the ends of the mailbox, and the domain, are shown."""
    mailbox, _, domain = address.partition("@")
    return f"{mailbox[:1]}…{mailbox[-1:]}@{domain}"


def _facts(db: Transaction, viewer: Viewer, person: Person) -> list[str]:
    """What *viewer* may know of a person, most telling first."""
    facts = ["you"] if viewer.person_id == person.id else []
    if person.email is None:
        facts.append("has no account")
    else:
        facts.append(f"{person.role.value}, account since {person.created_at:%-d %B %Y}")
    if profiles.is_shown(viewer, person) and person.about:
        facts.append(" ".join(person.about.split())[:LONGEST_ABOUT])
    shared = _shared_collections(db, viewer, person.id)
    if shared:
        facts.append("in your collections " + " and ".join(f"“{title}”" for title in shared))
    seen = sessions.visible(db, viewer, person_id=person.id, limit=SHOWN)
    if seen:
        facts.append("took part in " + " and ".join(f"“{session.title}”" for session in seen))
    return facts


def _shared_collections(db: Transaction, viewer: Viewer, person_id: int) -> Sequence[str]:
    """Titles of collections of which *viewer* and another person are members."""
    if viewer.person_id in {None, person_id}:
        return []
    theirs = select(CollectionMember.collection_id).where(CollectionMember.person_id == person_id)
    query = select(Collection.title).where(
        Collection.id.in_(theirs), Collection.id.in_(collections_of(viewer, CollectionRole.VIEWER))
    )
    return db.scalars(query.order_by(Collection.title).limit(SHOWN)).all()
