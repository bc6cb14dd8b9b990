"""The one place where somebody chooses a password, and the form for it behind a link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue

from library.errors import InvalidInputError
from library.models import OneTimeLink, Person
from library.store import Transaction
from web.accounts import SHORTEST_PASSWORD, hashed
from web.context import library

LONGEST = 500  # characters; hashing a book would only tie up the server


def chosen(form: Mapping[str, str]) -> str:
    """The hash of a new password that was typed twice.

    Raises:
        InvalidInputError: it is too short or too long, or the two differ.
    """
    password = form.get("password", "")
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInputError(
            f"Choose a password of at least {SHORTEST_PASSWORD} characters; "
            "a few words in a row are easy to remember."
        )
    if len(password) > LONGEST:
        raise InvalidInputError(f"Choose a password of at most {LONGEST} characters.")
    if password != form.get("confirm", ""):
        raise InvalidInputError("The two passwords differ. Type the same one twice.")
    return hashed(password)


@dataclass(frozen=True)
class PasswordLink:
    """The form behind a link that sets a password: an invitation's, or a lost password's."""

    template: str
    opened: Callable[[Transaction, int, str], tuple[Person, OneTimeLink]]

    def form(self, person_id: int, token: str) -> str:
        """The empty form.

        Raises:
            NotFoundError: the link does not work any more.
        """
        return render_template(self.template, person=self._whose(person_id, token), token=token)

    def submit(
        self, person_id: int, token: str, keep: Callable[[str], ResponseReturnValue]
    ) -> ResponseReturnValue:
        """The answer of *keep* to the hash of what was chosen, or the form with what is wrong.

        Raises:
            NotFoundError: the link does not work any more.
        """
        person = self._whose(person_id, token)
        try:
            password_hash = chosen(request.form)
        except InvalidInputError as error:
            page = render_template(self.template, person=person, token=token, error=str(error))
            return page, HTTPStatus.BAD_REQUEST
        return keep(password_hash)

    def _whose(self, person_id: int, token: str) -> Person:
        with library().reading() as db:
            return self.opened(db, person_id, token)[0]
