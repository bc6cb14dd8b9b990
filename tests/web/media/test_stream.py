"""Tests of the media route: bytes for the player and downloads."""

import pytest

from library.models import SourceKind, Visibility
from library.sessions import sources
from tests.builders import add_session

SOUND = bytes(range(256)) * 40


@pytest.fixture
def source_id(library, mentor) -> int:
    return add_session(library, content=SOUND, owner=mentor).source_id


def test_a_recording_is_served_whole_with_its_type(browse, source_id) -> None:
    """A request without a byte range gets the whole recording with its media type.

    Only private caches may store it.
    """
    answer = browse().get(f"/media/{source_id}")

    assert (answer.status_code, answer.data) == (200, SOUND)
    assert answer.content_type == "audio/ogg"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-99", 0, 99), ("10000-", 10000, 10239), ("-5", 10235, 10239)]
)
def test_a_range_is_served_as_that_range(browse, source_id, asked, first, last) -> None:
    """A request for a byte range gets those bytes with status 206 (RFC 9110, 14.2)."""
    piece = browse().get(f"/media/{source_id}", headers={"Range": f"bytes={asked}"})

    assert piece.status_code == 206
    assert piece.data == SOUND[first : last + 1]
    assert piece.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"


def test_a_range_behind_the_end_is_refused(browse, source_id) -> None:
    """A byte range after the end of a recording is refused with 416."""
    refused = browse().get(f"/media/{source_id}", headers={"Range": "bytes=99999-"})

    assert refused.status_code == 416


def test_a_cached_recording_is_not_sent_again(browse, source_id) -> None:
    """A request with the current ETag gets an empty 304 response."""
    tag = browse().get(f"/media/{source_id}").headers["ETag"]

    again = browse().get(f"/media/{source_id}", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")


def test_the_sound_of_a_private_session_is_not_found(browse, library, mentor, mentee) -> None:
    """The sound of a private session answers 404 to a guest and to another member.

    An unknown id answers 404, too.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).source_id

    answers = {
        path: [browse(who).get(path).status_code for who in (None, mentee, mentor)]
        for path in (f"/media/{hidden}", f"/media/{hidden + 1}")
    }

    assert answers == {f"/media/{hidden}": [404, 404, 200], f"/media/{hidden + 1}": [404, 404, 404]}


def test_an_html_file_is_downloaded_not_shown(browse, library) -> None:
    """A media file with an HTML type is sent as an attachment with a generic content type."""
    disguised = add_session(library, content=b"<script>alert(1)</script>").source_id
    with library.transaction() as db:
        sources.get(db, disguised).media_type = "text/html"

    answer = browse().get(f"/media/{disguised}")

    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_player_gets_the_web_copy_where_there_is_one(browse, library, source_id) -> None:
    """The player gets the web copy of a recording if there is one."""
    copy, _ = library.files.keep([b"a copy"])
    with library.transaction() as db:
        source = sources.get(db, source_id)
        source.web_sha256, source.web_media_type = copy, "audio/mp4"

    played = browse().get(f"/media/{source_id}")

    assert (played.data, played.content_type) == (b"a copy", "audio/mp4")


def test_the_original_is_for_those_who_may_edit(browse, source_id, mentor, mentee, admin) -> None:
    """The owner and an administrator can download the original. Another member is refused."""
    path = f"/media/{source_id}?download=1"

    refused, owner, as_admin = (browse(who).get(path) for who in (mentee, mentor, admin))

    assert refused.status_code == 403
    assert owner.data == as_admin.data == SOUND
    assert "attachment" in owner.headers["Content-Disposition"]


def test_a_file_name_cannot_forge_headers(browse, library, mentor) -> None:
    """Line breaks in the title of a session add no header to a download."""
    built = add_session(library, title='a "b"\r\nSet-Cookie: x=1 ü', owner=mentor)

    answer = browse(mentor).get(f"/media/{built.source_id}?download=1")

    assert answer.status_code == 200
    assert "x=1" not in answer.headers.get("Set-Cookie", "")


def test_a_note_has_no_sound(browse, library) -> None:
    """The media route answers 404 for a note."""
    note = add_session(library, kind=SourceKind.NOTE).source_id

    assert browse().get(f"/media/{note}").status_code == 404


def test_a_waveform_is_served_after_decoding(browse, library, source_id) -> None:
    """The waveform of a recording answers 404 before decoding.

    After decoding, the waveform is served with an ETag.
    """
    before = browse().get(f"/media/{source_id}/peaks")
    with library.transaction() as db:
        sources.get(db, source_id).peaks = b"\x01\xff"

    after = browse().get(f"/media/{source_id}/peaks")

    assert before.status_code == 404
    assert (after.status_code, after.data) == (200, b"\x01\xff")
    assert after.headers["ETag"]
