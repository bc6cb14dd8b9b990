"""Reader of WebVTT (W3C) and SubRip transcripts: segments with times and speakers."""

import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from library.capture.file_signatures import SUBRIP
from library.errors import InvalidInputError
from library.sessions.segments import SegmentDraft
from library.translation import gettext

VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]+)>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>")  # not the < of “1 < 2”
NAMED = re.compile(r"^\s*(?:-\s*)?([^\W\d_][\w .'\u2019-]{0,40}?):\s+(?=\S)")
ODD_NAME = re.compile(r"^\s*(?:-\s*)?((?![a-z])[^:.?!\n]{1,60}?):\s+(?=\S)")
"""Possible name of any form before a colon. Excludes the middle of a sentence."""
MOST_CUES = 100_000


def read_subtitles(text: str, filename: str) -> list[SegmentDraft]:
    """Return the cues of a transcript as segments, sorted by time.

    Speakers come from the voice tags of WebVTT. Without voice tags, they come from `NAME: words`,
    if at least two cues or a third of them have this form.

    Raises:
        InvalidInputError: The file is not valid, has too many cues, or has no cue with words.
    """
    if text.count("-->") > MOST_CUES:
        raise InvalidInputError(
            "%(filename)s has more than %(most)s cues. Cut it into parts.",
            filename=filename,
            most=f"{MOST_CUES:,}",
        )
    kind = _kind(text, filename)
    try:
        cues = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        wanted = (
            gettext("a WebVTT file must begin with the line WEBVTT")
            if kind == "vtt"
            else gettext("a SubRip file must have numbered cues")
        )
        raise InvalidInputError(
            "%(filename)s could not be read as a transcript: %(wanted)s. Export it again.",
            filename=filename,
            wanted=wanted,
        ) from error
    segments = [segment for cue in cues for segment in _segments(cue)]
    if not segments:
        raise InvalidInputError(
            "%(filename)s has no cue with words and times. Export it again.", filename=filename
        )
    segments.sort(key=lambda s: (s.start or 0.0, s.end or 0.0))
    return named_by_prefix(segments)


def _kind(text: str, filename: str) -> str:
    """Return "vtt" or "srt", by the content, or by the file name if the content is unclear."""
    if text.lstrip("\ufeff \n").startswith("WEBVTT"):
        return "vtt"
    named = filename.lower().endswith(".vtt")
    return "vtt" if named and not SUBRIP.match(text) else "srt"


def _segments(cue: webvtt.Caption) -> Iterator[SegmentDraft]:
    """Yield a segment for each voice tag of a cue, and for the words before the first tag.

    The segments share the time of the cue in proportion to the length of their text.
    """
    start, end = _seconds(cue.start_time), _seconds(cue.end_time)
    if end < start:
        return
    marks = list(VOICE.finditer(cue.raw_text))
    edges = [mark.start() for mark in marks] + [len(cue.raw_text)]
    pieces = [("", _clean(cue.raw_text[: edges[0]]))]
    for mark, (_, stop) in zip(marks, pairwise(edges), strict=True):
        pieces.append((_clean(mark.group(1)), _clean(cue.raw_text[mark.end() : stop])))
    pieces = [(speaker, words) for speaker, words in pieces if words]
    total = sum(len(words) for _, words in pieces)
    at = start
    for speaker, words in pieces:
        until = at + (end - start) * len(words) / total
        yield SegmentDraft(text=words, start=round(at, 3), end=round(until, 3), speaker=speaker)
        at = until


def named_by_prefix(segments: list[SegmentDraft]) -> list[SegmentDraft]:
    """Move the speakers of `NAME: words` from the text of segments into their `speaker`.

    Segments are returned unchanged if any has a speaker. They are also unchanged if fewer than two
    of them, and less than a third, have this form.

    A segment without a name gets the previous speaker, because captions name a speaker once. It
    gets no speaker before the first name, or if the file names only one person. It gets none after
    an irregular name either, such as `[Guest 2] (Acme): words`, that occurs only once. An irregular
    name that occurs more than once is used as a speaker.
    """
    if any(s.speaker for s in segments):
        return segments
    named = [NAMED.match(s.text) for s in segments]
    count = sum(match is not None for match in named)
    if count < 2 and count < len(segments) / 3:
        return segments
    odd = [
        None if match else ODD_NAME.match(s.text) for s, match in zip(segments, named, strict=True)
    ]
    often = Counter(_clean(match.group(1)) for match in odd if match)
    named = [
        match or (other if other and often[_clean(other.group(1))] > 1 else None)
        for match, other in zip(named, odd, strict=True)
    ]
    one_only = len({_clean(match.group(1)).casefold() for match in named if match}) == 1
    speaker, result = "", []
    for segment, match, other in zip(segments, named, odd, strict=True):
        if match:
            speaker = _clean(match.group(1))
        elif one_only or other:
            speaker = ""
        words = segment.text[match.end() :] if match else segment.text
        result.append(
            SegmentDraft(text=words, start=segment.start, end=segment.end, speaker=speaker)
        )
    return result


def _clean(text: str) -> str:
    return " ".join(html.unescape(TAG.sub("", text)).split())


def _seconds(time: "webvtt.models.Timestamp") -> float:
    hours, minutes, seconds, milliseconds = time.to_tuple()
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
