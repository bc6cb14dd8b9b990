"""Parsing of pasted URLs of this site, and safe redirects to its own pages."""

import re
from urllib.parse import parse_qs, urlsplit

from flask import request

from library.access import session_for
from library.collections import picks
from library.errors import InvalidInputError, NotFoundError
from library.store import Transaction
from web.http.context import viewer
from web.rendering.times import seconds_in

NUMBER = re.compile(r"\d{1,17}")
OF_PASSAGE = re.compile(r"/(?:p|passages)/(\d{1,17})(?:/related)?$")
OF_SESSION = re.compile(r"/sessions/(\d{1,17})$")


def session_id(given: str) -> int | None:
    """Return the id in a pasted session URL or number, or None for an empty field.

    Raises:
        InvalidInputError: The text is neither a session URL nor a number.
    """
    given = given.strip()
    if not given:
        return None
    found = NUMBER.fullmatch(given) or OF_SESSION.search(urlsplit(given).path)
    if found is None:
        raise InvalidInputError("Paste the address of a session, or the number at its end.")
    return int(found.group(found.lastindex or 0))


def passage_id(db: Transaction, given: str) -> int:
    """Return the id of the passage that a pasted URL points to.

    Raises:
        InvalidInputError: The text is not the URL of a passage or a session.
        NotFoundError: The session does not exist, the viewer may not see it, or it has no
            passage yet.
    """
    parts = urlsplit(given)
    if (found := OF_PASSAGE.search(parts.path)) is not None:
        return int(found.group(1))
    if (found := OF_SESSION.search(parts.path)) is None:
        raise InvalidInputError(
            "This is not the link to a moment. Press “Copy the link to this second” on the page of "
            "a session, and paste the link here."
        )
    session = session_for(db, viewer(), int(found.group(1)))
    start = seconds_in(parse_qs(parts.query).get("t", [""])[0])
    here = picks.passage_at(db, session.id, start)
    if here is None:
        raise NotFoundError(
            "This session has no transcript yet. Choose another session, or wait until the "
            "transcript is ready."
        )
    return here


def back_to(default: str) -> str:
    """Return the form field `next` if it is a page of this site, else *default*."""
    return safe_redirect_target(request.form.get("next", ""), default)


def safe_redirect_target(wanted: str, default: str) -> str:
    """Return *wanted* if it is a page of this site, else *default* (no open redirects)."""
    # Browsers read "\" as "/" and skip control characters, so both may hide another host.
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return default
    if not wanted.isprintable() or urlsplit(wanted).netloc:
        return default
    return wanted
