"""Tests of marks on passages: saved, helped and tried, and what removals do to them.

Covers: passage_marks, marked_moments.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from library.access import GUEST
from library.curation import person_merge
from library.discovery import marked_moments, passage_marks
from library.discovery.marked_moments import FEWEST_HELPED, MarkedMoment, OwnMarks
from library.errors import InvalidInputError, NotAllowedError, NotFoundError
from library.models import (
    MarkKind,
    ParticipantRole,
    PassageMark,
    Role,
    SourceKind,
    TriedOutcome,
    Visibility,
    now,
)
from library.removal import account_deletion, redaction, take_back, trash
from library.removal.account_deletion import DeletionRequest
from library.removal.redaction import TimeRange, Wording
from library.sessions import passages, sources
from library.store import Library
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import OPERATOR, Account, Built, add_account, add_session, person_named

LINES = [
    ("Ada", "Ask for feedback the same day, while all remember."),
    ("Ben", "I was afraid that it would sound like a complaint."),
    ("Ada", "Write the three questions down before you go in."),
]


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session of the mentor in which Ada and Ben speak, visible to members."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, visibility=Visibility.MEMBERS)


@pytest.fixture
def own_words(library: Library, mentor: Account) -> Built:
    """Session in which the mentor speaks."""
    return add_session(
        library,
        owner=mentor,
        lines=[(mentor.name, "I count to ten, and then I ask again."), ("Ben", "And then?")],
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.MEMBERS,
    )


def put(library: Library, who: Account, passage_id: int, kind: MarkKind, **more: object) -> int:
    """Mark a passage and return the id of the mark."""
    with library.transaction() as db:
        return passage_marks.put(db, who.viewer, passage_id, kind, **more).id  # type: ignore[arg-type]


def save(
    library: Library, who: Account, passage_id: int, *, folder: str = "", note: str = ""
) -> int:
    """Save a passage with folder and note. Return the id of the mark."""
    mark_id = put(library, who, passage_id, MarkKind.SAVED)
    with library.transaction() as db:
        passage_marks.describe(db, who.viewer, mark_id, folder=folder, note=note)
    return mark_id


def only(library: Library, who: Account) -> MarkedMoment:
    """Return the one marked moment of a person."""
    with library.reading() as db:
        (found,) = marked_moments.listed(db, who.viewer)
        return found


def words(found: MarkedMoment) -> str:
    """Return the present words at a marked moment; empty if it has no place."""
    return found.place.text if found.place else ""


def new_version(library: Library, built: Built, lines: list[tuple[str, float, str]]) -> None:
    """Save a new version of a transcript with one passage for each (speaker, start, text)."""
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        segments = [
            SegmentDraft(text=text, speaker=speaker, start=start, end=start + 10)
            for speaker, start, text in lines
        ]
        drafts = [
            passages.PassageDraft(
                first_segment=number,
                last_segment=number,
                start=one.start,
                end=one.end,
                text=f"{one.speaker}: {one.text}",
                speakers=[(one.speaker, len(one.text.split()))],
            )
            for number, one in enumerate(segments)
        ]
        version = versions.save_version(db, source, segments, origin="correction")
        vectors = [b"\0" * 8] * len(drafts)
        passages.save(db, version, built.session_id, drafts, vectors=vectors, model="test")


def test_a_saved_moment_is_listed_with_its_folder_and_note(library, mentee, talk) -> None:
    """A saved moment has its session, words, speaker, folder and private note."""
    save(
        library, mentee, talk.passage_ids[2], folder="  Before  a talk ", note="Do this on Monday."
    )

    found = only(library, mentee)

    assert (found.mark.folder, found.mark.note) == ("Before a talk", "Do this on Monday.")
    assert found.place
    assert (found.place.title, found.place.speaker) == ("A talk about feedback", "Ada")
    assert (found.place.start, found.place.end) == (20.0, 30.0)
    assert "three questions" in words(found)
    with library.reading() as db:
        assert marked_moments.folders(db, mentee.viewer, MarkKind.SAVED) == [("Before a talk", 1)]
        assert marked_moments.listed(db, mentee.viewer, folder="Other") == []


def test_marks_are_seen_by_their_person_only(library, mentor, mentee, admin, talk) -> None:
    """Neither the owner of the session nor an administrator can list or open a mark."""
    mark_id = save(library, mentee, talk.passage_ids[0], note="Mine.")

    for other in (mentor, admin):
        with library.transaction() as db:
            assert marked_moments.listed(db, other.viewer) == []
            assert marked_moments.of_source(db, other.viewer, talk.source_id) == {}
            for reach in (marked_moments.one, passage_marks.get, passage_marks.remove):
                with pytest.raises(NotFoundError):
                    reach(db, other.viewer, mark_id)
            with pytest.raises(NotFoundError):
                passage_marks.describe(db, other.viewer, mark_id, folder="", note="Read")


def test_only_members_who_may_see_the_session_can_mark(library, mentor, mentee) -> None:
    """A guest is refused. For a member, a hidden passage looks like a missing one."""
    hidden = add_session(library, owner=mentor, lines=LINES, visibility=Visibility.PRIVATE)

    with library.transaction() as db:
        with pytest.raises(NotAllowedError):
            passage_marks.put(db, GUEST, hidden.passage_ids[0], MarkKind.SAVED)
        for missing in (hidden.passage_ids[0], 99_999):
            with pytest.raises(NotFoundError, match="no longer in the library, or you may not"):
                passage_marks.put(db, mentee.viewer, missing, MarkKind.SAVED)
        assert marked_moments.passage_at(db, mentee.viewer, hidden.source_id, start=0.0) is None
        assert marked_moments.passage_at(db, mentor.viewer, hidden.source_id, start=0.0)


def test_a_person_has_one_mark_of_a_kind_on_a_passage(library, mentee, talk) -> None:
    """A repeated mark changes nothing, and another outcome replaces the first one."""
    passage_id = talk.passage_ids[0]
    once = put(library, mentee, passage_id, MarkKind.TRIED, outcome=TriedOutcome.NOT)
    again = put(library, mentee, passage_id, MarkKind.TRIED, outcome=TriedOutcome.WORKED)
    put(library, mentee, passage_id, MarkKind.HELPED)

    with library.reading() as db:
        marks = marked_moments.of_source(db, mentee.viewer, talk.source_id)

    assert once == again
    assert marks == {passage_id: OwnMarks(helped=True, tried=TriedOutcome.WORKED)}


def test_a_mark_is_taken_off(library, mentee, talk) -> None:
    """A person takes off a mark at its passage. Marks of other kinds stay."""
    for kind in (MarkKind.SAVED, MarkKind.HELPED):
        put(library, mentee, talk.passage_ids[0], kind)

    with library.transaction() as db:
        passage_marks.take_off(db, mentee.viewer, talk.passage_ids[0], MarkKind.HELPED)

    with library.reading() as db:
        marks = marked_moments.of_source(db, mentee.viewer, talk.source_id)
    assert marks == {talk.passage_ids[0]: OwnMarks(saved=True)}


@pytest.mark.parametrize(
    ("kind", "outcome"), [(MarkKind.TRIED, None), (MarkKind.HELPED, TriedOutcome.WORKED)]
)
def test_an_outcome_belongs_to_tried_only(library, mentee, talk, kind, outcome) -> None:
    """A tried moment needs an outcome, and other kinds have none."""
    with library.transaction() as db, pytest.raises(InvalidInputError, match="how it went"):
        passage_marks.put(db, mentee.viewer, talk.passage_ids[0], kind, outcome=outcome)


def test_own_words_can_be_saved_but_not_praised(library, mentor, mentee, own_words) -> None:
    """Nobody can mark that their own words helped."""
    passage_id = own_words.passage_ids[0]

    with library.transaction() as db:
        passage_marks.put(db, mentor.viewer, passage_id, MarkKind.SAVED)
        with pytest.raises(NotAllowedError, match="your own words"):
            passage_marks.put(db, mentor.viewer, passage_id, MarkKind.HELPED)
        passage_marks.put(db, mentee.viewer, passage_id, MarkKind.HELPED)


def test_a_person_marks_a_limited_number_of_moments_a_day(library, mentee) -> None:
    """After 20 moments in 24 hours, a person can still save, but not praise or report."""
    lines = [("Ada", f"Sentence number {number} of the long talk.") for number in range(21)]
    long = add_session(library, lines=lines, visibility=Visibility.MEMBERS)
    for passage_id in long.passage_ids[:20]:
        put(library, mentee, passage_id, MarkKind.HELPED)

    with library.transaction() as db, pytest.raises(InvalidInputError, match="tomorrow"):
        passage_marks.put(db, mentee.viewer, long.passage_ids[20], MarkKind.HELPED)

    put(library, mentee, long.passage_ids[20], MarkKind.SAVED)
    with library.transaction() as db:
        db.execute(update(PassageMark).values(created_at=now() - timedelta(days=2)))
    put(library, mentee, long.passage_ids[20], MarkKind.HELPED)


def test_a_moment_keeps_the_chosen_seconds(library, mentee, talk) -> None:
    """A mark keeps the quoted seconds. Seconds outside the passage are replaced by its own."""
    quoted = put(library, mentee, talk.passage_ids[1], MarkKind.SAVED, start=12.5, end=17.25)
    outside = put(library, mentee, talk.passage_ids[2], MarkKind.SAVED, start=1.0, end=2.0)

    with library.reading() as db:
        places = {one.mark.id: one.place for one in marked_moments.listed(db, mentee.viewer)}

    assert (places[quoted].start, places[quoted].end) == (12.5, 17.25)
    assert (places[outside].start, places[outside].end) == (20.0, 30.0)


def test_a_mark_survives_a_correction(library, mentee, talk) -> None:
    """After a new transcript version with other passages, the mark is at the same second."""
    save(library, mentee, talk.passage_ids[2], note="Mine.")

    new_version(
        library,
        talk,
        [("Ada", 0.0, "Ask the same day."), ("Ada", 18.0, "Write down your three questions.")],
    )

    found = only(library, mentee)
    assert words(found) == "Ada: Write down your three questions."
    assert (found.place.start, found.mark.note) == (20.0, "Mine.")
    with library.reading() as db:
        marks = marked_moments.of_source(db, mentee.viewer, talk.source_id)
    assert list(marks) == [found.place.passage_id]


def test_a_redacted_moment_loses_its_place(library, mentor, mentee, talk) -> None:
    """A mark whose words were redacted shows no words and no place. Its note stays.

    A mark beside the redacted words is not affected.
    """
    save(library, mentee, talk.passage_ids[0], note="Useful.")
    near = save(library, mentee, talk.passage_ids[2])

    redaction.redact(library, mentor.viewer, TimeRange(talk.source_id, 0.0, 9.5))

    with library.reading() as db:
        beside, gone = marked_moments.listed(db, mentee.viewer)
    assert (gone.place, gone.is_removed, gone.mark.note) == (None, True, "Useful.")
    assert (beside.mark.id, beside.is_removed) == (near, False)
    assert "three questions" in words(beside)


def test_a_redacted_note_loses_its_marks(library, mentor, mentee) -> None:
    """A mark in a written note has no place after a redaction of the note."""
    library.forget_passages = list
    lines = [("", "The first thing to know."), ("", "A second thing, which is private.")]
    note = add_session(
        library, owner=mentor, lines=lines, kind=SourceKind.NOTE, visibility=Visibility.MEMBERS
    )
    save(library, mentee, note.passage_ids[1])

    redaction.redact(library, mentor.viewer, Wording(note.source_id, 1, "which is private"))

    assert (only(library, mentee).place, only(library, mentee).is_removed) == (None, True)


def test_a_moment_that_was_taken_back_leaves_only_its_note(library, mentor, mentee, talk) -> None:
    """After a take-back, the mark has no place, and quotations in its note and folder are gone."""
    quotation = "write the three questions down before you go in"
    save(
        library,
        mentee,
        talk.passage_ids[2],
        folder=quotation[:100],
        note=f"Next week: {quotation}!",
    )

    take_back.take_back(library, mentor.viewer, talk.session_id)

    found = only(library, mentee)
    assert (found.place, found.is_removed) == (None, True)
    assert (found.mark.source_id, found.mark.folder) == (None, "…")
    assert found.mark.note == "Next week: …!"


def test_a_hidden_moment_comes_back(library, mentor, mentee, talk) -> None:
    """A moment of a session in the trash has no place until the session is restored."""
    save(library, mentee, talk.passage_ids[0])
    with library.transaction() as db:
        trash.put(db, mentor.viewer, talk.session_id)
    hidden = only(library, mentee)
    with library.transaction() as db:
        trash.restore(db, mentor.viewer, talk.session_id)

    assert (hidden.place, hidden.is_removed) == (None, False)
    assert "feedback" in words(only(library, mentee))


def test_help_is_counted_from_three_people_on(library, mentor, own_words) -> None:
    """Fewer than three people are not counted, and one person is counted once."""
    people = [add_account(library, f"Reader {number}", Role.MENTEE) for number in range(3)]
    counts = []
    for person in people:
        put(library, person, own_words.passage_ids[0], MarkKind.HELPED)
        put(library, person, own_words.passage_ids[0], MarkKind.SAVED)
        with library.reading() as db:
            counts.append(marked_moments.people_helped(db, person.viewer, mentor.id))

    assert FEWEST_HELPED == 3
    assert counts == [0, 0, 3]
    with library.reading() as db:
        assert marked_moments.people_helped(db, GUEST, mentor.id) == 0  # they may not see it
        ben = person_named(db, "Ben").id
        assert marked_moments.people_helped(db, people[0].viewer, ben) == 0


@pytest.fixture
def merged(library: Library, mentee: Account, talk: Built) -> Callable[[], list[int]]:
    """Function that returns the people of all marks. Two accounts have saved the same moment."""
    other = add_account(library, "Mina Other", Role.MENTEE)
    for who in (mentee, other):
        put(library, who, talk.passage_ids[0], MarkKind.SAVED)
    with library.transaction() as db:
        person_merge.merge(db, OPERATOR, mentee.id, other.id)

    def owners() -> list[int]:
        with library.reading() as db:
            return list(db.scalars(select(PassageMark.person_id)))

    return owners


def test_merged_people_share_their_marks(library, mentee, talk, merged) -> None:
    """A merge moves the marks. Both marks on one passage are taken off together."""
    assert merged() == [mentee.id, mentee.id]

    with library.transaction() as db:
        passage_marks.take_off(db, mentee.viewer, talk.passage_ids[0], MarkKind.SAVED)

    assert merged() == []


def test_marks_are_deleted_with_their_account(library, mentee, talk) -> None:
    """The deletion of an account deletes its marks, and its receipt counts them."""
    put(library, mentee, talk.passage_ids[0], MarkKind.HELPED)

    receipt = account_deletion.delete_account(library, mentee.viewer, mentee.id, DeletionRequest())

    assert receipt.content["removed"]["passage_mark"] == 1
    with library.reading() as db:
        assert db.scalars(select(PassageMark)).all() == []
