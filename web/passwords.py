"""The one place where somebody chooses a password."""

from collections.abc import Mapping

from library.errors import InvalidInputError
from web.accounts import SHORTEST_PASSWORD, hashed

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
