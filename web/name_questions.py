"""Questions which person a name means, as forms ask them."""

from collections.abc import Iterable, Mapping

from flask import request
from werkzeug.datastructures import MultiDict

from library.accounts.person_names import folded
from library.holdings.name_choices import NameQuestion
from library.holdings.naming import AmbiguousNameError, NamedPerson
from library.models import Person
from web import parameters
from web.details import Details, PersonRow


def questions_of(error: Exception | None) -> Mapping[str, NameQuestion]:
    """Return the questions of an error by folded name; none where it is about something else."""
    if not isinstance(error, AmbiguousNameError):
        return {}
    return {folded(question.name): question for question in error.questions}


def answer(name: str, field: str = "person_id") -> NamedPerson:
    """Return what the form of this request says about who a name is.

    Raises:
        InvalidInputError: the field holds neither a person's number nor “new”.
    """
    given = parameters.text(request.form, field, longest=40)
    row = PersonRow(name=name, person_id=given)
    return Details(people=[row]).participants()[0]


def choices_of(form: "MultiDict[str, str]") -> dict[str, int | None]:
    """Return who was chosen for the names that a form asked about; None: somebody else.

    The form has the names as `named`, and the choice for the one at place 2 as `person_id-2`.

    Raises:
        InvalidInputError: a choice is neither a person's number nor “new”.
    """
    names = [parameters.clean(name) for name in form.getlist("named")]
    chosen = [
        Details(people=[PersonRow(name=name, person_id=form.get(f"person_id-{at}", "").strip())])
        for at, name in enumerate(names)
    ]
    meant = [row for details in chosen for row in details.participants()]
    return {
        one.name: one.person_id for one in meant if one.person_id is not None or one.somebody_else
    }


def names_to_suggest(people: Iterable[Person]) -> list[str]:
    """Return each name once, in the order that they have."""
    return list(dict.fromkeys(person.name for person in people))
