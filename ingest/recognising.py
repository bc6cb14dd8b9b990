"""Voices of people who agreed to it: their prints are made, and unnamed voices compared with them.

Where nobody agreed, no voice is looked at.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest import decode, pcm
from ingest.prints import likest, printed, stretches_of
from library.editing import transcripts
from library.editing.segments import SegmentDraft
from library.errors import LibraryError
from library.models import VoicePrint, VoiceProposal
from library.store import Library
from library.voices import voice_prints
from library.voices.voice_prints import Lesson, Print
from search.filterbank import Floats
from search.voiceprint import MODEL, VERSION, VoiceModels, unit

log = logging.getLogger(__name__)

PRINTED_BY = f"{MODEL}-{VERSION}"
"""The name that prints carry: those of another model, or of another export, are not compared."""

OpenModels = Callable[[], VoiceModels | None]


def proposals(
    library: Library,
    source_id: int,
    sound: Path,
    segments: Sequence[SegmentDraft],
    open_models: OpenModels,
) -> list[VoiceProposal]:
    """Whom the unnamed voices of a recording, whose samples are in *sound*, are like."""
    with library.reading() as db:
        known = _means(voice_prints.prints_of(db, PRINTED_BY, but=source_id))
    unnamed = {s.speaker for s in segments if s.speaker and not transcripts.is_name(s.speaker)}
    try:
        models = open_models() if known and unnamed else None
        if models is None:
            return []
        samples = pcm.read(sound)
        heard = {one: printed(samples, stretches_of(segments, one), models) for one in unnamed}
    # A name that is not proposed can be typed; the words are worth more.
    except Exception:
        log.exception("voices of source %s", source_id)
        return []
    found = likest({label: one.vector for label, one in heard.items() if one.seconds}, known)
    return [
        VoiceProposal(source_id=source_id, voice=label, person_id=person_id, likeness=likeness)
        for label, (person_id, likeness) in found.items()
    ]


def learn(library: Library, open_models: OpenModels) -> bool:
    """Make the prints of one recording in which somebody who agreed is named; whether there was.

    Prints of whoever is not named any more where they were made go first.
    """
    with library.transaction() as db:
        voice_prints.clear_outdated(db)
        lesson = voice_prints.next_lesson(db, PRINTED_BY)
        segments = transcripts.drafts_of(db, lesson.version_id) if lesson else []
    if lesson is None or (models := open_models()) is None:
        return False
    made = _made(library, lesson, segments, models)
    with library.transaction() as db:
        voice_prints.learn(db, lesson, PRINTED_BY, made)
    return True


def _made(
    library: Library, lesson: Lesson, segments: Sequence[SegmentDraft], models: VoiceModels
) -> list[Print]:
    """The prints of everybody in a lesson; empty ones where the sound cannot be read any more."""
    found = []
    with library.files.temporary(".pcm") as path:
        try:
            decode.decode(library.files.path(lesson.sha256), into=path, progress=lambda _: None)
            samples = pcm.read(path)
        except LibraryError as error:
            log.warning("voices of source %s: %s", lesson.source_id, error)
            segments, samples = [], np.zeros(0, np.int16)
        for person_id, speaker in lesson.people.items():
            one = printed(samples, stretches_of(segments, speaker), models)
            found.append(
                Print(
                    person_id=person_id,
                    vector=one.vector.astype("<f4").tobytes(),
                    seconds=one.seconds,
                )
            )
    return found


def _means(prints: Sequence[VoicePrint]) -> dict[int, Floats]:
    """What each person's voice is like over all their recordings; more speech counts more."""
    sums: dict[int, Floats] = {}
    for one in prints:
        vector = np.frombuffer(one.vector, "<f4") * np.float32(one.seconds)
        sums[one.person_id] = sums.get(one.person_id, np.zeros_like(vector)) + vector
    return {person_id: unit(vector) for person_id, vector in sums.items()}
