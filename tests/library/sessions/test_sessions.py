"""Tests of sessions: their description, lists, filters and removal."""

from datetime import date

import pytest
from sqlalchemy import func, select

from library.access import GUEST
from library.collections import collections
from library.consent import release
from library.discovery import search_scope
from library.discovery.search_scope import Filters
from library.errors import InvalidInputError, NotFoundError
from library.models import (
    Base,
    Form,
    MentoringSession,
    ParticipantRole,
    PassageRemoval,
    SourceKind,
    Visibility,
)
from library.sessions import asr_checkpoints, passage_queries, sessions, sources
from library.sessions.description import Description
from tests.builders import OPERATOR, add_session, add_waiting, hash_of


def rows_in(library) -> dict[str, int]:
    """Return the number of rows of each table."""
    with library.reading() as db:
        return {
            table.name: db.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def remove(library, session_id: int) -> None:
    """Remove a session and its files."""
    with library.transaction() as db:
        unused = sessions.remove(db, sessions.get(db, session_id))
    sessions.forget_files(library, unused)


def test_removing_a_session_deletes_all_its_rows(library, admin, mentor):
    """A removed session leaves only a tombstone, ledger entries and the ids of its passages."""
    before = rows_in(library) | {"collection": 1, "person": 4}
    built = add_session(
        library,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        lines=[("Zoe", "Wait.")],
    )
    with library.transaction() as db:
        collection = collections.add(db, admin.viewer, title="Talks")
        collections.set_sessions(db, admin.viewer, collection, [built.session_id])
        asr_checkpoints.save(db, sources.get(db, built.source_id), 0, {"text": "Wait."})

    remove(library, built.session_id)

    counts = rows_in(library)
    assert counts.pop("mentoring_session") == 1
    assert counts.pop("passage_removal") == 1
    assert counts == {name: before[name] for name in counts} | {
        "person": 3,
        "ledger_entry": 2,  # ledger entries are never deleted
        "ledger_text": 1,
    }
    with library.reading() as db:
        stone = db.get(MentoringSession, built.session_id)
        assert stone is not None
        assert (stone.title, stone.description) == ("Removed", "")
        assert sessions.was_removed(db, mentor.viewer, built.session_id)
        assert list(db.scalars(select(PassageRemoval.passage_id))) == built.passage_ids
        with pytest.raises(NotFoundError):
            sessions.get(db, built.session_id)


@pytest.mark.parametrize("visibility", list(Visibility))
def test_a_removed_session_is_reported_to_its_viewers_only(library, admin, mentee, visibility):
    """Only viewers who could see a removed session learn that it was removed."""
    built = add_session(library, visibility=visibility)

    remove(library, built.session_id)

    with library.reading() as db:
        missed = {
            viewer: sessions.was_removed(db, viewer, built.session_id)
            for viewer in (admin.viewer, mentee.viewer, GUEST)
        }
    assert missed == {
        admin.viewer: True,
        mentee.viewer: visibility in {Visibility.MEMBERS, Visibility.PUBLIC},
        GUEST: visibility is Visibility.PUBLIC,
    }


def test_removing_a_session_removes_its_files(library):
    """Removing a session deletes its original, its web copy and its transcript file."""
    built = add_session(library, content=b"original")
    copies = [library.files.keep([content])[0] for content in (b"copy", b"words")]
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.web_sha256, source.transcript_sha256 = copies

    remove(library, built.session_id)

    assert not any(library.files.has(sha256) for sha256 in [hash_of(b"original"), *copies])


def test_a_file_that_another_session_needs_stays(library):
    """A file that two sessions use is deleted when the second session is removed."""
    first = add_session(library, title="first", content=b"shared")
    second = add_session(library, title="second", content=b"shared")

    remove(library, first.session_id)
    after_first = library.files.has(hash_of(b"shared"))
    remove(library, second.session_id)

    assert after_first
    assert not library.files.has(hash_of(b"shared"))


def test_a_rolled_back_removal_loses_nothing(library):
    """If a removal is rolled back, all files and passages stay."""
    built = add_session(library, content=b"original")

    def remove_and_fail() -> None:
        with library.transaction() as db:
            sessions.remove(db, sessions.get(db, built.session_id))
            sessions.get(db, 99)

    with pytest.raises(NotFoundError):
        remove_and_fail()

    assert library.files.has(hash_of(b"original"))
    with library.reading() as db:
        assert len(passage_queries.by_ids(db, GUEST, built.passage_ids)) == len(built.passage_ids)


def test_a_description_is_cleaned(library):
    """Extra blank space in a title of a session is removed. An empty title is refused."""
    with library.transaction() as db:
        session = sessions.add(db, Description(title="  A   talk "), owner_id=None)

        assert session.title == "A talk"
        with pytest.raises(InvalidInputError, match="title"):
            sessions.describe(db, session, Description(title=" \n"))


def test_participants_are_replaced_in_order(library, admin, mentor, mentee):
    """A new list of participants replaces the old list, with its order and roles."""
    people = [(admin.id, ParticipantRole.FACILITATOR), (mentor.id, ParticipantRole.MENTOR)]
    with library.transaction() as db:
        described = Description(title="Talk", participants=people)
        session_id = sessions.add(db, described, owner_id=None).id
    people = [(mentee.id, ParticipantRole.MENTEE), (admin.id, ParticipantRole.PEER)]
    with library.transaction() as db:
        session = sessions.get(db, session_id)
        sessions.describe(db, session, Description(title="Talk", participants=people))

    with library.reading() as db:
        taking_part = sessions.get(db, session_id).participants
        assert [(p.person_id, p.part) for p in taking_part] == people


def test_sessions_come_newest_first_in_pages(library):
    """Sessions are listed in pages, newest first. A page continues after the last id."""
    ids = [add_session(library, title=str(n)).session_id for n in range(5)]

    with library.reading() as db:
        first = [s.id for s in sessions.visible(db, GUEST, limit=2)]
        second = [s.id for s in sessions.visible(db, GUEST, limit=2, before_id=first[-1])]

    assert first + second == ids[:0:-1]


def test_sessions_are_listed_by_owner_and_by_person(library, mentor, mentee):
    """Sessions can be listed by owner or by participant."""
    own_id = add_session(library, title="mine", owner=mentor).session_id
    attended_id = add_session(
        library, title="theirs", participants=[(mentee.id, ParticipantRole.MENTEE)]
    ).session_id

    with library.reading() as db:
        owned = [s.id for s in sessions.visible(db, mentor.viewer, owner_id=mentor.id)]
        joined = [s.id for s in sessions.visible(db, GUEST, person_id=mentee.id)]

    assert (owned, joined) == ([own_id], [attended_id])


def test_coverage_counts_searchable_sessions(library):
    """A session that waits for its job does not count as searchable.

    For guests it does not count at all.
    """
    add_session(library)
    waiting = add_waiting(library)
    with library.transaction() as db:
        session = sources.get(db, waiting).session
        release.set_visibility(db, OPERATOR, session, Visibility.PUBLIC)

    with library.reading() as db:
        assert sessions.coverage(db, GUEST) == (1, 1)
        assert sessions.coverage(db, OPERATOR) == (1, 2)


EARLY, LATE = date(2025, 1, 31), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"early", "late", "undated"}),
        (Filters(since=EARLY), {"early", "late"}),
        (Filters(until=EARLY), {"early"}),
        (Filters(since=LATE, until=LATE), {"late"}),
        (Filters(since=LATE, until=EARLY), set()),
        (Filters(kinds=[SourceKind.NOTE]), {"undated"}),
        (Filters(kinds=[SourceKind.NOTE, SourceKind.RECORDING]), {"early", "late", "undated"}),
        (Filters(described={"form": [Form.REVERSE]}), {"late"}),
        (Filters(described={"form": [Form.REVERSE]}, since=EARLY, until=EARLY), set()),
        (Filters(session_id=99), set()),
        (Filters(collection_id=99), set()),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_filters_narrow_the_sources(library, filters, expected):
    """A source must match all filters. Date filters include their first and last day."""
    built = {
        "early": add_session(library, title="early", held_on=EARLY),
        "late": add_session(library, title="late", held_on=LATE, form=Form.REVERSE),
        "undated": add_session(library, title="undated", kind=SourceKind.NOTE),
    }

    with library.reading() as db:
        found = set(search_scope.sources_in(db, GUEST, filters))

    assert found == {built[name].source_id for name in expected}
    assert filters.any is (filters != Filters())
