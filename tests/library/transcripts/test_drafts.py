"""Tests of drafts: changes of one person to a transcript that are not saved as a version.

Covers: versions.
"""

import pytest

from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import Visibility
from library.removal import redaction
from library.removal.redaction import TimeRange
from library.sessions import sources
from library.store import Library
from library.transcripts import drafts, versions
from tests.builders import Account, Built, add_session

CHANGED = [{"keep": 0, "speaker": "Maya"}, {"text": "I was not afraid.", "speaker": "Ben"}]


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session that the mentor owns."""
    return add_session(library, owner=mentor)


def save_draft(
    library: Library, talk: Built, who: Account, revision: int = 0, pieces=CHANGED
) -> int:
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        return drafts.save(
            db, who.viewer, source, base_id=talk.version_id, pieces=pieces, revision=revision
        ).revision


def test_a_draft_is_the_transcript_with_its_changes(library, talk, mentor) -> None:
    """A draft is read as segments, which have the times of the replaced segments."""
    save_draft(library, talk, mentor)

    with library.reading() as db:
        segments = drafts.load(db, mentor.viewer, sources.get(db, talk.source_id)).segments

    assert [(s.speaker, s.text, s.start, s.end) for s in segments] == [
        ("Maya", "Ask for feedback the same day, while everybody still remembers.", 0.0, 10.0),
        ("Ben", "I was not afraid.", 10.0, 20.0),
    ]


def test_an_older_window_does_not_write_over_a_newer_one(library, talk, mentor) -> None:
    """A browser window with an older revision of a draft cannot save the draft."""
    assert save_draft(library, talk, mentor) == 1
    assert save_draft(library, talk, mentor, revision=1) == 2

    with pytest.raises(drafts.OtherWindowError):
        save_draft(library, talk, mentor, revision=1)


def test_a_page_from_before_a_redaction_restores_no_text(library, talk, mentor) -> None:
    """A draft of a version from before a redaction cannot be saved.

    A draft of the new version can be saved.
    """
    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 10.0, 20.0))

    with pytest.raises(drafts.OffRecordMeanwhileError):
        save_draft(library, talk, mentor, pieces=[{"text": "It would sound like a complaint!"}])

    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        assert drafts.own_draft(db, mentor.viewer, talk.source_id) is None
        now = versions.current_version(db, talk.source_id)
        pieces = [{"keep": 0, "speaker": "Maya"}]
        saved = drafts.save(db, mentor.viewer, source, base_id=now.id, pieces=pieces, revision=0)
        assert saved.revision == 1


def test_other_authors_are_listed_without_their_drafts(
    library, talk, mentor, mentee, admin
) -> None:
    """The authors of other drafts are listed by name.

    A person without an own draft does not get the draft of another person.
    """
    save_draft(library, talk, admin)

    with library.reading() as db:
        seen = drafts.others(db, mentor.viewer, talk.source_id)
        own = drafts.own_draft(db, mentor.viewer, talk.source_id)

    assert [draft.person.name for draft in seen] == [admin.name]
    assert own is None


def test_only_editors_of_a_session_save_drafts(library, talk, mentee, mentor) -> None:
    """A person who cannot edit the session cannot save a draft.

    A hidden session is not found.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE, title="Private")

    with pytest.raises(NotAllowedError):
        save_draft(library, talk, mentee)
    with pytest.raises(NotFoundError):
        save_draft(library, hidden, mentee)


@pytest.mark.parametrize(
    "pieces",
    [["x"], [{}], [{"keep": "0"}], [{"keep": 0, "to": 7}], [{"text": 3}], [{"keep": True}]],
    ids=["text", "empty", "no number", "too far", "no text", "truth"],
)
def test_changes_that_fit_no_version_are_refused(library, talk, mentor, pieces) -> None:
    """A draft is refused if a change in it has a wrong form or a segment that does not exist."""
    with pytest.raises(InvalidInputError):
        save_draft(library, talk, mentor, pieces=pieces)


def test_a_saved_correction_needs_the_version_that_it_is_of(library, talk, mentor) -> None:
    """A correction is refused if it is based on a version that is not current any more.

    Earlier versions stay.
    """
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        segments = versions.drafts_of(db, talk.version_id)
        made = versions.save_correction(
            db, mentor.viewer, source, base_id=talk.version_id, segments=segments[:1]
        )
        with pytest.raises(versions.NewerVersionError):
            versions.save_correction(
                db, mentor.viewer, source, base_id=talk.version_id, segments=segments
            )

    assert (made.number, made.origin, made.author_id) == (2, "correction", mentor.id)
    with library.reading() as db:
        first = versions.version_of(db, talk.source_id, 1)
        assert len(versions.segments_of(db, first.id)) == 2


def test_a_numbered_speaker_is_linked_to_no_person(library, talk, mentor) -> None:
    """The label "Speaker 1" is linked to no person. A name as a label is linked to a person."""
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        draft = [
            versions.SegmentDraft(text="One.", start=0, end=1, speaker="Speaker 1"),
            versions.SegmentDraft(text="Two.", start=1, end=2, speaker="Maya Ito"),
        ]
        made = versions.save_version(db, source, draft, origin="whisper")

        known = [s.person_id is not None for s in versions.segments_of(db, made.id)]

    assert known == [False, True]
