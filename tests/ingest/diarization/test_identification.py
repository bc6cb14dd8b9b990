"""Tests of recognising a consenting person in another recording, with the real models."""

from pathlib import Path

import numpy as np
import pytest

from ingest.diarization import identification
from ingest.readers import read
from ingest.worker import Worker
from library.capture import intake
from library.models import Role, State, Visibility, VoicePrint
from library.sessions import sources
from library.sessions.description import Description
from library.sessions.segments import SegmentDraft
from library.speakers import recognition_consent, voice_prints
from library.store import Library
from library.transcripts import versions
from search.embedding.filterbank import Floats
from tests.builders import Account, add_account, add_session
from tests.microphone import as_wav
from tests.paths import DATA, SAMPLES

pytestmark = pytest.mark.usefixtures("prepared")
BEFORE = SAMPLES / "back-after-leave.ogg"
NEXT = DATA / "handover.ogg"
SPEAKER = "Margaret Osei"  # has the synthetic voice of Ruth in the other recording


@pytest.fixture
def margaret(library: Library) -> Account:
    """Mentor who is named in a recording and agreed to be recognised by voice."""
    account = add_account(library, SPEAKER, Role.MENTOR)
    built = add_session(library, owner=account, content=BEFORE.read_bytes())
    written = read.read(BEFORE.with_suffix(".vtt"), "told.vtt", note=False, alive=lambda: None)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        versions.save_version(db, source, written.segments, origin="correction")
        recognition_consent.agree(db, account.viewer)
    return account


def voice_prints_of(library: Library) -> list[VoicePrint]:
    with library.reading() as db:
        return list(db.query(VoicePrint))


def test_a_person_is_proposed_in_the_next_recording_and_forgotten(
    library: Library, margaret: Account, tmp_path: Path
) -> None:
    """A voice print made from one recording gives a speaker proposal in the next one.

    The voice print is deleted when the person withdraws consent.
    """
    worker = Worker(library)
    worker.run_until_idle()
    (learned,) = voice_prints_of(library)
    recording = as_wav(NEXT, tmp_path, seconds=25)
    stored = intake.keep(library, recording.name, [recording.read_bytes()])
    described = Description(title="Next", language="en", visibility=Visibility.PRIVATE)
    added = intake.create_session(library, margaret.viewer, described, [stored])
    new_source_id = added.source_ids[0]
    worker.run_until_idle()

    with library.reading() as db:
        assert sources.get(db, new_source_id).state is State.READY
        version = versions.current_version(db, new_source_id)
        labels = [segment.speaker for segment in versions.segments_of(db, version.id)]
        proposed = voice_prints.proposals_for(db, margaret.viewer, new_source_id)

    assert learned.seconds == pytest.approx(60.0, abs=1.0)
    assert set(labels) == {"Speaker 1", "Speaker 2"}
    assert {label: person.name for label, person in proposed.items()} == {labels[0]: SPEAKER}
    recognition_consent.forget(library, margaret.viewer)
    assert identification.enroll(library, FailingModel) is False
    assert voice_prints_of(library) == []


class FailingModel:
    """Speaker models that raise an error."""

    def classes(self, window: Floats) -> Floats:
        """Return no frames. The tests do not call this method."""
        return np.zeros((0, 7), np.float32)

    def vector(self, features: Floats) -> Floats:
        """Raise RuntimeError."""
        raise RuntimeError


def test_unreadable_sound_is_tried_once(library: Library, margaret: Account) -> None:
    """If a recording is damaged, its voice print stays empty and is not tried again."""
    with library.reading() as db:
        lesson = voice_prints.next_enrollment(db, identification.PRINTED_BY)
    library.files.path(lesson.sha256).write_bytes(b"no sound")

    attempts = [identification.enroll(library, FailingModel) for _ in range(2)]

    assert attempts == [True, False]
    assert [(found.seconds, found.vector) for found in voice_prints_of(library)] == [(0.0, b"")]


def test_a_failing_speaker_model_proposes_no_one(library: Library, margaret: Account) -> None:
    """If the speaker models fail, there are no speaker proposals and no error."""
    with library.transaction() as db:
        lesson = voice_prints.next_enrollment(db, identification.PRINTED_BY)
        vector = np.ones(192, "<f4").tobytes()
        known = voice_prints.PrintResult(person_id=margaret.id, vector=vector, seconds=9.0)
        voice_prints.enroll(db, lesson, identification.PRINTED_BY, [known])
        unnamed = SegmentDraft(text="Well.", speaker="Speaker 1", start=0.0, end=9.0)

    found = identification.proposals(library, lesson.source_id + 1, NEXT, [unnamed], FailingModel)

    assert found == []
