"""XML with namespaces, out of text that people typed."""

import re

from lxml import etree

# What XML 1.0 (section 2.2) cannot hold, not even escaped.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def text(value: str) -> str:
    """The same text without the characters that XML cannot hold."""
    return FORBIDDEN.sub("", value)


def child(
    parent: etree._Element, tag: str, value: str | None = None, **attributes: str
) -> etree._Element:
    """A new element behind the last one in *parent*, in its namespace unless *tag* names one."""
    if not tag.startswith("{"):
        tag = f"{{{etree.QName(parent).namespace}}}{tag}"
    element = etree.SubElement(parent, tag, {k: text(v) for k, v in attributes.items()})
    if value is not None:
        element.text = text(value)
    return element


def serialised(root: etree._Element) -> bytes:
    """A document in UTF-8, with its declaration."""
    found: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return found
