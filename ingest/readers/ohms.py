"""Reader of OHMS XML (Oral History Metadata Synchronizer, Nunn Center).

Newer records contain the transcript as WebVTT. Older records contain lines, and in `sync` the line
at which each interval starts: in `1:|12(3)|27(8)` minute 1 starts in line 12, minute 2 in line 27.
A record without a transcript is read from the points of its index.
"""

import re
from typing import TYPE_CHECKING

from ingest.readers.subtitles import named_by_prefix, read_subtitles
from ingest.readers.time_validation import seconds
from ingest.readers.timestamped_text import read_timed_text
from library.capture.file_signatures import has_time_marks
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.translation import gettext

if TYPE_CHECKING:
    from lxml.etree import _Element

STAMP = re.compile(r"(\d{1,7})(?:\(\d*\))?")
FOOTNOTE = re.compile(r"\[\[footnote\]\].{0,20}?\[\[/footnote\]\]")
FOOTNOTES = re.compile(r"\[\[footnotes\]\].*", re.DOTALL)
MOST_LINES = 100_000


def read_ohms(content: bytes, filename: str) -> list[SegmentDraft]:
    """Return the segments of a record, with the most exact times that the record contains.

    Entities are not resolved and no network is used.

    Raises:
        InvalidInputError: The XML is not valid, declares entities, or has neither a transcript nor
            an index.
    """
    root = _parsed(content, filename)
    record = root.find("{*}record")
    record = root if record is None else record
    if (cues := _text(record, "vtt_transcript")).startswith("WEBVTT"):
        return read_subtitles(
            cues, gettext("the transcript.vtt in %(filename)s", filename=filename)
        )
    spoken = FOOTNOTE.sub("", FOOTNOTES.sub("", _text(record, "transcript")))
    if has_time_marks(spoken):
        return read_timed_text(spoken, filename)
    if spoken:
        return _synchronised(spoken, _text(record, "sync"), _text(record, "duration"))
    if points := record.findall("{*}index/{*}point"):
        return _indexed(points)
    raise InvalidInputError(
        "%(filename)s is an OHMS record without a transcript and without an index. Export it "
        "again with its transcript.",
        filename=filename,
    )


def _parsed(content: bytes, filename: str) -> "_Element":
    from lxml import etree

    if b"<!ENTITY" in content:
        raise InvalidInputError(
            "%(filename)s declares entities of its own, which is unsafe in XML, so it was not "
            "opened. Export it again.",
            filename=filename,
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidInputError(
            "%(filename)s is not complete XML. Export the file again and add it.",
            filename=filename,
        ) from error


def _text(record: "_Element", name: str) -> str:
    found = record.findtext(f"{{*}}{name}")
    return (found or "").replace("\r\n", "\n").strip()


def _synchronised(spoken: str, sync: str, duration: str) -> list[SegmentDraft]:
    """Return the paragraphs of the transcript *spoken* as segments.

    Their times are interpolated between the starts of the intervals in *sync*. The transcript ends
    at *duration*, the length of the recording as written in the record.
    """
    lines = spoken.split("\n")[:MOST_LINES]
    known = _stamps(sync, len(lines), seconds(_as_seconds(duration)))
    segments, first = [], 0
    for i in range(len(lines) + 1):
        if i < len(lines) and lines[i].strip():
            continue
        if words := " ".join(" ".join(lines[first:i]).split()):
            start, end = _at(known, first), _at(known, i)
            segments.append(SegmentDraft(text=words, start=start, end=max(start, end)))
        first = i + 1
    return named_by_prefix(segments)


def _stamps(sync: str, lines: int, duration: float | None) -> list[tuple[int, float]]:
    """Return pairs (line counted from 0, time in seconds), in ascending order.

    The first pair is for line 0. The last pair is for the end of the text.
    """
    interval, _, stamps = sync.partition(":")
    step = int(interval) * 60 if interval.isdecimal() and len(interval) < 4 else 60
    known = [(0, 0.0)]
    for number, stamp in enumerate(stamps.split("|")):
        found = STAMP.match(stamp.strip())
        if found and known[-1][0] < int(found[1]) - 1 < lines:
            known.append((int(found[1]) - 1, float(max(number, 1) * step)))
    last = known[-1][1] + step if duration is None else max(duration, known[-1][1])
    return [*known, (max(lines, known[-1][0] + 1), last)]


def _at(known: list[tuple[int, float]], line: int) -> float:
    after = next(i for i, (at, _) in enumerate(known) if at >= line)
    if after == 0 or known[after][0] == line:
        return known[after][1]
    (low, start), (high, end) = known[after - 1], known[after]
    return round(start + (end - start) * (line - low) / (high - low), 3)


def _as_seconds(clock: str) -> float | str:
    parts = clock.split(":")
    if not all(part.isdecimal() and len(part) < 8 for part in parts):
        return clock
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return total


def _indexed(points: "list[_Element]") -> list[SegmentDraft]:
    """Return one segment for each index point that has words, in order of time.

    A segment lasts until the next point. The last one has no duration.
    """
    starts = [seconds(_text(point, "time")) or 0.0 for point in points]
    ordered = sorted(zip(starts, points, strict=True), key=lambda pair: pair[0])
    segments = []
    for i, (start, point) in enumerate(ordered):
        about = [_text(point, name) for name in ("title", "synopsis", "partial_transcript")]
        words = " ".join(" ".join(filter(None, about)).split())
        end = ordered[i + 1][0] if i + 1 < len(ordered) else start
        if words:
            segments.append(SegmentDraft(text=words, start=start, end=end))
    return segments
