"""Tests of naming the speakers of a session, by pages and by the API.

Covers: speaker_edits, speakers_api.
"""

import io
from collections.abc import Callable

import pytest
from flask import Flask

from library.models import ParticipantRole, Role, Source, Visibility
from library.sessions import read_models
from library.store import Library
from tests.builders import Account, Built, add_account, add_session
from tests.web.api_client import Headers, Program
from tests.web.client import Browser

Browse = Callable[..., Browser]

LINES = (
    ("Ada Mentor", "We are three today."),
    ("Speaker 2", "And the zanzibar is mine to tell."),
    ("Cleo Voice", "That it is."),
)


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session that is not released, with a numbered speaker and an unconfirmed name."""
    return add_session(
        library,
        title="Three of us",
        lines=LINES,
        owner=mentor,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.MEMBERS,
        released=False,
    )


def speakers_of(library: Library, built: Built) -> list[str]:
    """Return the speaker labels of the current transcript's segments."""
    with library.reading() as db:
        source = db.get_one(Source, built.source_id)
        current = next(version for version in source.versions if version.current)
        return [line.speaker for line in read_models.lines_of(db, current.id)]


def row(built: Built, label: str, name: str = "", why: str = "") -> dict[str, str]:
    """Return the form fields of one speaker."""
    return {"source": str(built.source_id), "label": label, "name": name, "why": why}


def form(*rows: dict[str, str]) -> dict[str, list[str]]:
    """Return the fields of the speakers form: for each field, the values of all rows."""
    return {key: [one[key] for one in rows] for key in ("source", "label", "name", "why")}


def test_the_owner_is_led_to_the_speakers_page(
    browse: Browse, talk: Built, mentor: Account
) -> None:
    """The owner's pages link to the page that names the speakers of a session.

    That page quotes each unnamed or unconfirmed speaker and plays a piece of the sound.
    """
    ada = browse(mentor)
    path = f"/sessions/{talk.session_id}/speakers"

    pages = [
        ada.get(at).text
        for at in (
            f"/sessions/{talk.session_id}",
            f"/sessions/{talk.session_id}/release",
            f"/sessions/{talk.session_id}/progress",
            "/mine",
            "/speakers",
        )
    ]
    naming = ada.get(path).text

    assert [path in page for page in pages] == [True] * len(pages)
    assert "“Speaker 2” has no name yet." in naming
    assert "The file names “Cleo Voice” as a speaker" in naming
    assert "And the zanzibar is mine to tell." in naming
    assert f'src="/media/{talk.source_id}#t=10.0,20.0"' in naming


def test_a_session_with_unnamed_speakers_is_hidden_from_others(
    browse: Browse, library: Library, talk: Built, mentor: Account
) -> None:
    """Other members find a session with unnamed speakers in no list and by no search."""
    other_member = browse(add_account(library, "Sam Stranger", Role.MENTEE))

    addresses = [
        at
        for at in ("/", "/sessions", "/?q=zanzibar", "/speakers", "/feed.atom?q=zanzibar")
        if f"/sessions/{talk.session_id}" in other_member.get(at).text
    ]
    answers = [
        other_member.get(f"/sessions/{talk.session_id}/speakers").status_code,
        other_member.get(f"/sessions/{talk.session_id}").status_code,
    ]

    assert addresses == []
    assert answers == [404, 404]


def test_named_and_confirmed_speakers_are_asked_for_consent(
    browse: Browse, library: Library, talk: Built, mentor: Account, mentee: Account
) -> None:
    """The form writes a speaker's name into the transcript.

    The named and the confirmed speaker are then asked for consent.
    """
    rows = form(row(talk, "Speaker 2", mentee.name), row(talk, "Cleo Voice", "Cleo Voice"))

    answer = browse(mentor).post(
        f"/sessions/{talk.session_id}/speakers", {"do": "save", **rows}, follow_redirects=True
    )

    assert "consent of Ada Mentor, Ben Mentee and Cleo Voice." in answer.text
    assert speakers_of(library, talk) == ["Ada Mentor", "Ben Mentee", "Cleo Voice"]
    assert "Waiting for your answer" in browse(mentee).get("/mine").text


def test_a_repeated_ambiguous_name_needs_a_choice(
    browse: Browse, library: Library, talk: Built, mentor: Account
) -> None:
    """If two people have the typed name, the form asks which of them is meant."""
    for number in ("one", "two"):
        add_account(library, "Sam Lee", Role.MENTEE, email=f"sam.{number}@example.org")
    file = [("Ada Mentor", "We are two today."), ("Sam Lee", "That we are.")]
    built = add_session(library, lines=file, owner=mentor, released=False)

    answer = browse(mentor).post(
        f"/sessions/{built.session_id}/speakers",
        {"do": "save", **form(row(built, "Sam Lee", "Sam Lee"))},
    )

    assert answer.status_code == 409
    assert "Who is Sam Lee?" in answer.text
    assert 'name="person_id-1" value="new"' in answer.text


def test_a_recording_of_oneself_takes_one_button(
    browse: Browse, library: Library, mentor: Account
) -> None:
    """With one button, the owner is named as the only speaker and the session is released."""
    built = add_session(
        library,
        lines=[("Speaker 1", "I alone speak here.")],
        owner=mentor,
        visibility=Visibility.MEMBERS,
        released=False,
    )
    ada = browse(mentor)
    ada.post(f"/sessions/{built.session_id}/visibility", {"visibility": "members"})
    path = f"/sessions/{built.session_id}/speakers"
    offered = "I am this speaker</button>" in ada.get(path).text

    answer = ada.post(path, {"do": "own"}, follow_redirects=True)

    assert offered
    assert "Released to all members" in answer.text
    assert speakers_of(library, built) == ["Ada Mentor"]
    assert "gave a reason for not naming a speaker" in answer.text


@pytest.mark.parametrize(
    "given",
    [
        {"do": "save"},
        {"do": "save", "source": "x", "label": "Speaker 2", "name": "Ben", "why": ""},
        {"do": "save", "source": "1", "label": "Speaker 2", "name": "Speaker 3", "why": ""},
        {"do": "save", "source": "1", "label": "Speaker 2", "name": "", "why": "because"},
        {"do": "save", "source": "1", "label": "Speaker 2", "name": "", "why": "unreachable"},
        {"do": "everything"},
    ],
    ids=["nothing", "no number", "another number", "no reason", "not an admin's", "no button"],
)
def test_an_invalid_form_is_refused(
    browse: Browse, talk: Built, mentor: Account, given: dict[str, str]
) -> None:
    """A speakers form with invalid or missing values is refused with 400 or 403."""
    answer = browse(mentor).post(f"/sessions/{talk.session_id}/speakers", given)

    assert answer.status_code in {400, 403}


def test_a_reason_for_many_sessions_at_once(
    browse: Browse, library: Library, mentor: Account, admin: Account
) -> None:
    """An administrator gives one reason why speakers of many sessions stay unnamed.

    The same page confirms a name from a file.
    """
    made = [
        add_session(
            library,
            title=f"Evening {number}",
            lines=[("Ada Mentor", "Welcome."), (label, "A question from the floor.")],
            owner=mentor,
            participants=[(mentor.id, ParticipantRole.MENTOR)],
            visibility=Visibility.MEMBERS,
            released=False,
            content=bytes([number]),
        )
        for number, label in enumerate(["Speaker 2", "Speaker 3", "Ada Mentor-Smith"])
    ]
    ines = browse(admin)
    listed = ines.get("/speakers").text
    chosen = [str(built.session_id) for built in made]

    ines.post("/speakers", {"do": "excuse", "session": chosen, "why": "public-event"})
    left = ines.get("/speakers").text
    ines.post("/speakers", {"do": "confirm", "session": chosen[2:]})

    assert [title in listed for title in ("Evening 0", "Evening 1", "Evening 2")] == [True] * 3
    assert [title in left for title in ("Evening 0", "Evening 1", "Evening 2")] == [
        False,
        False,
        True,
    ]
    assert "No session waits for the name of a speaker" in ines.get("/speakers").text


def test_the_form_says_on_upload_what_will_happen(browse: Browse, mentor: Account) -> None:
    """The upload form and the next page say that the owner must first name the speakers.

    Others can find the session only after that.
    """
    ada = browse(mentor)
    notice = "Others can find the session after you have listened to it and named the speakers."

    before = ada.get("/add").text
    answer = ada.post(
        "/add",
        {
            "file": (io.BytesIO(b"RIFF some sound"), "talk.wav"),
            "title": "Alone",
            "visibility": "members",
            "person": ["Ada Mentor"],
            "part": ["mentor"],
            "alone": "1",
        },
    )

    assert notice in before
    assert "I am the only speaker in this recording" in before
    assert "after you have listened to it and named the speakers" in ada.get(answer.location).text


def test_programs_read_and_answer_the_reasons_for_waiting(
    app: Flask, library: Library, talk: Built, mentor: Account, token_of: Callable[..., Headers]
) -> None:
    """A program reads why a release waits, and sends a decision for each speaker.

    The request needs the current ETag.
    """
    client, headers = app.test_client(), token_of(mentor)
    at = f"/api/v1/sessions/{talk.session_id}"
    release = client.get(f"{at}/release", headers=headers).json
    read = client.get(f"{at}/speakers", headers=headers)
    decisions = {
        "speakers": [
            {"source_id": talk.source_id, "label": "Speaker 2", "excuse": "interpreter"},
            {"source_id": talk.source_id, "label": "Cleo Voice", "confirm": True},
        ]
    }

    without = client.post(f"{at}/speakers", json=decisions, headers=headers)
    match = headers | {"If-Match": read.headers["ETag"]}
    settled = client.post(f"{at}/speakers", json=decisions, headers=match)
    again = client.post(f"{at}/speakers", json=decisions, headers=match)

    assert release["release"] == "waiting"
    assert {(h["kind"], h["label"]) for h in release["holds"]} == {
        ("unnamed-speaker", "Speaker 2"),
        ("unconfirmed-name", "Cleo Voice"),
        ("more-speakers", ""),
    }
    assert [s["hold"] for s in read.json["speakers"]] == [
        None,
        "unconfirmed-name",
        "unnamed-speaker",
    ]
    assert (without.status_code, settled.status_code, again.status_code) == (428, 200, 412)
    assert settled.json["holds"] == []
    assert "Cleo Voice" in settled.json["words"]


@pytest.mark.parametrize(
    "one",
    [
        {},
        {"name": "Ben", "excuse": "interpreter"},
        {"excuse": "a whim"},
        {"name": ""},
        {"confirm": False},
    ],
    ids=["nothing", "two decisions", "unknown reason", "no name", "not confirmed"],
)
def test_programs_say_exactly_one_thing_of_a_speaker(
    program: Program, talk: Built, one: dict[str, object]
) -> None:
    """A request with no decision, two decisions or an invalid one for a speaker answers 422."""
    decisions = {"speakers": [{"source_id": talk.source_id, "label": "Speaker 2", **one}]}

    answer = program("POST", f"/sessions/{talk.session_id}/speakers", match="*", json=decisions)

    assert answer.status_code == 422
