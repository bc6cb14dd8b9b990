"""The stage that tells speakers apart: optional, and never the end of a transcript."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest import kept_blocks
from ingest.heard import Block
from ingest.lease import StoppedError
from ingest.media import Notice
from ingest.speakers import with_speakers
from ingest.voices import tell_apart
from library.editing.segments import SegmentDraft
from search.voiceprint import VoiceModels

log = logging.getLogger(__name__)

FAILED = Notice(
    "speakers", "The speakers could not be told apart. You can name them in the transcript."
)


def told_apart(
    sound: Path,
    blocks: Sequence[Block],
    open_models: Callable[[], VoiceModels | None],
    *,
    people: int | None,
    progress: Callable[[float], None],
    at_once: int = 1,
) -> tuple[list[SegmentDraft], Notice | None]:
    """The transcript of *blocks* with its speakers, or without them and a notice that says so.

    *people*: how many are expected, where that is known.

    Raises:
        StoppedError: the source is not this worker's any more.
    """
    segments = kept_blocks.segments_of(blocks)
    if not segments:
        return segments, None
    if blocks[0].channel is not None:
        return by_channel(blocks), None
    try:
        models = open_models()
        if models is None:
            return segments, None
        talk = [stretch for block in blocks for stretch in block.talk]
        voices = tell_apart(sound, talk, models, people=people, progress=progress, at_once=at_once)
        return with_speakers(segments, voices.turns), None
    except StoppedError:
        raise
    # Whatever goes wrong with voices, the words are worth more.
    except Exception:
        log.exception("speakers of %s", sound)
        return segments, FAILED


def by_channel(blocks: Sequence[Block]) -> list[SegmentDraft]:
    """The transcript of a recording in which each speaker has a channel, in the order of time."""
    said = [
        (block.channel, segment) for block in blocks for segment in kept_blocks.segments_of([block])
    ]
    said.sort(key=lambda one: one[1].start or 0.0)
    names: dict[int | None, str] = {}
    return [
        replace(segment, speaker=names.setdefault(channel, f"Speaker {len(names) + 1}"))
        for channel, segment in said
    ]
