"""Addresses of this library that somebody copied and put into a field."""

import re
from urllib.parse import parse_qs, urlsplit

from library.access import session_for
from library.curating import picks
from library.errors import InvalidInputError, NotFoundError
from library.store import Transaction
from web.context import viewer
from web.times import seconds_in

NUMBER = re.compile(r"\d{1,17}")
OF_PASSAGE = re.compile(r"/(?:p|passages)/(\d{1,17})(?:/related)?$")
OF_SESSION = re.compile(r"/sessions/(\d{1,17})$")


def session_id(given: str) -> int | None:
    """The number of a session whose address or number was put in; None for an empty field.

    Raises:
        InvalidInputError: it is neither.
    """
    given = given.strip()
    if not given:
        return None
    found = NUMBER.fullmatch(given) or OF_SESSION.search(urlsplit(given).path)
    if found is None:
        raise InvalidInputError("Paste the address of a session, or the number at the end of it.")
    return int(found.group(found.lastindex or 0))


def passage_id(db: Transaction, given: str) -> int:
    """The passage behind the address of a moment.

    Raises:
        InvalidInputError: it is no address of a moment.
        NotFoundError: there is no such moment for the reader.
    """
    parts = urlsplit(given)
    if (found := OF_PASSAGE.search(parts.path)) is not None:
        return int(found.group(1))
    if (found := OF_SESSION.search(parts.path)) is None:
        raise InvalidInputError("Paste the address of a moment: of a session, with ?t= in it.")
    session = session_for(db, viewer(), int(found.group(1)))
    start = seconds_in(parse_qs(parts.query).get("t", [""])[0])
    here = picks.passage_at(db, session.id, start)
    if here is None:
        raise NotFoundError(
            "Nothing is said in this session yet. Choose another, or wait until it is ready."
        )
    return here
