"""Sessions go from one library into another, also of a later version."""

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from library import access
from library.access import Viewer
from library.capture import intake
from library.consent import standings
from library.curating import review_switch
from library.errors import InvalidInputError
from library.holdings import collections, sessions
from library.keeping import verify
from library.keeping.exporting import LEFT, SECRET, TAKEN, export
from library.keeping.importing import bring_in
from library.models import (
    Base,
    MentoringSession,
    Part,
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
from library.settings import Settings
from library.store import open_library, schemas
from tests.builders import add_session
from tests.making_exports import FOLDER, HASH, NOTE

ADMIN = Viewer(role=Role.ADMIN)
EXPORTS = sorted(path.stem for path in FOLDER.glob("*.zip"))


@pytest.fixture
def other(tmp_path, blank):
    """Another library, with nothing in it."""
    home = tmp_path / "other"
    home.mkdir()
    (home / "library.db").write_bytes(Path(blank).read_bytes())
    opened = open_library(Settings(home=home))
    yield opened
    opened.close()


def test_every_earlier_version_has_an_export():
    """`python -m tests.making_exports` writes what is missing here."""
    assert set(schemas()[1:]) <= set(EXPORTS)


def test_every_table_is_taken_along_or_left_for_a_reason():
    """A new table needs a decision; no secret is ever taken."""
    assert {*TAKEN} | LEFT == {*Base.metadata.tables}
    assert SECRET.search("password_hash")
    assert SECRET.search("login_key")


@pytest.mark.parametrize("version", EXPORTS)
def test_an_export_of_every_version_comes_in(other, version):
    """Session, people, words, file, collection and release, beside what is there already."""
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
        assert [shelf.title for shelf in collections.holding(db, session.id)] == ["Feedback"]
        assert session.owner_id == people["Ada Later"].id == texts[-1].person_id
        assert [p.person_id for p in session.participants] == [people["Ben Voice"].id]
        assert session.release is Release.RELEASED
        assert standings.release_of(session, standings.standings(db, session)) is Release.RELEASED
    assert (source.state, source.stage) == (State.WAITING, Stage.TRANSCRIBED)
    assert other.files.path(HASH).read_bytes() == NOTE
    assert imported.source_ids == [source.id]


def test_what_is_exported_comes_in_whole(library, other, mentor):
    """A round trip keeps words, times, people and bytes; a second import adds nothing."""
    built = add_session(library, owner=mentor, participants=[(mentor.id, Part.MENTOR)])
    out = other.settings.home.parent / "out.zip"

    export(library, out)
    first, second = bring_in(other, out), bring_in(other, out)

    assert (first.sessions, second.sessions, second.known) == (1, 0, 1)
    with library.reading() as db, other.reading() as theirs:
        said = select(Segment.text, Segment.start, Segment.speaker)
        assert db.execute(said).all() == theirs.execute(said).all()
        assert mentor.email in theirs.scalars(select(Person.email)).all()
        sha256 = theirs.scalar(select(Source.sha256))
        assert sha256 == db.get(Source, built.source_id).sha256
        assert [s.visibility for s in sessions.visible(theirs, ADMIN)] == [Visibility.PUBLIC]
    assert other.files.has(sha256)
    assert [s for look in verify.checks(thorough=True).values() for s in look(other)] == []


def test_what_comes_into_a_library_that_reviews_is_looked_at_first(library, other, mentor):
    """Whoever accepted it elsewhere: here it waits in the queue, and verify agrees."""
    add_session(library, owner=mentor, participants=[(mentor.id, Part.MENTOR)])
    out = other.settings.home.parent / "out.zip"
    export(library, out)
    with other.transaction() as db:
        review_switch.everywhere(db, ADMIN, on=True)

    bring_in(other, out)

    with other.reading() as db:
        session = db.scalar(select(MentoringSession))
        assert session.release is Release.REVIEW
        assert db.get(Review, session.id).state is ReviewState.SUBMITTED
        assert not access.is_visible(db, access.GUEST, session.id)
    assert [s for look in verify.checks(thorough=True).values() for s in look(other)] == []


def test_what_is_taken_in_by_a_library_that_reviews_is_looked_at_first(library):
    """By the command line or the watched folder, in the name of nobody or of the operator."""
    with library.transaction() as db:
        review_switch.everywhere(db, ADMIN, on=True)
    pieces = iter([b"Ada: Ask for feedback the same day."])
    kept = intake.keep(library, "talk.txt", pieces)

    described = sessions.Description(title="Taken in", visibility=Visibility.PUBLIC)
    added = intake.take_in(library, ADMIN, described, [kept])

    with library.reading() as db:
        assert db.get(MentoringSession, added.session_id).release is not Release.RELEASED
        assert db.get(Review, added.session_id).state is ReviewState.SUBMITTED
        assert not access.is_visible(db, access.GUEST, added.session_id)


def test_no_secret_leaves(library, other, admin):
    """Neither passwords nor keys, and an administrator there is none here."""
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
def test_what_cannot_come_in_is_said(library, other, spoil):
    """A newer version, damaged words, another kind of file: a sentence, and nothing is added."""
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
