"""Tests of export and import of sessions between libraries, also of earlier versions.

Covers: export_library, import_library, import_rows.
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from library import access
from library.access import Viewer
from library.accounts.names import add_person
from library.capture import intake
from library.collections import collections
from library.consent import release
from library.curation import review
from library.errors import InvalidInputError, StorageFullError
from library.models import (
    Base,
    Collection,
    CollectionEntry,
    CollectionMember,
    MentoringSession,
    ParticipantRole,
    Person,
    Release,
    Review,
    ReviewState,
    Role,
    Segment,
    Source,
    Stage,
    State,
    Visibility,
)
from library.preservation import checks
from library.preservation.export_library import EXCLUDED_TABLES, EXPORTED_TABLES, SECRET, export
from library.preservation.import_library import SESSIONS_AT_ONCE, bring_in
from library.schema import schemas
from library.sessions import sessions
from library.sessions.description import Description
from library.settings import Settings
from library.store import open_library
from tests.builders import add_account, add_session, agree
from tests.make_exports import FOLDER, HASH, NOTE

ADMIN = Viewer(role=Role.ADMIN)
EXPORTS = sorted(path.stem for path in FOLDER.glob("*.zip"))


@pytest.fixture
def other(tmp_path, blank):
    """Second library, which is empty."""
    home = tmp_path / "other"
    home.mkdir()
    (home / "library.db").write_bytes(Path(blank).read_bytes())
    opened = open_library(Settings(home=home))
    yield opened
    opened.close()


def test_every_earlier_version_has_an_export():
    """`tests/data/exports` has an export of every earlier schema version.

    `python -m tests.make_exports` writes the exports that are missing.
    """
    assert set(schemas()[1:]) <= set(EXPORTS)


def test_every_table_is_taken_along_or_left_for_a_reason():
    """Every table is exported or in the list of excluded tables.

    Secret columns are recognised by their names.
    """
    assert {*EXPORTED_TABLES} | EXCLUDED_TABLES == {*Base.metadata.tables}
    assert SECRET.search("password_hash")
    assert SECRET.search("login_key")


@pytest.mark.parametrize("version", EXPORTS)
def test_an_export_of_every_version_comes_in(other, version):
    """An export of every earlier version can be imported.

    The import adds session, people, text, file, collection and release.
    """
    add_session(other, title="Here before")

    imported = bring_in(other, FOLDER / f"{version}.zip")

    assert (imported.sessions, imported.known, imported.damage) == (1, 0, [])
    with other.reading() as db:
        session = db.scalar(
            select(MentoringSession).where(MentoringSession.title == "From another library")
        )
        source = session.sources[0]
        texts = db.scalars(select(Segment).where(Segment.text.contains("same day"))).all()
        people = {p.name: p for p in db.scalars(select(Person))}
        assert [
            collection.title for collection in collections.collections_of_session(db, session.id)
        ] == ["Feedback"]
        assert session.owner_id == people["Ada Later"].id == texts[-1].person_id
        assert [p.person_id for p in session.participants] == [people["Ben Voice"].id]
        assert session.release is Release.RELEASED
        assert release.compute(db, session) is Release.RELEASED
    assert (source.state, source.stage) == (State.WAITING, Stage.TRANSCRIBED)
    assert other.files.path(HASH).read_bytes() == NOTE
    assert imported.source_ids == [source.id]


def test_an_export_is_imported_without_loss(library, other, mentor):
    """An exported session is imported without loss. Importing it again adds nothing."""
    built = add_session(library, owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)])
    out = other.settings.home.parent / "out.zip"

    export(library, out)
    first, second = bring_in(other, out), bring_in(other, out)

    assert (first.sessions, second.sessions, second.known) == (1, 0, 1)
    with library.reading() as db, other.reading() as theirs:
        query = select(Segment.text, Segment.start, Segment.speaker)
        assert db.execute(query).all() == theirs.execute(query).all()
        assert mentor.email in theirs.scalars(select(Person.email)).all()
        sha256 = theirs.scalar(select(Source.sha256))
        assert sha256 == db.get(Source, built.source_id).sha256
        assert [s.visibility for s in sessions.visible(theirs, ADMIN)] == [Visibility.PUBLIC]
    assert other.files.has(sha256)
    assert [s for look in checks.checks(thorough=True).values() for s in look(other)] == []


def test_an_imported_session_waits_for_review(library, other, mentor):
    """If the library requires review, an imported session waits for its review."""
    add_session(library, owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)])
    out = other.settings.home.parent / "out.zip"
    export(library, out)
    with other.transaction() as db:
        review.set_required_everywhere(db, ADMIN, on=True)

    bring_in(other, out)

    with other.reading() as db:
        session = db.scalar(select(MentoringSession))
        assert session.release is Release.REVIEW
        assert db.get(Review, session.id).state is ReviewState.SUBMITTED
        assert not access.is_visible(db, access.GUEST, session.id)
    assert [s for look in checks.checks(thorough=True).values() for s in look(other)] == []


def test_a_session_of_an_operator_waits_for_review(library):
    """If the library requires review, a session that an operator adds waits for its review."""
    with library.transaction() as db:
        review.set_required_everywhere(db, ADMIN, on=True)
    pieces = iter([b"Ada: Ask for feedback the same day."])
    file = intake.keep(library, "talk.txt", pieces)

    described = Description(title="Taken in", visibility=Visibility.PUBLIC)
    added = intake.create_session(library, ADMIN, described, [file])

    with library.reading() as db:
        assert db.get(MentoringSession, added.session_id).release is not Release.RELEASED
        assert db.get(Review, added.session_id).state is ReviewState.SUBMITTED
        assert not access.is_visible(db, access.GUEST, added.session_id)


def test_an_imported_person_is_matched_by_id_and_not_by_name(library, other):
    """An imported person is recognised from an earlier import by id, and never by name."""
    out = other.settings.home.parent / "out.zip"
    add_session(library, title="One", lines=[("Zoe", "Ask the same day.")])
    export(library, out)
    with other.transaction() as db:
        namesake = add_person(db, "Zoe").id
    bring_in(other, out)
    out.unlink()
    add_session(library, title="Two", lines=[("Zoe", "Then wait for the letter.")])
    export(library, out)

    bring_in(other, out)

    with other.reading() as db:
        named = db.scalars(select(Person).where(Person.name == "Zoe").order_by(Person.id)).all()
        speaking = set(db.scalars(select(Segment.person_id)))
    assert [person.id for person in named] == [namesake, *speaking]
    assert len(speaking) == 1


def test_no_secret_leaves(library, other, admin):
    """An export contains no passwords and no login keys.

    An imported administrator becomes a mentor.
    """
    with library.transaction() as db:
        db.get(Person, admin.id).password_hash = "$argon2id$secret"
    out = other.settings.home.parent / "out.zip"

    export(library, out)
    bring_in(other, out)

    assert b"argon2id" not in out.read_bytes()
    assert b"login_key" not in out.read_bytes()
    with other.reading() as db:
        assert db.scalar(select(Person.role)) is Role.MENTOR


@pytest.mark.parametrize("spoil", ["newer", "words", "backup"])
def test_an_unusable_export_is_refused(library, other, spoil):
    """A damaged export, an export of a newer version, and a backup are refused.

    Nothing is imported from them.
    """
    add_session(library)
    out, bad = (other.settings.home.parent / name for name in ("out.zip", "bad.zip"))
    export(library, out)
    with zipfile.ZipFile(out) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content["manifest.json"])
    if spoil == "newer":
        manifest["schema"] = "9999"
    elif spoil == "backup":
        manifest["format"] = "living-history backup"
    else:
        content["tables/segment.jsonl"] += b"{}"
    content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(bad, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)

    with pytest.raises(InvalidInputError):
        bring_in(other, bad)

    with other.reading() as db:
        assert db.scalar(select(Person.id)) is None


def _collection(
    library, title: str, *, parent: int | None = None, holds: Sequence[int] = ()
) -> int:
    """Add a collection with the given sessions inside *parent*, and return its id."""
    with library.transaction() as db:
        collection = collections.add(db, ADMIN, title=title)
        collection.parent_id = parent
        collection.entries = [
            CollectionEntry(session_id=i, position=n) for n, i in enumerate(holds)
        ]
        db.flush()
        return collection.id


def _join(library, collection_id: int, person_id: int) -> None:
    with library.transaction() as db:
        db.add(CollectionMember(collection_id=collection_id, person_id=person_id))


def _titles_seen_by(library, email: str) -> list[str]:
    with library.reading() as db:
        person = db.scalar(select(Person).where(Person.email == email))
        viewer = Viewer(person_id=person.id, role=person.role)
        return [session.title for session in sessions.visible(db, viewer)]


def test_collections_of_one_title_stay_separate(library, other):
    """Two imported collections with the same title stay separate.

    Their members see the same sessions as before the export.
    """
    for top in ("Board", "Staff"):
        person = add_account(library, top, Role.MENTEE)
        built = add_session(library, title=f"{top} talk", visibility=Visibility.COLLECTION)
        above = _collection(library, top)
        below = _collection(library, "2025", parent=above, holds=[built.session_id])
        _join(library, below, person.id)
        agree(library, built.session_id)
    out = other.settings.home.parent / "out.zip"
    export(library, out)

    bring_in(other, out)

    with other.reading() as db:
        titles = sorted(db.scalars(select(Collection.title)))
    assert titles == ["2025", "2025", "Board", "Staff"]
    for top in ("Board", "Staff"):
        assert _titles_seen_by(other, f"{top.lower()}@example.org") == [f"{top} talk"]


def test_an_import_joins_no_collection_of_the_same_title(library, other):
    """An imported collection stays separate from an existing collection of the same title."""
    built = add_session(library, title="Theirs", visibility=Visibility.COLLECTION)
    _collection(library, "2025", holds=[built.session_id])
    agree(library, built.session_id)
    here = add_account(other, "Here", Role.MENTEE)
    _join(other, _collection(other, "2025"), here.id)
    out = other.settings.home.parent / "out.zip"
    export(library, out)

    bring_in(other, out)

    assert _titles_seen_by(other, here.email) == []


def test_members_and_parents_of_a_collection_that_is_here_stay_as_they_are(library, other):
    """Importing a collection again adds sessions, and changes neither members nor parent."""
    former = add_account(library, "Gone", Role.MENTEE)
    first = add_session(library, title="First", visibility=Visibility.COLLECTION)
    collection = _collection(library, "2025", holds=[first.session_id])
    _join(library, collection, former.id)
    agree(library, first.session_id)
    export(library, earlier := other.settings.home.parent / "earlier.zip")
    bring_in(other, earlier)
    with other.transaction() as db:
        db.execute(delete(CollectionMember))
    second = add_session(library, title="Second", visibility=Visibility.COLLECTION, content=b"2")
    with library.transaction() as db:
        db.add(CollectionEntry(collection_id=collection, session_id=second.session_id))
    above = _collection(library, "Above")
    with library.transaction() as db:
        db.get(Collection, collection).parent_id = above
    export(library, later := other.settings.home.parent / "later.zip")

    imported = bring_in(other, later)

    assert (imported.sessions, imported.known) == (1, 1)
    assert _titles_seen_by(other, former.email) == []
    with other.reading() as db:
        (same,) = db.scalars(select(Collection).where(Collection.title == "2025"))
        assert same.parent_id is None
        assert len(same.entries) == 2


def test_agreements_of_existing_people_are_not_imported(library, other, mentor):
    """The consent of a person who is already in the library is not imported.

    The person is asked again.
    """
    built = add_session(library, owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)])
    agree(library, built.session_id)
    add_account(other, mentor.name, Role.MENTOR)
    add_session(other, title="Here before", content=b"other")
    export(library, out := other.settings.home.parent / "out.zip")

    bring_in(other, out)

    with other.reading() as db:
        session = db.scalars(select(MentoringSession).order_by(MentoringSession.id.desc())).first()
        assert session.release is Release.WAITING


def test_an_interrupted_import_is_continued(library, other):
    """After an interrupted import, the next import adds only the missing sessions."""
    for number in range(SESSIONS_AT_ONCE + 2):
        add_session(library, title=f"Session {number}", content=str(number).encode())
    export(library, out := other.settings.home.parent / "out.zip")

    def fail(done: int, of: int) -> None:
        if done < of:
            raise StorageFullError

    with pytest.raises(StorageFullError):
        bring_in(other, out, fail)
    result = bring_in(other, out)

    assert (result.sessions, result.known) == (2, SESSIONS_AT_ONCE)
    assert [s for look in checks.checks(thorough=True).values() for s in look(other)] == []
