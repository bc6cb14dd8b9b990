"""Tests of the sample library: how it is loaded and removed."""

import pytest
from sqlalchemy import func, select

from library.access import GUEST
from library.accounts import people
from library.capture import sample_library
from library.collections import collections
from library.models import Base, MentoringSession, Person, Role, SourceKind
from library.sessions import jobs, sessions, sources
from library.store import Library
from tests.builders import add_session


@pytest.fixture
def loaded(library) -> Library:
    """Library with the sample sessions and with one other session."""
    add_session(library, title="Ours")
    sample_library.load(library)
    return library


def count(library: Library, table: type[Base]) -> int:
    """Return the number of rows of a table."""
    with library.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def stored_files(library: Library) -> int:
    """Return the number of stored files."""
    return sum(path.is_file() for path in (library.settings.home / "files").rglob("*"))


def test_loading_queues_a_job_for_each_sample(library):
    """Each loaded sample session has one source that waits for a job, and its file is stored."""
    ids = sample_library.load(library)

    with library.reading() as db:
        assert list(jobs.unfinished(db)) == ids
        found = [sources.get(db, i) for i in ids]
        assert all(library.files.has(source.sha256) for source in found)
        recordings = [s for s in found if s.kind is SourceKind.RECORDING]
        assert len(recordings) >= 3
        assert all(s.transcript_sha256 for s in recordings)
    assert len(ids) >= 12


def test_loading_again_changes_nothing(loaded):
    """Loading the samples a second time adds no session, person or file."""
    before = count(loaded, MentoringSession), count(loaded, Person), stored_files(loaded)

    ids = sample_library.load(loaded)

    assert ids == []
    assert (count(loaded, MentoringSession), count(loaded, Person), stored_files(loaded)) == before


def test_removing_the_samples_leaves_everything_else(loaded, admin):
    """Removing the samples leaves all other sessions, people and files of the library."""
    with loaded.reading() as db:
        total = sessions.count_visible(db, admin.viewer)

    removed = sample_library.remove(loaded)

    assert removed == total - 1
    with loaded.reading() as db:
        assert [s.title for s in sessions.visible(db, admin.viewer)] == ["Ours"]
        assert list(collections.all_collections(db)) == []
        assert {p.name for p in people.all_people(db)} == {"Ada", "Ben", admin.name}
        assert not sample_library.is_loaded(db)
    assert stored_files(loaded) == 1


def test_removed_samples_can_be_loaded_again(loaded):
    """Samples that were removed can be loaded again, with new session ids."""
    with loaded.reading() as db:
        before = {s.id for s in sessions.visible(db, GUEST, limit=100) if s.sample}
    sample_library.remove(loaded)

    assert sample_library.load(loaded)

    with loaded.reading() as db:
        after = {s.id for s in sessions.visible(db, GUEST, limit=100) if s.sample}
    assert len(after) == len(before)
    assert not after & before


def test_an_account_with_a_samples_name_is_not_changed(library):
    """Loading and removing the samples changes no account with the name of a sample person."""
    name = sample_library._manifest()["people"][0]["name"]
    with library.transaction() as db:
        person = people.add_account(
            db, name=name, email="real@example.org", role=Role.ADMIN, password_hash=None
        )

    sample_library.load(library)
    sample_library.remove(library)

    with library.reading() as db:
        row = people.get(db, person.id)
        assert (row.role, row.about, row.sample) == (Role.ADMIN, "", False)


def test_there_are_questions_for_the_front_page():
    """Every sample question ends with a question mark."""
    assert all(question.endswith("?") for question in sample_library.questions())
