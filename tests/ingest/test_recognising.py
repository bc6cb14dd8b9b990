"""From one recording to the next: a voice that agreed is proposed, with the real models."""

from pathlib import Path

import numpy as np
import pytest

from ingest import recognising
from ingest.readers import table
from ingest.worker import Worker
from library.capture import intake
from library.editing import transcripts
from library.editing.segments import SegmentDraft
from library.holdings import sources
from library.holdings.sessions import Description
from library.models import Role, State, Visibility, VoicePrint
from library.store import Library
from library.voices import voice_consent, voice_prints
from search.filterbank import Floats
from tests.builders import Account, add_account, add_session

pytestmark = pytest.mark.usefixtures("prepared")
SAMPLES = Path(__file__).parents[2] / "library" / "samples"
BEFORE = SAMPLES / "back-after-leave.ogg"
NEXT = Path(__file__).parents[1] / "data" / "handover.ogg"
SPEAKER = "Margaret Osei"  # the same synthetic voice as Ruth's in the other recording


@pytest.fixture
def margaret(library: Library) -> Account:
    """Somebody with an account whom a recording names, and who lets her voice be recognised."""
    account = add_account(library, SPEAKER, Role.MENTOR)
    built = add_session(library, owner=account, content=BEFORE.read_bytes())
    written = table.read(BEFORE.with_suffix(".vtt"), "told.vtt", note=False, alive=lambda: None)
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        transcripts.save_version(db, source, written.segments, origin="correction")
        voice_consent.agree(db, account.viewer)
    return account


def made(library: Library) -> list[VoicePrint]:
    with library.reading() as db:
        return list(db.query(VoicePrint))


def test_a_voice_is_proposed_in_the_next_recording_and_forgotten(
    library: Library, margaret: Account
) -> None:
    """Learned where it is named, proposed for the one unnamed voice that is hers, forgotten."""
    worker = Worker(library)
    worker.run_until_idle()
    (learned,) = made(library)
    kept = intake.keep(library, NEXT.name, [NEXT.read_bytes()])
    described = Description(title="Next", language="en", visibility=Visibility.PRIVATE)
    heard = intake.take_in(library, margaret.viewer, described, [kept]).source_ids[0]
    worker.run_until_idle()

    with library.reading() as db:
        assert sources.get(db, heard).state is State.READY
        version = transcripts.current_version(db, heard)
        voices = [one.speaker for one in transcripts.segments_of(db, version.id)]
        proposed = voice_prints.proposals_for(db, margaret.viewer, heard)

    assert learned.seconds == pytest.approx(60.0, abs=1.0)
    assert set(voices) == {"Speaker 1", "Speaker 2"}
    assert {voice: one.name for voice, one in proposed.items()} == {voices[0]: SPEAKER}
    voice_consent.forget(library, margaret.viewer)
    assert recognising.learn(library, Deaf) is False
    assert made(library) == []


class Deaf:
    """A voice model that cannot hear."""

    def classes(self, window: Floats) -> Floats:
        """Never asked."""
        return np.zeros((0, 7), np.float32)

    def vector(self, features: Floats) -> Floats:
        """Fails."""
        raise RuntimeError


def test_sound_that_cannot_be_read_is_not_tried_for_ever(
    library: Library, margaret: Account
) -> None:
    """A recording whose file is damaged gives no print, and the next look passes it by."""
    with library.reading() as db:
        lesson = voice_prints.next_lesson(db, recognising.PRINTED_BY)
    library.files.path(lesson.sha256).write_bytes(b"no sound")

    looks = [recognising.learn(library, Deaf) for _ in range(2)]

    assert looks == [True, False]
    assert [(one.seconds, one.vector) for one in made(library)] == [(0.0, b"")]


def test_a_voice_model_that_fails_costs_no_transcript(library: Library, margaret: Account) -> None:
    """Whatever goes wrong with voices, nobody is proposed and nothing else happens."""
    with library.transaction() as db:
        lesson = voice_prints.next_lesson(db, recognising.PRINTED_BY)
        vector = np.ones(192, "<f4").tobytes()
        known = voice_prints.Print(person_id=margaret.id, vector=vector, seconds=9.0)
        voice_prints.learn(db, lesson, recognising.PRINTED_BY, [known])
        unnamed = SegmentDraft(text="Well.", speaker="Speaker 1", start=0.0, end=9.0)

    found = recognising.proposals(library, lesson.source_id + 1, NEXT, [unnamed], Deaf)

    assert found == []
