"""The password once more, and a code where there is a second step: before what is for good."""

from collections.abc import Mapping

from library.accounts import second_factor
from library.errors import InvalidInputError
from web import accounts, second_step
from web.context import library, note_proof


def has_second_step() -> bool:
    """Whether whoever is signed in gives a code besides the password."""
    account = accounts.current()
    if account is None:
        return False
    with library().reading() as db:
        return second_factor.of(db, account.id) is not None


def require(form: Mapping[str, str], *, otherwise: str = "Nothing was deleted.") -> None:
    """Let through whoever proves again that they are the one who signed in.

    Args:
        form: what they sent, with `password` and `code`.
        otherwise: what is told when either is wrong: that nothing has changed.

    Raises:
        NotAllowedError: nobody is signed in, or a token is.
        InvalidInputError: the password or the code is wrong, or there is no password yet.
    """
    account = accounts.require()
    if not account.password:
        raise InvalidInputError(
            "Your account has no password to confirm this with. Choose one first: press “Forgot "
            "your password?” on the page for signing in."
        )
    if not accounts.knows_password(account, form.get("password", "")):
        raise InvalidInputError(f"This is not your password. {otherwise}")
    with library().transaction() as db:
        factor = second_factor.of(db, account.id)
        if factor is not None and not second_step.fits(db, factor, form.get("code", "")):
            raise InvalidInputError(
                f"This code does not fit. Take the one that the app shows now. {otherwise}"
            )
    note_proof()
