"""Tests of OAI-PMH responses."""

from datetime import UTC, datetime, timedelta

from lxml import etree

from library.models import HarvestRecord
from web.publishing.standards import oai_pmh
from web.publishing.standards.oai_pmh import NAMESPACE, OaiError, Reply

MOMENT = datetime(2026, 3, 1, 12, 30, 15, 999, tzinfo=UTC)


def reply():
    """Return an empty response to an Identify request."""
    return Reply(address="https://example.org/oai", moment=MOMENT, arguments={"verb": "Identify"})


def texts(document, name):
    """Return the texts of all elements with a given name."""
    return [found.text for found in etree.fromstring(document).iter(f"{{{NAMESPACE}}}{name}")]


def test_a_response_repeats_the_request_and_names_an_error():
    """A response contains its time in whole seconds, the request and the error code."""
    made = reply()
    made.refuse(OaiError("badVerb", "This verb is not known."))

    root = etree.fromstring(made.document())
    (request,) = root.iter(f"{{{NAMESPACE}}}request")
    (error,) = root.iter(f"{{{NAMESPACE}}}error")
    assert texts(made.document(), "responseDate") == ["2026-03-01T12:30:15Z"]
    assert (request.text, request.get("verb")) == ("https://example.org/oai", "Identify")
    assert (error.get("code"), error.text) == ("badVerb", "This verb is not known.")


def test_identify_describes_the_repository():
    """Identify gives name, earliest datestamp, deletion policy and identifier scheme."""
    made = reply()
    oai_pmh.identify(
        made.verb("Identify"),
        name="A & B",
        address="https://example.org/oai",
        email="a@example.org",
        earliest=MOMENT - timedelta(days=1),
        sample="oai:example.org:1",
    )

    assert texts(made.document(), "repositoryName") == ["A & B"]
    assert texts(made.document(), "deletedRecord") == ["persistent"]
    assert texts(made.document(), "earliestDatestamp") == ["2026-02-28T12:30:15Z"]
    assert b"repositoryIdentifier>example.org<" in made.document()


def test_the_header_of_a_deleted_record_says_so():
    """A deleted record's header has the status "deleted", and still has identifier and sets."""
    made = reply()
    record = HarvestRecord(session_id=1, datestamp=MOMENT, deleted=True)
    oai_pmh.header(made.verb("GetRecord"), record, identifier="oai:example.org:1", sets=[3])

    (header,) = etree.fromstring(made.document()).iter(f"{{{NAMESPACE}}}header")
    assert header.get("status") == "deleted"
    assert texts(made.document(), "identifier") == ["oai:example.org:1"]
    assert texts(made.document(), "setSpec") == [oai_pmh.set_spec(3)]
