"""Tests of marks on pages: the buttons, the page "Saved", its file, and the API.

Covers: marks, media.marks_api.
"""

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from flask import Flask

from library.models import ParticipantRole, Role, SourceKind, Visibility
from library.removal import take_back
from library.store import Library
from tests.builders import Account, Built, add_account, add_session
from tests.web.api_client import Headers, Program
from tests.web.client import Browser

LINES = [
    ("Ada", "Ask for feedback the same day."),
    ("Ben", "=1+1 is a formula, and feedback too."),
]
PRESSED = re.compile(r'<button class="link-button" name="do" value="([\w-]+)" aria-pressed="true"')
Browse = Callable[..., Browser]


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session about feedback that members may see."""
    library.forget_passages = list
    return add_session(
        library,
        owner=mentor,
        lines=LINES,
        held_on=date(2024, 5, 31),
        visibility=Visibility.MEMBERS,
    )


@pytest.fixture
def of(app: Flask, token_of: Callable[[Account], Headers]) -> Callable[[Account], Program]:
    """Function that returns a program with a token of the given account."""
    return lambda account: Program(app, token_of(account))


def put(reader: Browser, passage_id: int, do: str, **more: str) -> object:
    """Press a button below a moment."""
    return reader.post("/marks", {"passage": str(passage_id), "do": do, **more})


def main(page: str) -> str:
    """Return the readable content of a page."""
    return unescape(page.split("<main")[1].split("</main", maxsplit=1)[0])


def test_a_moment_is_saved_from_the_answers_and_played_on_its_page(browse, mentee, talk) -> None:
    """A saved answer stays on its page. The page "Saved" plays and cites it."""
    reader = browse(mentee)
    before = reader.get("/?q=feedback").text

    back = put(reader, talk.passage_ids[0], "saved", next="/?q=feedback")
    after, saved = reader.get("/?q=feedback").text, reader.get("/saved").text

    assert back.location == "/?q=feedback"
    assert "Counted without your name." in before
    assert (PRESSED.findall(before), set(PRESSED.findall(after))) == ([], {"remove-saved"})
    assert "Ask for feedback the same day." in main(saved)
    assert f'data-src="/media/{talk.source_id}" data-start="0.0" data-end="10.0"' in saved
    assert f"/sessions/{talk.session_id}/clip/{talk.source_id}?from=0&amp;to=10#cite" in saved


def test_scripts_mark_without_a_new_page(browse, mentee, talk) -> None:
    """A script gets a sentence. The same button takes the mark off again."""
    reader = browse(mentee)
    as_script = {"headers": {"Accept": "application/json"}}
    form = {"passage": str(talk.passage_ids[0])}

    helped = reader.post("/marks", {**form, "do": "helped"}, **as_script)
    worked = reader.post("/marks", {**form, "do": "partly"}, **as_script)
    pressed = PRESSED.findall(reader.get("/?q=feedback").text)
    removed = reader.post("/marks", {**form, "do": "remove-helped"}, **as_script)

    assert helped.json == {"says": "Thank you. It is counted without your name."}
    assert worked.json == {"says": "Thank you. Only you see this mark."}
    assert set(pressed) == {"remove-helped", "remove-partly"}
    assert removed.json == {"says": "The mark is removed."}
    assert "nothing" not in main(reader.get("/saved?kind=tried").text)
    assert "not marked a moment as helpful" in main(reader.get("/saved?kind=helped").text)


def test_words_selected_in_a_transcript_are_saved(browse, mentee, talk) -> None:
    """A moment can be named by its source and seconds, as the transcript does."""
    reader = browse(mentee)
    session = reader.get(f"/sessions/{talk.session_id}").text

    reader.post(
        "/marks", {"source": str(talk.source_id), "from": "12.5", "to": "14", "do": "saved"}
    )

    assert f'<input type="hidden" name="source" value="{talk.source_id}">' in session
    assert 'data-start="12.5" data-end="14.0"' in reader.get("/saved").text
    clip = f"/sessions/{talk.session_id}/clip/{talk.source_id}?from=12&to=14"
    assert PRESSED.findall(reader.get(clip).text) == ["remove-saved"]


def test_a_paragraph_of_a_note_is_saved(browse, library, mentee) -> None:
    """A paragraph is saved from the page that cites it. It has no play button."""
    note = add_session(
        library,
        lines=[("", "First."), ("", "Second paragraph.")],
        kind=SourceKind.NOTE,
        visibility=Visibility.MEMBERS,
    )
    reader = browse(mentee)

    reader.post("/marks", {"source": str(note.source_id), "paragraph": "1", "do": "saved"})

    saved = reader.get("/saved").text
    assert "Second paragraph." in main(saved)
    assert "data-moment" not in saved
    clip = f"/sessions/{note.session_id}/clip/{note.source_id}?paragraph=1"
    assert PRESSED.findall(reader.get(clip).text) == ["remove-saved"]


def test_guests_see_no_buttons(browse, library) -> None:
    """A guest sees the answers without buttons for marks, and cannot send one."""
    public = add_session(library, lines=LINES, visibility=Visibility.PUBLIC)

    page = browse().get("/?q=feedback").text
    refused = browse().post("/marks", {"passage": str(public.passage_ids[0]), "do": "saved"})

    assert "Ask for" in page
    assert "data-mark" not in page
    assert refused.status_code == 401


def test_nobody_is_asked_whether_their_own_words_helped(browse, library, mentor) -> None:
    """Own words can be saved. The page does not ask whether they helped."""
    add_session(
        library,
        owner=mentor,
        lines=[(mentor.name, "Feedback comes first.")],
        participants=[(mentor.id, ParticipantRole.MENTOR)],
    )

    page = browse(mentor).get("/?q=feedback").text

    assert ">Save</button>" in page
    assert "Did it help?" not in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "saved"}, 404),
        ({"do": "praised", "passage": "1"}, 400),
        ({"do": "saved", "passage": "x"}, 400),
        ({"do": "saved", "source": "1", "from": "soon", "paragraph": "-1"}, 400),
        ({"passage": "99999999", "do": "remove-saved"}, 404),
    ],
)
def test_wrong_marks_are_refused_with_a_sentence(browse, mentee, form, status) -> None:
    """A wrong button or an unknown moment is an error that says what is wrong."""
    answer = browse(mentee).post("/marks", form)

    assert answer.status_code == status


def test_notes_and_folders_are_private_and_can_be_changed(browse, mentor, mentee, talk) -> None:
    """A person writes a note and chooses a folder. Nobody else can open or change them."""
    reader, other = browse(mentee), browse(mentor)
    for passage_id in talk.passage_ids:
        put(reader, passage_id, "saved")

    reader.post("/saved/1", {"note": "For Monday.\nAsk Ben.", "folder": "Talks"})
    refused = other.post("/saved/1", {"note": "Read", "folder": "Read"})
    too_long = reader.post("/saved/1", {"note": "x" * 2001})
    page = main(reader.get("/saved").text)
    folder, rest = (main(reader.get(f"/saved?folder={name}").text) for name in ("Talks", ""))

    assert (refused.status_code, too_long.status_code) == (404, 400)
    assert "For Monday.\nAsk Ben." in page
    assert ("Ask for feedback" in folder, "a formula" in folder) == (True, False)
    assert ("Ask for feedback" in rest, "a formula" in rest) == (False, True)
    assert "For Monday" not in other.get("/saved").text


def test_a_moment_is_removed_from_the_list(browse, mentee, talk) -> None:
    """A removed moment is gone with its note. The empty page has one next step."""
    reader = browse(mentee)
    put(reader, talk.passage_ids[0], "saved")

    reader.post("/saved/1", {"do": "remove"})

    page = main(reader.get("/saved").text)
    assert "You have saved nothing yet" in page
    assert page.count('class="button"') == 1


def test_a_moment_that_was_taken_back_says_so(browse, library, mentor, mentee, talk) -> None:
    """After a take-back, the list has the note without the words and without the title."""
    reader = browse(mentee)
    put(reader, talk.passage_ids[0], "saved")
    reader.post("/saved/1", {"note": "My plan."})

    take_back.take_back(library, mentor.viewer, talk.session_id)

    page = main(reader.get("/saved").text)
    assert "These words were taken back or taken off the record." in page
    assert "My plan." in page
    assert "feedback" not in page


def test_all_marks_are_downloaded_with_citations(browse, mentee, talk) -> None:
    """The file has a row for each mark with words, note and citation. No cell is a formula."""
    reader = browse(mentee)
    for passage_id, do in zip(talk.passage_ids, ("saved", "worked"), strict=True):
        put(reader, passage_id, do)
    reader.post("/saved/1", {"note": "=SUM(A1)", "folder": "Talks"})

    answer = reader.get("/saved.csv")

    tried, saved = csv.DictReader(io.StringIO(answer.text))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="saved-moments.csv"'
    assert (saved["kind"], saved["folder"], saved["note"]) == ("saved", "Talks", "'=SUM(A1)")
    assert (tried["kind"], tried["outcome"], tried["start"]) == ("tried", "worked", "0:10")
    assert saved["words"].endswith("Ask for feedback the same day.")
    assert saved["citation"].startswith("A talk about feedback [Audio recording]. (2024, May 31).")
    assert saved["address"].endswith(f"/sessions/{talk.session_id}?source={talk.source_id}&t=0")


def test_a_person_page_counts_help_from_three_people_on(browse, library, mentor) -> None:
    """The page of a person shows a number without names when three people marked help."""
    talk = add_session(
        library,
        owner=mentor,
        lines=[(mentor.name, "Feedback comes first.")],
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.MEMBERS,
    )
    readers = [add_account(library, f"Reader {number}", Role.MENTEE) for number in range(3)]
    shown = []
    for reader in readers:
        put(browse(reader), talk.passage_ids[0], "helped")
        shown.append(main(browse(mentor).get(f"/people/{mentor.id}").text))

    assert ["helped" in page for page in shown] == [False, False, True]
    assert "helped 3 people" in shown[2]
    assert not any(reader.name in shown[2] for reader in readers)


def test_marks_do_not_change_the_order_of_results(browse, mentee, talk, library) -> None:
    """Results come in the same order before and after many marks."""
    for number in range(3):
        add_session(library, title=f"Talk {number}", lines=[("Ada", f"Feedback {number}.")])
    reader = browse(mentee)
    moments = re.compile(r'name="passage" value="(\d+)"')
    before = moments.findall(reader.get("/?q=feedback").text)

    put(reader, int(before[-1]), "helped")
    put(reader, int(before[-1]), "worked")

    assert moments.findall(reader.get("/?q=feedback").text) == before


def test_programs_keep_marks(of, mentor, mentee, talk) -> None:
    """A program marks a passage, changes the note with If-Match, lists and deletes the mark."""
    mine, other = of(mentee), of(mentor)
    wanted = {"passage_id": talk.passage_ids[1], "start": 12.5, "end": 14, "note": "Later."}

    made = mine("POST", "/marks", json=wanted)
    path = made.headers["Location"].removeprefix("/api/v1")
    tag = made.headers["ETag"]
    unmatched = mine("PATCH", path, json={"folder": "Talks"})
    changed = mine("PATCH", path, match=tag, json={"folder": "Talks"})
    stale = mine("DELETE", path, match=tag)
    listed = mine("GET", "/marks?kind=saved&folder=Talks").json

    assert (made.status_code, unmatched.status_code, stale.status_code) == (201, 428, 412)
    assert (changed.json["folder"], changed.json["note"]) == ("Talks", "Later.")
    assert (made.json["place"]["start"], made.json["place"]["speaker"]) == (12.5, "Ben")
    assert [one["id"] for one in listed["marks"]] == [made.json["id"]]
    assert (other("GET", path).status_code, other("GET", "/marks").json["marks"]) == (404, [])
    assert mine("DELETE", path, match=changed.headers["ETag"]).status_code == 204
    assert mine("GET", "/marks").json == {"marks": [], "next": None}


def test_programs_are_refused_like_pages(of, mentee, talk) -> None:
    """A tried moment without outcome is refused with 422 or 400 and a sentence."""
    answer = of(mentee)("POST", "/marks", json={"passage_id": talk.passage_ids[0], "kind": "tried"})

    assert answer.status_code == 400
    assert "how it went" in answer.json["detail"]
