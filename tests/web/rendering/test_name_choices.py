"""Tests of the choice between people of the same name, in forms and in the API."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from library.models import Form, MentoringSession, ParticipantRole, Role, Visibility
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, add_account, add_session
from tests.web.client import Browser

Browse = Callable[..., Browser]
Headers = dict[str, str]


@pytest.fixture
def sams(library: Library) -> list[Account]:
    """Two accounts with the same name."""
    return [
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{n}@example.org")
        for n in ("one", "two")
    ]


def everything(library: Library, account: Account) -> list[MentoringSession]:
    with library.reading() as db:
        return list(sessions.visible(db, account.viewer))


FORM = {
    "title": "For Sam",
    "visibility": "participants",
    "note": "What I told Sam about the move.",
    "person": "Sam Lee",
    "part": "mentee",
}


def test_the_form_asks_which_and_keeps_its_fields(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """For an ambiguous name, the form offers both people and a new one.

    The form keeps the other fields, the note and the file.
    """
    file = (BytesIO(b"A written page."), "page.txt")

    answer = browse(mentor).post("/add", {**FORM, "file": file})

    assert answer.status_code == 409
    assert "Who is Sam Lee?" in answer.text
    for sam in sams:
        assert f'name="person_id-0" value="{sam.id}"' in answer.text
    assert 'name="person_id-0" value="new"' in answer.text
    assert "What I told Sam about the move." in answer.text
    assert "page.txt" in answer.text
    assert everything(library, sams[0]) == everything(library, sams[1]) == []


def test_the_answer_in_the_form_decides(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """The person who was chosen in the form takes part in the session.

    The other person of that name cannot see it.
    """
    browse(mentor).post("/add", {**FORM, "person_id-0": str(sams[1].id)})

    assert everything(library, sams[0]) == []
    assert [session.title for session in everything(library, sams[1])] == ["For Sam"]


def test_a_new_person_can_be_chosen(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """The choice "new" makes a person without account.

    No existing person of that name takes part.
    """
    browse(mentor).post("/add", {**FORM, "person_id-0": "new"})

    assert everything(library, sams[0]) == everything(library, sams[1]) == []
    assert everything(library, mentor)[0].participants[0].person.email is None


def test_an_invalid_answer_is_explained(
    browse: Browse, mentor: Account, sams: list[Account]
) -> None:
    """A choice of a person that is neither an id nor "new" is refused with a message."""
    answer = browse(mentor).post("/add", {**FORM, "person_id-0": "Sam"})

    assert answer.status_code == 400
    assert "is not the id of a person" in answer.text


def test_changing_the_details_keeps_the_participants(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """The details form contains the participants' ids and does not ask again who is meant."""
    built = add_session(
        library, owner=mentor, participants=[(sams[1].id, ParticipantRole.MENTEE)], lines=[]
    )
    page = browse(mentor).get(f"/sessions/{built.session_id}/edit").text

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/edit",
        {
            "title": "B",
            "visibility": "participants",
            "person": "Sam Lee",
            "person_id-0": sams[1].id,
        },
    )

    assert f'<input type="hidden" name="person_id-0" value="{sams[1].id}">' in page
    assert answer.status_code == 302
    assert [s.title for s in everything(library, sams[1])] == ["B"]
    assert everything(library, sams[0]) == []


def test_a_name_added_to_a_session_is_asked_about(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """If an added name is ambiguous, the details form asks which person is meant."""
    built = add_session(library, owner=mentor, lines=[], visibility=Visibility.PARTICIPANTS)

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/edit",
        {"title": "B", "visibility": "participants", "person": " SAM  lee"},
    )

    assert answer.status_code == 409
    assert "Who is SAM lee?" in answer.text
    assert everything(library, sams[0]) == []


def test_a_program_gets_the_choices_and_repeats_with_one(
    app: Flask,
    library: Library,
    mentor: Account,
    sams: list[Account],
    token_of: Callable[[Account], Headers],
) -> None:
    """For an ambiguous name, the API answers 409 with the choices.

    The same request with the id of one person succeeds.
    """
    client, headers = app.test_client(), token_of(mentor)

    problem = client.post("/api/v1/sessions", data=FORM, headers=headers)
    (question,) = problem.get_json()["ambiguous_names"]
    chosen = question["choices"][0]["person_id"]
    added = client.post("/api/v1/sessions", data={**FORM, "person_id": chosen}, headers=headers)

    assert (problem.status_code, problem.content_type) == (409, "application/problem+json")
    assert question["name"] == "Sam Lee"
    assert {choice["person_id"] for choice in question["choices"]} == {sam.id for sam in sams}
    assert all(choice["facts"] for choice in question["choices"])
    assert added.status_code == 202
    assert [len(everything(library, sam)) for sam in sams] == [1, 0]


def test_a_program_that_changes_the_participants_is_asked_too(
    app: Flask,
    library: Library,
    mentor: Account,
    sams: list[Account],
    token_of: Callable[[Account], Headers],
) -> None:
    """A program can send participants back unchanged. An added ambiguous name needs a choice."""
    built = add_session(
        library, owner=mentor, participants=[(sams[0].id, ParticipantRole.MENTEE)], lines=[]
    )
    client, path = app.test_client(), f"/api/v1/sessions/{built.session_id}"
    headers = {**token_of(mentor), "If-Match": "*"}
    now = client.get(path, headers=headers).get_json()["participants"]
    second = {"name": "sam lee", "part": "mentee"}

    def change(*people: object) -> int:
        return client.patch(path, json={"participants": people}, headers=headers).status_code

    assert change(*now) == 200
    assert change(*now, {**second, "person_id": sams[1].id}) == 200
    assert change({"name": "Sam Lee"}) == 409
    assert change({"name": "Sam Lee", "person_id": "old"}) == 422
    assert [len(everything(library, sam)) for sam in sams] == [1, 1]


def test_an_own_note_asks_nothing_about_its_author(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """The form for a note names its author by id, so it does not ask about a namesake."""
    add_account(library, mentor.name, Role.MENTEE, email="namesake@example.org")
    page = browse(mentor).get("/add").text

    answer = browse(mentor).post(
        "/add",
        {"note": "Mine.", "form": Form.NOTE, "person": mentor.name, "person_id-0": mentor.id},
    )

    assert f'name="person_id-0" value="{mentor.id}"' in page
    assert answer.status_code == 302


def test_a_name_in_a_file_is_chosen_on_the_page_of_the_speakers(
    browse: Browse, library: Library, mentor: Account, sams: list[Account]
) -> None:
    """The speakers page asks which person an ambiguous name in a file means.

    Only the chosen person sees the session.
    """
    lines = [("Sam Lee", "I would ask the same day."), ("Speaker 2", "Say why.")]
    built = add_session(
        library, owner=mentor, lines=lines, visibility=Visibility.MEMBERS, released=False
    )
    path, me = f"/sessions/{built.session_id}/speakers", browse(mentor)
    rows = {"do": "save", "source": [built.source_id] * 2, "label": ["Sam Lee", "Speaker 2"]}

    page = me.get(path).text
    other = me.post(path, {**rows, "name": ["", ""], "why": ["", "no-person"]})
    chosen = me.post(path, {**rows, "name": ["", ""], "why": ["", ""], "person_id-0": sams[1].id})

    assert "Who is Sam Lee?" in page
    assert f'name="person_id-0" value="{sams[0].id}"' in page
    assert (other.status_code, chosen.status_code) == (302, 302)
    assert everything(library, sams[0]) == []
    assert [session.id for session in everything(library, sams[1])] == [built.session_id]
