"""A copy of one's own data: whole, without secrets, and with nothing that one may not see."""

import json
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from library.access import GUEST
from library.accounts import tokens
from library.errors import ConflictError, NotAllowedError, NotFoundError
from library.exports import own_data
from library.exports.own_rows import APART, LEFT_OUT, OWN, tables_with_a_person
from library.models import AskedQuestion, Base, DataDownload, Part, SavedSearch, Visibility, now
from library.store import Library
from library.withdrawal import taking_back
from tests.builders import add_session

SECRET = "quokkas"


def _copy_of(library, account) -> dict[str, str]:
    """Ask for a copy, let the worker make it, and read it."""
    with library.transaction() as db:
        own_data.ask(db, account.viewer)
    own_data.make_waiting(library)
    with ZipFile(own_data.file_of(library, account.viewer)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_every_table_with_a_person_is_in_the_copy_or_left_out_for_a_reason():
    """A new table needs a decision, and a decision needs its table."""
    decided = {*OWN, *APART, *LEFT_OUT}

    assert set(tables_with_a_person()) - decided == set()
    assert decided <= {*Base.metadata.tables}


@pytest.mark.parametrize("name", OWN)
def test_what_is_left_out_of_a_table_are_columns_of_it(name):
    """No secret stays in because its column was renamed."""
    table, own = Base.metadata.tables[name], OWN[name]

    assert {*own.whose, *own.without} <= {*table.c.keys()}


def test_a_copy_holds_profile_sessions_questions_searches_and_consent(library, mentor):
    """As JSON and as pages; a page leads to each."""
    built = add_session(
        library, title="My talk", owner=mentor, participants=[(mentor.id, Part.MENTOR)]
    )
    with library.transaction() as db:
        db.add(AskedQuestion(person_id=mentor.id, question="How do I listen?"))
        db.add(SavedSearch(person_id=mentor.id, name="Listening", question="listen"))

    found = _copy_of(library, mentor)

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
    """Neither the hash of a token nor that of a password."""
    with library.transaction() as db:
        token, secret = tokens.add(db, mentor.id, "laptop")
        kept = token.token_hash

    found = "".join(_copy_of(library, mentor).values())

    assert "laptop" in found
    assert kept not in found
    assert secret not in found


def test_nothing_of_others_is_in_a_copy(library, mentor, mentee):
    """Not their private sessions, their addresses, or that a session exists."""
    add_session(
        library,
        title=f"About {SECRET}",
        owner=mentor,
        lines=[("Ada", f"Nobody may hear of {SECRET}.")],
        visibility=Visibility.PRIVATE,
    )
    with library.transaction() as db:
        db.add(AskedQuestion(person_id=mentor.id, question=f"Where are {SECRET}?"))

    found = "".join(_copy_of(library, mentee).values())

    assert SECRET not in found
    assert mentor.email not in found


def test_taking_back_removes_copies_that_hold_the_words(library, mentor):
    """The copy is refused at once, and its file is gone from the disk."""
    built = add_session(
        library, owner=mentor, lines=[("Ada", f"A word on {SECRET}.")], content=b"sound"
    )
    _copy_of(library, mentor)
    (path,) = library.files.downloads()

    taking_back.take_back(library, mentor.viewer, built.session_id)

    assert not path.exists()
    with pytest.raises(NotFoundError):
        own_data.file_of(library, mentor.viewer)


def test_a_copy_is_void_when_one_of_its_sessions_may_not_be_seen_any_more(library, admin, mentor):
    """Whoever is named no longer does not keep the words in a prepared file."""
    built = add_session(
        library,
        owner=admin,
        participants=[(mentor.id, Part.MENTOR)],
        visibility=Visibility.PARTICIPANTS,
    )
    _copy_of(library, mentor)
    with library.transaction() as db:
        from library.holdings import sessions

        sessions.get(db, built.session_id).participants = []

    with pytest.raises(NotFoundError):
        own_data.file_of(library, mentor.viewer)


def test_a_copy_is_made_once_at_a_time_and_is_over_after_a_day(library, mentor):
    """A second request waits for the first; old files go."""
    with library.transaction() as db:
        own_data.ask(db, mentor.viewer)
        with pytest.raises(ConflictError):
            own_data.ask(db, mentor.viewer)
    own_data.make_waiting(library)
    with library.transaction() as db:
        row = db.scalar(select(DataDownload))
        row.made_at = now() - 2 * own_data.KEPT_FOR

    own_data.clear_old(library)

    assert library.files.downloads() == []
    with library.reading() as db, pytest.raises(NotAllowedError):
        own_data.of(db, GUEST)


class Meanwhile:
    """A library in which something happens before the next transaction begins."""

    def __init__(self, library: Library, act: Callable[[], object]) -> None:
        self._library, self._act = library, act

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def transaction(self, **more: Any) -> Any:
        """Let it happen, then begin."""
        self._act()
        return self._library.transaction(**more)


def test_a_removal_while_a_copy_is_made_makes_it_void(library, admin, mentor):
    """The file that was begun before the removal is dropped, and the next look makes it anew."""
    gone = add_session(library, owner=admin, title="Taken back meanwhile")
    with library.transaction() as db:
        own_data.ask(db, mentor.viewer)

    own_data.make_waiting(
        Meanwhile(library, lambda: taking_back.take_back(library, admin.viewer, gone.session_id))
    )

    assert library.files.downloads() == []
    own_data.make_waiting(library)
    assert own_data.file_of(library, mentor.viewer).is_file()
