"""A phrase that is put off the record, or taken back, is found by nobody, in no way, nowhere."""

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from library.editing import drafts, transcripts
from library.holdings import sources
from library.models import AskedQuestion, SourceKind, Visibility
from library.queue import WorkQueue
from search.engine import Engine
from tests.builders import add_session, signed_in
from tests.remains import left_in, remains_of
from tests.web.browsing import Browser
from web.cli import cli
from web.site import create_app

SECRET = "zanzibarflamingo"
LINES = (
    ("Ada", "Ask for feedback the same day."),
    ("Ada", f"Our password was {SECRET} until Easter; ring me on 020 7946 0958."),
    ("Ben", "I was afraid that it would sound like a complaint."),
)


@pytest.fixture
def site(library, app, queue, embedder):
    """The site with the real engine; `app` has given the administrator a password."""
    return create_app(library=library, engine=Engine(library, embedder), queue=queue)


@pytest.fixture
def talk(library, mentor):
    """A public session of the mentor's."""
    return add_session(library, lines=LINES, owner=mentor, content=b"sound")


def everything(built):
    """Every address that could show words of the session."""
    at = f"/sessions/{built.session_id}"
    api = f"/api/v1/sessions/{built.session_id}"
    return [
        "/",
        "/searches",  # before one asks again: what one types oneself is one's own history
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


def told(browser, built):
    """The addresses that show anything of the secret but the question itself."""
    showing = []
    for address in everything(built):
        text = browser.get(address).text.lower()
        asked = address.lower().partition("q=")[2].partition("&")[0]
        if "password was" in text or (SECRET in text and SECRET not in asked):
            showing.append(address)
    return showing


@pytest.fixture
def everybody(site, library, mentor, mentee, admin):
    """A guest, the owner, a member and an administrator."""
    keys = [signed_in(library, account.id) for account in (mentor, mentee, admin)]
    return [Browser(site), *(Browser(site, key) for key in keys)]


@pytest.mark.parametrize("way", ["off the record", "taken back"])
def test_nobody_is_told_it_in_any_way(library, everybody, mentor, talk, way):
    """Guest, member, owner and administrator: search, pages, captions, feeds, API, and the disk."""
    assert all(len(told(one, talk)) >= 4 for one in everybody), "before, it is everywhere"
    with library.transaction() as db:
        source = sources.get(db, talk.source_id)
        version = transcripts.current_version(db, source.id)
        pieces = [{"keep": 0}, {"text": f"It was {SECRET}."}]
        drafts.keep(db, mentor.viewer, source, base_id=version.id, pieces=pieces, revision=0)
    owner = everybody[1]

    if way == "off the record":
        sent = {"source": talk.source_id, "from": "0:10", "to": "0:20"}
        owner.post(f"/sessions/{talk.session_id}/off-record", sent)
    else:
        owner.post(f"/sessions/{talk.session_id}/remove", {"for_good": "1"})

    with library.transaction() as db:  # one word is no quotation: others keep what they asked
        db.execute(delete(AskedQuestion))
    assert left_in(library, SECRET) == []
    assert [told(one, talk) for one in everybody] == [[], [], [], []]


def test_what_would_be_lost_is_said_before(browse, mentor, talk):
    """The page of a confirmation names the words, the places, and what becomes of the original."""
    sent = {"source": talk.source_id, "from": "0:12", "to": "0:13"}

    shown = browse(mentor).post(f"/sessions/{talk.session_id}/off-record/confirm", sent).text

    assert f"Our password was {SECRET}" in shown
    assert "waveform" in shown
    assert "the original file is destroyed" in shown


def test_personal_details_are_offered_for_removal(browse, mentor, talk):
    """A telephone number that somebody said stands on the page, with the way to remove it."""
    shown = browse(mentor).get(f"/sessions/{talk.session_id}/off-record").text

    assert "020 7946 0958" in shown
    assert "Remove the telephone number 020 7946 0958" in shown


def test_a_recording_that_is_being_trimmed_is_not_played(browse, mentor, talk):
    """Neither the player nor the original is given out, and the page says why."""
    owner = browse(mentor)
    sent = {"source": talk.source_id, "from": "10", "to": "20"}

    owner.post(f"/sessions/{talk.session_id}/off-record", sent)

    assert owner.get(f"/media/{talk.source_id}").status_code == 409
    assert owner.get(f"/media/{talk.source_id}?download=1").status_code == 409
    assert "being trimmed" in owner.get(f"/sessions/{talk.session_id}").text


def test_a_note_loses_words_by_its_form(library, browse, mentor):
    """Without scripts: choose the paragraph, write the words, confirm."""
    note = add_session(
        library,
        lines=[("", "First."), ("", f"The word is {SECRET} here.")],
        kind=SourceKind.NOTE,
        owner=mentor,
        content=f"First.\n\nThe word is {SECRET} here.".encode(),
    )
    sent = {"source": note.source_id, "paragraph": "1", "text": SECRET}
    owner = browse(mentor)

    assert SECRET in owner.post(f"/sessions/{note.session_id}/off-record/confirm", sent).text
    owner.post(f"/sessions/{note.session_id}/off-record", sent)

    assert left_in(library, SECRET) == []


@pytest.mark.parametrize(
    "wrong", [{"from": "soon"}, {"to": ""}, {"source": "999"}, {"from": "20", "to": "10"}]
)
def test_what_makes_no_sense_is_refused_with_a_sentence(browse, mentor, talk, wrong):
    """A time that is none, another's source, a stretch turned round: 400, and nothing is lost."""
    sent = {"source": talk.source_id, "from": "10", "to": "20"} | wrong

    answer = browse(mentor).post(f"/sessions/{talk.session_id}/off-record", sent)

    assert answer.status_code == 400


def test_others_cannot_take_anything_off_the_record(library, browse, mentee, mentor, talk):
    """Who may only read is refused; what they may not see is not there."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE)
    reader = browse(mentee)

    assert reader.get(f"/sessions/{talk.session_id}/off-record").status_code == 403
    assert reader.post(f"/sessions/{talk.session_id}/off-record").status_code == 403
    assert reader.get(f"/sessions/{hidden.session_id}/off-record").status_code == 404


def test_a_program_can_do_it_too(library, app, mentor, token_of, talk):
    """The API says what would go, and takes it off; another session's source is not found."""
    client, headers = app.test_client(), token_of(mentor)
    address = f"/api/v1/sessions/{talk.session_id}/redactions"
    wanted = {"source_id": talk.source_id, "start": 10, "end": 20}

    shown = client.post(address, json={**wanted, "only_show": True}, headers=headers)
    done = client.post(address, json=wanted, headers=headers)
    wrong = client.post(address, json={"source_id": 99, "start": 1, "end": 2}, headers=headers)
    incomplete = client.post(address, json={"source_id": talk.source_id}, headers=headers)

    assert SECRET in shown.json["words"]
    assert (shown.json["done"], done.json["done"]) == (False, True)
    assert left_in(library, SECRET) == []
    assert (wrong.status_code, incomplete.status_code) == (404, 400)


def test_the_command_line_forgets(library, talk):
    """A stretch, then the whole session."""
    home = ["--home", str(library.settings.home), "forget", str(talk.session_id), "--yes"]

    stretch = CliRunner().invoke(cli, [*home, "--from", "0:10", "--to", "0:20"])
    left = remains_of(library.settings.home, SECRET)
    whole = CliRunner().invoke(cli, home)

    assert (stretch.exit_code, whole.exit_code) == (0, 0), stretch.output + whole.output
    assert left == []
    assert left_in(library, "complaint") == []
    assert WorkQueue(library.settings.home).pending() == 1
