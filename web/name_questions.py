"""Questions which person a name means, as forms ask them."""

from collections.abc import Iterable, Mapping

from library.accounts.person_names import folded
from library.holdings.name_choices import NameQuestion
from library.holdings.naming import AmbiguousNameError
from library.models import Person


def questions_of(error: Exception | None) -> Mapping[str, NameQuestion]:
    """Return the questions of an error by folded name; none where it is about something else."""
    if not isinstance(error, AmbiguousNameError):
        return {}
    return {folded(question.name): question for question in error.questions}


def names_to_suggest(people: Iterable[Person]) -> list[str]:
    """Return each name once, in the order that they have."""
    return list(dict.fromkeys(person.name for person in people))
