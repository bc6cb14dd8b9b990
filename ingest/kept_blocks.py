"""Heard blocks as they are kept between two stages, and as the segments of a transcript."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ingest.heard import Block, HeardSegment, Word
from library.editing.transcripts import SegmentDraft


def content_of(block: Block) -> dict[str, Any]:
    """A block as JSON keeps it."""
    return asdict(block)


def block_from(content: Mapping[str, Any]) -> Block:
    """The block that `content_of` wrote."""
    segments = tuple(
        HeardSegment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
        for segment in content["segments"]
    )
    talk = tuple((start, end) for start, end in content.get("talk", ()))
    return Block(**{**content, "segments": segments, "talk": talk})


def segments_of(blocks: Sequence[Block]) -> list[SegmentDraft]:
    """The transcript of a recording from all its blocks, in order."""
    return [
        SegmentDraft(
            text=heard.text,
            start=heard.start,
            end=heard.end,
            words=[(word.text, word.start, word.end, word.probability) for word in heard.words],
            suspect=heard.suspect or "",
        )
        for block in sorted(blocks, key=lambda block: block.number)
        for heard in block.segments
    ]
