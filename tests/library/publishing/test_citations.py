"""Tests of citations in APA 7, BibTeX and CSL-JSON."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.publishing import citations
from library.publishing.citations import Reference

TALK = Reference(
    title="Giving the keys away",
    authors=["Ada King", "Ludwig van Beethoven"],
    site="Living History",
    address="https://library.example.org/sessions/7?source=3&t=754",
    medium="Audio recording",
    held_on=date(2024, 5, 31),
    place="12:34",
    language="en",
    key="session-7-3-754",
)
UNESCAPE = {escape: character for character, escape in citations.ESCAPES.items()}


def test_apa_names_date_medium_and_address() -> None:
    """An APA citation follows the 7th edition. Family names keep particles such as "van"."""
    assert citations.apa(TALK) == (
        "King, A., & van Beethoven, L. (2024, May 31). Giving the keys away [Audio recording]. "
        "Living History. https://library.example.org/sessions/7?source=3&t=754"
    )
    assert citations.apa_in_text(TALK) == "(King & van Beethoven, 2024, 12:34)"


@pytest.mark.parametrize(
    ("authors", "listed", "in_text"),
    [
        ([], "Giving the keys away [Audio recording]. (n.d.). Living", "(“Giving the keys away”"),
        (["Madonna"], "Madonna. (n.d.)", "(Madonna, n.d."),
        (["Jean-Luc Picard"], "Picard, J. L. (n.d.)", "(Picard, n.d."),
        (["A B", "C D", "E F"], "B, A., D, C., & F, E. (n.d.)", "(B et al., n.d."),
    ],
)
def test_apa_of_other_names(authors: list[str], listed: str, in_text: str) -> None:
    """An APA citation without a date is correct for no author, one author and three authors.

    Single names and hyphenated names are correct, too.
    """
    reference = replace(TALK, authors=authors, held_on=None)

    assert citations.apa(reference).startswith(listed)
    assert citations.apa_in_text(reference).startswith(in_text)


def test_bibtex_is_an_entry_that_every_style_knows() -> None:
    """A BibTeX entry marks which part of each name is the family name."""
    assert citations.bibtex(TALK) == (
        "@misc{session-7-3-754,\n"
        "  author = {{King}, Ada and {van Beethoven}, Ludwig},\n"
        "  title = {{Giving the keys away}},\n"
        "  year = {2024},\n"
        "  month = may,\n"
        "  howpublished = {Audio recording, Living History},\n"
        "  note = {At 12:34},\n"
        "  url = {https://library.example.org/sessions/7?source=3&t=754},\n"
        "  langid = {en}\n"
        "}\n"
    )


@given(st.text(max_size=60))
def test_escaped_text_is_the_same_text(text: str) -> None:
    """Text that is escaped for LaTeX is read back unchanged. Its braces are balanced."""
    written = citations.escaped(text)

    parts = re.findall(r"\\text\w+\{\}|\\.|.", written, re.DOTALL)

    assert "".join(UNESCAPE.get(part, part) for part in parts) == text
    bare = re.sub(r"\\[{}]", "", written)
    assert bare.count("{") == bare.count("}")


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=4))
def test_an_entry_always_closes(title: str, authors: list[str]) -> None:
    """A BibTeX entry has balanced braces for any title and any names."""
    entry = citations.bibtex(replace(TALK, title=title, authors=authors))

    depth, ends = 0, []
    for place, character in enumerate(re.sub(r"\\[{}]", "..", entry)):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0 and character == "}":
            ends.append(place)

    assert ends == [len(entry) - 2]


def test_csl_is_what_zotero_reads() -> None:
    """A CSL-JSON record has names and date in parts, and has no empty fields."""
    assert citations.csl(replace(TALK, language="")) == {
        "id": "session-7-3-754",
        "type": "interview",
        "title": "Giving the keys away",
        "author": [
            {"given": "Ada", "family": "King"},
            {"given": "Ludwig", "family": "van Beethoven"},
        ],
        "medium": "Audio recording",
        "publisher": "Living History",
        "issued": {"date-parts": [[2024, 5, 31]]},
        "note": "At 12:34",
        "URL": "https://library.example.org/sessions/7?source=3&t=754",
    }
