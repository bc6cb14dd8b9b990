"""Citations of a session, a second of it, or a paragraph: APA, BibTeX and CSL-JSON.

APA is the 7th edition's reference for a recording or a document with its address, and the
parenthesis for the running text, which names the second or the page. BibTeX is `@misc`, whose
fields every style knows; CSL-JSON is what Zotero and pandoc read (schema 1.0.2).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

PARTICLES = frozenset({"van", "von", "der", "den", "de", "da", "di", "du", "la", "le", "ter", "zu"})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "{}&%$#_"},
}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What is cited, and where it is found."""

    title: str
    authors: Sequence[str]
    site: str
    address: str  # permanent, with the second
    medium: str  # "Audio recording"
    held_on: date | None = None
    place: str = ""  # "12:34", "p. 3", "para. 4"
    language: str = ""
    key: str = "session"


def apa(reference: Reference) -> str:
    """The entry of a reference list, without italics."""
    names = _listed([_inverted(name) for name in reference.authors])
    held = reference.held_on
    when = f"({held.year}, {held:%B} {held.day})" if held else "(n.d.)"
    what = f"{_line(reference.title)} [{reference.medium}]"
    head = f"{_stopped(names)} {when}. {what}." if names else f"{what}. {when}."
    return f"{head} {_stopped(_line(reference.site))} {reference.address}"


def apa_in_text(reference: Reference) -> str:
    """The parenthesis for the running text."""
    families = [_parts(name)[1] for name in reference.authors]
    if len(families) > 2:
        who = f"{families[0]} et al."
    else:
        who = " & ".join(families) or f"“{_line(reference.title)}”"
    year = str(reference.held_on.year) if reference.held_on else "n.d."
    return f"({', '.join(filter(None, (who, year, reference.place)))})"


def bibtex(reference: Reference) -> str:
    """An entry for BibTeX and biblatex."""
    held = reference.held_on
    fields = [
        ("author", " and ".join(_author(name) for name in reference.authors)),
        ("title", "{" + escaped(_line(reference.title)) + "}"),
        ("year", str(held.year) if held else ""),
        ("howpublished", escaped(f"{reference.medium}, {_line(reference.site)}")),
        ("note", escaped(f"At {reference.place}") if reference.place else ""),
        ("url", _address(reference.address)),
        ("langid", escaped(reference.language)),
    ]
    lines = [f"  {name} = {{{value}}}" for name, value in fields if value]
    if held:
        lines.insert(3, f"  month = {MONTHS[held.month - 1]}")
    return f"@misc{{{_key(reference)},\n" + ",\n".join(lines) + "\n}\n"


def csl(reference: Reference) -> dict[str, Any]:
    """An item of CSL-JSON."""
    held = reference.held_on
    names = [dict(zip(("given", "family"), _parts(n), strict=True)) for n in reference.authors]
    item = {
        "id": _key(reference),
        "type": "document" if "note" in reference.medium.lower() else "interview",
        "title": _line(reference.title),
        "author": [{k: v for k, v in name.items() if v} for name in names],
        "medium": reference.medium,
        "publisher": _line(reference.site),
        "issued": {"date-parts": [[held.year, held.month, held.day]]} if held else None,
        "note": f"At {reference.place}" if reference.place else "",
        "URL": reference.address,
        "language": reference.language,
    }
    return {name: value for name, value in item.items() if value}


def escaped(text: str) -> str:
    """Text for a BibTeX field: what LaTeX would take for a command stands for itself."""
    return "".join(ESCAPES.get(character, character) for character in text)


def _author(name: str) -> str:
    """A name whose family name BibTeX will not have to guess."""
    given, family = (escaped(part) for part in _parts(name))
    return f"{{{family}}}, {given}" if given else f"{{{family}}}"


def _parts(name: str) -> tuple[str, str]:
    """Given and family name; the last word and the particles before it are the family's."""
    words = name.split()
    first = len(words) - 1
    while first > 1 and words[first - 1].lower() in PARTICLES:
        first -= 1
    return " ".join(words[:first]), " ".join(words[first:]) if words else ""


def _inverted(name: str) -> str:
    given, family = _parts(name)
    initials = " ".join(f"{word[0]}." for word in re.split(r"[\s-]+", given) if word)
    return f"{family}, {initials}" if initials else family


def _listed(names: Sequence[str]) -> str:
    """Names as APA lists them: commas, and an ampersand before the last."""
    if len(names) > 20:
        return ", ".join(names[:19]) + f", … {names[-1]}"
    return (
        " & ".join(filter(None, (", ".join(names[:-1]) + ",", names[-1])))
        if len(names) > 1
        else "".join(names)
    )


def _stopped(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _key(reference: Reference) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "", reference.key) or "session"


def _address(address: str) -> str:
    """An address without what would end the field."""
    return "".join(f"%{ord(c):02X}" if c in "{}\\ " else c for c in address)


def _line(text: str) -> str:
    return " ".join(text.split())
