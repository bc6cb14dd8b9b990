"""Tests of browser recordings: uploads without a size, which grow during the recording."""

import pytest

from library.capture import browser_recordings, uploads
from library.errors import ConflictError, InvalidInputError, NotFoundError
from library.models import SourceKind
from library.sessions import chapters
from tests.builders import add_session, hash_of

SOUND = b"the sound of a recording"


@pytest.fixture
def recording(library, mentor):
    """Id of an upload of the mentor that grows during a browser recording."""
    return uploads.begin(library, mentor.id, filename="call.webm", size=None).id


def test_a_recording_keeps_its_length_and_chapters(library, mentor, mentee, recording):
    """The length and the chapters of a browser recording are stored.

    Other members cannot find the recording, and an invalid length is refused.
    """
    details = {"seconds": 12.5, "chapters": [[3, "Then"], [0, "First"]]}
    browser_recordings.note(library, mentor.viewer, recording, details)
    with pytest.raises(NotFoundError):
        browser_recordings.note(library, mentee.viewer, recording, details)
    with pytest.raises(InvalidInputError):
        browser_recordings.note(library, mentor.viewer, recording, {"seconds": "long"})

    with library.reading() as db:
        (found,) = browser_recordings.unfinished(db, mentor.viewer)
        assert found.capture["seconds"] == 12.5
        assert [title for _, title in found.capture["chapters"]] == ["First", "Then"]
        assert browser_recordings.unfinished(db, mentee.viewer) == []


def test_an_empty_recording_cannot_be_closed(library, mentor, recording):
    """A browser recording without any bytes cannot be finished."""
    with pytest.raises(ConflictError):
        browser_recordings.close(library, mentor.viewer, recording)


def test_chapters_move_to_the_source_with_the_same_bytes(library, mentor, recording):
    """The chapters of a browser recording move to the source that has the same bytes."""
    details = {"seconds": 20, "chapters": [[1, "Begin"]]}
    browser_recordings.note(library, mentor.viewer, recording, details)
    own = add_session(library, content=SOUND).source_id
    other = add_session(library, title="Other", kind=SourceKind.RECORDING).source_id
    with library.transaction() as db:
        upload = uploads.get(db, mentor.viewer, recording)
        upload.sha256 = hash_of(SOUND)
        browser_recordings.hand_over_chapters(db, [upload], [own, other])

        assert [(c.start, c.title) for c in chapters.of(db, own)] == [(1.0, "Begin")]
        assert chapters.of(db, other) == []
