"""Tests of redaction and removal by pages, API and command line.

Covers: off_record, redactions_api.
"""

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from library.models import AskedQuestion, SourceKind, Visibility
from library.queue import WorkQueue
from library.sessions import sources
from library.transcripts import drafts, versions
from search.engine import Engine
from tests.builders import add_session, signed_in
from tests.remains import left_in, remains_of
from tests.web.client import Browser
from tests.web.shared_routes import made_app
from web.cli import cli

SECRET = "zanzibarflamingo"
LINES = (
    ("Ada", "Ask for feedback the same day."),
    ("Ada", f"Our password was {SECRET} until Easter; ring me on 020 7946 0958."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


@pytest.fixture
def site(library, app, queue, embedder):
    """Site with the real search engine and an administrator."""
    return made_app(library=library, engine=Engine(library, embedder), queue=queue)


@pytest.fixture
def talk(library, mentor):
    """Public session of the mentor."""
    return add_session(library, lines=LINES, owner=mentor, content=b"sound")


def everything(built):
    """Return every address that could show words of the session."""
    at = f"/sessions/{built.session_id}"
    api = f"/api/v1/sessions/{built.session_id}"
    return [
        "/",
        "/searches",  # must be first: later, the history contains the viewer's own question
        f"/suggest?q={SECRET[:6]}",
        f"/?q={SECRET}",
        f"/api/v1/search?q={SECRET}",
        f"/api/v1/search?q={SECRET}&mode=words",
        f"/api/v1/suggest?q={SECRET[:6]}",
        f"/feeds/search.atom?q={SECRET}",
        "/sessions",
        "/people",
        at,
        f"{at}?q={SECRET}",
        f"{at}/captions/{built.source_id}.vtt",
        f"{at}/words/{built.source_id}.json",
        f"{at}/off-record",
        f"/media/{built.source_id}",
        f"/media/{built.source_id}/peaks",
        api,
        f"{api}/transcript",
        f"{api}/transcript.vtt",
        *(f"/passages/{i}" for i in built.passage_ids),
        *(f"/passages/{i}/related" for i in built.passage_ids),
    ]


def addresses_with_secret(browser, built):
    """Return the addresses that show the secret elsewhere than in the repeated question."""
    showing = []
    for address in everything(built):
        text = browser.get(address).text.lower()
        query = address.lower().partition("q=")[2].partition("&")[0]
        if "password was" in text or (SECRET in text and SECRET not in query):
            showing.append(address)
    return showing


@pytest.fixture
def visitors(site, library, mentor, mentee, admin):
    """Browsers of a guest, the owner, another member and an administrator."""
    keys = [signed_in(library, account.id) for account in (mentor, mentee, admin)]
    return [Browser(site), *(Browser(site, key) for key in keys)]


@pytest.mark.parametrize("way", ["off the record", "taken back"])
def test_removed_words_are_on_no_page_and_on_no_disk(library, visitors, mentor, talk, way):
    """After a redaction or removal, the words are on no page, feed, API answer or file."""
    assert all(len(addresses_with_secret(one, talk)) >= 4 for one in visitors), (
        "shown before the removal"
    )
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        version = versions.current_version(db, source.id)
        pieces = [{"keep": 0}, {"text": f"It was {SECRET}."}]
        drafts.save(db, mentor.viewer, source, base_id=version.id, pieces=pieces, revision=0)
    owner = visitors[1]

    if way == "off the record":
        form = {"source": talk.source_id, "from": "0:10", "to": "0:20"}
        owner.post(f"/sessions/{talk.session_id}/off-record", form)
    else:
        owner.post(f"/sessions/{talk.session_id}/remove", {"for_good": "1"})

    with library.transaction() as db:  # stored questions keep a single word
        db.execute(delete(AskedQuestion))
    assert left_in(library, SECRET) == []
    assert [addresses_with_secret(one, talk) for one in visitors] == [[], [], [], []]


def test_a_confirmation_names_what_is_lost(browse, mentor, talk):
    """The confirmation page shows words and waveform, and what happens to the original."""
    form = {"source": talk.source_id, "from": "0:12", "to": "0:13"}

    confirmation = browse(mentor).post(f"/sessions/{talk.session_id}/off-record/confirm", form).text

    assert f"Our password was {SECRET}" in confirmation
    assert "waveform" in confirmation
    assert "The original file is destroyed" in confirmation


def test_personal_details_are_offered_for_removal(browse, mentor, talk):
    """The redaction page shows a spoken telephone number with a button to remove it."""
    page = browse(mentor).get(f"/sessions/{talk.session_id}/off-record").text

    assert "020 7946 0958" in page
    assert "Remove the telephone number 020 7946 0958" in page


def test_a_recording_is_not_played_during_redaction(browse, mentor, talk):
    """While its audio is being redacted, a recording can neither be played nor downloaded."""
    owner = browse(mentor)
    form = {"source": talk.source_id, "from": "10", "to": "20"}

    owner.post(f"/sessions/{talk.session_id}/off-record", form)

    assert owner.get(f"/media/{talk.source_id}").status_code == 409
    assert owner.get(f"/media/{talk.source_id}?download=1").status_code == 409
    assert "Sound is being removed" in owner.get(f"/sessions/{talk.session_id}").text


def test_words_of_a_note_are_redacted_by_a_form(library, browse, mentor):
    """Words of a note are redacted by a form without scripts.

    No file contains them afterwards.
    """
    note = add_session(
        library,
        lines=[("", "First."), ("", f"The word is {SECRET} here.")],
        kind=SourceKind.NOTE,
        owner=mentor,
        content=f"First.\n\nThe word is {SECRET} here.".encode(),
    )
    form = {"source": note.source_id, "paragraph": "1", "text": SECRET}
    owner = browse(mentor)

    assert SECRET in owner.post(f"/sessions/{note.session_id}/off-record/confirm", form).text
    owner.post(f"/sessions/{note.session_id}/off-record", form)

    assert left_in(library, SECRET) == []


@pytest.mark.parametrize(
    "wrong", [{"from": "soon"}, {"to": ""}, {"source": "999"}, {"from": "20", "to": "10"}]
)
def test_an_invalid_redaction_is_refused(browse, mentor, talk, wrong):
    """A redaction with an invalid time, source or range is refused with 400."""
    form = {"source": talk.source_id, "from": "10", "to": "20"} | wrong

    answer = browse(mentor).post(f"/sessions/{talk.session_id}/off-record", form)

    assert answer.status_code == 400


def test_others_cannot_redact(library, browse, mentee, mentor, talk):
    """A member who may only read a session cannot redact it.

    A session that the member may not see answers 404.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    reader = browse(mentee)

    assert reader.get(f"/sessions/{talk.session_id}/off-record").status_code == 403
    assert reader.post(f"/sessions/{talk.session_id}/off-record").status_code == 403
    assert reader.get(f"/sessions/{hidden.session_id}/off-record").status_code == 404


def test_a_program_redacts(library, app, mentor, token_of, talk):
    """A program previews and makes a redaction.

    An unknown source and a missing range are refused.
    """
    client, headers = app.test_client(), token_of(mentor)
    address = f"/api/v1/sessions/{talk.session_id}/redactions"
    time_range = {"source_id": talk.source_id, "start": 10, "end": 20}

    preview = client.post(address, json={**time_range, "only_show": True}, headers=headers)
    done = client.post(address, json=time_range, headers=headers)
    wrong = client.post(address, json={"source_id": 99, "start": 1, "end": 2}, headers=headers)
    incomplete = client.post(address, json={"source_id": talk.source_id}, headers=headers)

    assert SECRET in preview.json["words"]
    assert (preview.json["done"], done.json["done"]) == (False, True)
    assert left_in(library, SECRET) == []
    assert (wrong.status_code, incomplete.status_code) == (404, 400)


def test_the_command_line_redacts_and_takes_back(library, talk):
    """The command `forget` redacts a range, and then removes the whole session."""
    home = ["--home", str(library.settings.home), "forget", str(talk.session_id), "--yes"]

    stretch = CliRunner().invoke(cli, [*home, "--from", "0:10", "--to", "0:20"])
    left = remains_of(library.settings.home, SECRET)
    removal = CliRunner().invoke(cli, home)

    assert (stretch.exit_code, removal.exit_code) == (0, 0), stretch.output + removal.output
    assert left == []
    assert left_in(library, "complaint") == []
    assert WorkQueue(library.settings.home).pending() == 1
