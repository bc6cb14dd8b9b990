"""Tests of OAI-PMH with an independent harvester, oaipmh-scythe."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import (
    BadArgument,
    BadResumptionToken,
    CannotDisseminateFormat,
    IdDoesNotExist,
    NoRecordsMatch,
)

from library.collections import collections
from library.models import HarvestRecord, ParticipantRole, Visibility
from library.publishing import oai_records
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.client import Browser

NONSENSE = {
    "": "badVerb",
    "verb=Destroy": "badVerb",
    "verb=Identify&verb=Identify": "badVerb",
    "verb=Identify&colour=red": "badArgument",
    "verb=GetRecord&metadataPrefix=oai_dc": "badArgument",
    "verb=ListRecords&metadataPrefix=oai_dc&set=a&set=b": "badArgument",
    "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x": "badArgument",
    "verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-31": "badArgument",
    "verb=ListRecords&metadataPrefix=oai_dc&until=9999-12-31T99:99:99Z": "badArgument",
    "verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-01&until=2021-01-01T00:00:00Z": (
        "badArgument"
    ),
    "verb=ListSets&resumptionToken=x": "badResumptionToken",
    "verb=ListRecords&resumptionToken=%F0%9F%91%8D": "badResumptionToken",
    "verb=ListRecords&resumptionToken=W251bGwsIG51bGwsIG51bGwsICIyMDIwIiwgMSwgMV0=": (
        "badResumptionToken"
    ),
    "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:localhost:1%00": "idDoesNotExist",
}


@pytest.fixture
def public(library: Library, mentor: Account, mentee: Account) -> Built:
    """Public session of two people."""
    parts = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    return add_session(library, title="On <feedback> & \x01trust", participants=parts)


@pytest.fixture
def private(library: Library) -> Built:
    """Private session."""
    return add_session(library, title="A secret", visibility=Visibility.PRIVATE)


def test_a_harvester_gets_what_is_public_and_nothing_else(
    address: str, public: Built, private: Built
) -> None:
    """A harvester gets the Dublin Core record of the public session only."""
    records = list(_harvester(address).list_records(metadata_prefix="oai_dc"))

    assert [r.header.identifier for r in records] == [f"oai:127.0.0.1:{public.session_id}"]
    described = records[0].metadata
    assert described["title"] == ["On <feedback> & trust"]
    assert described["creator"] == ["Ada Mentor"]
    assert described["contributor"] == ["Ben Mentee"]
    assert described["identifier"] == [f"{address}/sessions/{public.session_id}"]
    with pytest.raises(IdDoesNotExist):
        _harvester(address).get_record(
            identifier=f"oai:127.0.0.1:{private.session_id}", metadata_prefix="oai_dc"
        )


@pytest.mark.parametrize("what", ["hidden", "removed"])
def test_a_session_that_is_not_public_becomes_a_deleted_record(
    address: str, library: Library, public: Built, admin: Account, what: str
) -> None:
    """A session that is hidden or removed becomes a deleted record without its words."""
    harvester = _harvester(address)
    first = harvester.get_record(
        identifier=f"oai:127.0.0.1:{public.session_id}", metadata_prefix="oai_dc"
    )
    with library.transaction() as db:
        session = sessions.get(db, public.session_id)
        if what == "hidden":
            session.visibility = Visibility.PRIVATE
        else:
            sessions.remove(db, session)

    again = list(harvester.list_records(metadata_prefix="oai_dc"))

    assert not first.header.deleted
    assert [r.header.deleted for r in again] == [True]
    assert "feedback" not in again[0].raw


def test_a_session_that_is_public_again_is_harvested_again(
    address: str, library: Library, public: Built
) -> None:
    """A session that was hidden and is public again is not a deleted record."""
    harvester = _harvester(address)
    for visibility in (Visibility.PRIVATE, Visibility.PUBLIC):
        list(harvester.list_identifiers(metadata_prefix="oai_dc"))
        with library.transaction() as db:
            sessions.get(db, public.session_id).visibility = visibility

    records = list(harvester.list_records(metadata_prefix="oai_dc"))

    assert [r.header.deleted for r in records] == [False]


def test_a_long_list_comes_in_pages_without_gap_or_duplicate(
    address: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resumption tokens give each record once, even if all records have the same datestamp."""
    monkeypatch.setattr("web.publishing.oai_pmh.PAGE", 3)
    built = [add_session(library, title=f"Talk {n}", content=b"%d" % n) for n in range(10)]

    identifiers = [
        h.identifier for h in _harvester(address).list_identifiers(metadata_prefix="oai_dc")
    ]

    assert identifiers == [f"oai:127.0.0.1:{b.session_id}" for b in built]


def test_a_session_removed_during_a_harvest_is_not_on_later_pages(
    address: str, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that is removed during a harvest is missing from the pages that follow."""
    monkeypatch.setattr("web.publishing.oai_pmh.PAGE", 2)
    built = [add_session(library, title=f"Talk {n}", content=b"%d" % n) for n in range(4)]
    pieces = _harvester(address).list_records(metadata_prefix="oai_dc")
    begun = [next(pieces).header.identifier]
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, built[3].session_id))

    identifiers = [*begun, *(record.header.identifier for record in pieces)]

    assert identifiers == [f"oai:127.0.0.1:{b.session_id}" for b in built[:3]]


def test_collections_are_sets(
    address: str, library: Library, public: Built, private: Built, admin: Account
) -> None:
    """A set lists a collection's public sessions.

    A collection without public sessions is not listed as a set.
    """
    other = add_session(library, title="Elsewhere", content=b"elsewhere")
    with library.transaction() as db:
        collection_with_public = collections.add(
            db, admin.viewer, title="For leaders", description="Begin here."
        )
        collections.set_sessions(
            db, admin.viewer, collection_with_public, [public.session_id, private.session_id]
        )
        hidden = collections.add(db, admin.viewer, title="Hidden")
        collections.set_sessions(db, admin.viewer, hidden, [private.session_id])
        spec = f"collection-{collection_with_public.id}"
    harvester = _harvester(address)

    sets = list(harvester.list_sets())
    inside = _numbers(harvester, set_=spec)

    assert [(s.setSpec, s.setName) for s in sets] == [(spec, "For leaders")]
    assert inside == [public.session_id]
    assert other.session_id in _numbers(harvester)


def test_a_harvester_may_limit_the_datestamps(
    address: str, library: Library, public: Built
) -> None:
    """The limits `from` and `until` are inclusive, to the day or the second.

    A later `from` finds no record.
    """
    oai_records.refresh(library)
    old = datetime(2020, 5, 31, 12, tzinfo=UTC)
    with library.transaction() as db:
        record = db.get(HarvestRecord, public.session_id)
        assert record is not None
        record.datestamp = old
    harvester = _harvester(address)

    assert _numbers(harvester, from_="2020-05-31") == [public.session_id]
    assert _numbers(harvester, until="2020-05-31") == [public.session_id]
    assert _numbers(harvester, from_="2020-05-31T12:00:00Z") == [public.session_id]
    with pytest.raises(NoRecordsMatch):
        _numbers(harvester, from_=f"{old + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}")


def test_the_repository_says_what_it_is(address: str, public: Built) -> None:
    """Identify and ListMetadataFormats describe the repository."""
    harvester = _harvester(address)

    identity = harvester.identify()

    assert identity.protocolVersion == "2.0"
    assert identity.deletedRecord == "persistent"
    assert identity.baseURL == f"{address}/oai"
    assert [f.metadataPrefix for f in harvester.list_metadata_formats()] == ["oai_dc"]


def test_a_wrong_argument_gets_the_error_of_the_protocol(address: str, public: Built) -> None:
    """Each kind of wrong argument gets its OAI-PMH error code."""
    harvester = _harvester(address)

    with pytest.raises(CannotDisseminateFormat):
        _numbers(harvester, metadata_prefix="marc21")
    with pytest.raises(BadArgument):
        _numbers(harvester, from_="yesterday")
    with pytest.raises(BadArgument):
        _numbers(harvester, from_="2021-01-01", until="2020-01-01")
    with pytest.raises(NoRecordsMatch):
        _numbers(harvester, set_="another")
    with pytest.raises(BadResumptionToken):
        list(harvester.list_records(resumption_token="bm90IG91cnM="))


def test_an_invalid_request_gets_the_error_of_the_protocol(browse: Callable[..., Browser]) -> None:
    """An invalid request gets status 200 and its OAI-PMH error code, by GET and POST."""
    form = "application/x-www-form-urlencoded"
    guest = browse()

    for query, code in NONSENSE.items():
        by_get = guest.get(f"/oai?{query}")
        posted = guest.client.post("/oai", data=query, content_type=form)

        assert by_get.status_code == posted.status_code == 200
        assert f'code="{code}"' in by_get.text, query
        assert f'code="{code}"' in posted.text, query


def test_a_signed_in_administrator_harvests_as_a_guest(
    browse: Callable[..., Browser], admin: Account, private: Built
) -> None:
    """Even a signed-in administrator harvests no private session."""
    response = browse(admin).get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc")

    assert "noRecordsMatch" in response.text


def _harvester(address: str) -> Scythe:
    return Scythe(f"{address}/oai", timeout=60)


def _numbers(harvester: Scythe, **wanted: str) -> Sequence[int]:
    arguments = {"metadata_prefix": "oai_dc"} | wanted
    return [int(h.identifier.rpartition(":")[2]) for h in harvester.list_identifiers(**arguments)]
