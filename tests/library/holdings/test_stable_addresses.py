"""The address of a passage leads to where its words are, in whichever version."""

import pytest

from library.access import GUEST
from library.editing import transcripts
from library.editing.transcripts import SegmentDraft
from library.errors import NotFoundError
from library.holdings import passages, reading
from library.holdings.passages import PassageDraft
from library.models import Source, SourceKind, Visibility
from tests.builders import LINE, add_session

SPOKEN = [("Ada", f"This is what I said in line {number}.") for number in range(6)]


def save_again(library, built, *, lines_each, timed=True):
    """A next version of the same words, with passages of so many lines."""
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
        version = transcripts.save_version(db, source, segments, origin="correction")
        passages.save(
            db, version, built.session_id, drafts, vectors=[b"\0\0"] * len(drafts), model="m"
        )


def test_an_old_address_leads_to_the_same_second(library):
    """Passages were cut anew: the words of the fourth are now in the middle of the second."""
    built = add_session(library, lines=SPOKEN)
    save_again(library, built, lines_each=3)

    with library.reading() as db:
        there = reading.landing(db, GUEST, built.passage_ids[4])
        passage = reading.place_of(db, GUEST, built.passage_ids[4])

    assert (there.source_id, there.start, there.segment) == (built.source_id, 4 * LINE, 4)
    assert (passage.first_segment, passage.last_segment) == (3, 5)


def test_an_old_address_survives_several_versions(library):
    """However often a transcript is corrected, each address of it leads to the present one."""
    built = add_session(library, lines=SPOKEN)
    save_again(library, built, lines_each=2)
    save_again(library, built, lines_each=6)
    save_again(library, built, lines_each=1)

    with library.reading() as db:
        landings = [reading.landing(db, GUEST, i) for i in built.passage_ids]

    assert [there.segment for there in landings] == [0, 1, 2, 3, 4, 5]


def test_an_old_address_in_a_note_leads_to_its_paragraph(library):
    """A note has no seconds; its paragraphs are counted."""
    built = add_session(library, lines=SPOKEN, kind=SourceKind.NOTE)
    save_again(library, built, lines_each=2, timed=False)

    with library.reading() as db:
        there = reading.landing(db, GUEST, built.passage_ids[3])

    assert (there.start, there.segment) == (None, 2)


def test_an_old_address_opens_nothing_hidden(library, mentor):
    """Where the session is private now, a guest is told what they would be told of no passage."""
    built = add_session(library, lines=SPOKEN, owner=mentor, visibility=Visibility.PRIVATE)
    save_again(library, built, lines_each=2)

    with library.reading() as db:
        assert reading.landing(db, mentor.viewer, built.passage_ids[0]).segment == 0
        with pytest.raises(NotFoundError):
            reading.landing(db, GUEST, built.passage_ids[0])


def test_an_address_that_never_was_leads_nowhere(library):
    """A number that no passage had is answered like one of a removed session."""
    with library.reading() as db, pytest.raises(NotFoundError):
        reading.landing(db, GUEST, 4711)
