"""New passwords: validation, and the form behind a link that sets a password."""

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
from library.translation import mark
from web.accounts import login_manager
from web.accounts.login_manager import Account
from web.http.context import library, record_valid_credential


class WrongPasswordError(InvalidInputError):
    """Error for a wrong password."""

    message = mark("This is not your password.")


def chosen(form: Mapping[str, str]) -> str:
    """Return the hash of the new password in a form. The form contains the password twice.

    Raises:
        InvalidInputError: The password is too short or too long, or the two passwords differ.
    """
    return _hash_of(form.get("password", ""), form.get("confirm", ""))


def changed(account: Account, form: Mapping[str, str]) -> str:
    """Return the hash of the new password in a form, after the present password was checked.

    Raises:
        WrongPasswordError: The present password is wrong, or the account has none yet.
        InvalidInputError: The new password is too short or too long, equals the present one, or
            differs between the two fields.
    """
    if not account.password:
        raise WrongPasswordError(
            mark(
                "Your account has no password yet. To set one, sign out and press “Forgot your "
                "password?” on the sign-in page."
            )
        )
    present, new = form.get("password", ""), form.get("new_password", "")
    if not login_manager.knows_password(account, present):
        raise WrongPasswordError
    record_valid_credential()
    if passwords.check(account.password, new).right:
        raise InvalidInputError("This is your current password. Choose another one.")
    return _hash_of(new, form.get("new_password_confirm", ""))


def _hash_of(password: str, again: str) -> str:
    if len(password) < SHORTEST:
        raise InvalidInputError(
            "Choose a password of at least %(number)s characters; "
            "a few words in a row are easy to remember.",
            number=SHORTEST,
        )
    if len(password) > LONGEST:
        raise InvalidInputError(
            "Choose a password of at most %(number)s characters.", number=LONGEST
        )
    if password != again:
        raise InvalidInputError("The two passwords differ. Type the same one twice.")
    return passwords.hashed(password)


@dataclass(frozen=True)
class PasswordLink:
    """Form behind a link that sets a password: an invitation or a password reset.

    Attributes:
        template: Template of the form.
        opened: Function of (transaction, person id, token). It returns (person, link), or raises
            `NotFoundError` if the link does not work.
    """

    template: str
    opened: Callable[[Transaction, int, str], tuple[Person, OneTimeLink]]

    def form(self, person_id: int, token: str) -> str:
        """Return the empty form.

        Raises:
            NotFoundError: The link does not work any more.
        """
        return render_template(self.template, person=self._whose(person_id, token), token=token)

    def submit(
        self, person_id: int, token: str, keep: Callable[[str], ResponseReturnValue]
    ) -> ResponseReturnValue:
        """Check the submitted password, call *keep* with its hash, and return the result of *keep*.

        If the password is not valid, return the form with an error and status 400.

        Raises:
            NotFoundError: The link does not work any more.
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
