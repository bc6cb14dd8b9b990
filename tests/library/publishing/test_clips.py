"""Tests of clips: how they are requested, and when they are deleted."""

import pytest

from library.access import GUEST
from library.errors import InvalidInputError, NotFoundError
from library.models import Clip, SourceKind
from library.publishing import clips
from library.sessions import sources
from tests.builders import add_session


def test_a_range_is_requested_once(library):
    """Two requests of the same range give one clip, which is found after it was made.

    A clip cannot end after the recording.
    """
    built = add_session(library)
    with library.transaction() as db:
        first = clips.request(db, GUEST, built.source_id, 1.0004, 99)
        second = clips.request(db, GUEST, built.source_id, 1.0, 20.0)
        assert first is second
        assert (first.start_ms, first.end_ms) == (1000, 20000)
        assert [clip.id for clip in clips.waiting(db)] == [first.id]
        assert clips.settle(db, first)
        db.flush()

        assert clips.waiting(db) == []
        assert clips.find(db, GUEST, built.source_id, 1.0, 20.0) is first


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5.1), (30, 40)])
def test_a_range_outside_of_the_recording_is_refused(library, start, end):
    """A clip is refused if it begins outside the recording or is shorter than 0.2 seconds."""
    built = add_session(library)
    with library.transaction() as db, pytest.raises(InvalidInputError):
        clips.request(db, GUEST, built.source_id, start, end)


def test_a_note_has_no_clips(library):
    """A clip of a note is refused, because a note has no audio."""
    built = add_session(library, kind=SourceKind.NOTE)
    with library.transaction() as db, pytest.raises(NotFoundError):
        clips.request(db, GUEST, built.source_id, 0, 1)


def test_a_clip_of_changed_audio_is_deleted(library):
    """If the audio of a recording changes, its earlier clips are not found any more.

    Their rows and files are deleted.
    """
    built = add_session(library)
    with library.transaction() as db:
        clip = clips.request(db, GUEST, built.source_id, 0, 5)
        file = clips.path(library, clip)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"sound")
        sources.get(db, built.source_id).web_sha256 = "0" * 64
        db.flush()
        assert clips.find(db, GUEST, built.source_id, 0, 5) is None
        assert not clips.settle(db, clip)

    clips.delete_stale(library)

    with library.reading() as db:
        assert db.query(Clip).all() == []
    assert not file.exists()
