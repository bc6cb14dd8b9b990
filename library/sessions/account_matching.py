"""Match of a new account with people without account who appear in sessions."""

from library.access import Viewer, require_admin
from library.accounts import names
from library.errors import InvalidInputError
from library.models import Person
from library.sessions import name_choices
from library.sessions.name_choices import NameQuestion
from library.sessions.person_lookup import AmbiguousNameError, NamedPerson
from library.store import Transaction


def question(db: Transaction, viewer: Viewer, name: str) -> NameQuestion | None:
    """Return the people without account who have this name, to choose from, or None.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    found = names.without_account(db, name)
    return name_choices.question(db, viewer, name, found) if found else None


def person_for(db: Transaction, viewer: Viewer, named: NamedPerson) -> Person | None:
    """Return the person without account to whom a new account belongs. None: a new person.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        AmbiguousNameError: people without account have this name, and none was chosen.
        InvalidInputError: the chosen person is not one of them.
    """
    ambiguity = question(db, viewer, named.name)
    if named.somebody_else or (ambiguity is None and named.person_id is None):
        return None
    choices = ambiguity.choices if ambiguity else ()
    if named.person_id is None:
        raise AmbiguousNameError([ambiguity] if ambiguity else [])
    if named.person_id not in {choice.person_id for choice in choices}:
        raise InvalidInputError(
            "Person %(number)s is not one of the choices for “%(name)s”. Choose again.",
            number=named.person_id,
            name=named.name,
        )
    return db.get_one(Person, named.person_id)
