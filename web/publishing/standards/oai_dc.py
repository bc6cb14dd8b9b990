"""Dublin Core as XML in the oai_dc format of OAI-PMH."""

from collections.abc import Iterable

from lxml import etree

from library.publishing.dublin_core import Term
from web.publishing.standards.xml import SCHEMA_INSTANCE, child

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
ELEMENTS = "http://purl.org/dc/elements/1.1/"


def element(terms: Iterable[Term]) -> etree._Element:
    """Return the `oai_dc:dc` element with one child for each term."""
    root = etree.Element(
        f"{{{NAMESPACE}}}dc",
        {f"{{{SCHEMA_INSTANCE}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"},
        nsmap={"oai_dc": NAMESPACE, "dc": ELEMENTS, "xsi": SCHEMA_INSTANCE},
    )
    for name, value in terms:
        child(root, f"{{{ELEMENTS}}}{name}", value)
    return root
