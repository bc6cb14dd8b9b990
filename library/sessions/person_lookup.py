"""Lookup of the person whom a typed name means. A name does not identify a person.

A name is matched to a person only in these cases:

- the viewer chose a person by id, or chose to add a new person;
- exactly one participant of the session has the name;
- exactly one person known to the viewer has the name, and that person has an account or a part in
  one of the viewer's own sessions.

If no person known to the viewer has the name, a new person is added. In all other cases the viewer
is asked (`AmbiguousNameError`). People unknown to the viewer are neither offered nor matched. The
same SQL statements run with and without such people. People of the sample library are never matched
to real people.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from library.access import Viewer, visible_sessions
from library.accounts.names import add_person, folded
from library.errors import ConflictError, InvalidInputError
from library.models import MentoringSession, ParticipantRole, Person, PersonMerge
from library.sessions import name_choices
from library.sessions.name_choices import NameQuestion
from library.sessions.sessions import has_part_in
from library.store import Transaction
from library.translation import mark


@dataclass(frozen=True, kw_only=True)
class NamedPerson:
    """Typed name of a participant, with the chosen person, if any."""

    name: str
    part: ParticipantRole = ParticipantRole.MENTOR
    person_id: int | None = None
    somebody_else: bool = False  # add a new person, even if others have the name
    name_decides: bool = False  # whether an id that does not match the name is ignored


@dataclass(frozen=True, kw_only=True)
class KnownPeople:
    """People whom a viewer knows, restricted to certain names or ids."""

    by_name: Mapping[str, Sequence[Person]]  # by folded name
    by_id: Mapping[int, Person]
    own: Collection[int]  # ids of people with a part in the viewer's own sessions
    here: Collection[int]  # ids of participants of the described session

    def meaning(self, name: str) -> "Meaning":
        """Return the person whom a name means, or the choices if that is not certain."""
        people = self.by_name.get(folded(name), ())
        inside = [person for person in people if person.id in self.here]
        if len(inside) == 1:
            return Meaning(person=inside[0])
        if len(people) == 1 and (people[0].email is not None or people[0].id in self.own):
            return Meaning(person=people[0])
        return Meaning(choices=people)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Result of a name lookup: one person, several choices, or a new person."""

    person: Person | None = None
    choices: Sequence[Person] = ()


class AmbiguousNameError(ConflictError):
    """Error for a name that may mean several people; `questions` has the choices."""

    def __init__(self, questions: Sequence[NameQuestion]) -> None:
        names = ", ".join(f"“{question.name}”" for question in questions)
        super().__init__(
            mark(
                "The library has people called %(names)s already. Choose the person, or add a new "
                "one."
            ),
            names=names,
        )
        self.questions = questions


def participants(
    db: Transaction, viewer: Viewer, named: Iterable[NamedPerson], *, here: Collection[int] = ()
) -> list[tuple[int, ParticipantRole]]:
    """Return (person id, part) of each named participant. Add people who are new.

    Args:
        db: open write transaction.
        viewer: person who enters the names.
        named: names; blank names are left out.
        here: ids of people who take part in the session already.

    Raises:
        AmbiguousNameError: a name may mean several people; no person was added.
        InvalidInputError: an id does not belong to a person of that name known to *viewer*.
    """
    entries = [one for one in named if one.name.strip()]
    ids = [one.person_id for one in entries if one.person_id is not None]
    known = known_people(db, viewer, [one.name for one in entries], ids=ids, here=here)
    meant = [meaning_of(known, one) for one in entries]
    questions = {
        folded(one.name): name_choices.question(db, viewer, one.name, found.choices)
        for one, found in zip(entries, meant, strict=True)
        if found.choices
    }
    if questions:
        raise AmbiguousNameError(list(questions.values()))
    new: dict[str, Person] = {}
    people: list[tuple[int, ParticipantRole]] = []
    for one, found in zip(entries, meant, strict=True):
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

    People in *here* are always known. A merged person is replaced by the remaining person. The same
    two SQL statements run in every case, so that the time does not reveal hidden people.
    """
    folded_names = {folded(name) for name in names}
    undone = (PersonMerge.gone_id == Person.id) & PersonMerge.undone_at.is_(None)
    rows = db.execute(
        select(Person.id, Person.name, PersonMerge.kept_id).outerjoin(PersonMerge, undone)
    ).all()
    merged = {row.id: row.kept_id for row in rows if row.kept_id is not None}
    keys = [
        (key, _last(merged, row.id)) for row in rows if (key := folded(row.name)) in folded_names
    ]
    person_ids = {*(person_id for _, person_id in keys), *(_last(merged, i) for i in ids)}
    query = select(Person, _has_part(viewer, own=True)).where(
        Person.id.in_(person_ids),
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
    """Return the person whom a typed name means, or the person who was chosen by id.

    Raises:
        InvalidInputError: the chosen id is not a known person of that name.
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
            "Person %(number)s called “%(name)s” was not found. Leave the number out, and "
            "choose one of the people who are offered.",
            number=one.person_id,
            name=one.name,
        )
    return Meaning(person=person)


def _has_part(viewer: Viewer, *, own: bool = False) -> ColumnElement[bool]:
    """Return the SQL condition for people with a part in a session that *viewer* may see.

    If *own*, the session must also belong to *viewer*.
    """
    sessions = select(MentoringSession.id).where(visible_sessions(viewer), has_part_in(Person.id))
    if own:
        sessions = sessions.where(
            MentoringSession.owner_id == viewer.person_id
            if viewer.person_id is not None
            else MentoringSession.owner_id.is_(None)
        )
    return sessions.exists()


def _last(merged: Mapping[int, int], person_id: int) -> int:
    """Return the id of the person at the end of a chain of merges."""
    while person_id in merged:
        person_id = merged[person_id]
    return person_id
