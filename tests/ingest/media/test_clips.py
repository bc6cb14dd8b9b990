"""Tests of clips: content, access, and removal when their sound changes."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from ingest.media.clips import ClipCutter, cut
from library.errors import ConflictError, InvalidInputError, NotFoundError, UnreadableMediaError
from library.models import Clip, Redaction, Visibility
from library.models.enums import Originals
from library.publishing import clips
from library.sessions import erasure, sessions, sources
from library.sessions.erasure import ErasurePlan, RemovalSubject
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.ingest.recordings import RATE, record

CLICK = 5.25  # seconds


def clicking() -> npt.NDArray[np.float32]:
    """Return eight seconds of silence with one click at `CLICK` seconds, shape (1, n) float32."""
    sound = np.zeros((1, 8 * RATE), np.float32)
    sound[0, round(CLICK * RATE) : round(CLICK * RATE) + 480] = 0.8
    return sound


def samples_of(path: Path) -> npt.NDArray[np.float32]:
    """Return the samples of a clip, decoded with PyAV."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


@pytest.mark.parametrize("name", ["talk.mp3", "talk.m4a", "talk.wav", "talk.flac", "talk.ogg"])
def test_a_clip_has_the_requested_range(tmp_path: Path, name: str) -> None:
    """A clip contains the requested range of the recording, within 0.01 seconds."""
    original = record(tmp_path / name, clicking())

    cut(original, tmp_path / "clip.m4a", 4.0, 6.5)

    samples = samples_of(tmp_path / "clip.m4a")
    loudest = int(np.argmax(np.abs(samples) > 0.3))
    assert loudest / RATE == pytest.approx(CLICK - 4.0, abs=0.01)
    assert len(samples) / RATE == pytest.approx(2.5, abs=0.05)


def test_a_range_after_the_end_is_refused(tmp_path: Path) -> None:
    """A clip whose range is after the end of the recording is refused with an error message."""
    original = record(tmp_path / "talk.wav", clicking())

    with pytest.raises(UnreadableMediaError, match="no sound in this part"):
        cut(original, tmp_path / "clip.m4a", 20.0, 22.0)


@pytest.fixture
def talk(library: Library, tmp_path: Path, mentor: Account) -> Built:
    """A session with a recording of eight seconds."""
    original = record(tmp_path / "talk.wav", clicking())
    built = add_session(library, owner=mentor, content=original.read_bytes())
    with library.transaction() as db:
        sources.get(db, built.source_id).duration = 8.0
    return built


def cut_clip(library: Library, talk: Built, viewer: Account, end: float = 3.0) -> Path:
    """Request and cut the clip from second 1 to second *end*. Return the path of its file."""
    with library.transaction() as db:
        clip = clips.request(db, viewer.viewer, talk.source_id, 1.0, end)
    ClipCutter(library).cut_waiting()
    return clips.path(library, clip)


def test_the_same_range_is_cut_once(library: Library, talk: Built, mentor: Account) -> None:
    """A second request for the same range uses the existing clip."""
    cut_clip(library, talk, mentor)

    with library.transaction() as db:
        again = clips.request(db, mentor.viewer, talk.source_id, 1.0, 3.0)

    assert again.made_at is not None
    assert ClipCutter(library).cut_waiting() == 0


@pytest.mark.parametrize(("start", "end"), [(3.0, 3.0), (-1.0, 2.0), (9.0, 12.0)])
def test_a_range_that_makes_no_sense_is_refused(
    library: Library, talk: Built, mentor: Account, start: float, end: float
) -> None:
    """A clip is refused if its range is empty or outside of the recording."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        clips.request(db, mentor.viewer, talk.source_id, start, end)


def test_a_clip_of_a_private_session_is_not_found(
    library: Library, mentor: Account, mentee: Account
) -> None:
    """A member can neither request nor find a clip of another owner's private session."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)

    for question in (clips.request, clips.find):
        with library.transaction() as db, pytest.raises(NotFoundError):
            question(db, mentee.viewer, hidden.source_id, 1.0, 3.0)


def test_a_clip_is_removed_when_the_sound_changes(
    library: Library, talk: Built, mentor: Account
) -> None:
    """After the sound of a source changed, its clips are not found and are deleted."""
    path = cut_clip(library, talk, mentor)
    other, _ = library.files.keep([b"the sound without a stretch"])
    with library.transaction() as db:
        sources.get(db, talk.source_id).web_sha256 = other

    with library.reading() as db:
        found = clips.find(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    clips.delete_stale(library)

    assert found is None
    assert not path.exists()


def test_clips_are_refused_during_a_redaction(
    library: Library, talk: Built, mentor: Account
) -> None:
    """During a redaction, existing clips are deleted and waiting clips are not cut.

    New requests for clips are refused.
    """
    path = cut_clip(library, talk, mentor)
    with library.transaction() as db:
        clips.request(db, mentor.viewer, talk.source_id, 1.0, 4.0)  # waits during the redaction
        db.add(Redaction(source_id=talk.source_id, start=1, end=2, originals=Originals.SEAL))
        erasure.plan(db, "stretch", RemovalSubject(), ErasurePlan(work=[talk.source_id]))
    erasure.finish(library)

    ClipCutter(library).cut_waiting()

    assert not path.exists()
    assert library.files.clips() == []
    for question in (clips.request, clips.find):
        with library.transaction() as db, pytest.raises(ConflictError):
            question(db, mentor.viewer, talk.source_id, 1.0, 3.0)


def test_a_removed_session_leaves_no_clip(library: Library, talk: Built, mentor: Account) -> None:
    """When a session is removed, its clips are deleted from the database and the disk."""
    path = cut_clip(library, talk, mentor)
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, talk.session_id))

    clips.delete_stale(library)

    with library.reading() as db:
        assert db.query(Clip).count() == 0
    assert not path.exists()


def test_a_clip_whose_session_was_removed_meanwhile_is_deleted(
    library: Library, talk: Built, mentor: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a session is removed while a clip of it is cut, the file of the clip is deleted.

    The file is also deleted if the id of the clip is used again for another clip.
    """
    other = add_session(library, owner=mentor, content=b"another recording")
    with library.transaction() as db:
        sources.get(db, other.source_id).duration = 8.0
        first = clips.request(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    original_cut = ClipCutter._cut

    def slowly(self: ClipCutter, clip: Clip) -> str:
        result = original_cut(self, clip)
        with library.transaction() as db:
            sessions.remove(db, sessions.get(db, talk.session_id))
        with library.transaction() as db:
            assert clips.request(db, mentor.viewer, other.source_id, 2.0, 4.0).id == first.id
        return result

    monkeypatch.setattr(ClipCutter, "_cut", slowly)
    ClipCutter(library).cut_waiting()

    assert not clips.path(library, first).exists()


def test_a_missing_file_is_an_error_of_the_clip(
    library: Library, talk: Built, mentor: Account
) -> None:
    """If the sound file is missing, the clip gets an error message that says so."""
    with library.transaction() as db:
        clip = clips.request(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    library.files.remove(clip.sound)

    ClipCutter(library).cut_waiting()

    with library.reading() as db:
        found = clips.find(db, mentor.viewer, talk.source_id, 1.0, 3.0)
        assert found is not None
        assert "missing" in found.error
