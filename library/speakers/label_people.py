"""Mapping of the speaker labels of a transcript to people.

Names are looked up with `library.sessions.person_lookup`. The viewer is the person who corrects the
transcript, or the session's owner for files and recordings. Inside a session, a name means the
participant of that name. If a name is ambiguous and no viewer can choose, the label has no person,
and the release waits (`HoldKind.AMBIGUOUS_NAME`).
"""

from collections.abc import Iterable, Mapping

from library.access import Viewer
from library.accounts import people
from library.accounts.names import add_person, folded
from library.models import MentoringSession, Person, Role
from library.sessions import name_choices, person_lookup
from library.sessions.name_choices import NameQuestion
from library.sessions.person_lookup import AmbiguousNameError, NamedPerson
from library.store import Transaction

Choices = Mapping[str, int | None]
"""Label -> id of the chosen person; None: a new person."""

NO_CHOICES: Choices = {}
OPERATOR = Viewer(role=Role.ADMIN)


def people_of(
    db: Transaction,
    session: MentoringSession,
    labels: Iterable[str],
    *,
    choices: Choices,
    asker: Viewer | None,
) -> dict[str, int | None]:
    """Return the person id of each label, or None for an ambiguous name. Add new people.

    Args:
        db: Transaction.
        session: Session of the transcript.
        labels: Names of people, not placeholders such as "Speaker 2".
        choices: Chosen people for some of the labels.
        asker: Viewer who can choose; None if no person can be asked.

    Raises:
        AmbiguousNameError: *asker* must choose a person for a name. No person was added.
        InvalidInputError: A choice is not a person of that name known to *asker*.
    """
    labels = sorted(set(labels))
    if session.sample:
        return {label: _sample_person(db, session, label).id for label in labels}
    viewer = asker or _owner(db, session)
    here = {p.person_id for p in session.participants}
    ids = [i for label in labels if (i := choices.get(label)) is not None]
    known = person_lookup.known_people(db, viewer, labels, ids=ids, here=here)
    meant = {label: person_lookup.meaning_of(known, _named(label, choices)) for label in labels}
    unsure = {label: found.choices for label, found in meant.items() if found.choices}
    if asker is not None and unsure:
        questions = [name_choices.question(db, viewer, name, who) for name, who in unsure.items()]
        raise AmbiguousNameError(questions)
    return {
        label: None if label in unsure else (meant[label].person or add_person(db, label)).id
        for label in labels
    }


def question_of(
    db: Transaction, viewer: Viewer, session: MentoringSession, label: str
) -> NameQuestion:
    """Return the people from whom *viewer* can choose for a label of a session."""
    here = {p.person_id for p in session.participants}
    known = person_lookup.known_people(db, viewer, [label], here=here)
    return name_choices.question(db, viewer, label, known.by_name.get(folded(label), ()))


def _named(label: str, choices: Choices) -> NamedPerson:
    chosen = choices.get(label)
    return NamedPerson(
        name=label, person_id=chosen, somebody_else=label in choices and chosen is None
    )


def _owner(db: Transaction, session: MentoringSession) -> Viewer:
    """Return the owner of a session as a viewer, or `OPERATOR` if it has no owner."""
    if session.owner_id is None:
        return OPERATOR
    return people.viewer_of(people.get(db, session.owner_id))


def _sample_person(db: Transaction, session: MentoringSession, label: str) -> Person:
    """Return the participant of a sample session with this name, or a new sample person."""
    for participant in session.participants:
        if folded(participant.person.name) == folded(label):
            return participant.person
    return add_person(db, label, sample=True)
