"""Tests of the clip page: words, citation and sound of a moment, under access rules."""

import re
from datetime import date
from html import unescape

import pytest

from ingest.media.clips import ClipCutter
from library.models import SourceKind, Visibility
from library.sessions import sources
from tests.builders import add_session
from tests.paths import DATA

SOUND = (DATA / "handover.ogg").read_bytes()


@pytest.fixture
def talk(library, mentor):
    """Session with sound and two segments of ten seconds."""
    return add_session(library, owner=mentor, content=SOUND, held_on=date(2024, 5, 31))


def place(built, more=""):
    """Return the address of a session's clip page, followed by *more*."""
    return f"/sessions/{built.session_id}/clip/{built.source_id}{more}"


def test_a_moment_shows_its_words_and_how_to_cite_them(browse, talk):
    """The clip page shows the words of its range, a BibTeX entry and a link to its start."""
    page = browse().get(place(talk, "?from=0&to=5")).text

    assert "Ask for feedback the" in page
    assert "I was afraid" not in page
    assert "@misc{session-" in page
    assert f"?source={talk.source_id}&amp;t=0" in page


def test_a_clip_is_requested_cut_and_downloaded(browse, library, talk):
    """A requested clip can be downloaded after the worker has cut it.

    Until then, the page says that the clip is being cut.
    """
    somebody, query = browse(), "?from=1&to=3.5"

    somebody.post(place(talk, query))
    waiting = somebody.get(place(talk, query)).text
    early = somebody.get(place(talk, f".m4a{query}"))
    ClipCutter(library).cut_waiting()
    ready = somebody.get(place(talk, f".json{query}")).json
    file = somebody.get(place(talk, f".m4a{query}&download=1"))

    assert "being cut" in waiting
    assert early.status_code == 404
    assert ready == {"ready": True, "error": ""}
    assert file.mimetype == "audio/mp4"
    assert file.data[4:8] == b"ftyp"
    assert "attachment" in file.headers["Content-Disposition"]


def test_access_is_checked_when_a_clip_is_downloaded(browse, library, mentor, talk):
    """A guest cannot download the clip of a session that became private. Its owner can."""
    query = "?from=1&to=3"
    browse().post(place(talk, query))
    ClipCutter(library).cut_waiting()
    with library.transaction() as db:
        sources.get(db, talk.source_id).session.visibility = Visibility.PRIVATE

    for ending in ("", ".json", ".m4a"):
        assert browse().get(place(talk, f"{ending}{query}")).status_code == 404
        assert browse(mentor).get(place(talk, f"{ending}{query}")).status_code == 200
    assert browse().post(place(talk, query)).status_code == 404


@pytest.mark.parametrize("query", ["?from=9&to=3", "?from=0&to=99999", "?from=0&to=0"])
def test_an_invalid_range_is_refused(browse, talk, query):
    """A clip page with an invalid range answers 400 and explains the range."""
    answer = browse().get(place(talk, query))

    assert answer.status_code == 400
    assert "The end must be after the start" in answer.text


def test_a_paragraph_is_cited_by_its_number(browse, library):
    """A paragraph of a note is cited by its number.

    A missing paragraph, and a clip of a note, answer 404.
    """
    note = add_session(
        library, kind=SourceKind.NOTE, lines=[("", "# Wait"), ("", "A *whole* day.")]
    )

    page = browse().get(place(note, "?paragraph=1")).text

    assert "<em>whole</em>" in page
    assert "para. 2" in page
    assert browse().get(place(note, "?paragraph=7")).status_code == 404
    assert browse().post(place(note, "?paragraph=1")).status_code == 404


def test_a_source_of_another_session_is_not_found(browse, library, talk):
    """A clip address that combines a session and the source of another session answers 404."""
    other = add_session(library, title="Another")

    assert browse().get(f"/sessions/{other.session_id}/clip/{talk.source_id}").status_code == 404


def test_every_moment_that_is_found_leads_to_its_citation(browse, library):
    """A search hit links to a clip page with the second of the hit and a citation."""
    add_session(library)
    guest = browse()

    citation_links = re.findall(r'href="([^"]+#cite)"', guest.get("/?q=feedback the same day").text)
    clip_page = guest.get(unescape(citation_links[0]).partition("#")[0]).text

    assert citation_links
    assert "@misc{session-1-1-0" in clip_page
    assert "t=0" in clip_page
