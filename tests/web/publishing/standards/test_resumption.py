"""Tests of the resumption tokens of OAI-PMH."""

import base64
import json
from datetime import UTC, datetime

import pytest

from library.errors import InvalidInputError
from library.publishing.oai_records import HarvestQuery
from web.publishing.standards.resumption import Resumption, decode, encode

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def token_of(*content):
    """Return a resumption token with the given content, encoded as the product does."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "wanted", [HarvestQuery(), HarvestQuery(since=MOMENT, until=MOMENT, collection_id=3)]
)
def test_a_token_holds_the_whole_position(wanted):
    """A decoded resumption token equals the encoded query and position."""
    place = Resumption(wanted=wanted, after=(MOMENT, 7), position=50)

    assert decode(encode(place)) == place


@pytest.mark.parametrize(
    "token",
    [
        *("", "x", "👍", token_of(1, 2)),
        token_of(None, None, None, "2026-03-01", 1, 1),  # no time zone
        token_of(None, None, None, MOMENT.isoformat(), -1, 1),
        token_of(None, None, None, MOMENT.isoformat(), 2**64, 1),
        token_of(None, None, None, MOMENT.isoformat(), 1.5, 1),
    ],
)
def test_an_invalid_token_is_refused(token):
    """A text that is not a resumption token is refused with a message."""
    with pytest.raises(InvalidInputError):
        decode(token)
