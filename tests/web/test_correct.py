"""Correcting by plain forms and by programs: drafts, versions, and nobody's change lost."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from library.editing import drafts, transcripts
from library.holdings import sources
from library.models import Role, Visibility
from library.store import Library
from tests.builders import Account, Built, add_account, add_session, agree
from tests.web.browsing import Browser

NEW = "I was afraid that it would sound harsh."


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """A session of the mentor's, for all to read."""
    return add_session(library, owner=mentor)


@pytest.fixture
def at_desk(browse: Callable[..., Browser], mentor: Account) -> Browser:
    """The mentor's browser, without scripts."""
    return browse(mentor)


def change(browser: Browser, talk: Built, **form: Any):
    given = {"source": talk.source_id, **form}
    return browser.post(f"/sessions/{talk.session_id}/correct", given, follow_redirects=True)


def current(library: Library, talk: Built) -> transcripts.TranscriptVersion:
    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        assert version is not None
        return version


def lines(library: Library, talk: Built) -> list[tuple[str, str]]:
    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        return [(s.speaker, s.text) for s in transcripts.segments_of(db, version.id)]


def found(browser: Browser, question: str) -> str:
    return browser.get(f"/?q={question}").text


def test_a_line_is_corrected_without_scripts_and_found_by_all(
    library, browse, at_desk, talk
) -> None:
    """Written in a form, kept as a draft, saved as a version; then a guest finds the new words."""
    page = at_desk.get(f"/sessions/{talk.session_id}/correct?line=1").text
    assert "<textarea" in page

    change(at_desk, talk, action="write", line=1, text=NEW, speaker="Ben Okri")
    assert "I was afraid that it would sound like a complaint" in found(browse(), "complaint")
    saved = change(at_desk, talk, action="save")

    assert "Version 2 is saved" in saved.text
    assert lines(library, talk)[1] == ("Ben Okri", NEW)
    agree(library, talk.session_id)  # a speaker who is named now is asked first
    assert "would sound harsh" in found(browse(), "harsh")
    assert "would sound like a complaint" not in found(browse(), "complaint")


def test_every_change_has_a_form(library, at_desk, talk) -> None:
    """Parting, joining, naming, replacing, leaving out: all without scripts."""
    change(at_desk, talk, action="write", line=0, text="Ask.\n\nThe same day.", speaker="Ada")
    change(at_desk, talk, action="rename", voice="Ada", speaker="Ada Mentor")
    change(at_desk, talk, action="replace", find="day", **{"with": "evening"})
    change(at_desk, talk, action="drop", line=2)
    change(at_desk, talk, action="save")

    assert lines(library, talk) == [("Ada Mentor", "Ask."), ("Ada Mentor", "The same evening.")]
    change(at_desk, talk, action="merge", line=0)
    change(at_desk, talk, action="save")
    assert lines(library, talk) == [("Ada Mentor", "Ask. The same evening.")]


def test_a_suspect_line_is_accepted_and_searched(library, browse, at_desk, talk) -> None:
    """What was kept out of the index comes into it when somebody says that it was said."""
    pieces = [{"keep": 0}, {"keep": 1, "suspect": "There is no voice under these words."}]
    assert put(at_desk, talk, pieces).status_code == 200
    assert "sound like a" not in found(browse(), "complaint")
    assert "There is no voice" in at_desk.get(f"/sessions/{talk.session_id}/correct").text

    change(at_desk, talk, action="accept", line=1)
    change(at_desk, talk, action="save")

    assert "sound like a" in found(browse(), "complaint")


def put(browser: Browser, talk: Built, pieces: list[Any], *, match: str | None = None) -> Any:
    address = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    etag = browser.get(address).headers["ETag"] if match is None else match
    headers = {"If-Match": etag} if etag else {}
    return browser.send("PUT", address, json={"pieces": pieces}, headers=headers)


def test_a_program_corrects_with_the_etag_that_it_read(library, at_desk, talk) -> None:
    """The answer is the new version with its ETag; the earlier one is refused from then on."""
    address = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    first = at_desk.get(address).headers["ETag"]

    saved = put(at_desk, talk, [{"keep": 0}, {"text": NEW, "speaker": "Ben"}], match=first)

    assert saved.status_code == 200
    assert saved.json["version"] == 2
    assert saved.json["segments"][1]["text"] == NEW
    assert put(at_desk, talk, [{"keep": 0}], match=first).status_code == 412
    assert put(at_desk, talk, [{"keep": 0}], match="").status_code == 428
    assert put(at_desk, talk, [{"keep": 5}]).status_code == 400
    assert put(at_desk, talk, ["x"]).status_code == 422
    assert current(library, talk).number == 2


def test_a_draft_is_kept_by_its_revision(library, at_desk, talk) -> None:
    """Each keeping names the one before; an older window is refused, and loses nothing kept."""
    answers = [keep(at_desk, talk, revision) for revision in ('"0"', '"1"', '"1"', None, '"x"')]

    assert [answer.status_code for answer in answers] == [200, 200, 409, 428, 412]
    assert answers[1].headers["ETag"] == '"2"'
    assert NEW in at_desk.get(f"/sessions/{talk.session_id}/correct").text
    assert current(library, talk).number == 1


def keep(browser: Browser, talk: Built, match: str | None, pieces: Any = None) -> Any:
    return browser.send(
        "PUT",
        f"/sessions/{talk.session_id}/correct/draft.json?source={talk.source_id}",
        json={"base": talk.version_id, "pieces": pieces or [{"keep": 0}, {"text": NEW}]},
        headers={"If-Match": match} if match else {},
    )


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"base": 1, "pieces": 3}', "no json", '{"pieces": [1]}']
)
def test_a_draft_that_is_none_is_refused_with_a_sentence(at_desk, talk, body) -> None:
    """Nothing that a program may send breaks the page."""
    answer = at_desk.send(
        "PUT",
        f"/sessions/{talk.session_id}/correct/draft.json",
        data=body,
        content_type="application/json",
        headers={"If-Match": '"0"'},
    )

    assert answer.status_code == 400
    assert json.loads(answer.text)["detail"]


def test_two_editors_lose_nothing(library, browse, admin, at_desk, talk) -> None:
    """The second is told, brings both together, and sees where both changed the same words."""
    other = browse(admin)
    keep(at_desk, talk, '"0"')
    put(other, talk, [{"text": "Ask for advice the same day."}, {"text": "I was afraid it hurt."}])

    told = change(at_desk, talk, action="save").text
    joined = change(at_desk, talk, action="join").text

    assert "Version 2 was saved (Ines Admin)" in told
    assert NEW in told
    assert "Ask for advice the same day." in joined
    assert "Ines Admin has" in joined
    change(at_desk, talk, action="save")
    assert lines(library, talk)[0][1] == "Ask for advice the same day."


def test_who_else_is_at_work_is_said(browse, admin, at_desk, talk) -> None:
    """Somebody who opens the editor learns whose changes are under way."""
    keep(browse(admin), talk, '"0"')

    page = at_desk.get(f"/sessions/{talk.session_id}/correct").text

    assert "Ines Admin is changing this transcript too." in page


def test_versions_are_listed_compared_and_gone_back_to(library, browse, at_desk, talk) -> None:
    """What changed is shown as removed and added words; going back makes a new version."""
    put(at_desk, talk, [{"keep": 0}, {"text": NEW, "speaker": "Ben"}])
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    listed = at_desk.get(place).text
    compared = at_desk.get(f"{place}/2").text
    back = at_desk.post(f"{place}/1", follow_redirects=True).text

    assert "Version 2" in listed
    assert "Corrected by hand" in listed
    assert '<del><span class="visually-hidden">Removed: </span>like a complaint.</del>' in compared
    assert '<ins><span class="visually-hidden">Added: </span>harsh.</ins>' in compared
    assert "Version 3 is what version 1 was." in back
    assert current(library, talk).origin == "restored"
    assert "sound like a" in found(browse(), "complaint")


def test_a_draft_can_be_compared_and_left(library, at_desk, talk) -> None:
    """What one has changed is shown before it is saved, and can be thrown away."""
    keep(at_desk, talk, '"0"')
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    assert "harsh." in at_desk.get(f"{place}/1?with=draft").text
    change(at_desk, talk, action="leave")

    with library.reading() as db:
        assert db.get(drafts.TranscriptDraft, (1, talk.source_id)) is None
    assert NEW not in at_desk.get(f"/sessions/{talk.session_id}/correct").text


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
def test_only_who_may_change_a_session_sees_its_versions(
    library, browse, mentor, talk, asked
) -> None:
    """Readers are refused; what they may not see does not exist for them."""
    hidden = add_session(library, owner=mentor, visibility=Visibility.PRIVATE, title="Private")
    method, _, path = asked.partition(" ")
    form = {"action": "save"} if method == "POST" else None
    reader = browse(add_account(library, "Ben Reader", Role.MENTEE))

    answers = [
        reader.send(method, path.format(s=one.session_id, r=one.source_id), data=form).status_code
        for one in (talk, hidden)
    ]

    assert answers == [403, 404]


def test_a_recording_is_heard_again_in_the_language_that_was_said(library, at_desk, talk) -> None:
    """The worker is asked; meanwhile the transcript is read and searched as it is."""
    place = f"/sessions/{talk.session_id}/versions/{talk.source_id}/listen"

    answer = at_desk.post(place, {"language": "de"}, follow_redirects=True)

    meanwhile = at_desk.get(place.removesuffix("/listen")).text

    assert "will be heard again" in answer.text
    assert "The recording is being heard now." in meanwhile
    assert 'name="language"' not in meanwhile
    assert "Ask for feedback the same day" in answer.text
    with library.reading() as db:
        source = sources.get(db, talk.source_id)
        assert (source.state.value, source.session.language) == ("waiting", "de")
    assert at_desk.post(place, {"language": "de"}).status_code == 409
    assert at_desk.post(place, {"language": "x y"}).status_code == 400


def test_the_model_that_listens_is_chosen_where_there_are_two(library, at_desk, talk) -> None:
    """The page offers a choice only where there is one, and nothing else is taken."""
    page = f"/sessions/{talk.session_id}/versions/{talk.source_id}"

    alone = at_desk.get(page).text
    library.settings = replace(library.settings, whisper_models="/srv/models/small, large")
    offered = at_desk.get(page).text
    refused = at_desk.post(f"{page}/listen", {"model": "huge"})
    at_desk.post(f"{page}/listen", {"model": "small"})

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


def test_a_name_that_two_people_have_is_asked_about_at_saving(
    library, at_desk, talk, mentor
) -> None:
    """Without scripts: the page comes back with both and the changes; the answer saves them."""
    one, other = (
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    )
    change(at_desk, talk, action="rename", voice="Ben", speaker="Sam Lee")

    asked = change(at_desk, talk, action="save")
    chosen = {"named": "Sam Lee", "person_id-0": other.id}
    saved = change(at_desk, talk, action="save", **chosen)

    assert asked.status_code == 409
    assert "Who is Sam Lee?" in asked.text
    assert f'name="person_id-0" value="{one.id}"' in asked.text
    assert "Version 2 is saved" in saved.text
    with library.reading() as db:
        version = transcripts.current_version(db, talk.source_id)
        assert version is not None
        named = {s.speaker: s.person_id for s in transcripts.segments_of(db, version.id)}
    assert named["Sam Lee"] == other.id


def test_a_program_chooses_among_people_of_one_name(
    app, library, talk, mentor, token_of: Callable[[Account], dict[str, str]]
) -> None:
    """A correction is answered with 409 and the choices, and saved with the number of one."""
    sams = [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]
    client, headers = app.test_client(), {**token_of(mentor), "If-Match": "*"}
    path = f"/api/v1/sessions/{talk.session_id}/transcript/{talk.source_id}"
    content = {"pieces": [{"keep": 0}, {"keep": 1, "speaker": "Sam Lee"}]}

    def put(**people: object):
        return client.put(path, json={**content, "people": people}, headers=headers)

    asked, wrong = put(), put(**{"Sam Lee": mentor.id})
    saved = put(**{"Sam Lee": sams[0].id})

    assert asked.status_code == 409
    (question,) = asked.get_json()["ambiguous_names"]
    assert {choice["person_id"] for choice in question["choices"]} == {sam.id for sam in sams}
    assert wrong.status_code == 400
    assert saved.status_code == 200
    assert saved.get_json()["segments"][1]["person_id"] == sams[0].id
