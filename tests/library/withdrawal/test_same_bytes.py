"""What is taken back takes along every copy of its files, and the receipt says what stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from library import mail
from library.access import GUEST
from library.capture import intake, pieces, uploads
from library.holdings import sessions
from library.models import MentoringSession, Removal, Role, SourceKind, Upload, Visibility
from library.withdrawal import compaction, off_record, remaining, removed, taking_back, trash
from library.withdrawal.off_record import Wording
from tests.builders import OPERATOR, add_account, add_session
from tests.remains import left_in

SECRET = "zanzibarflamingo"
NOTE = f"# On keys\n\nOur password was {SECRET} until Easter.\n".encode()
LINES = [("", f"Our password was {SECRET} until Easter.")]
SOUND = bytes(range(256)) * 40 + SECRET.encode() * 100


@pytest.fixture
def note(library, mentor):
    """A note of the mentor's with a secret."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, kind=SourceKind.NOTE, content=NOTE)


@pytest.fixture
def talk(library, mentor):
    """A recording of the mentor's, larger than what files of one format have in common."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, content=SOUND)


def held(library, account, content, name="keys.md"):
    """A file that came with a form which was refused."""
    return uploads.hold(library, account.viewer, intake.keep(library, name, [content]))


def cut_off(library, account, content, *, announced, name="talk.mp3"):
    """An upload of which only the beginning arrived."""
    begun = uploads.begin(library, account.id, filename=name, size=announced)
    path = library.files.incoming(begun.id)
    path.write_bytes(content)
    return path


def letters(library):
    """What lies in the outbox: to whom, and about what."""
    return [(one.to, one.subject) for one in mail.outbox(library.settings.home)]


def waiting(library):
    """The names of uploads that wait."""
    with library.reading() as db:
        return sorted(db.scalars(select(Upload.filename)))


def test_waiting_uploads_go_whoever_sent_them(library, mentor, admin, note):
    """The owner's own and another person's; that person is told, without the file's name."""
    held(library, mentor, NOTE)
    held(library, admin, NOTE, name=f"{SECRET}.md")
    held(library, admin, b"Something else.", name="other.md")

    receipt = taking_back.take_back(library, mentor.viewer, note.session_id)

    assert left_in(library, SECRET) == []
    assert waiting(library) == ["other.md"]
    assert receipt.content["waiting_uploads"] == 2
    assert letters(library) == [
        (admin.email, f"An upload of yours was removed from {library.settings.site_name}")
    ]


@pytest.mark.parametrize(
    ("arrived", "announced", "goes"),
    [
        (SOUND[:300], len(SOUND), True),  # the same size: a few bytes are enough
        (SOUND[:5000], len(SOUND) * 2, True),
        (SOUND[:5000], None, True),  # a recording that grows
        (SOUND + b"more", len(SOUND) * 2, True),
        (SOUND[:300], len(SOUND) * 2, False),  # as the first bytes of many files are
        (SOUND[:5000] + b"else", len(SOUND) * 2, False),
        (b"", len(SOUND), False),
    ],
)
def test_what_arrived_of_a_cut_off_upload_is_compared(library, talk, arrived, announced, goes):
    """It goes where it is the beginning of the file, and stays where that may be chance."""
    sender = add_account(library, "Dee Sender", Role.MENTOR)
    path = cut_off(library, sender, arrived, announced=announced)

    taking_back.take_back(library, OPERATOR, talk.session_id)

    assert path.exists() is not goes
    assert (waiting(library) == []) is goes
    assert goes is False or left_in(library, SECRET) == []


def test_off_the_record_takes_the_waiting_uploads_along(library, mentor, admin, note):
    """The file as it was before would hold the words."""
    held(library, admin, NOTE)

    off_record.take_off(library, mentor.viewer, Wording(note.source_id, 0, SECRET))

    assert left_in(library, SECRET) == []
    assert waiting(library) == []


@pytest.mark.parametrize("by_itself", [False, True], ids=["emptied", "after its time"])
def test_what_leaves_the_trash_takes_the_waiting_uploads_along(
    library, mentor, admin, note, by_itself
):
    """Removed from it by hand, or by the worker when its time is over."""
    held(library, admin, NOTE)
    with library.transaction() as db:
        trash.put(db, mentor.viewer, note.session_id)
        sessions_in_trash = db.get(MentoringSession, note.session_id)
        sessions_in_trash.trashed_at -= timedelta(days=400 if by_itself else 0)
    before = waiting(library)

    if by_itself:
        trash.purge(library)
    else:
        trash.remove_now(library, mentor.viewer, note.session_id)

    assert (before, waiting(library)) == (["keys.md"], [])
    assert left_in(library, SECRET) == []


def test_another_session_of_the_same_file_stays(library, mentor, admin, mentee, note):
    """The receipt counts it, and names it only to those who may see it."""
    other = add_session(
        library,
        title="Brought by somebody else",
        owner=admin,
        lines=LINES,
        kind=SourceKind.NOTE,
        content=NOTE,
        visibility=Visibility.PRIVATE,
    )

    receipt = taking_back.take_back(library, mentor.viewer, note.session_id)
    compaction.run(library)

    told = receipt.content
    assert (told["copies_of_others"], told["copies_of_yours"]) == (1, 0)
    with library.reading() as db:
        named = {
            who: [session.id for session in removed.copies(db, viewer, receipt)]
            for who, viewer in (("owner", admin.viewer), ("other", mentor.viewer), ("guest", GUEST))
        }
        sha256 = sessions.get(db, other.session_id).sources[0].sha256
    assert named == {"owner": [other.session_id], "other": [], "guest": []}
    assert library.files.path(sha256).read_bytes() == NOTE
    assert list(remaining.of_all(library)) == []


def test_bytes_that_come_again_later_make_no_receipt_false(library, mentor, note):
    """A new upload of the same file is no fault of the removal; a copy that was left is one."""
    taking_back.take_back(library, mentor.viewer, note.session_id)
    compaction.run(library)
    held(library, mentor, NOTE)
    later = list(remaining.of_all(library))

    with library.transaction() as db:  # as if it had been there before
        for removal in db.scalars(select(Removal)):
            removal.removed_at += timedelta(hours=1)
    (left,) = remaining.of_all(library)

    assert later == []
    assert "The bytes of a file of removal 1 lie in files/kept/" in left


def test_every_file_of_the_home_folder_is_looked_at(library, mentor, note):
    """A copy under another name, wherever it is, is found by its bytes."""
    receipt = taking_back.take_back(library, mentor.viewer, note.session_id).content
    compaction.run(library)
    number = receipt["removal"]
    before = list(remaining.of_receipt(library, number))
    (library.settings.home / "files" / "copy.bin").write_bytes(NOTE)

    assert before == []
    assert list(remaining.of_receipt(library, number)) == [
        f"The bytes of a file of removal {number} lie in files/copy.bin."
    ]


def test_a_backup_that_is_being_made_holds_back_the_completion(library, mentor, note):
    """While it holds the file the removal is not completed; afterwards it is."""
    with library.reading() as db:
        sha256 = sessions.get(db, note.session_id).sources[0].sha256
    copy = library.files.held / "backup" / sha256
    copy.parent.mkdir(parents=True)
    copy.hardlink_to(library.files.place(sha256))
    taking_back.take_back(library, mentor.viewer, note.session_id)

    meanwhile = compaction.run(library)
    copy.unlink()

    assert meanwhile is False
    assert compaction.run(library)


def test_pieces_that_are_still_being_sent_are_refused(library, mentor, admin, talk):
    """Who goes on sending a file that was taken back is told that the upload is gone."""
    path = cut_off(library, admin, SOUND[:5000], announced=len(SOUND))
    upload_id = path.name.removeprefix("upload-")
    taking_back.take_back(library, mentor.viewer, talk.session_id)

    with pytest.raises(Exception, match="Start it again"):
        pieces.append(library, admin.viewer, upload_id, offset=5000, pieces=[SOUND[5000:]])

    assert left_in(library, SECRET) == []
