"""The sample library comes once and goes whole."""

import pytest
from sqlalchemy import func, select

from library.access import GUEST
from library.accounts import people
from library.capture import sample_library
from library.holdings import collections, jobs, sessions, sources
from library.models import Base, MentoringSession, Person, Role, SourceKind
from library.store import Library
from tests.builders import add_session


@pytest.fixture
def loaded(library) -> Library:
    """A library with a session of its own and the samples beside it."""
    add_session(library, title="Ours")
    sample_library.load(library)
    return library


def count(library: Library, table: type[Base]) -> int:
    """How many rows of a kind there are."""
    with library.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def kept_files(library: Library) -> int:
    """How many files the library keeps."""
    return sum(path.is_file() for path in (library.settings.home / "files").rglob("*"))


def test_loading_gives_the_work_to_do(library):
    """Each sample session has one source that waits, with its bytes kept."""
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
    """A second press adds no session, person or file."""
    before = count(loaded, MentoringSession), count(loaded, Person), kept_files(loaded)

    ids = sample_library.load(loaded)

    assert ids == []
    assert (count(loaded, MentoringSession), count(loaded, Person), kept_files(loaded)) == before


def test_removing_takes_all_of_it_and_nothing_else(loaded, admin):
    """Afterwards the library has its own session, its own people and its own file again."""
    with loaded.reading() as db:
        total = sessions.count_visible(db, admin.viewer)

    removed = sample_library.remove(loaded)

    assert removed == total - 1
    with loaded.reading() as db:
        assert [s.title for s in sessions.visible(db, admin.viewer)] == ["Ours"]
        assert list(collections.everything(db)) == []
        assert {p.name for p in people.everybody(db)} == {"Ada", "Ben", admin.name}
        assert not sample_library.is_loaded(db)
    assert kept_files(loaded) == 1


def test_what_was_removed_can_be_loaded_again(loaded):
    """The samples come back as new sessions; old addresses stay gone."""
    with loaded.reading() as db:
        before = {s.id for s in sessions.visible(db, GUEST, limit=100) if s.sample}
    sample_library.remove(loaded)

    assert sample_library.load(loaded)

    with loaded.reading() as db:
        after = {s.id for s in sessions.visible(db, GUEST, limit=100) if s.sample}
    assert len(after) == len(before)
    assert not after & before


def test_an_account_with_a_samples_name_keeps_its_own_words(library):
    """Somebody real who shares a name with a sample person stays who they are."""
    name = sample_library._manifest()["people"][0]["name"]
    with library.transaction() as db:
        person = people.add_account(
            db, name=name, email="real@example.org", role=Role.ADMIN, password_hash=None
        )

    sample_library.load(library)
    sample_library.remove(library)

    with library.reading() as db:
        kept = people.get(db, person.id)
        assert (kept.role, kept.about, kept.sample) == (Role.ADMIN, "", False)


def test_there_are_questions_for_the_front_page():
    """Each ends as a question does."""
    assert all(question.endswith("?") for question in sample_library.questions())
