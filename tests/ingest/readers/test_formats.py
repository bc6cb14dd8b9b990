"""Tests that pages, documentation and round-trip tests contain each readable format."""

import re
from pathlib import Path

import pytest

from ingest.readers.formats import FORMATS, Format
from library.capture import file_types
from tests.paths import ROOT

ROUND_TRIPS = Path(__file__).with_name("test_round_trips.py")
each_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@each_format
def test_people_can_choose_files_of_each_format(form: Format) -> None:
    """The pages that add notes and transcripts accept the suffixes of each format."""
    accepted = file_types.NOTES if form.notes else file_types.TRANSCRIPTS

    missing = set(form.suffixes) - set(accepted)

    assert not missing, (
        f"Add {', '.join(sorted(missing))} to {'NOTES' if form.notes else 'TRANSCRIPTS'} in "
        "library/capture/file_types.py."
    )


def test_every_file_that_people_can_choose_has_a_reader() -> None:
    """For each accepted suffix of notes and transcripts there is a format."""
    read = {suffix for form in FORMATS for suffix in form.suffixes}

    assert {*file_types.NOTES, *file_types.TRANSCRIPTS} == read


@each_format
def test_the_documentation_names_each_format(form: Format) -> None:
    """The first table of docs/formats.md contains the suffixes of each format."""
    text = (ROOT / "docs/formats.md").read_text("utf-8")
    table = text.partition("## Formats that are written")[0]

    missing = [suffix for suffix in form.suffixes if not re.search(rf"{suffix}\b", table)]

    assert not missing, f"Describe {', '.join(missing)} in the first table of docs/formats.md."


@each_format
def test_each_format_has_a_round_trip(form: Format) -> None:
    """A test in test_round_trips.py reads each format."""
    read = re.findall(r'\bread\("([^"]+)"', ROUND_TRIPS.read_text("utf-8"))

    assert form.name in read, (
        f"Add a test of {form.name!r} to tests/ingest/readers/{ROUND_TRIPS.name}."
    )


@each_format
def test_the_last_format_of_a_kind_accepts_every_file(form: Format) -> None:
    """Only the last format of notes and the last one of transcripts accept every file."""
    kind = [known for known in FORMATS if known.notes == form.notes]

    assert form.recognises(b"any bytes") == (form is kind[-1])
