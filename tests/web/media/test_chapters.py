"""Tests of chapters, clips and citations: forms and API.

Covers: citations, moments_api.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ingest.media.clips import ClipCutter
from library.models import SourceKind
from library.sessions import chapters, sources
from library.store import Library
from tests.builders import Account, Built, add_session
from tests.web.browser.test_clips import SOUND
from tests.web.client import Browser

Headers = dict[str, str]
MARKS = [(0.0, "Beginnings"), (12.5, "The first winter")]


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session of the mentor with two chapters and a real sound file."""
    built = add_session(library, owner=mentor, content=SOUND.read_bytes())
    with library.transaction() as db:
        source = sources.get(db, built.source_id)
        source.media_type = "audio/ogg"
        chapters.replace(db, source, MARKS)
    return built


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """HTTP client without cookies."""
    return app.test_client()


@pytest.fixture
def owner(browse: Callable[..., Browser], mentor: Account) -> Browser:
    """Browser of the mentor."""
    return browse(mentor)


@pytest.fixture
def tokens(
    token_of: Callable[[Account], Headers], mentor: Account, mentee: Account
) -> dict[str, Headers]:
    """Authorization headers of the mentor and of a mentee."""
    return {"mentor": token_of(mentor), "mentee": token_of(mentee)}


def stored_chapters(library: Library, built: Built) -> list[tuple[float, str]]:
    """Return start and title of the stored chapters."""
    with library.reading() as db:
        return [(one.start, one.title) for one in chapters.of(db, built.source_id)]


def known(library: Library, built: Built) -> str:
    """Return the entity tag in a newly opened chapter form."""
    with library.reading() as db:
        return chapters.entity_tag(db, built.source_id)


def where(built: Built) -> str:
    """Return the address of the page that edits chapters."""
    return f"/sessions/{built.session_id}/chapters/{built.source_id}"


def test_chapters_are_renamed_moved_added_and_removed(
    owner: Browser, library: Library, talk: Built
) -> None:
    """The form sorts chapters by time and removes rows without a title."""
    editing_page = owner.get(where(talk)).text
    form = {
        "known": known(library, talk),
        "time": ["0:00", "0:05.25", "15", "0:02"],
        "title": ["", "The second winter", "Ends", "How it began"],
    }

    owner.post(where(talk), form)

    assert 'value="0:12.5"' in editing_page
    assert stored_chapters(library, talk) == [
        (2.0, "How it began"),
        (5.25, "The second winter"),
        (15.0, "Ends"),
    ]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"time": ["soon"], "title": ["Later"]}, 400),
        ({"time": ["9:59:59"], "title": ["Behind the end"]}, 400),
        ({"known": "0" * 16, "time": ["1"], "title": ["Mine"]}, 409),
    ],
)
def test_a_refused_form_keeps_its_fields(
    owner: Browser, library: Library, talk: Built, sent: dict[str, list[str]], status: int
) -> None:
    """A chapter form with an invalid time or an old entity tag is refused.

    The form keeps the typed titles, and no chapter changes.
    """
    answer = owner.post(where(talk), {"known": known(library, talk), **sent})

    assert answer.status_code == status
    assert sent["title"][0] in answer.text
    assert stored_chapters(library, talk) == MARKS


def test_a_program_changes_chapters_with_their_etag(
    client: FlaskClient,
    library: Library,
    tokens: dict[str, Headers],
    talk: Built,
) -> None:
    """The API replaces chapters if the request has the current ETag.

    A member who is not the owner is refused.
    """
    address, headers = f"/api/v1{where(talk)}", tokens["mentor"]
    read = client.get(address)
    match = headers | {"If-Match": read.headers["ETag"]}
    new_chapters = {"chapters": [{"start": 3, "title": "Only one"}]}

    changed = client.put(address, json=new_chapters, headers=match)
    late = client.put(address, json={"chapters": []}, headers=match)
    others = client.put(
        address, json={"chapters": []}, headers=tokens["mentee"] | {"If-Match": "*"}
    )

    assert [c["title"] for c in read.json["chapters"]] == ["Beginnings", "The first winter"]
    assert changed.json == {"chapters": [{"start": 3.0, "title": "Only one"}]}
    assert (late.status_code, others.status_code) == (412, 403)
    assert client.put(address, json=new_chapters, headers=headers).status_code == 428
    assert stored_chapters(library, talk) == [(3.0, "Only one")]


def test_a_program_has_a_clip_cut(
    client: FlaskClient,
    library: Library,
    tokens: dict[str, Headers],
    talk: Built,
) -> None:
    """A program requests a clip, polls until it is cut, and downloads it.

    An invalid range is refused.
    """
    address = f"/api/v1/sessions/{talk.session_id}/clips/{talk.source_id}"
    headers = tokens["mentee"]
    nothing = client.get(f"{address}?start=1&end=4", headers=headers).status_code

    request = client.post(address, json={"start": 1, "end": 4}, headers=headers)
    ClipCutter(library).cut_waiting()
    ready = client.get(request.headers["Location"], headers=headers).json

    assert (nothing, request.status_code, request.json["ready"]) == (404, 202, False)
    assert ready["ready"]
    assert client.get(ready["links"]["sound"], buffered=True).mimetype == "audio/mp4"
    assert client.post(address, json={"start": 4, "end": 1}, headers=headers).status_code == 400


def test_a_program_gets_citations(client: FlaskClient, library: Library, talk: Built) -> None:
    """The API cites a second of a recording and a paragraph of a note."""
    note = add_session(
        library, lines=[("", "Ask the same day.")], kind=SourceKind.NOTE, title="A note"
    )

    spoken = client.get(f"/api/v1/sessions/{talk.session_id}/citation/{talk.source_id}?start=12.5")
    written = client.get(
        f"/api/v1/sessions/{note.session_id}/citation/{note.source_id}?paragraph=0"
    )

    assert "t=12.5" in spoken.json["address"]
    assert spoken.json["address"] in spoken.json["apa"]
    assert spoken.json["bibtex"].startswith("@misc{session-")
    assert spoken.json["csl"]["note"] == "At 0:12"
    assert "para. 1" in written.json["in_text"]
