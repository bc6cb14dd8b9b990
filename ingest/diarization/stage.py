"""Optional diarization stage of the pipeline. If diarization fails, the transcript is kept."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.asr import blocks as asr_blocks
from ingest.asr.result import AsrBlock
from ingest.diarization.assignment import with_speakers
from ingest.diarization.clustering import cluster_speakers
from ingest.lease import StoppedError
from ingest.media.media_info import Notice
from library.sessions.segments import SegmentDraft
from library.translation import mark
from search.embedding.speaker_models import SpeakerModels

log = logging.getLogger(__name__)

FAILED = Notice(
    "speakers",
    mark("The speakers could not be distinguished. You can name them in the transcript."),
)


def diarize(
    sound: Path,
    blocks: Sequence[AsrBlock],
    open_models: Callable[[], SpeakerModels | None],
    *,
    people: int | None,
    progress: Callable[[float], None],
    at_once: int = 1,
) -> tuple[list[SegmentDraft], Notice | None]:
    """Return the segments of *blocks* with speakers, and None.

    If the diarization fails, return the segments without speakers, and a notice.

    *people* is the expected number of speakers, if known.

    Raises:
        StoppedError: This worker no longer holds the lease on the source.
    """
    segments = asr_blocks.segments_of(blocks)
    if not segments:
        return segments, None
    if blocks[0].channel is not None:
        return by_channel(blocks), None
    try:
        models = open_models()
        if models is None:
            return segments, None
        talk = [stretch for block in blocks for stretch in block.talk]
        clusters = cluster_speakers(
            sound, talk, models, people=people, progress=progress, at_once=at_once
        )
        return with_speakers(segments, clusters.turns), None
    except StoppedError:
        raise
    # A failure of diarization must not lose the transcript.
    except Exception:
        log.exception("diarization of %s failed", sound)
        return segments, FAILED


def by_channel(blocks: Sequence[AsrBlock]) -> list[SegmentDraft]:
    """Return the segments of a recording with one speaker per channel, sorted by time."""
    pairs = [
        (block.channel, segment) for block in blocks for segment in asr_blocks.segments_of([block])
    ]
    pairs.sort(key=lambda pair: pair[1].start or 0.0)
    names: dict[int | None, str] = {}
    return [
        replace(segment, speaker=names.setdefault(channel, f"Speaker {len(names) + 1}"))
        for channel, segment in pairs
    ]
