"""What one person wrote alone is that person's word."""

import pytest
from sqlalchemy import select, update

from library.consent import release
from library.curating import merges
from library.holdings import authors, passages, sessions
from library.models import (
    Embedding,
    Form,
    Part,
    Passage,
    Release,
    Role,
    Segment,
    SourceKind,
    Visibility,
)
from library.store import Library
from tests.builders import Account, Built, add_account, add_session, person_named

WORDS = [("", "Ask for the budget before you promise a date."), ("", "Then wait for the letter.")]


def note(library: Library, owner: Account | None, *people: int, form=Form.NOTE, **more) -> Built:
    """A session whose source is a written note."""
    return add_session(
        library,
        lines=more.pop("lines", WORDS),
        owner=owner,
        kind=SourceKind.NOTE,
        form=form,
        participants=[(person_id, Part.MENTOR) for person_id in people],
        **more,
    )


def told(library: Library, built: Built) -> tuple[set[int | None], set[tuple[int | None, str]]]:
    """Whom the segments and the passages of a session name."""
    with library.reading() as db:
        segments = select(Segment.person_id).where(Segment.version_id == built.version_id)
        own = select(Passage).where(Passage.session_id == built.session_id)
        speakers = {(s[0], s[1]) for p in db.scalars(own) for s in p.speakers}
        return set(db.scalars(segments)), speakers


def test_a_note_that_names_no_other_person_is_its_owner_s(library, mentor):
    """Whether the form lists the owner or nobody; the text of the passages is as it was."""
    for people, form in (((), Form.NOTE), ((mentor.id,), Form.ONE_TO_ONE), ((), Form.ONE_TO_ONE)):
        built = note(library, mentor, *people, form=form, content=repr((people, form)).encode())

        assert told(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})
    with library.reading() as db:
        assert set(db.scalars(select(Passage.text))) == {text for _, text in WORDS}


def test_a_note_of_one_s_own_that_names_one_person_is_theirs(library, mentor, admin):
    """What an administrator puts in for a mentor is the mentor's word."""
    built = note(library, admin, mentor.id)

    assert told(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})


@pytest.mark.parametrize("form", [Form.ONE_TO_ONE, Form.NOTE])
def test_a_note_about_a_talk_of_two_is_no_one_person_s_word(library, mentor, mentee, form):
    """With two people, or with another person in a talk, the note has no author."""
    two = note(library, mentor, mentor.id, mentee.id, form=form)
    other = note(library, mentor, mentee.id, form=Form.ONE_TO_ONE, content=b"other")

    assert told(library, two) == told(library, other) == ({None}, {(None, "")})


def test_the_author_follows_what_is_said_about_the_session(library, mentor, mentee):
    """With a second participant the note has no author, without them it has; vectors stay."""
    built = note(library, mentor)
    found = []

    for people in ([(mentor.id, Part.MENTOR), (mentee.id, Part.MENTEE)], []):
        with library.transaction() as db:
            before = sorted(db.scalars(select(Embedding.vector)))
            described = sessions.Description(
                title="B", visibility=Visibility.PUBLIC, form=Form.NOTE, participants=people
            )
            sessions.describe(db, sessions.get(db, built.session_id), described)
            assert sorted(db.scalars(select(Embedding.vector))) == before
        found.append(told(library, built))

    assert found == [({None}, {(None, "")}), ({mentor.id}, {(mentor.id, mentor.name)})]


def test_old_notes_get_their_authors_and_keep_their_vectors(library, mentor):
    """After an upgrade the worker names the authors, once, without embedding anything."""
    built = note(library, mentor)
    with library.transaction() as db:
        db.execute(update(Segment).values(person_id=None))
        db.execute(update(Passage).values(speakers=[[None, "", 9]]))
        vectors = sorted(db.scalars(select(Embedding.vector)))

    first, second = authors.follow_all(library), authors.follow_all(library)

    assert (first, second) == (1, 0)
    assert told(library, built) == ({mentor.id}, {(mentor.id, mentor.name)})
    with library.reading() as db:
        assert sorted(db.scalars(select(Embedding.vector))) == vectors


def test_a_line_with_a_speaker_is_not_the_author_s(library, mentor):
    """Where somebody said who speaks in a paragraph of a note, that stays."""
    built = note(library, mentor, lines=[*WORDS, ("Zoe Quoted", "I waited two years.")])

    with library.reading() as db:
        zoe = person_named(db, "Zoe Quoted").id
    assert told(library, built) == (
        {mentor.id, zoe},
        {(mentor.id, mentor.name), (zoe, "Zoe Quoted")},
    )


def test_the_owner_s_own_release_counts(library, mentor):
    """Whoever writes a note and shows it to members has released it; nobody else is asked."""
    built = note(library, mentor, visibility=Visibility.MEMBERS, released=False)

    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        release.choose(db, mentor.viewer, session)
        assert session.release is Release.RELEASED


def test_the_author_of_a_note_is_found_as_somebody_who_speaks(library, mentor, mentee):
    """A person's sessions include what they wrote."""
    built = note(library, mentor)

    with library.reading() as db:
        found = sessions.visible(db, mentee.viewer, person_id=mentor.id)

    assert [session.id for session in found] == [built.session_id]


def test_notes_follow_people_who_are_merged_and_parted(library, admin, mentor):
    """The words of one become those of the other, and go back."""
    twin = add_account(library, "Ada M.", Role.MENTOR)
    built = note(library, twin)

    with library.transaction() as db:
        merge = merges.merge(db, admin.viewer, mentor.id, twin.id).id
    merged = told(library, built)
    with library.transaction() as db:
        merges.part(db, admin.viewer, merge)

    assert merged[0] == {mentor.id}
    assert {person for person, _ in merged[1]} == {mentor.id}
    assert told(library, built) == ({twin.id}, {(twin.id, twin.name)})
    with library.reading() as db:
        assert passages.count_of_session(db, built.session_id) == len(WORDS)
