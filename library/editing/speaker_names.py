"""Which people the speaker labels of a transcript mean.

The library is asked as for every name (`library.holdings.naming`), on behalf of who corrects the
transcript, or of the session's owner where a file or a recording is read. A participant is meant by
their name inside the session. Where several people may be meant and no person is there to choose,
the label has no person, and the release waits (`HoldKind.AMBIGUOUS_NAME`).
"""

from collections.abc import Iterable, Mapping

from library.access import Viewer
from library.accounts import people
from library.accounts.person_names import add_person, folded
from library.holdings import name_choices, naming
from library.holdings.name_choices import NameQuestion
from library.holdings.naming import AmbiguousNameError, NamedPerson
from library.models import MentoringSession, Person, Role
from library.store import Transaction

Choices = Mapping[str, int | None]
"""Label -> the person who was chosen; None: somebody whom the library does not know yet."""

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
    """Return the person of each label, None where several may be meant; make those who are new.

    Args:
        db: the transaction.
        session: whose transcript has the labels.
        labels: names of people, not placeholders such as "Speaker 2".
        choices: what was chosen for some of them.
        asker: who can answer a question; None: no person is there.

    Raises:
        AmbiguousNameError: *asker* has to choose; no person was made.
        InvalidInputError: a choice is not a person whom *asker* knows by that name.
    """
    labels = sorted(set(labels))
    if session.sample:
        return {label: _sample_person(db, session, label).id for label in labels}
    viewer = asker or _owner(db, session)
    here = {p.person_id for p in session.participants}
    ids = [i for label in labels if (i := choices.get(label)) is not None]
    known = naming.known_people(db, viewer, labels, ids=ids, here=here)
    meant = {label: naming.meaning_of(known, _named(label, choices)) for label in labels}
    unsure = {label: found.choices for label, found in meant.items() if found.choices}
    if asker is not None and unsure:
        asked = [name_choices.question(db, viewer, name, who) for name, who in unsure.items()]
        raise AmbiguousNameError(asked)
    return {
        label: None if label in unsure else (meant[label].person or add_person(db, label)).id
        for label in labels
    }


def question_of(
    db: Transaction, viewer: Viewer, session: MentoringSession, label: str
) -> NameQuestion:
    """Return the people whom *viewer* may choose from for a label of a session."""
    here = {p.person_id for p in session.participants}
    known = naming.known_people(db, viewer, [label], here=here)
    return name_choices.question(db, viewer, label, known.by_name.get(folded(label), ()))


def _named(label: str, choices: Choices) -> NamedPerson:
    chosen = choices.get(label)
    return NamedPerson(
        name=label, person_id=chosen, somebody_else=label in choices and chosen is None
    )


def _owner(db: Transaction, session: MentoringSession) -> Viewer:
    """Return the owner of a session as a viewer; the operator where it has none."""
    if session.owner_id is None:
        return OPERATOR
    return people.viewer_of(people.get(db, session.owner_id))


def _sample_person(db: Transaction, session: MentoringSession, label: str) -> Person:
    """Return the participant of a sample session who is meant; a sample person stays one."""
    for participant in session.participants:
        if folded(participant.person.name) == folded(label):
            return participant.person
    return add_person(db, label, sample=True)
