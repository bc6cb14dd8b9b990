"""Notes that are a conversation: `NAME: words` again and again, without times.

What several people say to one another is not the word of who wrote it down, so its paragraphs get
speakers. Those hold the release until they are named, as the speakers of a transcript do.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from library.consent.speaker_labels import names_a_person
from library.editing.segments import SegmentDraft

TURN = re.compile(
    r"[ \t]*(?:[-*>][ \t]+)?(?P<mark>\*\*|__|[*_]|)(?P<name>[^\W\d_][^:\n*]{0,60}?)"
    r"(?::(?P=mark)|(?P=mark):)[ \t]+(?=\S)"
)
"""The beginning of a turn, its name in Markdown's emphasis or not."""
ESCAPE = re.compile(r"\\(?=[^\w\s]|_)")
MOSTLY = 0.5  # of all pieces, begin with a name


def with_speakers(segments: Sequence[SegmentDraft]) -> list[SegmentDraft]:
    """The paragraphs of a note, with the speakers of those that are turns of a conversation.

    Any other note stays as it is. A paragraph without a name goes on with the turn before it.
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
    """Whether names before colons are speakers: several, who come again or are unnamed voices.

    Where every piece begins with a name, one that comes again is enough.

    Args:
        names: for each piece of a note, the name that it begins with, or nothing.
    """
    often = Counter(name.casefold() for name in names if name)
    if len(often) < 2 or often.total() < MOSTLY * len(names):
        return False
    again = sum(number > 1 for number in often.values())
    return again > (often.total() < len(names)) or any(not names_a_person(name) for name in often)


def _turns(segment: SegmentDraft) -> Iterator[tuple[str, SegmentDraft]]:
    """Give the turns of a paragraph, each with its name; lines without one go on with the last."""
    name, lines = "", list[str]()
    for line in segment.text.split("\n"):
        if (found := TURN.match(line)) is None:
            lines.append(line)
            continue
        if any(lines):
            yield name, replace(segment, text="\n".join(lines))
        name, lines = ESCAPE.sub("", found["name"]).strip(), [line[found.end() :]]
    yield name, replace(segment, text="\n".join(lines))
