"""Tests of exports as OHMS XML: they follow the published schema."""

from datetime import date

from lxml import etree

from library.sessions.segments import SegmentDraft
from tests.ingest.readers.test_round_trips import written

SPACE = "{https://www.weareavp.com/nunncenter/ohms}"
ORDER = (
    *("version", "date", "title", "duration", "repository", "repository_url"),
    *("interviewee", "interviewer", "file_name", "sync", "media_url", "language"),
    *("user_notes", "index", "type", "description", "transcript"),
)
"""Fields of the schema that the export contains, in the order of the schema."""


def test_ohms_has_the_order_of_its_schema() -> None:
    """The fields of an OHMS export follow the order of the schema (version 6.0).

    The WebVTT transcript comes last.
    """
    segments = [SegmentDraft(text="We began in winter.", start=61.0, end=63.5, speaker="Ada")]

    record = etree.fromstring(written("ohms.xml", segments))[0]

    names = [str(child.tag).removeprefix(SPACE) for child in record]
    people = [record.findtext(f"{SPACE}{who}") for who in ("interviewee", "interviewer")]
    assert names == [*ORDER, "vtt_transcript"]
    assert people == ["Ada Byron", "Ben O'Neill"]
    assert (record.get("id"), record.findtext(f"{SPACE}version")) == ("7", "6.0")
    assert date.fromisoformat(str(record.get("dt")))
    assert record.findtext(f"{SPACE}sync") == "1:|1(1)"
