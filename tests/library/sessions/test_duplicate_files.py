"""Tests of duplicate files: copies of a file that is taken back.

Covers: erasure.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.capture import intake, upload_bytes, uploads
from library.models import MentoringSession, Removal, Role, SourceKind, Upload, Visibility
from library.notifications import email
from library.removal import (
    compaction,
    redaction,
    remaining_bytes,
    removal_receipts,
    take_back,
    trash,
)
from library.removal.redaction import Wording
from library.sessions import sessions
from tests.builders import OPERATOR, add_account, add_session
from tests.remains import left_in

SECRET = "zanzibarflamingo"
NOTE = f"# On keys\n\nOur password was {SECRET} until Easter.\n".encode()
LINES = [("", f"Our password was {SECRET} until Easter.")]
SOUND = bytes(range(256)) * 40 + SECRET.encode() * 100


@pytest.fixture
def note(library, mentor):
    """Note of the mentor that contains a secret."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, kind=SourceKind.NOTE, content=NOTE)


@pytest.fixture
def talk(library, mentor):
    """Recording of the mentor. Its file is longer than a header that many files share."""
    library.forget_passages = list
    return add_session(library, owner=mentor, lines=LINES, content=SOUND)


def add_refused_file(library, account, content, name="keys.md"):
    """Store a file as a waiting upload, as the website does when it refuses the form."""
    return uploads.keep_single_request_file(
        library, account.viewer, intake.keep(library, name, [content])
    )


def add_interrupted_upload(library, account, content, *, announced, name="talk.mp3"):
    """Store the first bytes of an interrupted upload. Return the path of the file with them.

    *announced* is the size of the whole file in bytes, or None if the sender did not know it.
    """
    upload = uploads.begin(library, account.id, filename=name, size=announced)
    path = library.files.incoming(upload.id)
    path.write_bytes(content)
    return path


def outbox(library):
    """Return recipient and subject of each e-mail in the outbox."""
    return [(one.to, one.subject) for one in email.outbox(library.settings.home)]


def waiting(library):
    """Return the file names of waiting uploads."""
    with library.reading() as db:
        return sorted(db.scalars(select(Upload.filename)))


def test_waiting_uploads_of_all_senders_are_deleted(library, mentor, admin, note):
    """Taking back a session deletes waiting uploads of the same file by all people.

    The other people get an e-mail that does not contain the file name.
    """
    add_refused_file(library, mentor, NOTE)
    add_refused_file(library, admin, NOTE, name=f"{SECRET}.md")
    add_refused_file(library, admin, b"Something else.", name="other.md")

    receipt = take_back.take_back(library, mentor.viewer, note.session_id)

    assert left_in(library, SECRET) == []
    assert waiting(library) == ["other.md"]
    assert receipt.content["waiting_uploads"] == 2
    assert outbox(library) == [
        (admin.email, f"An upload of yours was removed from {library.settings.site_name}")
    ]


@pytest.mark.parametrize(
    ("arrived", "announced", "goes"),
    [
        (SOUND[:300], len(SOUND), True),  # the announced size is equal: a few bytes are enough
        (SOUND[:5000], len(SOUND) * 2, True),
        (SOUND[:5000], None, True),  # a browser recording has no announced size
        (SOUND + b"more", len(SOUND) * 2, True),
        (SOUND[:300], len(SOUND) * 2, False),  # too few bytes: many files have the same header
        (SOUND[:5000] + b"else", len(SOUND) * 2, False),
        (b"", len(SOUND), False),
    ],
)
def test_a_partial_upload_is_compared(library, talk, arrived, announced, goes):
    """Taking back a file deletes a partial upload whose bytes equal the start of the file.

    A few bytes are enough only if the announced size is also the size of the file.
    """
    sender = add_account(library, "Dee Sender", Role.MENTOR)
    path = add_interrupted_upload(library, sender, arrived, announced=announced)

    take_back.take_back(library, OPERATOR, talk.session_id)

    assert path.exists() is not goes
    assert (waiting(library) == []) is goes
    assert goes is False or left_in(library, SECRET) == []


def test_off_the_record_takes_the_waiting_uploads_along(library, mentor, admin, note):
    """A redaction deletes waiting uploads of the unredacted file."""
    add_refused_file(library, admin, NOTE)

    redaction.redact(library, mentor.viewer, Wording(note.source_id, 0, SECRET))

    assert left_in(library, SECRET) == []
    assert waiting(library) == []


@pytest.mark.parametrize("by_itself", [False, True], ids=["emptied", "after its time"])
def test_removal_from_the_trash_deletes_waiting_uploads(library, mentor, admin, note, by_itself):
    """Removing a session from the trash deletes waiting uploads of its file.

    This is so for a removal by a person and for a removal by the worker.
    """
    add_refused_file(library, admin, NOTE)
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
    """Taking back a session does not change another session with the same file.

    The receipt names that session only to people who may see it.
    """
    other = add_session(
        library,
        title="Brought by somebody else",
        owner=admin,
        lines=LINES,
        kind=SourceKind.NOTE,
        content=NOTE,
        visibility=Visibility.PRIVATE,
    )

    receipt = take_back.take_back(library, mentor.viewer, note.session_id)
    compaction.run(library)

    content = receipt.content
    assert (content["copies_of_others"], content["copies_of_yours"]) == (1, 0)
    with library.reading() as db:
        named = {
            who: [session.id for session in removal_receipts.copies(db, viewer, receipt)]
            for who, viewer in (("owner", admin.viewer), ("other", mentor.viewer), ("guest", GUEST))
        }
        sha256 = sessions.get(db, other.session_id).sources[0].sha256
    assert named == {"owner": [other.session_id], "other": [], "guest": []}
    assert library.files.path(sha256).read_bytes() == NOTE
    assert list(remaining_bytes.find_all(library)) == []


def test_a_later_upload_of_a_removed_file_is_not_reported(library, mentor, note):
    """A copy of a removed file is reported only if it is older than the removal."""
    take_back.take_back(library, mentor.viewer, note.session_id)
    compaction.run(library)
    add_refused_file(library, mentor, NOTE)
    later = list(remaining_bytes.find_all(library))

    with library.transaction() as db:  # make the removal later than the upload
        for removal in db.scalars(select(Removal)):
            removal.removed_at += timedelta(hours=1)
    (finding,) = remaining_bytes.find_all(library)

    assert later == []
    assert "has the same content as a file that removal 1 removed" in finding


def test_every_file_of_the_home_folder_is_looked_at(library, mentor, note):
    """A copy of a removed file is found by its bytes anywhere in the home folder."""
    receipt = take_back.take_back(library, mentor.viewer, note.session_id).content
    compaction.run(library)
    number = receipt["removal"]
    before = list(remaining_bytes.of_receipt(library, number))
    (library.settings.home / "files" / "copy.bin").write_bytes(NOTE)

    assert before == []
    assert list(remaining_bytes.of_receipt(library, number)) == [
        (
            f"files/copy.bin has the same content as a file that removal {number} removed. "
            "Delete files/copy.bin."
        )
    ]


def test_a_backup_that_is_being_made_holds_back_the_completion(library, mentor, note):
    """A removal is not completed while a running backup still has the removed file."""
    with library.reading() as db:
        sha256 = sessions.get(db, note.session_id).sources[0].sha256
    copy = library.files.held / "backup" / sha256
    copy.parent.mkdir(parents=True)
    copy.hardlink_to(library.files.place(sha256))
    take_back.take_back(library, mentor.viewer, note.session_id)

    meanwhile = compaction.run(library)
    copy.unlink()

    assert meanwhile is False
    assert compaction.run(library)


def test_pieces_that_are_still_being_sent_are_refused(library, mentor, admin, talk):
    """An upload of a file cannot be continued after the same file was taken back."""
    path = add_interrupted_upload(library, admin, SOUND[:5000], announced=len(SOUND))
    upload_id = path.name.removeprefix("upload-")
    take_back.take_back(library, mentor.viewer, talk.session_id)

    with pytest.raises(Exception, match="Start it again"):
        upload_bytes.append(library, admin.viewer, upload_id, offset=5000, pieces=[SOUND[5000:]])

    assert left_in(library, SECRET) == []
