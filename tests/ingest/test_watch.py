"""The watched folder: what rests in it is taken in, and what cannot be is set aside."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.pipeline import Pipeline
from ingest.transcribe import Transcriber
from ingest.watch import ASIDE, WatchedFolder, watched
from library.consent import release_holds
from library.holdings import collections, sessions, sources
from library.models import HoldKind, MentoringSession, Role, SourceKind, Visibility
from library.store import Library, open_library
from tests.builders import Account, add_account
from tests.fakes import BagOfWordsEmbedder
from tests.ingest.recordings import record

PATIENCE = 10.0  # seconds, the default


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that somebody else puts files into."""
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def watching(library: Library, folder: Path) -> Callable[..., WatchedFolder]:
    """The folder as the worker watches it, with these settings."""

    def make(**settings: str) -> WatchedFolder:
        opened = open_library(
            replace(library.settings, watch_folder=str(folder), **settings)  # type: ignore[arg-type]
        )
        found = watched(opened)
        assert found is not None
        return found

    return make


def settle(folder: WatchedFolder) -> list[int]:
    """Look twice, with more than the patience in between."""
    return folder.look(now=0.0) + folder.look(now=PATIENCE)


def newest(library: Library, admin: Account) -> MentoringSession:
    with library.reading() as db:
        return sessions.visible(db, admin.viewer, limit=1)[0]


def test_a_file_at_rest_becomes_a_session_and_leaves_the_folder(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """The recording waits for the worker, private, named after its file."""
    path = record(folder / "talk_with_bo.ogg")

    added = settle(watching())

    session = newest(library, admin)
    assert (session.title, session.visibility) == ("Talk with bo", Visibility.PARTICIPANTS)
    assert [source.id for source in session.sources] == added
    assert not path.exists()


def test_a_file_that_still_grows_is_left_alone(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """As long as its size changes the patience begins anew."""
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
    """A transcript that is still being copied keeps its recording waiting."""
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
    """Two files of one subfolder are in the one collection of its name."""
    (folder / "Winter school").mkdir()
    for name in ("one", "two"):
        (folder / "Winter school" / f"{name}.md").write_text(f"Note {name}.")

    settle(watching())

    with library.reading() as db:
        (shelf,) = collections.everything(db)
        held = collections.sessions_in(db, admin.viewer, shelf.id)
    assert shelf.title == "Winter school"
    assert [session.title for session in held] == ["One", "Two"]


def test_a_subfolder_named_as_several_collections_chooses_none(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """Members of neither see a file whose folder has the title of both; it is set aside."""
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


def test_what_cannot_be_taken_is_set_aside_with_the_reason(
    watching: Callable[..., WatchedFolder], library: Library, folder: Path, admin: Account
) -> None:
    """A film without sound, noise and an empty file lose nothing; each has its text beside it."""
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


def test_a_file_that_is_here_already_is_said_to_be(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """The same bytes twice make one session; the second file says where the first one is."""
    watch = watching()
    (folder / "one.md").write_text("The same words.")
    settle(watch)
    (folder / "two.md").write_text("The same words.")

    again = watch.look(now=50.0) + watch.look(now=50.0 + PATIENCE)

    assert again == []
    assert "already, as “One”" in (folder / ASIDE / "two.md.txt").read_text()


def test_an_owner_is_named_by_the_setting(
    watching: Callable[..., WatchedFolder],
    library: Library,
    folder: Path,
    mentor: Account,
    admin: Account,
) -> None:
    """What comes from the folder is theirs; with an address that nobody has, nothing is taken."""
    (folder / "note.md").write_text("Ask the same day.")

    nobody = settle(watching(watch_owner="nobody@example.org"))
    settle(watching(watch_owner=mentor.email.upper()))

    assert nobody == []
    assert newest(library, admin).owner_id == mentor.id


def test_hidden_and_unfinished_files_are_not_touched(
    watching: Callable[..., WatchedFolder], folder: Path
) -> None:
    """Downloads on their way, hidden files, and links that lead elsewhere stay."""
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
    """The session comes in; nobody of the name sees it, and its release is held for the owner."""
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
    """A transcript needs none."""
    raise AssertionError
