"""Files become sessions and sources, the same way for everybody who brings them."""

import pytest

from library.access import Viewer
from library.capture import intake
from library.capture.intake import AlreadyHereError
from library.editing.recognition import kind_of
from library.errors import InvalidInputError, NotAllowedError
from library.holdings import sessions, sources
from library.holdings.naming import NamedPerson
from library.holdings.sessions import Description
from library.models import Part, Role, SourceKind, Visibility
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
def test_names_and_first_bytes_tell_what_a_file_is(
    name: str, head: bytes, kind: SourceKind
) -> None:
    """The ending decides; where it misleads, the first bytes do."""
    assert kind_of(name, head) is kind


@pytest.mark.parametrize("head", [b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"{\\rtf1"])
def test_what_holds_no_words_is_refused_before_it_is_kept(library: Library, head: bytes) -> None:
    """Old office documents and packed folders: the sentence says what to add instead."""
    with pytest.raises(InvalidInputError, match="add"):
        intake.keep(library, "talk.mp3", [head])

    assert not (library.settings.home / "files" / "kept").exists()


def test_an_empty_file_is_refused(library: Library) -> None:
    """Zero bytes are no recording."""
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
def test_a_name_is_only_shown(name: str, shown: str) -> None:
    """Folders, control characters and excess fall away."""
    assert intake.clean_name(name) == shown


def test_a_recording_and_its_transcript_are_one_source(library: Library) -> None:
    """One of each belong together; a note beside them is a source of its own."""
    files = [
        intake.keep(library, "t.vtt", [b"WEBVTT\n"]),
        intake.keep(library, "talk.mp3", [b"sound"]),
        intake.keep(library, "notes.md", [b"# What I took along"]),
    ]

    added = intake.take_in(library, OPERATOR, TALK, files)

    with library.reading() as db:
        made = [sources.get(db, source_id) for source_id in added.source_ids]
        assert [s.kind for s in made] == [SourceKind.RECORDING, SourceKind.NOTE]
        assert made[0].transcript_sha256 == files[0].sha256


def test_two_recordings_are_two_sources(library: Library) -> None:
    """With more than one recording a transcript stands for itself."""
    files = [
        intake.keep(library, name, [content])
        for name, content in (("a.mp3", b"1"), ("b.mp3", b"2"), ("b.vtt", b"WEBVTT"))
    ]

    added = intake.take_in(library, OPERATOR, TALK, [*files, files[0]])

    assert len(added.source_ids) == 3


def test_people_are_found_by_name_or_made(library: Library, mentor: Account) -> None:
    """A known name is that person, whatever its capitals; blank names fall out."""
    kept = intake.keep(library, "a.mp3", [b"sound"])

    added = intake.take_in(
        library,
        mentor.viewer,
        TALK,
        [kept],
        participants=[
            NamedPerson(name="ada MENTOR"),
            NamedPerson(name=" ", part=Part.PEER),
            NamedPerson(name="Zoe", part=Part.MENTEE),
        ],
    )

    with library.reading() as db:
        people = sessions.get(db, added.session_id).participants
        assert [(p.person.name, p.part) for p in people] == [
            ("Ada Mentor", Part.MENTOR),
            ("Zoe", Part.MENTEE),
        ]
        assert people[0].person_id == mentor.id


def test_what_is_here_is_named_unless_it_is_wanted_again(library: Library, mentor: Account) -> None:
    """The same bytes lead to the session that has them, if one may see it."""
    kept = intake.keep(library, "a.mp3", [b"sound"])
    first = intake.take_in(library, mentor.viewer, TALK, [kept])

    with pytest.raises(AlreadyHereError) as refused:
        intake.take_in(library, mentor.viewer, TALK, [kept])
    again = intake.take_in(library, mentor.viewer, TALK, [kept], again=True)

    assert refused.value.session_id == first.session_id
    assert again.session_id != first.session_id


def test_a_hidden_copy_is_not_betrayed(library: Library, admin: Account, mentor: Account) -> None:
    """Bytes of a session that one may not see are taken as new."""
    add_session(library, owner=admin, visibility=Visibility.PRIVATE, content=b"sound")
    kept = intake.keep(library, "a.mp3", [b"sound"])

    added = intake.take_in(library, mentor.viewer, TALK, [kept])

    assert added.session_id == 2


def test_nothing_is_made_when_something_is_wrong(library: Library, mentor: Account) -> None:
    """A session without a title or file leaves no row behind."""
    kept = intake.keep(library, "a.mp3", [b"sound"])

    with pytest.raises(InvalidInputError, match="title"):
        intake.take_in(library, mentor.viewer, Description(title=" "), [kept])
    with pytest.raises(InvalidInputError, match="Choose a file"):
        intake.take_in(library, mentor.viewer, TALK, [])

    with library.reading() as db:
        assert sessions.count_visible(db, OPERATOR) == 0


def test_mentees_add_nothing(library: Library, mentee: Account) -> None:
    """The rule holds below the site, too."""
    kept = intake.keep(library, "a.mp3", [b"sound"])

    with pytest.raises(NotAllowedError):
        intake.take_in(library, mentee.viewer, TALK, [kept])


def test_what_became_nothing_is_forgotten(library: Library) -> None:
    """Bytes that no session took are removed; those of a session stay."""
    add_session(library, content=b"needed")
    files = [intake.keep(library, "a.mp3", [content]) for content in (b"needed", b"not needed")]

    intake.discard(library, files)

    assert [library.files.has(file.sha256) for file in files] == [True, False]
