"""XML responses of OAI-PMH 2.0 (openarchives.org/OAI/2.0/openarchivesprotocol.htm)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lxml import etree

from library.models import Collection, HarvestRecord
from library.publishing.dublin_core import Term
from web.publishing.standards import oai_dc
from web.publishing.standards.xml import SCHEMA_INSTANCE, child, serialised

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
PREFIX = "oai_dc"  # the only metadata format


class OaiError(Exception):
    """Error response of the protocol, with an OAI-PMH error code and a message."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Reply:
    """OAI-PMH response document: the repeated request, followed by the result or an error."""

    def __init__(self, *, address: str, moment: datetime, arguments: Mapping[str, str]) -> None:
        self._root = etree.Element(
            f"{{{NAMESPACE}}}OAI-PMH",
            {f"{{{SCHEMA_INSTANCE}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"},
            nsmap={None: NAMESPACE, "xsi": SCHEMA_INSTANCE},
        )
        child(self._root, "responseDate", stamp(moment))
        child(self._root, "request", address, **arguments)

    def refuse(self, error: OaiError) -> None:
        """Add an error to the response."""
        child(self._root, "error", str(error), code=error.code)

    def verb(self, name: str) -> etree._Element:
        """Add the element that contains the result of a verb, and return this element."""
        return child(self._root, name)

    def document(self) -> bytes:
        """Return the response as UTF-8 encoded XML."""
        return serialised(self._root)


def stamp(moment: datetime) -> str:
    """Format a UTC time with seconds granularity."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def identify(
    into: etree._Element, *, name: str, address: str, email: str, earliest: datetime, sample: str
) -> None:
    """Write the result of the Identify verb."""
    child(into, "repositoryName", name)
    child(into, "baseURL", address)
    child(into, "protocolVersion", "2.0")
    child(into, "adminEmail", email)
    child(into, "earliestDatestamp", stamp(earliest))
    child(into, "deletedRecord", "persistent")
    child(into, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    described = child(child(into, "description"), f"{{{IDENTIFIERS}}}oai-identifier")
    described.set(
        f"{{{SCHEMA_INSTANCE}}}schemaLocation",
        f"{IDENTIFIERS} http://www.openarchives.org/OAI/2.0/oai-identifier.xsd",
    )
    child(described, "scheme", "oai")
    child(described, "repositoryIdentifier", sample.split(":")[1])
    child(described, "delimiter", ":")
    child(described, "sampleIdentifier", sample)


IDENTIFIERS = "http://www.openarchives.org/OAI/2.0/oai-identifier"


def formats(into: etree._Element) -> None:
    """Write the list of metadata formats, which contains only oai_dc."""
    described = child(into, "metadataFormat")
    child(described, "metadataPrefix", PREFIX)
    child(described, "schema", oai_dc.SCHEMA)
    child(described, "metadataNamespace", oai_dc.NAMESPACE)


def sets(into: etree._Element, collections: Iterable[Collection]) -> None:
    """Write one set for each public collection."""
    for collection in collections:
        described = child(into, "set")
        child(described, "setSpec", set_spec(collection.id))
        child(described, "setName", collection.title)
        if collection.description:
            about = child(described, "setDescription")
            about.append(oai_dc.element([("description", collection.description)]))


def set_spec(collection_id: int) -> str:
    """Return the setSpec of a collection."""
    return f"collection-{collection_id}"


def header(
    into: etree._Element, record: HarvestRecord, *, identifier: str, sets: Sequence[int]
) -> None:
    """Write the header of a record: identifier, datestamp, sets and deletion status."""
    head = child(into, "header", **({"status": "deleted"} if record.deleted else {}))
    child(head, "identifier", identifier)
    child(head, "datestamp", stamp(record.datestamp))
    for collection_id in sets:
        child(head, "setSpec", set_spec(collection_id))


def metadata(into: etree._Element, terms: Iterable[Term]) -> None:
    """Write the metadata of a record as oai_dc."""
    child(into, "metadata").append(oai_dc.element(terms))
