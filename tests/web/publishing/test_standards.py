"""Tests of metadata for catalogues, search engines, IIIF viewers and feed readers.

Covers: iiif.
"""

import json
import re
from collections.abc import Callable
from datetime import date

import feedparser
import iiif_prezi3
import pytest
from lxml import etree

from library.models import ParticipantRole, SourceKind, Visibility
from library.sessions import sources
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.client import Browser

DC = "{http://purl.org/dc/elements/1.1/}"
TITLE = 'Feedback </script><script>alert("x")'


@pytest.fixture
def talk(library: Library, mentor: Account, mentee: Account) -> Built:
    """Public recording of two people, with HTML markup in its title."""
    parts = [(mentor.id, ParticipantRole.MENTOR), (mentee.id, ParticipantRole.MENTEE)]
    built = add_session(library, title=TITLE, participants=parts, held_on=date(2024, 5, 31))
    with library.transaction() as db:
        sources.get(db, built.source_id).media_type = "audio/ogg"
    return built


def test_a_session_is_described_in_dublin_core(browse: Callable[..., Browser], talk: Built) -> None:
    """The Dublin Core XML and the page's head describe the session with the same elements."""
    xml = etree.fromstring(browse().get(f"/sessions/{talk.session_id}/dublin-core.xml").data)
    page = browse().get(f"/sessions/{talk.session_id}").text

    elements = [(etree.QName(e).localname, e.text) for e in xml]
    assert ("title", TITLE) in elements
    assert ("creator", "Ada Mentor") in elements
    assert ("contributor", "Ben Mentee") in elements
    assert ("date", "2024-05-31") in elements
    assert ("type", "Sound") in elements
    assert set(re.findall(r'name="DC\.(\w+)"', page)) == {name for name, _ in elements}


def test_linked_data_cannot_break_out_of_its_element(
    browse: Callable[..., Browser], talk: Built
) -> None:
    """Markup in a title cannot end the page's JSON-LD element: the JSON stays valid."""
    page = browse().get(f"/sessions/{talk.session_id}").text

    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert block
    data = json.loads(block.group(1))
    assert data["@type"] == "AudioObject"
    assert data["name"] == TITLE
    assert data["duration"] == "PT20S"
    assert data["creator"] == [{"@type": "Person", "name": "Ada Mentor"}]


def test_a_manifest_is_read_back_with_sound_and_words(
    browse: Callable[..., Browser], talk: Built
) -> None:
    """The package iiif-prezi3 reads a manifest's canvas with duration, sound and captions."""
    response = browse().get(f"/iiif/{talk.session_id}/manifest.json")

    manifest = iiif_prezi3.Manifest(**response.json)
    canvas = manifest.items[0]
    assert canvas.duration == 20
    sound = canvas.items[0].items[0]
    words = canvas.annotations[0].items[0]
    assert (sound.motivation, sound.body.type) == ("painting", "Sound")
    assert (words.motivation, words.body.format) == ("supplementing", "text/vtt")
    assert browse().get(_path(sound.body.id)).status_code == 200
    assert browse().get(_path(words.body.id)).text.startswith("WEBVTT")
    alone = browse().get(_path(canvas.id)).json
    assert alone.pop("@context") == response.json["@context"]
    assert alone == response.json["items"][0]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_viewer_searches_within_a_session(browse: Callable[..., Browser], talk: Built) -> None:
    """A IIIF viewer that searches gets the hits as annotations with start and end in seconds."""
    manifest = browse().get(f"/iiif/{talk.session_id}/manifest.json").json
    service = manifest["service"][0]

    answer = browse().get(f"{_path(service['id'])}?q=feedback").json
    nothing = browse().get(_path(service["id"])).json

    assert service["type"] == "SearchService2"
    assert answer["@context"] == "http://iiif.io/api/search/2/context.json"
    page = iiif_prezi3.AnnotationPage(**answer)
    assert page.items[0].target == f"{manifest['items'][0]['id']}#t=0.000,10.000"
    assert "feedback" in page.items[0].body.value
    assert nothing["items"] == []


def test_a_note_has_no_manifest(browse: Callable[..., Browser], library: Library) -> None:
    """The manifest of a note answers 404."""
    note = add_session(library, kind=SourceKind.NOTE)

    response = browse().get(f"/iiif/{note.session_id}/manifest.json")

    assert response.status_code == 404


def test_a_private_session_is_not_shared_with_other_sites(
    browse: Callable[..., Browser], library: Library, mentor: Account
) -> None:
    """The owner gets a private session's manifest without a CORS header. A guest gets 404."""
    own = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    address = f"/iiif/{own.session_id}/manifest.json"

    mine = browse(mentor).get(address)

    assert mine.status_code == 200
    assert "Access-Control-Allow-Origin" not in mine.headers
    for path in (address, f"/iiif/{own.session_id}/search?q=feedback"):
        assert browse().get(path).status_code == 404
    assert browse().get(f"/sessions/{own.session_id}/dublin-core.xml").status_code == 404


def test_the_sitemap_lists_public_sessions(
    browse: Callable[..., Browser], library: Library, talk: Built, admin: Account
) -> None:
    """Even for an administrator, the sitemap lists public sessions only.

    robots.txt links to it.
    """
    add_session(library, title="A secret", visibility=Visibility.PRIVATE)

    robots = browse().get("/robots.txt").text
    listed = etree.fromstring(browse(admin).get("/sitemap.xml").data)

    addresses = [e.text for e in listed.iter("{*}loc")]
    assert addresses == [f"http://localhost/sessions/{talk.session_id}"]
    assert "Sitemap: http://localhost/sitemap.xml" in robots


def test_a_feed_reader_reads_a_search(browse: Callable[..., Browser], talk: Built) -> None:
    """The package feedparser reads the Atom feed of a search without errors."""
    feed = feedparser.parse(browse().get("/feed.atom?q=feedback").data)

    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.entries[0].title == f"Ada, {TITLE}"
    assert f"/sessions/{talk.session_id}" in feed.entries[0].link


def _path(address: str) -> str:
    return address.removeprefix("http://localhost")
