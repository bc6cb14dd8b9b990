"""Tests of the watched folder: which files are imported, and which are set aside."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.asr.transcriber import Transcriber
from ingest.pipeline import Pipeline
from ingest.tasks.watched_folder import ASIDE, WatchedFolder, watched
from library.collections import collections
from library.consent import release_holds
from library.models import HoldKind, MentoringSession, Role, SourceKind, Visibility
from library.sessions import sessions, sources
from library.store import Library, open_library
from tests.builders import Account, add_account
from tests.fakes import BagOfWordsEmbedder
from tests.ingest.recordings import record

PATIENCE = 10.0  # seconds, the default


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder into which other programs put files."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def watching(library: Library, folder: Path) -> Callable[..., WatchedFolder]:
    """Function that returns the watched folder with the given settings."""

    def make(**settings: str) -> WatchedFolder:
        opened = open_library(
            replace(library.settings, watch_folder=str(folder), **settings)  # type: ignore[arg-type]
        )
        found = watched(opened)
        assert found is not None
        return found

    return make


def settle(folder: WatchedFolder) -> list[int]:
    """Import unchanged files as if `PATIENCE` seconds had passed. Return the new source ids."""
    return folder.look(now=0.0) + folder.look(now=PATIENCE)


def newest(library: Library, admin: Account) -> MentoringSession:
    with library.reading() as db:
        return sessions.visible(db, admin.viewer, limit=1)[0]


def test_a_file_at_rest_becomes_a_session_and_leaves_the_folder(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """A file that stays unchanged becomes a session for participants and leaves the folder."""
    path = record(folder / "talk_with_bo.ogg")

    added = settle(watching())

    session = newest(library, admin)
    assert (session.title, session.visibility) == ("Talk with bo", Visibility.PARTICIPANTS)
    assert [source.id for source in session.sources] == added
    assert not path.exists()


def test_a_file_that_still_grows_is_left_alone(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """A file that grows is imported only after `PATIENCE` seconds without a change."""
    path, watch = folder / "note.md", watching()
    path.write_text("One.")
    first = watch.look(now=0.0)
    path.write_text("One. Two.")

    second, third = watch.look(now=PATIENCE), watch.look(now=PATIENCE * 2)

    assert (first, second) == ([], [])
    assert len(third) == 1


def test_files_of_one_name_wait_for_each_other_and_are_one_session(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path
) -> None:
    """A recording waits for a newer transcript of the same name. Both become one session."""
    watch = watching()
    record(folder / "talk.ogg")
    watch.look(now=0.0)
    (folder / "talk.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n")

    early, late = watch.look(now=PATIENCE), watch.look(now=PATIENCE * 2)

    assert early == []
    with library.reading() as db:
        source = sources.get(db, late[0])
    assert (source.kind, source.transcript_filename) == (SourceKind.RECORDING, "talk.vtt")


def test_a_subfolder_is_a_collection(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """Files in a subfolder become sessions of a collection with the name of the subfolder."""
    (folder / "Winter school").mkdir()
    for name in ("one", "two"):
        (folder / "Winter school" / f"{name}.md").write_text(f"Note {name}.")

    settle(watching())

    with library.reading() as db:
        (collection,) = collections.all_collections(db)
        listed = collections.sessions_in(db, admin.viewer, collection.id)
    assert collection.title == "Winter school"
    assert [session.title for session in listed] == ["One", "Two"]


def test_a_subfolder_named_as_several_collections_chooses_none(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """A file is set aside if two collections have the name of its subfolder."""
    with library.transaction() as db:
        for _ in range(2):
            collections.add(db, admin.viewer, title="2025")
    (folder / "2025").mkdir()
    (folder / "2025" / "plan.md").write_text("What the board decided.")

    added = settle(watching())

    assert added == []
    assert "2 collections are called “2025”" in (folder / ASIDE / "2025/plan.md.txt").read_text()
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 0


def test_an_unusable_file_is_set_aside_with_the_reason(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """Files without sound or content are set aside unchanged, each with the reason as text."""
    (folder / "deep").mkdir()
    (folder / "noise.mp3").write_bytes(bytes(range(256)) * 4)
    (folder / "deep" / "empty.ogg").touch()

    added = settle(watching())

    aside = folder / ASIDE
    assert added == []
    assert (aside / "noise.mp3").read_bytes() == bytes(range(256)) * 4
    assert "No recording could be recognised" in (aside / "noise.mp3.txt").read_text()
    assert "0 bytes" in (aside / "deep" / "empty.ogg.txt").read_text()
    with library.reading() as db:
        assert sessions.count_visible(db, admin.viewer) == 0


def test_a_file_that_exists_already_is_set_aside(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """A file that the library already has is set aside, and a text file names its session."""
    watch = watching()
    (folder / "one.md").write_text("The same words.")
    settle(watch)
    (folder / "two.md").write_text("The same words.")

    again = watch.look(now=50.0) + watch.look(now=50.0 + PATIENCE)

    assert again == []
    assert "already, as “One”" in (folder / ASIDE / "two.md.txt").read_text()


def test_the_setting_names_the_owner(
    watching: Callable[..., WatchedFolder],
    library: Library,
    folder: Path,
    mentor: Account,
    admin: Account,
) -> None:
    """A setting names the owner of imported files. If no such account exists, none is imported."""
    (folder / "note.md").write_text("Ask the same day.")

    without_owner = settle(watching(watch_owner="nobody@example.org"))
    settle(watching(watch_owner=mentor.email.upper()))

    assert without_owner == []
    assert newest(library, admin).owner_id == mentor.id


def test_hidden_and_unfinished_files_are_not_touched(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """Hidden files, unfinished downloads and symbolic links stay in the folder."""
    for name in (".DS_Store", "talk.mp3.part", "~lock.md"):
        (folder / name).write_text("x")
    (folder / "link.md").symlink_to("/etc/hostname")

    settle(watching())

    assert len(list(folder.iterdir())) == 4


def test_a_name_that_two_people_have_waits_for_a_choice(
    watching: Callable[..., WatchedFolder],
    library: Library,
    folder: Path,
    mentor: Account,
    embedder: BagOfWordsEmbedder,
) -> None:
    """A session with a speaker name that two people have is shown to neither of them."""
    sams = [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]
    words = "WEBVTT\n\n00:01.000 --> 00:04.000\n<v Sam Lee>I would ask on the same day.\n"
    (folder / "talk.vtt").write_text(words, "utf-8")

    (source_id,) = settle(watching(watch_owner=mentor.email))
    Pipeline(library, transcriber=no_transcriber, embedder=lambda: embedder, worker="w").take_in(
        source_id
    )

    with library.reading() as db:
        session = sources.get(db, source_id).session
        assert session.owner_id == mentor.id
        kinds = {hold.kind for hold in release_holds.holds_of(db, session)}
        assert kinds == {HoldKind.AMBIGUOUS_NAME}
        assert [sessions.visible(db, sam.viewer) for sam in sams] == [[], []]


def no_transcriber(_model: str) -> Transcriber:
    """Raise AssertionError: transcripts are not transcribed."""
    raise AssertionError
