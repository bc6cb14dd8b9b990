"""Drafts keep what was changed, for one person, until it is saved."""

import pytest

from library.editing import drafts, transcripts
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.holdings import sources
from library.models import Visibility
from library.store import Library
from library.withdrawal import off_record
from library.withdrawal.off_record import Stretch
from tests.builders import Account, Built, add_session

CHANGED = [{"keep": 0, "speaker": "Maya"}, {"text": "I was not afraid.", "speaker": "Ben"}]


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """A session of the mentor's."""
    return add_session(library, owner=mentor)


def keep(library: Library, talk: Built, who: Account, revision: int = 0, pieces=CHANGED) -> int:
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        return drafts.keep(
            db, who.viewer, source, base_id=talk.version_id, pieces=pieces, revision=revision
        ).revision


def test_a_draft_is_the_transcript_with_its_changes(library, talk, mentor) -> None:
    """What was kept is read again as segments, with the seconds of what it takes the place of."""
    keep(library, talk, mentor)

    with library.reading() as db:
        segments = drafts.sheet(db, mentor.viewer, sources.get(db, talk.source_id)).segments

    assert [(s.speaker, s.text, s.start, s.end) for s in segments] == [
        ("Maya", "Ask for feedback the same day, while everybody still remembers.", 0.0, 10.0),
        ("Ben", "I was not afraid.", 10.0, 20.0),
    ]


def test_an_older_window_does_not_write_over_a_newer_one(library, talk, mentor) -> None:
    """The second window is told, and what the first kept stays."""
    assert keep(library, talk, mentor) == 1
    assert keep(library, talk, mentor, revision=1) == 2

    with pytest.raises(drafts.OtherWindowError):
        keep(library, talk, mentor, revision=1)


def test_a_page_from_before_brings_nothing_back_that_went_off_the_record(
    library, talk, mentor
) -> None:
    """A line typed over the old words is refused; the page that is loaded again is kept."""
    off_record.take_off(library, mentor.viewer, Stretch(talk.source_id, 10.0, 20.0))

    with pytest.raises(drafts.OffRecordMeanwhileError):
        keep(library, talk, mentor, pieces=[{"text": "It would sound like a complaint!"}])

    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        assert drafts.mine(db, mentor.viewer, talk.source_id) is None
        now = transcripts.current_version(db, talk.source_id)
        pieces = [{"keep": 0, "speaker": "Maya"}]
        kept = drafts.keep(db, mentor.viewer, source, base_id=now.id, pieces=pieces, revision=0)
        assert kept.revision == 1


def test_others_are_seen_at_work_and_their_drafts_are_theirs(
    library, talk, mentor, mentee, admin
) -> None:
    """Who changes the same transcript just now is named; nobody else's draft is one's own."""
    keep(library, talk, admin)

    with library.reading() as db:
        seen = drafts.others(db, mentor.viewer, talk.source_id)
        own = drafts.mine(db, mentor.viewer, talk.source_id)

    assert [draft.person.name for draft in seen] == [admin.name]
    assert own is None


def test_only_who_may_change_a_session_keeps_drafts_of_it(library, talk, mentee, mentor) -> None:
    """Readers are refused; who may not see the session learns nothing of it."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE, title="Private")

    with pytest.raises(NotAllowedError):
        keep(library, talk, mentee)
    with pytest.raises(NotFoundError):
        keep(library, hidden, mentee)


@pytest.mark.parametrize(
    "pieces",
    [["x"], [{}], [{"keep": "0"}], [{"keep": 0, "to": 7}], [{"text": 3}], [{"keep": True}]],
    ids=["text", "empty", "no number", "too far", "no text", "truth"],
)
def test_changes_that_fit_no_version_are_refused(library, talk, mentor, pieces) -> None:
    """Nothing is kept that could not be read again."""
    with pytest.raises(InvalidInputError):
        keep(library, talk, mentor, pieces=pieces)


def test_a_saved_correction_needs_the_version_that_it_is_of(library, talk, mentor) -> None:
    """The second of two who began from the same version is told that the first was faster."""
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        segments = transcripts.drafts_of(db, talk.version_id)
        made = transcripts.save_correction(
            db, mentor.viewer, source, base_id=talk.version_id, segments=segments[:1]
        )
        with pytest.raises(transcripts.NewerVersionError):
            transcripts.save_correction(
                db, mentor.viewer, source, base_id=talk.version_id, segments=segments
            )

    assert (made.number, made.origin, made.author_id) == (2, "correction", mentor.id)
    with library.reading() as db:
        first = transcripts.version_of(db, talk.source_id, 1)
        assert len(transcripts.segments_of(db, first.id)) == 2


def test_a_numbered_voice_is_nobody_yet(library, talk, mentor) -> None:
    """Who is called "Speaker 1" becomes no person; a name does."""
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        draft = [
            transcripts.SegmentDraft(text="One.", start=0, end=1, speaker="Speaker 1"),
            transcripts.SegmentDraft(text="Two.", start=1, end=2, speaker="Maya Ito"),
        ]
        made = transcripts.save_version(db, source, draft, origin="whisper")

        known = [s.person_id is not None for s in transcripts.segments_of(db, made.id)]

    assert known == [False, True]
