"""Speakers of notes that are conversations: paragraphs of the form `NAME: words`, without times.

Other people than the author speak in such a note, so its paragraphs get speakers. The release waits
until all speakers are named, as for a transcript.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.consent.speaker_labels import names_a_person
from library.sessions.segments import SegmentDraft

TURN = re.compile(
    r"[ \t]*(?:[-*>][ \t]+)?(?P<mark>\*\*|__|[*_]|)(?P<name>[^\W\d_][^:\n*]{0,60}?)"
    r"(?::(?P=mark)|(?P=mark):)[ \t]+(?=\S)"
)
"""Start of a turn: a name, optionally in Markdown emphasis, and a colon."""
ESCAPE = re.compile(r"\\(?=[^\w\s]|_)")
MOSTLY = 0.5  # least share of pieces that must begin with a name


def with_speakers(segments: Sequence[SegmentDraft]) -> list[SegmentDraft]:
    """Return the segments of a note, cut into turns with speakers if it is a conversation.

    Other notes are returned unchanged. A paragraph without a name gets the previous speaker.
    """
    pieces = [piece for segment in segments for piece in _turns(segment)]
    if not _is_conversation([name for name, _ in pieces]):
        return list(segments)
    speaker, found = "", []
    for name, piece in pieces:
        speaker = name or speaker
        found.append(replace(piece, speaker=speaker))
    return found


def _is_conversation(names: Sequence[str]) -> bool:
    """Return whether the names before colons are speakers of a conversation.

    Half of the pieces must begin with a name, and at least two names must differ. In addition, two
    names must occur more than once. If every piece begins with a name, one name that occurs more
    than once is enough. If a name is a label such as "Speaker 2", no name must occur more than
    once.

    Args:
        names: For each piece of a note, the name with which it begins, or "".
    """
    often = Counter(name.casefold() for name in names if name)
    if len(often) < 2 or often.total() < MOSTLY * len(names):
        return False
    again = sum(number > 1 for number in often.values())
    return again > (often.total() < len(names)) or any(not names_a_person(name) for name in often)


def _turns(segment: SegmentDraft) -> Iterator[tuple[str, SegmentDraft]]:
    """Yield (name, segment) for each turn of a paragraph. Lines without a name continue a turn."""
    name, lines = "", list[str]()
    for line in segment.text.split("\n"):
        if (found := TURN.match(line)) is None:
            lines.append(line)
            continue
        if any(lines):
            yield name, replace(segment, text="\n".join(lines))
        name, lines = ESCAPE.sub("", found["name"]).strip(), [line[found.end() :]]
    yield name, replace(segment, text="\n".join(lines))
