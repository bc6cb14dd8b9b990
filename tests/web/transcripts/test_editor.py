"""Tests of correcting a transcript by forms and API: drafts, versions and conflicts.

Covers: editor_lines, transcripts_api, versions.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from library.models import Role, Visibility
from library.sessions import sources
from library.store import Library
from library.transcripts import drafts, versions
from tests.builders import Account, Built, add_account, add_session, agree
from tests.web.client import Browser

NEW = "I was afraid that it would sound harsh."


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Public session of the mentor."""
    return add_session(library, owner=mentor)


@pytest.fixture
def mentor_browser(browse: Callable[..., Browser], mentor: Account) -> Browser:
    """Browser of the mentor, without scripts."""
    return browse(mentor)


def change(browser: Browser, talk: Built, **form: Any):
    """Send a form of the editor without scripts. Return the next page."""
    fields = {"source": talk.source_id, **form}
    return browser.post(f"/sessions/{talk.session_id}/correct", fields, follow_redirects=True)


def current(library: Library, talk: Built) -> versions.TranscriptVersion:
    """Return the current transcript version."""
    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        assert version is not None
        return version


def lines(library: Library, talk: Built) -> list[tuple[str, str]]:
    """Return speaker and text of each segment of the current version."""
    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        return [(s.speaker, s.text) for s in versions.segments_of(db, version.id)]


def results_page(browser: Browser, question: str) -> str:
    """Return the page of results for a question."""
    return browser.get(f"/?q={question}").text


def test_a_line_is_corrected_without_scripts_and_found_by_all(
    library, browse, mentor_browser, talk
) -> None:
    """A correction by a form is first a draft, then a version.

    A guest's search then finds only the new words.
    """
    page = mentor_browser.get(f"/sessions/{talk.session_id}/correct?line=1").text
    assert "<textarea" in page

    change(mentor_browser, talk, action="write", line=1, text=NEW, speaker="Ben Okri")
    assert "I was afraid that it would sound like a complaint" in results_page(
        browse(), "complaint"
    )
    saved = change(mentor_browser, talk, action="save")

    assert "Version 2 is saved" in saved.text
    assert lines(library, talk)[1] == ("Ben Okri", NEW)
    agree(library, talk.session_id)  # the new speaker has to agree first
    assert "would sound harsh" in results_page(browse(), "harsh")
    assert "would sound like a complaint" not in results_page(browse(), "complaint")


def test_every_change_has_a_form(library, mentor_browser, talk) -> None:
    """Without scripts, forms split, merge, rename, replace and remove segments."""
    change(
        mentor_browser, talk, action="write", line=0, text="Ask.\n\nThe same day.", speaker="Ada"
    )
    change(mentor_browser, talk, action="rename", label="Ada", speaker="Ada Mentor")
    change(mentor_browser, talk, action="replace", find="day", **{"with": "evening"})
    change(mentor_browser, talk, action="drop", line=2)
    change(mentor_browser, talk, action="save")

    assert lines(library, talk) == [("Ada Mentor", "Ask."), ("Ada Mentor", "The same evening.")]
    change(mentor_browser, talk, action="merge", line=0)
    change(mentor_browser, talk, action="save")
    assert lines(library, talk) == [("Ada Mentor", "Ask. The same evening.")]


def test_an_accepted_suspect_segment_is_searched(library, browse, mentor_browser, talk) -> None:
    """A possibly hallucinated segment is found by searches after the owner accepted it."""
    pieces = [{"keep": 0}, {"keep": 1, "suspect": "There is no voice under these words."}]
    assert put(mentor_browser, talk, pieces).status_code == 200
    assert "sound like a" not in results_page(browse(), "complaint")
    assert "There is no voice" in mentor_browser.get(f"/sessions/{talk.session_id}/correct").text

    change(mentor_browser, talk, action="accept", line=1)
    change(mentor_browser, talk, action="save")

    assert "sound like a" in results_page(browse(), "complaint")


def put(browser: Browser, talk: Built, pieces: list[Any], *, match: str | None = None) -> Any:
    """Save a correction by the API with an ETag. Without `match`, use the current one."""
    address = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    etag = browser.get(address).headers["ETag"] if match is None else match
    headers = {"If-Match": etag} if etag else {}
    return browser.send("PUT", address, json={"pieces": pieces}, headers=headers)


def test_a_program_corrects_with_the_etag_that_it_read(library, mentor_browser, talk) -> None:
    """The API saves a correction that has the current ETag, and refuses an old or missing one."""
    address = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    first = mentor_browser.get(address).headers["ETag"]

    saved = put(mentor_browser, talk, [{"keep": 0}, {"text": NEW, "speaker": "Ben"}], match=first)

    assert saved.status_code == 200
    assert saved.json["version"] == 2
    assert saved.json["segments"][1]["text"] == NEW
    assert put(mentor_browser, talk, [{"keep": 0}], match=first).status_code == 412
    assert put(mentor_browser, talk, [{"keep": 0}], match="").status_code == 428
    assert put(mentor_browser, talk, [{"keep": 5}]).status_code == 400
    assert put(mentor_browser, talk, ["x"]).status_code == 422
    assert current(library, talk).number == 2


def test_a_draft_is_saved_with_its_revision(library, mentor_browser, talk) -> None:
    """Saving a draft needs its current revision. With an old one, the stored draft stays."""
    answers = [
        save_draft(mentor_browser, talk, revision)
        for revision in ('"0"', '"1"', '"1"', None, '"x"')
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 409, 428, 412]
    assert answers[1].headers["ETag"] == '"2"'
    assert NEW in mentor_browser.get(f"/sessions/{talk.session_id}/correct").text
    assert current(library, talk).number == 1


def save_draft(browser: Browser, talk: Built, match: str | None, pieces: Any = None) -> Any:
    """Save a draft as the editor's script does."""
    return browser.send(
        "PUT",
        f"/sessions/{talk.session_id}/correct/draft.json?source={talk.source_id}",
        json={"base": talk.version_id, "pieces": pieces or [{"keep": 0}, {"text": NEW}]},
        headers={"If-Match": match} if match else {},
    )


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"base": 1, "pieces": 3}', "no json", '{"pieces": [1]}']
)
def test_an_invalid_draft_is_refused_with_a_message(mentor_browser, talk, body) -> None:
    """A draft with invalid JSON or fields is refused with 400 and a message."""
    answer = mentor_browser.send(
        "PUT",
        f"/sessions/{talk.session_id}/correct/draft.json",
        data=body,
        content_type="application/json",
        headers={"If-Match": '"0"'},
    )

    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]


def test_two_editors_lose_nothing(library, browse, admin, mentor_browser, talk) -> None:
    """The editor who saves second gets a message about the new version.

    A merge keeps the changes of both editors and shows where they conflict.
    """
    other = browse(admin)
    save_draft(mentor_browser, talk, '"0"')
    put(other, talk, [{"text": "Ask for advice the same day."}, {"text": "I was afraid it hurt."}])

    refused_page = change(mentor_browser, talk, action="save").text
    joined = change(mentor_browser, talk, action="join").text

    assert "Version 2 was saved (Ines Admin)" in refused_page
    assert NEW in refused_page
    assert "Ask for advice the same day." in joined
    assert "Ines Admin has" in joined
    change(mentor_browser, talk, action="save")
    assert lines(library, talk)[0][1] == "Ask for advice the same day."


def test_another_editor_is_named(browse, admin, mentor_browser, talk) -> None:
    """The editor names another member who also has a draft of the transcript."""
    save_draft(browse(admin), talk, '"0"')

    page = mentor_browser.get(f"/sessions/{talk.session_id}/correct").text

    assert "Ines Admin is changing this transcript too." in page


def test_versions_are_listed_compared_and_restored(library, browse, mentor_browser, talk) -> None:
    """Versions are listed and compared word by word. Restoring one makes a new version."""
    put(mentor_browser, talk, [{"keep": 0}, {"text": NEW, "speaker": "Ben"}])
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    listed = mentor_browser.get(place).text
    compared = mentor_browser.get(f"{place}/2").text
    back = mentor_browser.post(f"{place}/1", follow_redirects=True).text

    assert "Version 2" in listed
    assert "Corrected by hand" in listed
    assert '<del><span class="visually-hidden">Removed: </span>like a complaint.</del>' in compared
    assert '<ins><span class="visually-hidden">Added: </span>harsh.</ins>' in compared
    assert "Version 1 is restored as version 3." in back
    assert current(library, talk).origin == "restored"
    assert "sound like a" in results_page(browse(), "complaint")


def test_a_draft_can_be_compared_and_discarded(library, mentor_browser, talk) -> None:
    """A draft can be compared with the saved version, and discarded."""
    save_draft(mentor_browser, talk, '"0"')
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    assert "harsh." in mentor_browser.get(f"{place}/1?with=draft").text
    change(mentor_browser, talk, action="leave")

    with library.reading() as db:
        assert db.get(drafts.TranscriptDraft, (1, talk.source_id)) is None
    assert NEW not in mentor_browser.get(f"/sessions/{talk.session_id}/correct").text


@pytest.mark.parametrize(
    "asked",
    [
        "GET /sessions/{s}/correct",
        "POST /sessions/{s}/correct?action=save",
        "GET /sessions/{s}/versions/{r}",
        "GET /sessions/{s}/versions/{r}/1",
        "POST /sessions/{s}/versions/{r}/1",
        "POST /sessions/{s}/versions/{r}/listen",
    ],
)
def test_only_editors_see_versions(library, browse, mentor, talk, asked) -> None:
    """A member who may only read a session may not open its editor.

    A private session of another member answers 404.
    """
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE, title="Private")
    method, _, path = asked.partition(" ")
    form = {"action": "save"} if method == "POST" else None
    reader = browse(add_account(library, "Ben Reader", Role.MENTEE))

    answers = [
        reader.send(method, path.format(s=one.session_id, r=one.source_id), data=form).status_code
        for one in (talk, hidden)
    ]

    assert answers == [403, 404]


def test_a_recording_is_transcribed_again_in_a_language(library, mentor_browser, talk) -> None:
    """Retranscription sets the language and queues the source.

    The present transcript stays readable.
    """
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}/listen"

    answer = mentor_browser.post(place, {"language": "de"}, follow_redirects=True)

    meanwhile = mentor_browser.get(place.removesuffix("/listen")).text

    assert "will be transcribed again" in answer.text
    assert "The recording is being transcribed now." in meanwhile
    assert 'name="language"' not in meanwhile
    assert "Ask for feedback the same day" in answer.text
    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.state.value, source.session.language) == ("waiting", "de")
    assert mentor_browser.post(place, {"language": "de"}).status_code == 409
    assert mentor_browser.post(place, {"language": "x y"}).status_code == 400


def test_a_model_can_be_chosen_for_retranscription(library, mentor_browser, talk) -> None:
    """The page for retranscription offers a choice of models if several are installed.

    An unknown model is refused.
    """
    page = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    alone = mentor_browser.get(page).text
    library.settings = replace(library.settings, whisper_models="/srv/models/small, large")
    offered = mentor_browser.get(page).text
    refused = mentor_browser.post(f"{page}/listen", {"model": "huge"})
    mentor_browser.post(f"{page}/listen", {"model": "small"})

    assert 'name="model"' not in alone
    assert re.findall(r"<option(?: selected)?>(.*?)</option>", offered) == [
        "base",
        "small",
        "large",
    ]
    assert refused.status_code == 400
    assert "base, small, large" in refused.text
    with library.reading() as db:
        assert sources.get(db, talk.source_id).whisper_model == "small"


def test_an_ambiguous_name_needs_a_choice_when_saving(
    library, mentor_browser, talk, mentor
) -> None:
    """If two people have a speaker's name, saving asks which one is meant.

    The choice is stored.
    """
    one, other = (
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    )
    change(mentor_browser, talk, action="rename", label="Ben", speaker="Sam Lee")

    question_page = change(mentor_browser, talk, action="save")
    chosen = {"named": "Sam Lee", "person_id-0": other.id}
    saved = change(mentor_browser, talk, action="save", **chosen)

    assert question_page.status_code == 409
    assert "Who is Sam Lee?" in question_page.text
    assert f'name="person_id-0" value="{one.id}"' in question_page.text
    assert "Version 2 is saved" in saved.text
    with library.reading() as db:
        version = versions.current_version(db, talk.source_id)
        assert version is not None
        named = {s.speaker: s.person_id for s in versions.segments_of(db, version.id)}
    assert named["Sam Lee"] == other.id


def test_a_program_chooses_among_people_of_one_name(
    app, library, talk, mentor, token_of: Callable[[Account], dict[str, str]]
) -> None:
    """If several people have a speaker's name, the API answers 409 with these people.

    The same request with the id of one of these people is accepted.
    """
    sams = [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]
    client, headers = app.test_client(), {**token_of(mentor), "If-Match": "*"}
    path = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    content = {"pieces": [{"keep": 0}, {"keep": 1, "speaker": "Sam Lee"}]}

    def put(**people: object):
        return client.put(path, json={**content, "people": people}, headers=headers)

    choices, wrong = put(), put(**{"Sam Lee": mentor.id})
    saved = put(**{"Sam Lee": sams[0].id})

    assert choices.status_code == 409
    (question,) = choices.get_json()["ambiguous_names"]
    assert {choice["person_id"] for choice in question["choices"]} == {sam.id for sam in sams}
    assert wrong.status_code == 400
    assert saved.status_code == 200
    assert saved.get_json()["segments"][1]["person_id"] == sams[0].id
