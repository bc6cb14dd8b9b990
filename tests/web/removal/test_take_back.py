"""Tests of taking back a source or a session: pages, API, command line, receipts."""

import io
import json
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from library.models import Upload
from library.removal import compaction, legal_holds
from library.sessions import sessions
from library.store import Library
from tests.builders import Account, Built, add_part, add_session
from tests.remains import left_in
from tests.web.client import Browser
from web.cli import cli

SECRET = "zanzibarflamingo"


@pytest.fixture
def talk(library: Library, mentor: Account) -> Built:
    """Session of the mentor with sound."""
    library.forget_passages = list  # this library has no index on disk
    return add_session(library, owner=mentor, content=b"its sound")


@pytest.fixture
def part(library: Library, talk: Built) -> Built:
    """Second recording of the session, which contains the secret."""
    lines = [("Ada", f"Our password was {SECRET} until Easter.")]
    return add_part(library, talk.session_id, lines=lines, content=SECRET.encode())


@pytest.fixture
def program(
    app: Flask, mentor: Account, token_of: Callable[[Account], dict[str, str]]
) -> Callable[..., TestResponse]:
    """Function that sends an API request with the mentor's token."""
    client, headers = app.test_client(), {**token_of(mentor), "If-Match": "*"}
    return lambda method, path: client.open(path, method=method, headers=headers)


def left(library: Library, built: Built) -> list[int]:
    """Return the ids of the session's sources that still exist."""
    with library.reading() as db:
        return [source.id for source in sessions.get(db, built.session_id).sources]


def test_a_source_is_taken_back_on_a_page_with_a_receipt(
    browse: Callable[..., Browser], library: Library, mentor: Account, talk: Built, part: Built
) -> None:
    """The owner takes back one source after a preview, and gets a receipt as page and text.

    No file contains the words of the source any more.
    """
    owner = browse(mentor)
    path = f"/sessions/{talk.session_id}/parts/{part.source_id}/remove"
    details = owner.get(f"/sessions/{talk.session_id}/edit").text

    preview = owner.get(path).text
    page = owner.post(path, follow_redirects=True)
    text = owner.get(f"{page.request.path}.txt").text

    assert path in details
    assert "with 1 passage that questions can find now" in preview
    assert "A part of the session is removed for good" in page.text
    assert "1 recording or note, 1 line of transcript, 1 passage." in page.text
    assert "a part of a session was removed for good" in text
    assert SECRET not in page.text + text
    assert left(library, talk) == [talk.source_id]
    assert left_in(library, SECRET) == []
    assert owner.get(f"/sessions/{talk.session_id}").status_code == 200


def test_a_source_on_legal_hold_stays(
    browse: Callable[..., Browser], library: Library, mentor: Account, admin: Account, part: Built
) -> None:
    """Taking back a source of a session on legal hold answers 409, and the source stays."""
    with library.transaction() as db:
        legal_holds.set_hold(db, admin.viewer, part.session_id, hold=True, reason="A suit")

    answer = browse(mentor).post(f"/sessions/{part.session_id}/parts/{part.source_id}/remove")

    assert (answer.status_code, "legal hold" in answer.text) == (409, True)
    assert len(left(library, part)) == 2


def test_a_source_is_not_taken_back_by_a_wrong_request(
    browse: Callable[..., Browser], library: Library, mentor: Account, mentee: Account, part: Built
) -> None:
    """Only the owner can take back a source, and only at an address that names its session.

    The only source of a session cannot be taken back.
    """
    other = add_session(library, title="Another talk", owner=mentor, content=b"other sound")
    path = f"/parts/{part.source_id}/remove"

    elsewhere = browse(mentor).post(f"/sessions/{other.session_id}{path}")
    foreign = browse(mentee).post(f"/sessions/{part.session_id}{path}")
    alone = browse(mentor).get(f"/sessions/{other.session_id}/parts/{other.source_id}/remove")

    assert (elsewhere.status_code, foreign.status_code) == (404, 403)
    assert (alone.status_code, "Remove the session instead" in alone.text) == (409, True)
    assert len(left(library, part)) == 2


def test_a_program_takes_a_source_back_and_gets_a_receipt(
    program: Callable[..., TestResponse],
    library: Library,
    talk: Built,
    part: Built,
    tmp_path: Path,
) -> None:
    """If a program takes back a source, the API answers with a receipt.

    `check-receipt` confirms the receipt, and fails if a file remains.
    """
    path = f"/api/v1/sessions/{talk.session_id}/sources"
    home = ["--home", str(library.settings.home)]
    file = tmp_path / "receipt.json"

    wrong = program("DELETE", f"{path}/99")
    deleted = program("DELETE", f"{path}/{part.source_id}")
    last = program("DELETE", f"{path}/{talk.source_id}")
    file.write_text(json.dumps(deleted.json["receipt"]))
    holds_true = CliRunner().invoke(cli, [*home, "check-receipt", str(file)])
    old = library.files.place("0" * 64)
    old.parent.mkdir(parents=True, exist_ok=True)
    old.write_bytes(SECRET.encode())
    os.utime(old, (0, 0))
    forgotten = CliRunner().invoke(cli, [*home, "check-receipt", str(file)])

    assert (wrong.status_code, deleted.status_code, last.status_code) == (404, 200, 409)
    assert deleted.json["receipt"]["completed_at"] is None
    later = program("GET", deleted.json["links"]["self"]).json
    assert later["completed_at"] is not None
    assert {**later, "completed_at": None} == deleted.json["receipt"]
    assert holds_true.exit_code == 0, holds_true.output
    assert "nothing of what was removed" in holds_true.output
    assert forgotten.exit_code == 1
    assert "The library does not use the file" in forgotten.output


def test_the_command_line_takes_back_one_source(library: Library, talk: Built, part: Built) -> None:
    """The command `forget --source` removes only this source. An unknown source is refused."""
    home = ["--home", str(library.settings.home), "forget", str(talk.session_id), "--yes"]

    wrong = CliRunner().invoke(cli, [*home, "--source", "99"])
    right = CliRunner().invoke(cli, [*home, "--source", str(part.source_id)])

    assert wrong.exit_code != 0
    assert right.exit_code == 0, right.output
    assert left(library, talk) == [talk.source_id]
    assert left_in(library, SECRET) == []


def test_a_program_gets_a_receipt_for_a_session(
    program: Callable[..., TestResponse], library: Library, mentor: Account, talk: Built
) -> None:
    """A program that removes a session for good, even from the trash, gets a receipt."""
    path = f"/api/v1/sessions/{talk.session_id}"
    other = add_session(library, title="Another talk", owner=mentor, content=b"other sound")

    deleted = program("DELETE", f"{path}?for_good=true")
    program("DELETE", f"/api/v1/sessions/{other.session_id}")
    later = program("DELETE", f"/api/v1/trash/{other.session_id}")

    assert (deleted.status_code, later.status_code) == (200, 200)
    assert deleted.json["receipt"]["whole"] is True
    assert deleted.json["receipt"]["sources"] == [talk.source_id]
    assert later.json["receipt"]["session"] == other.session_id


def test_a_receipt_promises_in_three_lines_and_is_completed(
    browse: Callable[..., Browser], library: Library, mentor: Account, talk: Built
) -> None:
    """A receipt has three deadlines: for hiding, for the disk and for backups.

    Compaction of the database completes the receipt.
    """
    owner = browse(mentor)
    page = owner.post(
        f"/sessions/{talk.session_id}/remove", {"for_good": "1"}, follow_redirects=True
    )
    path = page.request.path
    before = owner.get(f"{path}.json").json

    compaction.run(library)

    after = owner.get(f"{path}.json").json
    first, second, third = before["promise"]
    removed_at = datetime.fromisoformat(before["at"])
    assert datetime.fromisoformat(first["by"]) - removed_at < timedelta(seconds=3)
    assert timedelta(minutes=4) < datetime.fromisoformat(second["by"]) - removed_at
    assert date.fromisoformat(third["by"]) == (removed_at + timedelta(days=30)).date()
    assert (before["completed_at"], after["completed_at"] is None) == (None, False)
    assert "Not completed yet" in page.text
    assert "Completed" in owner.get(path).text
    assert "The removal from the disk was completed at" in owner.get(f"{path}.txt").text
    assert "downloaded before" in page.text


def test_a_request_that_is_refused_keeps_no_file(
    program: Callable[..., TestResponse],
    app: Flask,
    library: Library,
    mentor: Account,
    token_of: Callable[[Account], dict[str, str]],
) -> None:
    """A refused request leaves no file and no upload in the library."""
    client, headers = app.test_client(), token_of(mentor)

    def sent(*names: str, **fields: str) -> TestResponse:
        files = [(io.BytesIO(f"A note: {name}.".encode()), name) for name in names]
        data = {"title": "A note", "visibility": "private", **fields, "file": files}
        return client.post("/api/v1/sessions", data=data, headers=headers)

    first = sent("one.txt")
    stored = sorted(library.files.all_kept())
    again = sent("one.txt")
    kind = sent("two.txt", "three.exe")
    day = sent("four.txt", held_on="1066-10-14")

    assert (first.status_code, again.status_code) == (202, 409)
    assert (kind.status_code, day.status_code) == (400, 400)
    assert sorted(library.files.all_kept()) == stored
    with library.reading() as db:
        assert db.query(Upload).filter(Upload.session_id.is_(None)).all() == []
