"""Tests of note authors: which person counts as the author of a note.

Covers: passage_speakers.
"""

import pytest
from sqlalchemy import select, update

from library.consent import release
from library.curation import person_merge
from library.models import (
    Embedding,
    Form,
    ParticipantRole,
    Passage,
    Release,
    Role,
    Segment,
    SourceKind,
    Visibility,
)
from library.sessions import note_authors, passages, sessions
from library.sessions.description import Description
from library.store import Library
from tests.builders import Account, Built, add_account, add_session, person_named

WORDS = [("", "Ask for the budget before you promise a date."), ("", "Then wait for the letter.")]


def note(library: Library, owner: Account | None, *people: int, form=Form.NOTE, **more) -> Built:
    """Add a session with a written note."""
    return add_session(
        library,
        lines=more.pop("lines", WORDS),
        owner=owner,
        kind=SourceKind.NOTE,
        form=form,
        participants=[(person_id, ParticipantRole.MENTOR) for person_id in people],
        **more,
    )


def people_and_speakers(
    library: Library, built: Built
) -> tuple[set[int | None], set[tuple[int | None, str]]]:
    """Return the person ids of a note's segments, and the speakers of its passages.

    A speaker is a pair of person id and name.
    """
    with library.reading() as db:
        segments = select(Segment.person_id).where(Segment.version_id == built.version_id)
        own = select(Passage).where(Passage.session_id == built.session_id)
        speakers = {(s[0], s[1]) for p in db.scalars(own) for s in p.speakers}
        return set(db.scalars(segments)), speakers


def test_a_note_that_names_no_other_person_is_its_owner_s(library, mentor):
    """The owner is the author of a note that names no other person."""
    for people, form in (((), Form.NOTE), ((mentor.id,), Form.ONE_TO_ONE), ((), Form.ONE_TO_ONE)):
        built = note(library, mentor, *people, form=form, content=repr((people, form)).encode())

        assert people_and_speakers(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})
    with library.reading() as db:
        assert set(db.scalars(select(Passage.text))) == {text for _, text in WORDS}


def test_a_note_that_names_one_person_is_by_that_person(library, mentor, admin):
    """The only participant of a note is its author, also if an administrator added the note."""
    built = note(library, admin, mentor.id)

    assert people_and_speakers(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})


@pytest.mark.parametrize("form", [Form.ONE_TO_ONE, Form.NOTE])
def test_a_note_about_two_people_has_no_author(library, mentor, mentee, form):
    """A note that lists two people has no author.

    A note about a conversation with another person has no author.
    """
    two = note(library, mentor, mentor.id, mentee.id, form=form)
    other = note(library, mentor, mentee.id, form=Form.ONE_TO_ONE, content=b"other")

    assert (
        people_and_speakers(library, two)
        == people_and_speakers(library, other)
        == ({None}, {(None, "")})
    )


def test_the_author_follows_the_participants(library, mentor, mentee):
    """If the participants of a note change, its author changes. The embeddings stay."""
    built = note(library, mentor)
    found = []

    for people in ([(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)], []):
        with library.transaction() as db:
            before = sorted(db.scalars(select(Embedding.vector)))
            described = Description(
                title="B", visibility=Visibility.PUBLIC, form=Form.NOTE, participants=people
            )
            sessions.describe(db, sessions.get(db, built.session_id), described)
            assert sorted(db.scalars(select(Embedding.vector))) == before
        found.append(people_and_speakers(library, built))

    assert found == [({None}, {(None, "")}), ({mentor.id}, {(mentor.id, mentor.name)})]


def test_old_notes_get_their_authors_and_keep_their_vectors(library, mentor):
    """The worker sets the authors of notes from earlier versions, without new embeddings."""
    built = note(library, mentor)
    with library.transaction() as db:
        db.execute(update(Segment).values(person_id=None))
        db.execute(update(Passage).values(speakers=[[None, "", 9]]))
        vectors = sorted(db.scalars(select(Embedding.vector)))

    first, second = note_authors.follow_all(library), note_authors.follow_all(library)

    assert (first, second) == (1, 0)
    assert people_and_speakers(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})
    with library.reading() as db:
        assert sorted(db.scalars(select(Embedding.vector))) == vectors


def test_a_line_with_a_speaker_is_not_the_author_s(library, mentor):
    """A paragraph of a note with a named speaker belongs to this speaker, not to the author."""
    built = note(library, mentor, lines=[*WORDS, ("Zoe Quoted", "I waited two years.")])

    with library.reading() as db:
        zoe = person_named(db, "Zoe Quoted").id
    assert people_and_speakers(library, built) == (
        {mentor.id, zoe},
        {(mentor.id, mentor.name), (zoe, "Zoe Quoted")},
    )


def test_the_owner_s_own_release_counts(library, mentor):
    """If the author of a note shares it, this counts as the author's consent."""
    built = note(library, mentor, visibility=Visibility.MEMBERS, released=False)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.choose(db, mentor.viewer, session)
        assert session.release is Release.RELEASED


def test_the_author_of_a_note_is_found_as_a_speaker(library, mentor, mentee):
    """The sessions in which a person speaks include the notes that the person wrote."""
    built = note(library, mentor)

    with library.reading() as db:
        found = sessions.visible(db, mentee.viewer, person_id=mentor.id)

    assert [session.id for session in found] == [built.session_id]


def test_notes_follow_a_person_merge_and_its_undo(library, admin, mentor):
    """A merge of two people changes the author of their notes. Undo restores the author."""
    twin = add_account(library, "Ada M.", Role.MENTOR)
    built = note(library, twin)

    with library.transaction() as db:
        merge = person_merge.merge(db, admin.viewer, mentor.id, twin.id).id
    merged = people_and_speakers(library, built)
    with library.transaction() as db:
        person_merge.undo(db, admin.viewer, merge)

    assert merged[0] == {mentor.id}
    assert {person for person, _ in merged[1]} == {mentor.id}
    assert people_and_speakers(library, built) == ({twin.id}, {(twin.id, twin.name)})
    with library.reading() as db:
        assert passages.count_of_session(db, built.session_id) == len(WORDS)
