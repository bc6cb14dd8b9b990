"""Stateless OAI-PMH resumption tokens: the position in a list is encoded in the token."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from library.errors import InvalidInputError
from library.publishing.oai_records import HarvestQuery, Place
from web.http.params import LARGEST_ID


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """Position of a harvester in a list of records."""

    wanted: HarvestQuery
    after: Place
    position: int  # number of records sent so far


def encode(resumption: Resumption) -> str:
    """Encode a position as a resumption token, which never expires: the server stores no state."""
    wanted = resumption.wanted
    content = [
        wanted.since.isoformat() if wanted.since else None,
        wanted.until.isoformat() if wanted.until else None,
        wanted.collection_id,
        resumption.after[0].isoformat(),
        resumption.after[1],
        resumption.position,
    ]
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def decode(token: str) -> Resumption:
    """Return the position that a resumption token encodes.

    Raises:
        InvalidInputError: The token was not issued by `encode`.
    """
    try:
        since, until, collection, moment, session, position = json.loads(
            base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        )
        numbers = (collection or 0, session, position)
        if not all(type(n) is int and 0 <= n <= LARGEST_ID for n in numbers):
            raise ValueError  # noqa: TRY301 - handled below with the errors of the parsers
        return Resumption(
            wanted=HarvestQuery(
                since=None if since is None else _moment(since),
                until=None if until is None else _moment(until),
                collection_id=collection,
            ),
            after=(_moment(moment), session),
            position=position,
        )
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidInputError(
            "This resumption token is not valid. Start the list again."
        ) from error


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found
