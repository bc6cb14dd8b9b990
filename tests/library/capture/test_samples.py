"""The sample library's own files: complete, consistent and in order."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import av
import pytest
import webvtt

from library.models import Form, Part, Role, Visibility

FOLDER = Path(str(files("library") / "samples"))
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text("utf-8"))
SESSIONS: list[dict[str, Any]] = MANIFEST["sessions"]
PEOPLE = {person["key"]: person["name"] for person in MANIFEST["people"]}
LARGEST_SOUND = 1_200_000  # bytes, so that the wheel stays small

spoken = pytest.mark.parametrize(
    "session", [s for s in SESSIONS if "transcript" in s], ids=lambda s: s["key"]
)
heard = pytest.mark.parametrize(
    "session", [s for s in SESSIONS if "audio" in s], ids=lambda s: s["key"]
)
every = pytest.mark.parametrize("session", SESSIONS, ids=lambda s: s["key"])


def seconds(time: webvtt.models.Timestamp) -> float:
    """A WebVTT time with its milliseconds."""
    return time.hours * 3600 + time.minutes * 60 + time.seconds + time.milliseconds / 1000


def cues(session: dict[str, Any]) -> list[tuple[float, float, str, str]]:
    """The cues as start, end, speaker and words."""
    return [
        (seconds(cue.start_time), seconds(cue.end_time), cue.voice, cue.text)
        for cue in webvtt.read(str(FOLDER / session["transcript"]))
    ]


def test_there_is_enough_to_look_around_in():
    """At least twelve sessions, three of them with sound, six mentors and six mentees."""
    roles = [person["role"] for person in MANIFEST["people"]]

    assert len(SESSIONS) >= 12
    assert sum("audio" in session for session in SESSIONS) >= 3
    assert min(roles.count(Role.MENTOR), roles.count(Role.MENTEE)) >= 6


def test_every_form_of_mentoring_is_shown():
    """The samples cover all the forms, and each visibility that an invented person can use."""
    assert {Form(session["form"]) for session in SESSIONS} == set(Form)
    assert {Visibility(session["visibility"]) for session in SESSIONS} == {
        Visibility.PARTICIPANTS,
        Visibility.MEMBERS,
        Visibility.PUBLIC,
    }


@pytest.mark.parametrize("kind", ["people", "collections", "sessions"])
def test_keys_are_unique(kind):
    """No two people, collections or sessions share a key."""
    keys = [entry["key"] for entry in MANIFEST[kind]]

    assert len(keys) == len(set(keys))


@every
def test_a_session_names_only_what_exists(session):
    """A session's people, parts, collections, date and files are all there."""
    collections = {collection["key"] for collection in MANIFEST["collections"]}
    named = [session[kind] for kind in ("transcript", "note", "audio") if kind in session]

    assert {taking["person"] for taking in session["participants"]} <= set(PEOPLE)
    assert all(Part(taking["role"]) for taking in session["participants"])
    assert set(session["collections"]) <= collections
    assert 2025 <= date.fromisoformat(session["held_on"]).year <= 2026
    assert all((FOLDER / name).stat().st_size for name in named)
    assert ("note" in session) != ("transcript" in session)


def test_nothing_is_left_over():
    """Every file in the folder, person and collection is used by a session."""
    named = {s[k] for s in SESSIONS for k in ("transcript", "note", "audio") if k in s}
    present = {path.name for path in FOLDER.iterdir()} - {"manifest.json", "SOURCES.md"}
    taking_part = {p["person"] for s in SESSIONS for p in s["participants"]}
    filled = {key for s in SESSIONS for key in s["collections"]}

    assert present == named
    assert taking_part == set(PEOPLE)
    assert filled == {collection["key"] for collection in MANIFEST["collections"]}


@spoken
def test_a_transcript_runs_forward(session):
    """Cues are in order, do not overlap, last some time and say something."""
    end_before = 0.0

    for start, end, _, words in cues(session):
        assert end_before <= start < end
        assert words.strip()
        end_before = end


@spoken
def test_the_speakers_are_the_participants(session):
    """Exactly the people who took part are heard, under their own names."""
    expected = {PEOPLE[taking["person"]] for taking in session["participants"]}

    assert {speaker for _, _, speaker, _ in cues(session)} == expected


@heard
def test_a_recording_fits_its_transcript(session):
    """The sound decodes, is small, and ends just after the last cue."""
    path = FOLDER / session["audio"]

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        length = sum(frame.samples / frame.sample_rate for frame in container.decode(stream))

    assert path.stat().st_size <= LARGEST_SOUND
    assert 0 <= length - cues(session)[-1][1] < 1.5


@pytest.mark.parametrize("question", MANIFEST["questions"], ids=lambda q: q["text"])
def test_a_question_points_into_a_transcript_that_anybody_may_read(question):
    """The answer's second lies within a cue of a public session."""
    session = next(s for s in SESSIONS if s["key"] == question["session"])
    spans = [(start, end) for start, end, _, _ in cues(session)]

    assert session["visibility"] == Visibility.PUBLIC
    assert any(start - 0.1 <= question["near"] <= end for start, end in spans)


def test_there_are_questions_to_offer():
    """At least twelve questions, no two the same."""
    texts = {question["text"] for question in MANIFEST["questions"]}

    assert len(texts) == len(MANIFEST["questions"])
    assert len(texts) >= 12
