"""Whether the owner of a new account is somebody whom sessions name already."""

from library.access import Viewer, require_admin
from library.accounts import person_names
from library.errors import InvalidInputError
from library.holdings import name_choices
from library.holdings.name_choices import NameQuestion
from library.holdings.naming import AmbiguousNameError, NamedPerson
from library.models import Person
from library.store import Transaction


def question(db: Transaction, viewer: Viewer, name: str) -> NameQuestion | None:
    """Return the people without account of this name; None: there are none.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
    """
    require_admin(viewer)
    found = person_names.without_account(db, name)
    return name_choices.question(db, viewer, name, found) if found else None


def person_for(db: Transaction, viewer: Viewer, named: NamedPerson) -> Person | None:
    """Return the person without account who gets a new account; None: a new person.

    Raises:
        NotAllowedError: *viewer* is not an administrator.
        AmbiguousNameError: sessions name people of this name, and nothing was chosen.
        InvalidInputError: the choice is none of them.
    """
    asked = question(db, viewer, named.name)
    if named.somebody_else or (asked is None and named.person_id is None):
        return None
    choices = asked.choices if asked else ()
    if named.person_id is None:
        raise AmbiguousNameError([asked] if asked else [])
    if named.person_id not in {choice.person_id for choice in choices}:
        raise InvalidInputError(
            f"Person {named.person_id} is not a person without account called “{named.name}”."
        )
    return db.get_one(Person, named.person_id)
