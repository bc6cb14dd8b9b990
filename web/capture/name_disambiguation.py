"""Form fields that resolve ambiguous names of people."""

from collections.abc import Iterable, Mapping

from flask import request
from werkzeug.datastructures import MultiDict

from library.accounts.names import folded
from library.models import Person
from library.sessions.name_choices import NameQuestion
from library.sessions.person_lookup import AmbiguousNameError, NamedPerson
from web.capture.session_form import PersonRow, SessionForm
from web.http import params


def questions_of(error: Exception | None) -> Mapping[str, NameQuestion]:
    """Return the ambiguous names of an `AmbiguousNameError`, with the people whom each can mean.

    The keys are names in comparison form (`library.accounts.names.folded`). The result is empty
    for every other error.
    """
    if not isinstance(error, AmbiguousNameError):
        return {}
    return {folded(question.name): question for question in error.questions}


def answer(name: str, field: str = "person_id") -> NamedPerson:
    """Return a name with the person who was chosen for it in the form field *field*.

    Raises:
        InvalidInputError: The field is neither a person id nor “new”.
    """
    given = params.text(request.form, field, longest=40)
    row = PersonRow(name=name, person_id=given)
    return SessionForm(people=[row]).participants()[0]


def choices_of(form: "MultiDict[str, str]") -> dict[str, int | None]:
    """Return the chosen person id for each name that the form asked about; None for a new person.

    The form has the names in `named`, and the choice for the name at index 2 in `person_id-2`.

    Raises:
        InvalidInputError: A choice is neither a person id nor “new”.
    """
    names = [params.clean(name) for name in form.getlist("named")]
    chosen = [
        SessionForm(
            people=[PersonRow(name=name, person_id=form.get(f"person_id-{at}", "").strip())]
        )
        for at, name in enumerate(names)
    ]
    people = [row for details in chosen for row in details.participants()]
    return {p.name: p.person_id for p in people if p.person_id is not None or p.somebody_else}


def names_to_suggest(people: Iterable[Person]) -> list[str]:
    """Return the names of people without duplicates, in the given order, as form suggestions."""
    return list(dict.fromkeys(person.name for person in people))
