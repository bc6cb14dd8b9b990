"""Facts that distinguish people with the same name, limited to what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from library.access import Viewer, collections_of
from library.accounts import profiles
from library.models import Collection, CollectionMember, CollectionRole, Person
from library.sessions import sessions
from library.store import Transaction
from library.translation import gettext

SHOWN = 2  # maximum number of sessions, and of collections, shown for each person
LONGEST_ABOUT = 80  # characters


SOMEBODY_ELSE = "new"
"""Value of `person_id` for a person who is not in the library yet."""


@dataclass(frozen=True, kw_only=True)
class NameChoice:
    """Person whom a name may mean."""

    person_id: int
    name: str
    facts: Sequence[str]  # facts that distinguish the person from the others

    @property
    def told_by(self) -> str:
        """Facts that distinguish the person, as one line of text."""
        return "; ".join(self.facts)


@dataclass(frozen=True, kw_only=True)
class NameQuestion:
    """Ambiguous name with the people whom it may mean."""

    name: str
    choices: Sequence[NameChoice]


def question(db: Transaction, viewer: Viewer, name: str, people: Sequence[Person]) -> NameQuestion:
    """Return a name with the people whom it may mean, for *viewer* to choose from.

    Administrators see e-mail addresses. Other viewers see a masked address, and only if the other
    facts of two people are equal.
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
    """Mask an e-mail address, except the domain and the outer characters of the mailbox."""
    mailbox, _, domain = address.partition("@")
    return f"{mailbox[:1]}…{mailbox[-1:]}@{domain}"


def _facts(db: Transaction, viewer: Viewer, person: Person) -> list[str]:
    """Return facts about a person that *viewer* may see, the most distinctive fact first."""
    facts = [gettext("you")] if viewer.person_id == person.id else []
    if person.email is None:
        facts.append(gettext("has no account"))
    else:
        facts.append(
            gettext(
                "%(role)s, account since %(day)s",
                role=gettext(person.role.value),
                day=f"{person.created_at:%-d %B %Y}",
            )
        )
    if profiles.is_shown(viewer, person) and person.about:
        facts.append(" ".join(person.about.split())[:LONGEST_ABOUT])
    shared = _shared_collections(db, viewer, person.id)
    if shared:
        facts.append(gettext("in your collections %(titles)s", titles=_listed(shared)))
    recent = sessions.visible(db, viewer, person_id=person.id, limit=SHOWN)
    if recent:
        titles = _listed([session.title for session in recent])
        facts.append(gettext("took part in %(titles)s", titles=titles))
    return facts


def _listed(titles: Sequence[str]) -> str:
    """Return one or two titles in quotation marks."""
    quoted = [f"“{title}”" for title in titles]
    if len(quoted) == SHOWN:
        return gettext("%(first)s and %(second)s", first=quoted[0], second=quoted[1])
    return ", ".join(quoted)


def _shared_collections(db: Transaction, viewer: Viewer, person_id: int) -> Sequence[str]:
    """Return titles of collections of which both *viewer* and the person are members."""
    if viewer.person_id in {None, person_id}:
        return []
    theirs = select(CollectionMember.collection_id).where(CollectionMember.person_id == person_id)
    query = select(Collection.title).where(
        Collection.id.in_(theirs), Collection.id.in_(collections_of(viewer, CollectionRole.VIEWER))
    )
    return db.scalars(query.order_by(Collection.title).limit(SHOWN)).all()
