"""Tests of OHMS XML: fields, order and types of the published schema."""

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
"""Those of the schema's fields that we write, in the schema's order."""


def test_ohms_has_the_order_of_its_schema() -> None:
    """OHMS fields follow the order of the schema.

    WebVTT comes after the transcript (version 6.0).
    """
    said = [SegmentDraft(text="We began in winter.", start=61.0, end=63.5, speaker="Ada")]

    record = etree.fromstring(written("ohms.xml", said))[0]

    names = [str(child.tag).removeprefix(SPACE) for child in record]
    people = [record.findtext(f"{SPACE}{who}") for who in ("interviewee", "interviewer")]
    assert names == [*ORDER, "vtt_transcript"]
    assert people == ["Ada Byron", "Ben O'Neill"]
    assert (record.get("id"), record.findtext(f"{SPACE}version")) == ("7", "6.0")
    assert date.fromisoformat(str(record.get("dt")))
    assert record.findtext(f"{SPACE}sync") == "1:|1(1)"
