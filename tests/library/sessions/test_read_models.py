"""Tests of read models: an address of a passage leads to its text in later versions too."""

import pytest

from library.access import GUEST
from library.errors import NotFoundError
from library.models import Source, SourceKind, Visibility
from library.sessions import passages, read_models
from library.sessions.passages import PassageDraft
from library.transcripts import versions
from library.transcripts.versions import SegmentDraft
from tests.builders import LINE, add_session

SPOKEN = [("Ada", f"This is what I said in line {number}.") for number in range(6)]


def save_again(library, built, *, lines_each, timed=True):
    """Save the same text as a new version, with *lines_each* segments in each passage."""
    segments = [
        SegmentDraft(
            text=text,
            speaker=name,
            start=number * LINE if timed else None,
            end=(number + 1) * LINE if timed else None,
        )
        for number, (name, text) in enumerate(SPOKEN)
    ]
    drafts = [
        PassageDraft(
            first_segment=first,
            last_segment=first + lines_each - 1,
            start=first * LINE if timed else None,
            end=(first + lines_each) * LINE if timed else None,
            text=" ".join(s.text for s in segments[first : first + lines_each]),
            speakers=[],
        )
        for first in range(0, len(SPOKEN), lines_each)
    ]
    with library.transaction() as db:
        source = db.get(Source, built.source_id)
        version = versions.save_version(db, source, segments, origin="correction")
        passages.save(
            db, version, built.session_id, drafts, vectors=[b"\0\0"] * len(drafts), model="m"
        )


def test_an_old_address_leads_to_the_same_second(library):
    """The address of a replaced passage leads to the same second in the new passages."""
    built = add_session(library, lines=SPOKEN)
    save_again(library, built, lines_each=3)

    with library.reading() as db:
        there = read_models.moment_of_passage(db, GUEST, built.passage_ids[4])
        passage = read_models.passage_for_address(db, GUEST, built.passage_ids[4])

    assert (there.source_id, there.start, there.segment) == (built.source_id, 4 * LINE, 4)
    assert (passage.first_segment, passage.last_segment) == (3, 5)


def test_an_old_address_survives_several_versions(library):
    """An address from the first version still leads to its text after several corrections."""
    built = add_session(library, lines=SPOKEN)
    save_again(library, built, lines_each=2)
    save_again(library, built, lines_each=6)
    save_again(library, built, lines_each=1)

    with library.reading() as db:
        landings = [read_models.moment_of_passage(db, GUEST, i) for i in built.passage_ids]

    assert [there.segment for there in landings] == [0, 1, 2, 3, 4, 5]


def test_an_old_address_in_a_note_leads_to_its_paragraph(library):
    """The address of a replaced passage of a note leads to the same paragraph."""
    built = add_session(library, lines=SPOKEN, kind=SourceKind.NOTE)
    save_again(library, built, lines_each=2, timed=False)

    with library.reading() as db:
        there = read_models.moment_of_passage(db, GUEST, built.passage_ids[3])

    assert (there.start, there.segment) == (None, 2)


def test_an_old_address_opens_nothing_hidden(library, mentor):
    """A guest cannot open a passage of a private session by its address."""
    built = add_session(library, lines=SPOKEN, owner=mentor, visibility=Visibility.PRIVATE)
    save_again(library, built, lines_each=2)

    with library.reading() as db:
        assert read_models.moment_of_passage(db, mentor.viewer, built.passage_ids[0]).segment == 0
        with pytest.raises(NotFoundError):
            read_models.moment_of_passage(db, GUEST, built.passage_ids[0])


def test_an_unknown_address_is_not_found(library):
    """The address of a passage that never existed is not found."""
    with library.reading() as db, pytest.raises(NotFoundError):
        read_models.moment_of_passage(db, GUEST, 4711)
