"""Tests of the chapters of a recording."""

import pytest

from library.errors import InvalidInputError, NotAllowedError
from library.models import SourceKind
from library.sessions import chapters
from library.sessions.chapters import ChangedError
from tests.builders import add_session


def test_chapters_are_replaced_with_a_current_entity_tag(library, mentor, mentee):
    """Chapters are stored in order of time.

    A change with an outdated entity tag, or by another member, is refused.
    """
    built = add_session(library, owner=mentor)
    with library.transaction() as db:
        tag = chapters.entity_tag(db, built.source_id)
        marks = [(5.0004, "Then"), (0.0, " ")]
        chapters.change(db, mentor.viewer, built.source_id, marks, tag)
        with pytest.raises(ChangedError):
            chapters.change(db, mentor.viewer, built.source_id, [], tag)
        with pytest.raises(NotAllowedError):
            chapters.change(db, mentee.viewer, built.source_id, [], "*")

        stored = [(chapter.start, chapter.title) for chapter in chapters.of(db, built.source_id)]
    assert stored == [(0.0, "Chapter"), (5.0, "Then")]


def test_a_chapter_begins_within_the_recording(library, mentor):
    """A chapter cannot begin after the end of a recording, and a note has no chapters."""
    talk = add_session(library, owner=mentor)
    note = add_session(library, title="Note", owner=mentor, kind=SourceKind.NOTE)
    with library.transaction() as db:
        for built, start in ((talk, 99.0), (note, 0.0)):
            with pytest.raises(InvalidInputError):
                chapters.change(db, mentor.viewer, built.source_id, [(start, "A")], "*")


@pytest.mark.parametrize(
    "value", ["text", [[1]], [["1", "A"]], [[-1, "A"]], [[0, "A"]] * (chapters.MOST + 1)]
)
def test_other_values_are_not_chapters(value):
    """Chapters are a list of pairs of seconds and title, up to a limit.

    Other values are refused.
    """
    with pytest.raises(InvalidInputError):
        chapters.validated(value)
