"""Clips hold what is heard from one second to the other, and go when their sound goes."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from ingest.clips import Cutter, cut
from library.errors import ConflictError, InvalidInputError, NotFoundError, UnreadableMediaError
from library.holdings import erasure, sessions, sources
from library.holdings.erasure import About, Going
from library.models import Clip, Redaction, Visibility
from library.models.kinds import Originals
from library.publishing import clips
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.ingest.recordings import RATE, record

CLICK = 5.25  # seconds


def clicking() -> npt.NDArray[np.float32]:
    """Eight seconds of near silence with one click."""
    sound = np.zeros((1, 8 * RATE), np.float32)
    sound[0, round(CLICK * RATE) : round(CLICK * RATE) + 480] = 0.8
    return sound


def heard(path: Path) -> npt.NDArray[np.float32]:
    """The samples of a clip, by PyAV."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    return np.concatenate(frames)


@pytest.mark.parametrize("name", ["talk.mp3", "talk.m4a", "talk.wav", "talk.flac", "talk.ogg"])
def test_a_clip_begins_and_ends_where_it_was_asked_to(tmp_path: Path, name: str) -> None:
    """The click is heard at its place, to a hundredth of a second; the length is right."""
    original = record(tmp_path / name, clicking())

    cut(original, tmp_path / "clip.m4a", 4.0, 6.5)

    samples = heard(tmp_path / "clip.m4a")
    loudest = int(np.argmax(np.abs(samples) > 0.3))
    assert loudest / RATE == pytest.approx(CLICK - 4.0, abs=0.01)
    assert len(samples) / RATE == pytest.approx(2.5, abs=0.05)


def test_behind_the_end_there_is_nothing_to_cut(tmp_path: Path) -> None:
    """It is said, and no empty file is made."""
    original = record(tmp_path / "talk.wav", clicking())

    with pytest.raises(UnreadableMediaError, match="no sound in this part"):
        cut(original, tmp_path / "clip.m4a", 20.0, 22.0)


@pytest.fixture
def talk(library: Library, tmp_path: Path, mentor: Account) -> Built:
    """A session of eight seconds."""
    original = record(tmp_path / "talk.wav", clicking())
    built = add_session(library, owner=mentor, content=original.read_bytes())
    with library.transaction() as db:
        sources.get(db, built.source_id).duration = 8.0
    return built


def made(library: Library, talk: Built, viewer: Account, end: float = 3.0) -> Path:
    """A clip that somebody asked for and the worker cut."""
    with library.transaction() as db:
        clip = clips.ask(db, viewer.viewer, talk.source_id, 1.0, end)
    Cutter(library).cut_waiting()
    return clips.path(library, clip)


def test_the_same_range_is_cut_once(library: Library, talk: Built, mentor: Account) -> None:
    """A clip is a cache: asked again, it is there."""
    made(library, talk, mentor)

    with library.transaction() as db:
        again = clips.ask(db, mentor.viewer, talk.source_id, 1.0, 3.0)

    assert again.made_at is not None
    assert Cutter(library).cut_waiting() == 0


@pytest.mark.parametrize(("start", "end"), [(3.0, 3.0), (-1.0, 2.0), (9.0, 12.0)])
def test_a_range_that_makes_no_sense_is_refused(
    library: Library, talk: Built, mentor: Account, start: float, end: float
) -> None:
    """Nothing is queued for it."""
    with library.transaction() as db, pytest.raises(InvalidInputError):
        clips.ask(db, mentor.viewer, talk.source_id, start, end)


def test_nobody_asks_for_clips_of_what_they_may_not_see(
    library: Library, mentor: Account, mentee: Account
) -> None:
    """Neither a new one nor one that is cut already."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)

    for question in (clips.ask, clips.find):
        with library.transaction() as db, pytest.raises(NotFoundError):
            question(db, mentee.viewer, hidden.source_id, 1.0, 3.0)


def test_a_clip_goes_when_the_sound_changes(library: Library, talk: Built, mentor: Account) -> None:
    """As when a stretch is taken out: it is not found any more, and its file is swept away."""
    path = made(library, talk, mentor)
    other, _ = library.files.keep([b"the sound without a stretch"])
    with library.transaction() as db:
        sources.get(db, talk.source_id).web_sha256 = other

    with library.reading() as db:
        found = clips.find(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    clips.sweep(library)

    assert found is None
    assert not path.exists()


def test_what_is_being_taken_out_is_neither_cut_nor_handed_out(
    library: Library, talk: Built, mentor: Account
) -> None:
    """From the moment that something is off the record until the sound has lost it."""
    path = made(library, talk, mentor)
    with library.transaction() as db:
        clips.ask(db, mentor.viewer, talk.source_id, 1.0, 4.0)  # is waiting when it happens
        db.add(Redaction(source_id=talk.source_id, start=1, end=2, originals=Originals.SEAL))
        erasure.plan(db, "stretch", About(), Going(work=[talk.source_id]))
    erasure.finish(library)

    Cutter(library).cut_waiting()

    assert not path.exists()
    assert library.files.clips() == []
    for question in (clips.ask, clips.find):
        with library.transaction() as db, pytest.raises(ConflictError):
            question(db, mentor.viewer, talk.source_id, 1.0, 3.0)


def test_a_removed_session_leaves_no_clip(library: Library, talk: Built, mentor: Account) -> None:
    """Its rows go with it, its file with the next sweep."""
    path = made(library, talk, mentor)
    with library.transaction() as db:
        sessions.remove(db, sessions.get(db, talk.session_id))

    clips.sweep(library)

    with library.reading() as db:
        assert db.query(Clip).count() == 0
    assert not path.exists()


def test_a_clip_whose_session_went_while_it_was_cut_does_not_stay(
    library: Library, talk: Built, mentor: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not either when another session's clip has got its number meanwhile."""
    other = add_session(library, owner=mentor, content=b"another recording")
    with library.transaction() as db:
        sources.get(db, other.source_id).duration = 8.0
        first = clips.ask(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    really = Cutter._cut

    def slowly(self: Cutter, clip: Clip) -> str:
        told = really(self, clip)
        with library.transaction() as db:
            sessions.remove(db, sessions.get(db, talk.session_id))
        with library.transaction() as db:
            assert clips.ask(db, mentor.viewer, other.source_id, 2.0, 4.0).id == first.id
        return told

    monkeypatch.setattr(Cutter, "_cut", slowly)
    Cutter(library).cut_waiting()

    assert not clips.path(library, first).exists()


def test_a_file_that_is_gone_is_said(library: Library, talk: Built, mentor: Account) -> None:
    """The worker goes on, and whoever asked is told."""
    with library.transaction() as db:
        clip = clips.ask(db, mentor.viewer, talk.source_id, 1.0, 3.0)
    library.files.remove(clip.sound)

    Cutter(library).cut_waiting()

    with library.reading() as db:
        found = clips.find(db, mentor.viewer, talk.source_id, 1.0, 3.0)
        assert found is not None
        assert "missing" in found.error
