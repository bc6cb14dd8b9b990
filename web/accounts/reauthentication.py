"""Reauthentication before irreversible actions: password, and code if two-step sign-in is on."""

from collections.abc import Mapping

from library.accounts import two_factor
from library.errors import InvalidInputError
from library.translation import gettext, mark
from web.accounts import login_manager, totp
from web.http.context import library, record_valid_credential


def has_second_step() -> bool:
    """Return whether the viewer has to give a code besides the password."""
    account = login_manager.current()
    if account is None:
        return False
    with library().reading() as db:
        return two_factor.for_person(db, account.id) is not None


def require(form: Mapping[str, str], *, otherwise: str = mark("Nothing was deleted.")) -> None:
    """Check the password, and the code if the account has two-step sign-in.

    Args:
        form: Fields of the request, with `password` and `code`.
        otherwise: Last sentence of an error message, which says what was not done. The caller
            marks it for translation.

    Raises:
        NotAllowedError: The request has no browser sign-in. An API token is not enough.
        InvalidInputError: The password or the code is wrong, or the account has no password yet.
    """
    account = login_manager.require()
    if not account.password:
        raise InvalidInputError(
            "This needs your password, but your account has none yet. To set one, sign out and "
            "press “Forgot your password?” on the sign-in page."
        )
    if not login_manager.knows_password(account, form.get("password", "")):
        wrong = gettext("This is not your password.")
        raise InvalidInputError(f"{wrong} {gettext(otherwise)}")
    with library().transaction() as db:
        factor = two_factor.for_person(db, account.id)
        if factor is not None and not totp.verify_code(db, factor, form.get("code", "")):
            wrong = gettext("This code is not valid. Enter the code that the app shows now.")
            raise InvalidInputError(f"{wrong} {gettext(otherwise)}")
    record_valid_credential()
