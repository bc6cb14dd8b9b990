"""Namespaced XML from text that may contain any character."""

import re

from lxml import etree

# Characters that XML 1.0 (section 2.2) does not allow, not even escaped.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def text(value: str) -> str:
    """Return *value* without the characters that XML does not allow."""
    return FORBIDDEN.sub("", value)


def child(
    parent: etree._Element, tag: str, value: str | None = None, **attributes: str
) -> etree._Element:
    """Append and return a new element, in the namespace of *parent* unless *tag* names one."""
    if not tag.startswith("{"):
        tag = f"{{{etree.QName(parent).namespace}}}{tag}"
    element = etree.SubElement(parent, tag, {k: text(v) for k, v in attributes.items()})
    if value is not None:
        element.text = text(value)
    return element


def serialised(root: etree._Element) -> bytes:
    """Return an XML document as UTF-8 bytes with an XML declaration."""
    found: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return found
