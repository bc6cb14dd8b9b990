"""The one place where somebody chooses a password, and the form for it behind a link."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue

from library.accounts import passwords
from library.accounts.passwords import LONGEST, SHORTEST
from library.errors import InvalidInputError
from library.models import OneTimeLink, Person
from library.store import Transaction
from web import accounts
from web.accounts import Account
from web.context import library, note_proof


class WrongPasswordError(InvalidInputError):
    """This is not your password."""


def chosen(form: Mapping[str, str]) -> str:
    """The hash of a new password that was typed twice.

    Raises:
        InvalidInputError: it is too short or too long, or the two differ.
    """
    return _hash_of(form.get("password", ""), form.get("confirm", ""))


def changed(account: Account, form: Mapping[str, str]) -> str:
    """Return the hash of a new password, for a person who gives the present one as well.

    Raises:
        WrongPasswordError: the present one is wrong, or there is none yet.
        InvalidInputError: the new one is too short or too long, or is the present one; or it was
            typed in two ways.
    """
    if not account.password:
        raise WrongPasswordError(
            "Your account has no password yet. Choose one by a link: sign out, and press “Forgot "
            "your password?” on the page for signing in."
        )
    present, new = form.get("password", ""), form.get("new_password", "")
    if not accounts.knows_password(account, present):
        raise WrongPasswordError
    note_proof()
    if passwords.check(account.password, new).right:
        raise InvalidInputError("This is the password that you have. Choose another one.")
    return _hash_of(new, form.get("new_password_confirm", ""))


def _hash_of(password: str, again: str) -> str:
    if len(password) < SHORTEST:
        raise InvalidInputError(
            f"Choose a password of at least {SHORTEST} characters; "
            "a few words in a row are easy to remember."
        )
    if len(password) > LONGEST:
        raise InvalidInputError(f"Choose a password of at most {LONGEST} characters.")
    if password != again:
        raise InvalidInputError("The two passwords differ. Type the same one twice.")
    return passwords.hashed(password)


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
