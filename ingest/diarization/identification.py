"""Speaker identification by voice print, only for people who consented to it.

If no one in the library has consented, this module computes no speaker embedding.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest.diarization.speaker_embedding import best_match, compute_voice_print, stretches_of
from ingest.media import decode, pcm
from library.errors import LibraryError
from library.models import SpeakerProposal, VoicePrint
from library.sessions.segments import SegmentDraft
from library.speakers import voice_prints
from library.speakers.voice_prints import EnrollmentTask, PrintResult
from library.store import Library
from library.transcripts import versions
from search.embedding.filterbank import Floats
from search.embedding.speaker_models import MODEL, VERSION, SpeakerModels, unit

log = logging.getLogger(__name__)

PRINTED_BY = f"{MODEL}-{VERSION}"
"""Model and export version, stored with each voice print. Only equal ones are compared."""

OpenModels = Callable[[], SpeakerModels | None]


def proposals(
    library: Library,
    source_id: int,
    sound: Path,
    segments: Sequence[SegmentDraft],
    open_models: OpenModels,
) -> list[SpeakerProposal]:
    """Propose a person for each unnamed speaker of a recording whose voice is known.

    Args:
        library: The library.
        source_id: Id of the recording.
        sound: File with the raw samples of the recording.
        segments: Segments of the transcript, with speaker labels.
        open_models: Opens the speaker models; returns None if they are not available.
    """
    with library.reading() as db:
        known = _means(voice_prints.prints_of(db, PRINTED_BY, but=source_id))
    unnamed = {s.speaker for s in segments if s.speaker and not versions.is_name(s.speaker)}
    try:
        models = open_models() if known and unnamed else None
        if models is None:
            return []
        samples = pcm.read(sound)
        embeddings = {
            label: compute_voice_print(samples, stretches_of(segments, label), models)
            for label in unnamed
        }
    # People can type a name if a proposal is missing. A failure here must not lose the transcript.
    except Exception:
        log.exception("speaker identification failed for source %s", source_id)
        return []
    vectors = {label: found.vector for label, found in embeddings.items() if found.seconds}
    matches = best_match(vectors, known)
    return [
        SpeakerProposal(source_id=source_id, voice=label, person_id=person_id, likeness=likeness)
        for label, (person_id, likeness) in matches.items()
    ]


def enroll(library: Library, open_models: OpenModels) -> bool:
    """Compute voice prints from one recording, for named people who consented to identification.

    Delete outdated voice prints first. Return whether a recording was processed.
    """
    with library.transaction() as db:
        voice_prints.clear_outdated(db)
        task = voice_prints.next_enrollment(db, PRINTED_BY)
        segments = versions.drafts_of(db, task.version_id) if task else []
    if task is None or (models := open_models()) is None:
        return False
    made = _prints_of(library, task, segments, models)
    with library.transaction() as db:
        voice_prints.enroll(db, task, PRINTED_BY, made)
    return True


def _prints_of(
    library: Library,
    task: EnrollmentTask,
    segments: Sequence[SegmentDraft],
    models: SpeakerModels,
) -> list[PrintResult]:
    """Return a voice print for each person in *task*.

    If the sound cannot be read, the vectors of the voice prints are empty.
    """
    found = []
    with library.files.temporary(".pcm") as path:
        try:
            decode.decode(library.files.path(task.sha256), into=path, progress=lambda _: None)
            samples = pcm.read(path)
        except LibraryError as error:
            log.warning("no voice prints from source %s: %s", task.source_id, error)
            segments, samples = [], np.zeros(0, np.int16)
        for person_id, speaker in task.people.items():
            one = compute_voice_print(samples, stretches_of(segments, speaker), models)
            found.append(
                PrintResult(
                    person_id=person_id,
                    vector=one.vector.astype("<f4").tobytes(),
                    seconds=one.seconds,
                )
            )
    return found


def _means(prints: Sequence[VoicePrint]) -> dict[int, Floats]:
    """Return each person's unit mean embedding, (d,) float32, weighted by seconds of speech."""
    sums: dict[int, Floats] = {}
    for one in prints:
        vector = np.frombuffer(one.vector, "<f4") * np.float32(one.seconds)
        sums[one.person_id] = sums.get(one.person_id, np.zeros_like(vector)) + vector
    return {person_id: unit(vector) for person_id, vector in sums.items()}
