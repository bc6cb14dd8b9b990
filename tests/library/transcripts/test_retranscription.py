"""Tests of retranscription: corrections stay in the new transcript."""

import pytest

from library.errors import InvalidInputError, NotAllowedError
from library.models import SourceKind, State
from library.sessions import sources
from library.transcripts import retranscription, versions
from library.transcripts.versions import SegmentDraft
from tests.builders import add_session


def two_second_segments(*texts):
    """Return one segment of two seconds for each text."""
    return [
        SegmentDraft(text=text, speaker="", start=2.0 * n, end=2.0 * n + 2)
        for n, text in enumerate(texts)
    ]


def test_a_recording_is_queued_with_language_and_model(library, mentor, mentee):
    """A retranscription is queued with its language and its model.

    A reader cannot request it, and a note cannot be transcribed again.
    """
    built = add_session(library, owner=mentor)
    note = add_session(library, title="Note", owner=mentor, kind=SourceKind.NOTE)
    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            retranscription.request(db, mentee.viewer, built.source_id, language="")
        with pytest.raises(InvalidInputError):
            retranscription.request(db, mentor.viewer, note.source_id, language="")
        retranscription.request(db, mentor.viewer, built.source_id, language="de", model="small")

        source = sources.get(db, built.source_id)
        assert (source.session.language, source.whisper_model) == ("de", "small")
        assert source.state is State.WAITING


def test_corrections_are_carried_over(library, mentor):
    """Corrections are merged into the new transcript. The merged version is the current one."""
    source_id = add_session(library, owner=mentor).source_id
    with library.transaction() as db:
        source = sources.get(db, source_id)
        versions.save_version(
            db, source, two_second_segments("Ask erly.", "Wait a bit."), origin="whisper"
        )
        versions.save_version(
            db, source, two_second_segments("Ask early.", "Wait a bit."), origin="correction"
        )
        new = two_second_segments("Ask erly.", "Wait a little bit.")
        result = retranscription.save_result(db, source, new, model="small", language="en")

        texts = [segment.text for segment in versions.segments_of(db, result.id)]
        assert result.origin == "merged"
        assert versions.current_version(db, source_id).id == result.id
    assert texts == ["Ask early.", "Wait a little bit."]
