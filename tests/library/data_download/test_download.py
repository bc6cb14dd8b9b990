"""Tests of data downloads: they are complete, without secrets and without data of others.

Covers: html_pages, rows, sessions.
"""

import json
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.accounts import tokens
from library.data_download import download
from library.data_download.rows import APART, LEFT_OUT, OWN, tables_with_a_person
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.models import (
    AskedQuestion,
    Base,
    DataDownload,
    ParticipantRole,
    SavedSearch,
    Visibility,
    now,
)
from library.removal import take_back
from library.store import Library
from tests.builders import add_session

SECRET = "quokkas"


def _download_of(library, account) -> dict[str, str]:
    """Request a download, prepare it, and return its files as text by name."""
    with library.transaction() as db:
        download.ask(db, account.viewer)
    download.make_waiting(library)
    with ZipFile(download.file_of(library, account.viewer)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_every_table_with_a_person_is_in_the_copy_or_left_out_for_a_reason():
    """Every table that refers to a person is in the download or in a list of exceptions."""
    decided = {*OWN, *APART, *LEFT_OUT}

    assert set(tables_with_a_person()) - decided == set(), (
        "Add these tables to a list in library/data_download/rows.py."
    )
    assert decided <= {*Base.metadata.tables}


@pytest.mark.parametrize("name", OWN)
def test_left_out_columns_exist_in_their_tables(name):
    """Each column that a rule of the download names exists in its table."""
    table, own = Base.metadata.tables[name], OWN[name]

    assert {*own.whose, *own.without} <= {*table.c.keys()}


def test_a_copy_holds_profile_sessions_questions_searches_and_consent(library, mentor):
    """A download has profile, sessions, questions, searches and consent in JSON and HTML."""
    built = add_session(
        library, title="My talk", owner=mentor, participants=[(mentor.id, ParticipantRole.MENTOR)]
    )
    with library.transaction() as db:
        db.add(AskedQuestion(person_id=mentor.id, question="How do I listen?"))
        db.add(SavedSearch(person_id=mentor.id, name="Listening", question="listen"))

    found = _download_of(library, mentor)

    sessions = json.loads(found["data/sessions.json"])
    assert json.loads(found["data/person.json"])[0]["email"] == mentor.email
    assert [one["title"] for one in sessions] == ["My talk"]
    assert sessions[0]["sources"][0]["transcript"]
    assert json.loads(found["data/asked_question.json"])[0]["question"] == "How do I listen?"
    assert json.loads(found["data/saved_search.json"])[0]["name"] == "Listening"
    assert json.loads(found["data/speaker_release.json"])[0]["session"] == "My talk"
    assert json.loads(found["data/consent_ledger.json"])
    assert "How do I listen?" in found["pages/asked_question.html"]
    assert f"pages/sessions/{built.session_id}.html" in found
    for name in OWN:
        assert f'href="pages/{name}.html"' in found["index.html"]


def test_no_secret_is_in_a_copy(library, mentor):
    """A download contains neither a token nor its hash."""
    with library.transaction() as db:
        token, secret = tokens.add(db, mentor.id, "laptop")
        token_hash = token.token_hash

    found = "".join(_download_of(library, mentor).values())

    assert "laptop" in found
    assert token_hash not in found
    assert secret not in found


def test_nothing_of_others_is_in_a_copy(library, mentor, mentee):
    """A download contains no private session, question or address of another member."""
    add_session(
        library,
        title=f"About {SECRET}",
        owner=mentor,
        lines=[("Ada", f"Nobody may hear of {SECRET}.")],
        visibility=Visibility.PRIVATE,
    )
    with library.transaction() as db:
        db.add(AskedQuestion(person_id=mentor.id, question=f"Where are {SECRET}?"))

    found = "".join(_download_of(library, mentee).values())

    assert SECRET not in found
    assert mentor.email not in found


def test_taking_back_deletes_prepared_downloads(library, mentor):
    """Taking back a session deletes prepared downloads that contain the session."""
    built = add_session(
        library, owner=mentor, lines=[("Ada", f"A word on {SECRET}.")], content=b"sound"
    )
    _download_of(library, mentor)
    (path,) = library.files.downloads()

    take_back.take_back(library, mentor.viewer, built.session_id)

    assert not path.exists()
    with pytest.raises(NotFoundError):
        download.file_of(library, mentor.viewer)


def test_a_copy_is_void_when_one_of_its_sessions_may_not_be_seen_any_more(library, admin, mentor):
    """A prepared download is refused if the person may no longer see a session in it."""
    built = add_session(
        library,
        owner=admin,
        participants=[(mentor.id, ParticipantRole.MENTOR)],
        visibility=Visibility.PARTICIPANTS,
    )
    _download_of(library, mentor)
    with library.transaction() as db:
        from library.sessions import sessions

        sessions.get(db, built.session_id).participants = []

    with pytest.raises(NotFoundError):
        download.file_of(library, mentor.viewer)


def test_a_copy_is_made_once_at_a_time_and_is_over_after_a_day(library, mentor):
    """A person cannot request a second download while the first is being prepared.

    Expired downloads are deleted. A guest has no download.
    """
    with library.transaction() as db:
        download.ask(db, mentor.viewer)
        with pytest.raises(ConflictError):
            download.ask(db, mentor.viewer)
    download.make_waiting(library)
    with library.transaction() as db:
        row = db.scalar(select(DataDownload))
        row.made_at = now() - 2 * download.KEPT_FOR

    download.clear_old(library)

    assert library.files.downloads() == []
    with library.reading() as db, pytest.raises(NotAllowedError):
        download.of(db, GUEST)


class Meanwhile:
    """Wrapper of a library that calls a function before each transaction."""

    def __init__(self, library: Library, act: Callable[[], object]) -> None:
        self._library, self._act = library, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def transaction(self, **more: Any) -> Any:
        """Call the function, then begin a transaction."""
        self._act()
        return self._library.transaction(**more)


def test_a_removal_while_a_copy_is_made_makes_it_void(library, admin, mentor):
    """If a session is removed while a download is prepared, the download is discarded.

    The next run prepares the download again.
    """
    built = add_session(library, owner=admin, title="Taken back meanwhile")
    with library.transaction() as db:
        download.ask(db, mentor.viewer)

    download.make_waiting(
        Meanwhile(library, lambda: take_back.take_back(library, admin.viewer, built.session_id))
    )

    assert library.files.downloads() == []
    download.make_waiting(library)
    assert download.file_of(library, mentor.viewer).is_file()
