"""Which person a typed name means. A name does not identify a person.

A name is taken for a person only where that is certain:

- the choice of a person by id, or of somebody else, decides;
- inside a session, a name that exactly one of its participants has means that participant;
- otherwise exactly one person whom the viewer knows has the name, and that person has an account
  or a part in one of the viewer's own sessions.

A name that no person known to the viewer has makes a new person. In every other case the viewer is
asked (`AmbiguousNameError`). People whom the viewer may not know of are neither offered nor taken,
and cost the same statements. People of the sample library never stand for real ones.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from library.access import Viewer, visible_sessions
from library.accounts.person_names import add_person, folded
from library.errors import ConflictError, InvalidInputError
from library.holdings import name_choices
from library.holdings.name_choices import NameQuestion
from library.holdings.sessions import has_part_in
from library.models import MentoringSession, Part, Person, PersonMerge
from library.store import Transaction


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """A participant as somebody names them, with their answer to the question who it is."""

    name: str
    part: Part = Part.MENTOR
    person_id: int | None = None
    somebody_else: bool = False  # a new person, whoever else has the name
    name_decides: bool = False  # whether an id that does not fit the name is left out


@dataclass(frozen=True, kw_only=True)
class KnownPeople:
    """People whom a viewer knows, of those who have certain names or ids."""

    by_name: Mapping[str, Sequence[Person]]  # by folded name
    by_id: Mapping[int, Person]
    own: Collection[int]  # ids of those who have a part in the viewer's own sessions
    here: Collection[int]  # ids of those who take part in the session that is described

    def meaning(self, name: str) -> "Meaning":
        """Return whom a name means, as far as it is certain."""
        people = self.by_name.get(folded(name), ())
        inside = [person for person in people if person.id in self.here]
        if len(inside) == 1:
            return Meaning(person=inside[0])
        if len(people) == 1 and (people[0].email is not None or people[0].id in self.own):
            return Meaning(person=people[0])
        return Meaning(choices=people)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a name means: one person, one of several to be chosen from, or a new person."""

    person: Person | None = None
    choices: Sequence[Person] = ()


class AmbiguousNameError(ConflictError):
    """Several people may be meant by a name; `questions` has the choices."""

    def __init__(self, questions: Sequence[NameQuestion]) -> None:
        names = ", ".join(f"“{question.name}”" for question in questions)
        super().__init__(
            f"The library knows {names} already, and cannot tell who is meant. Choose the person, "
            "or say that it is somebody else."
        )
        self.questions = questions


def participants(
    db: Transaction, viewer: Viewer, named: Iterable[NamedPerson], *, here: Collection[int] = ()
) -> list[tuple[int, Part]]:
    """Return the ids of the people who are named, with their parts; make those who are new.

    Args:
        db: the transaction.
        viewer: who names them.
        named: names; those that are blank are left out.
        here: ids of the people who take part in the session already.

    Raises:
        AmbiguousNameError: several people may be meant; no person was made.
        InvalidInputError: an id is not of a person whom *viewer* knows by that name.
    """
    wanted = [one for one in named if one.name.strip()]
    ids = [one.person_id for one in wanted if one.person_id is not None]
    known = known_people(db, viewer, [one.name for one in wanted], ids=ids, here=here)
    meant = [meaning_of(known, one) for one in wanted]
    asked = {
        folded(one.name): name_choices.question(db, viewer, one.name, found.choices)
        for one, found in zip(wanted, meant, strict=True)
        if found.choices
    }
    if asked:
        raise AmbiguousNameError(list(asked.values()))
    new: dict[str, Person] = {}
    people: list[tuple[int, Part]] = []
    for one, found in zip(wanted, meant, strict=True):
        person = found.person or (None if one.somebody_else else new.get(folded(one.name)))
        if person is None:
            person = add_person(db, one.name)
            new.setdefault(folded(one.name), person)
        people.append((person.id, one.part))
    return people


def known_people(
    db: Transaction,
    viewer: Viewer,
    names: Iterable[str],
    *,
    ids: Collection[int] = (),
    here: Collection[int] = (),
) -> KnownPeople:
    """Return the people whom *viewer* knows and who have one of *names* or *ids*.

    Those in *here* are known without further condition. A person who was merged into another one
    stands for that one. Takes two statements, whether there are such people or not.
    """
    wanted = {folded(name) for name in names}
    undone = (PersonMerge.gone_id == Person.id) & PersonMerge.undone_at.is_(None)
    rows = db.execute(
        select(Person.id, Person.name, PersonMerge.kept_id).outerjoin(PersonMerge, undone)
    ).all()
    merged = {row.id: row.kept_id for row in rows if row.kept_id is not None}
    keys = [(key, _last(merged, row.id)) for row in rows if (key := folded(row.name)) in wanted]
    asked = {*(person_id for _, person_id in keys), *(_last(merged, i) for i in ids)}
    query = select(Person, _has_part(viewer, own=True)).where(
        Person.id.in_(asked),
        or_(Person.email.is_not(None), ~Person.sample, Person.id.in_(list(here))),
        or_(Person.email.is_not(None), Person.id.in_(list(here)), _has_part(viewer)),
    )
    found = {person.id: (person, own) for person, own in db.execute(query)}
    by_name: dict[str, dict[int, Person]] = {}
    for key, person_id in keys:
        if person_id in found:
            by_name.setdefault(key, {})[person_id] = found[person_id][0]
    return KnownPeople(
        by_name={key: list(people.values()) for key, people in by_name.items()},
        by_id={person_id: person for person_id, (person, _) in found.items()},
        own={person_id for person_id, (_, own) in found.items() if own},
        here=here,
    )


def meaning_of(known: KnownPeople, one: NamedPerson) -> Meaning:
    """Return whom a name means, with the answer that came with it.

    Raises:
        InvalidInputError: the answer is not a known person of that name.
    """
    if one.somebody_else:
        return Meaning()
    if one.person_id is None:
        return known.meaning(one.name)
    person = known.by_id.get(one.person_id)
    if person is None or person not in known.by_name.get(folded(one.name), ()):
        if one.name_decides:
            return known.meaning(one.name)
        raise InvalidInputError(
            f"You know no person {one.person_id} called “{one.name}”. Leave the number out, and "
            "choose from the people who are offered."
        )
    return Meaning(person=person)


def _has_part(viewer: Viewer, *, own: bool = False) -> ColumnElement[bool]:
    """Return whether a `Person` has a part in a session that *viewer* sees, or owns."""
    sessions = select(MentoringSession.id).where(visible_sessions(viewer), has_part_in(Person.id))
    if own:
        sessions = sessions.where(
            MentoringSession.owner_id == viewer.person_id
            if viewer.person_id is not None
            else MentoringSession.owner_id.is_(None)
        )
    return sessions.exists()


def _last(merged: Mapping[int, int], person_id: int) -> int:
    """Return the person whom a person was merged into, over any number of merges."""
    while person_id in merged:
        person_id = merged[person_id]
    return person_id
