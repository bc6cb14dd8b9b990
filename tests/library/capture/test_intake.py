"""Tests of intake: how added files become sessions and sources.

Covers: file_types.
"""

import pytest

from library.access import Viewer
from library.capture import intake
from library.capture.file_types import kind_of
from library.capture.intake import AlreadyHereError
from library.errors import InvalidInputError, NotAllowedError
from library.models import ParticipantRole, Role, SourceKind, Visibility
from library.sessions import sessions, sources
from library.sessions.description import Description
from library.sessions.person_lookup import NamedPerson
from library.store import Library
from tests.builders import Account, add_session

OPERATOR = Viewer(role=Role.ADMIN)
TALK = Description(title="A talk")


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("talk.mp3", b"", SourceKind.RECORDING),
        ("TALK.VTT", b"", SourceKind.TRANSCRIPT),
        ("talk.srt", b"1\n00:00", SourceKind.TRANSCRIPT),
        ("notes.Md", b"# x", SourceKind.NOTE),
        ("notes.txt", b"x", SourceKind.NOTE),
        ("saved.txt", b"\xef\xbb\xbfWEBVTT\n", SourceKind.TRANSCRIPT),
        ("no ending", b"\x00\x01", SourceKind.RECORDING),
        ("talk.mp3", b"%PDF-1.7", SourceKind.NOTE),
        ("talk.docx", b"PK\x03\x04", SourceKind.NOTE),
        ("no ending", b"PK\x03\x04..[Content_Types].xml", SourceKind.NOTE),
        ("talk.xml", b'<?xml version="1.0"?>\n<ROOT xmlns', SourceKind.TRANSCRIPT),
        ("talk.json", b'{"segments": []}', SourceKind.TRANSCRIPT),
        ("talk.txt", b"A title\n\n[00:00:01] ADA: Hello", SourceKind.TRANSCRIPT),
        ("talk.txt", b"1\n00:00:01,000 --> 00:00:02,000\nHello", SourceKind.TRANSCRIPT),
        ("talk.txt", "\ufeffWEBVTT".encode("utf-16-le"), SourceKind.TRANSCRIPT),
        ("text named.mp3", b"hello", SourceKind.RECORDING),
    ],
)
def test_the_kind_follows_from_name_and_first_bytes(
    name: str, head: bytes, kind: SourceKind
) -> None:
    """The kind of a file follows from its name, unless its first bytes show another format."""
    assert kind_of(name, head) is kind


@pytest.mark.parametrize("head", [b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"{\\rtf1"])
def test_an_unsupported_file_is_refused_before_it_is_stored(library: Library, head: bytes) -> None:
    """An unsupported document or archive is refused before it is stored.

    The error says which format to add instead.
    """
    with pytest.raises(InvalidInputError, match="add"):
        intake.keep(library, "talk.mp3", [head])

    assert not (library.settings.home / "files" / "kept").exists()


def test_an_empty_file_is_refused(library: Library) -> None:
    """A file of zero bytes is refused."""
    with pytest.raises(InvalidInputError, match="0 bytes"):
        intake.keep(library, "a.mp3", [])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\me\\talk.mp3", "talk.mp3"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\nc.mp3", "abc.mp3"),
        ("", "recording"),
        ("..", "recording"),
        ("é" * 400, "é" * 300),
        ("é" * 400 + ".mp3", "é" * 296 + ".mp3"),
        ("a." + "é" * 400, "a." + "é" * 298),
    ],
)
def test_a_file_name_is_cleaned(name: str, shown: str) -> None:
    """A displayed file name has at most 300 characters, without folders or control characters."""
    assert intake.clean_name(name) == shown


def test_a_recording_and_its_transcript_are_one_source(library: Library) -> None:
    """A recording and a transcript that are added together make one source.

    A note that is added with them makes another source.
    """
    files = [
        intake.keep(library, "t.vtt", [b"WEBVTT\n"]),
        intake.keep(library, "talk.mp3", [b"sound"]),
        intake.keep(library, "notes.md", [b"# What I took along"]),
    ]

    added = intake.create_session(library, OPERATOR, TALK, files)

    with library.reading() as db:
        rows = [sources.get(db, source_id) for source_id in added.source_ids]
        assert [s.kind for s in rows] == [SourceKind.RECORDING, SourceKind.NOTE]
        assert rows[0].transcript_sha256 == files[0].sha256


def test_two_recordings_are_two_sources(library: Library) -> None:
    """If two recordings and a transcript are added together, each file becomes a source."""
    files = [
        intake.keep(library, name, [content])
        for name, content in (("a.mp3", b"1"), ("b.mp3", b"2"), ("b.vtt", b"WEBVTT"))
    ]

    added = intake.create_session(library, OPERATOR, TALK, [*files, files[0]])

    assert len(added.source_ids) == 3


def test_people_are_found_by_name_or_made(library: Library, mentor: Account) -> None:
    """A participant's name finds a person in upper or lower case. A new name adds a person.

    A blank name is ignored.
    """
    file = intake.keep(library, "a.mp3", [b"sound"])

    added = intake.create_session(
        library,
        mentor.viewer,
        TALK,
        [file],
        participants=[
            NamedPerson(name="ada MENTOR"),
            NamedPerson(name=" ", part=ParticipantRole.PEER),
            NamedPerson(name="Zoe", part=ParticipantRole.MENTEE),
        ],
    )

    with library.reading() as db:
        people = sessions.get(db, added.session_id).participants
        assert [(p.person.name, p.part) for p in people] == [
            ("Ada Mentor", ParticipantRole.MENTOR),
            ("Zoe", ParticipantRole.MENTEE),
        ]
        assert people[0].person_id == mentor.id


def test_a_known_file_is_refused_unless_added_again(library: Library, mentor: Account) -> None:
    """A file that a visible session has already is refused, unless a duplicate is requested."""
    file = intake.keep(library, "a.mp3", [b"sound"])
    first = intake.create_session(library, mentor.viewer, TALK, [file])

    with pytest.raises(AlreadyHereError) as refused:
        intake.create_session(library, mentor.viewer, TALK, [file])
    again = intake.create_session(library, mentor.viewer, TALK, [file], again=True)

    assert refused.value.session_id == first.session_id
    assert again.session_id != first.session_id


def test_a_hidden_copy_is_not_revealed(library: Library, admin: Account, mentor: Account) -> None:
    """A file that only a hidden session has is accepted like a new file."""
    add_session(library, owner=admin, visibility=Visibility.PRIVATE, content=b"sound")
    file = intake.keep(library, "a.mp3", [b"sound"])

    added = intake.create_session(library, mentor.viewer, TALK, [file])

    assert added.session_id == 2


def test_nothing_is_made_when_something_is_wrong(library: Library, mentor: Account) -> None:
    """A session without a title or a file is refused and not stored."""
    file = intake.keep(library, "a.mp3", [b"sound"])

    with pytest.raises(InvalidInputError, match="title"):
        intake.create_session(library, mentor.viewer, Description(title=" "), [file])
    with pytest.raises(InvalidInputError, match="Choose a file"):
        intake.create_session(library, mentor.viewer, TALK, [])

    with library.reading() as db:
        assert sessions.count_visible(db, OPERATOR) == 0


def test_mentees_add_nothing(library: Library, mentee: Account) -> None:
    """A mentee cannot create a session."""
    file = intake.keep(library, "a.mp3", [b"sound"])

    with pytest.raises(NotAllowedError):
        intake.create_session(library, mentee.viewer, TALK, [file])


def test_a_file_without_a_session_is_deleted(library: Library) -> None:
    """Discarding uploaded files deletes only files that no session has."""
    add_session(library, content=b"needed")
    files = [intake.keep(library, "a.mp3", [content]) for content in (b"needed", b"not needed")]

    intake.discard(library, files)

    assert [library.files.has(file.sha256) for file in files] == [True, False]
