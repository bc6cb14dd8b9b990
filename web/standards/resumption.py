"""OAI-PMH resumption tokens: where a list goes on, in the token itself."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime

from library.errors import InvalidInputError
from library.publishing.harvest import Place, Wanted
from web.parameters import LARGEST_ID


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """A list of records, and how far a harvester has come."""

    wanted: Wanted
    after: Place
    position: int  # how many records it has had


def written(resumption: Resumption) -> str:
    """The token; nothing of it is kept here, so it never expires."""
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


def read(token: str) -> Resumption:
    """What a token says.

    Raises:
        InvalidInputError: it is none of ours.
    """
    try:
        since, until, collection, moment, session, position = json.loads(
            base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        )
        numbers = (collection or 0, session, position)
        if not all(type(n) is int and 0 <= n <= LARGEST_ID for n in numbers):
            raise ValueError  # noqa: TRY301 - joins what the parsers refuse
        return Resumption(
            wanted=Wanted(
                since=None if since is None else _moment(since),
                until=None if until is None else _moment(until),
                collection_id=collection,
            ),
            after=(_moment(moment), session),
            position=position,
        )
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise InvalidInputError("This token is none of ours. Begin the list again.") from error


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found
