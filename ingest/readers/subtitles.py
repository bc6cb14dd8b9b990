"""WebVTT (W3C) and SubRip transcripts become segments with their times and speakers."""

import html
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from library.editing.segments import SegmentDraft
from library.editing.signatures import SUBRIP
from library.errors import InvalidInputError

VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]+)>")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[\d:.]+>")  # not the < of “1 < 2”
NAMED = re.compile(r"^\s*(?:-\s*)?([^\W\d_][\w .'\u2019-]{0,40}?):\s+(?=\S)")
ODD_NAME = re.compile(r"^\s*(?:-\s*)?((?![a-z])[^:.?!\n]{1,60}?):\s+(?=\S)")
"""What stands before a colon as a name may, in any form; not the middle of a sentence."""
MOST_CUES = 100_000


def read_subtitles(text: str, filename: str) -> list[SegmentDraft]:
    """The cues of a transcript in the order of their times.

    Speakers come from WebVTT's voice tags, else from `NAME: words` where at least two cues or a
    third of them are written that way.

    Raises:
        InvalidInputError: no cue could be read, or their times make no sense.
    """
    if text.count("-->") > MOST_CUES:
        raise InvalidInputError(f"{filename} has more than {MOST_CUES:,} cues. Cut it into parts.")
    kind = _kind(text, filename)
    try:
        cues = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        wanted = (
            "WebVTT begins with the line WEBVTT" if kind == "vtt" else "SubRip numbers its cues"
        )
        raise InvalidInputError(
            f"{filename} could not be read as a transcript: {wanted}. Export it once more."
        ) from error
    segments = [segment for cue in cues for segment in _segments(cue)]
    if not segments:
        raise InvalidInputError(f"{filename} has no cue with words and times in it.")
    segments.sort(key=lambda s: (s.start or 0.0, s.end or 0.0))
    return named_by_prefix(segments)


def _kind(text: str, filename: str) -> str:
    """What is written in the file, whatever its name says."""
    if text.lstrip("\ufeff \n").startswith("WEBVTT"):
        return "vtt"
    named = filename.lower().endswith(".vtt")
    return "vtt" if named and not SUBRIP.match(text) else "srt"


def _segments(cue: webvtt.Caption) -> Iterator[SegmentDraft]:
    """One segment for each voice in a cue; a cue's time is shared out by the words."""
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
    """The same with the speakers of `NAME: words`, where that is how the whole is written.

    A cue without a name goes on with the speaker before it, as captions name a speaker once. It
    has no speaker where nobody can know that: before the first name, where the whole file names
    one person only, and where it begins like a name in a form that we do not read, such as
    `[Guest 2] (Acme): words`. Such a name is taken as it stands where it comes again.
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
