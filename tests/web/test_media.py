"""The bytes behind the player."""

import pytest

from library.holdings import sources
from library.models import SourceKind, Visibility
from tests.builders import add_session

SOUND = bytes(range(256)) * 40


@pytest.fixture
def source_id(library, mentor) -> int:
    return add_session(library, content=SOUND, owner=mentor).source_id


def test_a_recording_is_served_whole_with_its_type(browse, source_id) -> None:
    """Without a range all bytes come, as what they are, and are not cached for others."""
    whole = browse().get(f"/media/{source_id}")

    assert (whole.status_code, whole.data) == (200, SOUND)
    assert whole.content_type == "audio/ogg"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "private, no-cache"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-99", 0, 99), ("10000-", 10000, 10239), ("-5", 10235, 10239)]
)
def test_a_range_is_served_as_that_range(browse, source_id, asked, first, last) -> None:
    """A player that seeks gets the bytes that it asked for (RFC 9110, 14.2)."""
    piece = browse().get(f"/media/{source_id}", headers={"Range": f"bytes={asked}"})

    assert piece.status_code == 206
    assert piece.data == SOUND[first : last + 1]
    assert piece.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND)}"


def test_a_range_behind_the_end_is_refused(browse, source_id) -> None:
    """What lies behind the end cannot be served."""
    refused = browse().get(f"/media/{source_id}", headers={"Range": "bytes=99999-"})

    assert refused.status_code == 416


def test_what_a_browser_has_is_not_sent_again(browse, source_id) -> None:
    """The bytes' own hash is their tag."""
    tag = browse().get(f"/media/{source_id}").headers["ETag"]

    again = browse().get(f"/media/{source_id}", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")


def test_the_sound_of_a_hidden_session_is_not_there(browse, library, mentor, mentee) -> None:
    """Media follow the same rule as pages: for those who may not see it, there is nothing."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE).source_id

    answers = {
        path: [browse(who).get(path).status_code for who in (None, mentee, mentor)]
        for path in (f"/media/{hidden}", f"/media/{hidden + 1}")
    }

    assert answers == {f"/media/{hidden}": [404, 404, 200], f"/media/{hidden + 1}": [404, 404, 404]}


def test_a_page_in_disguise_is_never_shown_as_one(browse, library) -> None:
    """Bytes of a type that no player knows are handed over as a file, not opened."""
    disguised = add_session(library, content=b"<script>alert(1)</script>").source_id
    with library.transaction() as db:
        sources.get(db, disguised).media_type = "text/html"

    answer = browse().get(f"/media/{disguised}")

    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_the_player_gets_the_web_copy_where_there_is_one(browse, library, source_id) -> None:
    """What the player plays may be a copy; the original stays for its owner."""
    copy, _ = library.files.keep([b"a copy"])
    with library.transaction() as db:
        source = sources.get(db, source_id)
        source.web_sha256, source.web_media_type = copy, "audio/mp4"

    played = browse().get(f"/media/{source_id}")

    assert (played.data, played.content_type) == (b"a copy", "audio/mp4")


def test_the_original_is_for_those_who_may_edit(browse, source_id, mentor, mentee, admin) -> None:
    """Downloading the original needs the right to change the session."""
    path = f"/media/{source_id}?download=1"

    refused, owner, keeper = (browse(who).get(path) for who in (mentee, mentor, admin))

    assert refused.status_code == 403
    assert owner.data == keeper.data == SOUND
    assert "attachment" in owner.headers["Content-Disposition"]


def test_a_file_name_cannot_forge_headers(browse, library, mentor) -> None:
    """Whatever a file was called, its name stays a name."""
    built = add_session(library, title='a "b"\r\nSet-Cookie: x=1 ü', owner=mentor)

    answer = browse(mentor).get(f"/media/{built.source_id}?download=1")

    assert answer.status_code == 200
    assert "x=1" not in answer.headers.get("Set-Cookie", "")


def test_written_words_have_no_sound(browse, library) -> None:
    """A note is not media."""
    note = add_session(library, kind=SourceKind.NOTE).source_id

    assert browse().get(f"/media/{note}").status_code == 404


def test_a_waveform_is_served_once_it_is_known(browse, library, source_id) -> None:
    """Peaks come as bytes with a tag; before decoding there are none."""
    before = browse().get(f"/media/{source_id}/peaks")
    with library.transaction() as db:
        sources.get(db, source_id).peaks = b"\x01\xff"

    after = browse().get(f"/media/{source_id}/peaks")

    assert before.status_code == 404
    assert (after.status_code, after.data) == (200, b"\x01\xff")
    assert after.headers["ETag"]
