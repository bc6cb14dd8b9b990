"""Citations of a session, a second of it, or a paragraph: APA, BibTeX and CSL-JSON.

APA (7th edition): an entry of the reference list with the URL, and an in-text citation with the
second or the page. BibTeX: an `@misc` entry, whose fields all styles support. CSL-JSON: schema
1.0.2, which Zotero and pandoc read.
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
    """Data of a cited session, second or paragraph, from which each citation format is made."""

    title: str
    authors: Sequence[str]
    site: str
    address: str  # permanent URL, with the second or paragraph
    medium: str  # "Audio recording"
    held_on: date | None = None
    place: str = ""  # "12:34", "p. 3", "para. 4"
    language: str = ""
    key: str = "session"


def apa(reference: Reference) -> str:
    """Return the entry of an APA reference list, without italics."""
    names = _listed([_inverted(name) for name in reference.authors])
    day = reference.held_on
    when = f"({day.year}, {day:%B} {day.day})" if day else "(n.d.)"
    what = f"{_line(reference.title)} [{reference.medium}]"
    head = f"{_stopped(names)} {when}. {what}." if names else f"{what}. {when}."
    return f"{head} {_stopped(_line(reference.site))} {reference.address}"


def apa_in_text(reference: Reference) -> str:
    """Return the APA in-text citation in parentheses."""
    families = [_parts(name)[1] for name in reference.authors]
    if len(families) > 2:
        who = f"{families[0]} et al."
    else:
        who = " & ".join(families) or f"“{_line(reference.title)}”"
    year = str(reference.held_on.year) if reference.held_on else "n.d."
    return f"({', '.join(filter(None, (who, year, reference.place)))})"


def bibtex(reference: Reference) -> str:
    """Return an entry for BibTeX and biblatex."""
    day = reference.held_on
    fields = [
        ("author", " and ".join(_author(name) for name in reference.authors)),
        ("title", "{" + escaped(_line(reference.title)) + "}"),
        ("year", str(day.year) if day else ""),
        ("howpublished", escaped(f"{reference.medium}, {_line(reference.site)}")),
        ("note", escaped(f"At {reference.place}") if reference.place else ""),
        ("url", _address(reference.address)),
        ("langid", escaped(reference.language)),
    ]
    lines = [f"  {name} = {{{value}}}" for name, value in fields if value]
    if day:
        lines.insert(3, f"  month = {MONTHS[day.month - 1]}")
    return f"@misc{{{_key(reference)},\n" + ",\n".join(lines) + "\n}\n"


def csl(reference: Reference) -> dict[str, Any]:
    """Return a CSL-JSON item."""
    day = reference.held_on
    names = [dict(zip(("given", "family"), _parts(n), strict=True)) for n in reference.authors]
    item = {
        "id": _key(reference),
        "type": "document" if "note" in reference.medium.lower() else "interview",
        "title": _line(reference.title),
        "author": [{k: v for k, v in name.items() if v} for name in names],
        "medium": reference.medium,
        "publisher": _line(reference.site),
        "issued": {"date-parts": [[day.year, day.month, day.day]]} if day else None,
        "note": f"At {reference.place}" if reference.place else "",
        "URL": reference.address,
        "language": reference.language,
    }
    return {name: value for name, value in item.items() if value}


def escaped(text: str) -> str:
    """Escape LaTeX commands in the text of a BibTeX field."""
    return "".join(ESCAPES.get(character, character) for character in text)


def _author(name: str) -> str:
    """Return a name as "Family, Given", for the author field of BibTeX."""
    given, family = (escaped(part) for part in _parts(name))
    return f"{{{family}}}, {given}" if given else f"{{{family}}}"


def _parts(name: str) -> tuple[str, str]:
    """Return given and family name. The last word and particles before it are the family name."""
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
    """Join names in APA style, with commas and an ampersand before the last."""
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
    """Return a URL without characters that would end the BibTeX field."""
    return "".join(f"%{ord(c):02X}" if c in "{}\\ " else c for c in address)


def _line(text: str) -> str:
    return " ".join(text.split())
