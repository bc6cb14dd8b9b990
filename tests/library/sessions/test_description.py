"""Tests of session descriptions: which values of their fields are valid.

Covers: language_tags.
"""

from dataclasses import replace
from datetime import date

import pytest

from library.errors import InvalidInputError
from library.models import MentoringSession
from library.sessions import description, sessions
from library.sessions.description import FIELD, Description, as_text
from library.sessions.language_tags import is_language
from library.store import Library
from tests.builders import add_session


@pytest.mark.parametrize("code", ["", "en", "pt-BR", "yue", "zh-Hant-TW"])
def test_a_language_is_a_tag_of_bcp_47(code: str) -> None:
    """A BCP 47 tag of a language, also with script and region, is a valid language code.

    An empty code is valid, too.
    """
    assert is_language(code)


@pytest.mark.parametrize("code", ["english", "e", "en_GB", "en-", "de-CH-1901-x-long"])
def test_what_is_no_tag_is_no_language(code: str) -> None:
    """A language code in another notation, or over the length limit, is not valid."""
    assert not is_language(code)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " \n "}, "Enter a title for the session."),
        ({"held_on": date(1899, 12, 31)}, "from 1900 to 2200"),
        ({"embargo_until": date(2201, 1, 1)}, "from 1900 to 2200"),
        ({"language": "english"}, "“english” is not a valid language code"),
    ],
)
def test_a_session_is_not_described_against_a_rule(
    library: Library, change: dict[str, object], sentence: str
) -> None:
    """An invalid field of a new session and of a changed session gets the same error message."""
    built = add_session(library)
    with library.transaction() as db:
        session = sessions.get(db, built.session_id)
        changed = replace(description.of_session(session), **change)  # type: ignore[arg-type]

        with pytest.raises(InvalidInputError, match=sentence):
            sessions.describe(db, session, changed)
    with pytest.raises(InvalidInputError, match=sentence), library.transaction() as db:
        sessions.add(db, changed, owner_id=None)


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 12, 31), None])
def test_the_first_and_the_last_day_are_dates_of_a_session(day: date | None) -> None:
    """A session can have any date from the first day of 1900 to the last day of 2200.

    A session without a date is valid, too.
    """
    assert description.accepted(FIELD["held_on"], day) == day


def test_texts_are_stored_without_outer_spaces_and_in_full_length() -> None:
    """A title becomes one line, and a description keeps its lines.

    Each is shortened to its length limit.
    """
    title, words = FIELD["title"], FIELD["description"]

    assert description.accepted(title, " One\n line ") == "One line"
    assert description.accepted(words, " One\n\nTwo ") == "One\n\nTwo"
    assert description.accepted(title, "a" * 301) == "a" * 300
    assert description.accepted(words, "a" * 20_001) == "a" * 20_000


def test_values_that_are_older_than_a_rule_stay(library: Library) -> None:
    """A stored value that is no longer valid stays when another field is changed."""
    built = add_session(library)
    with library.transaction() as db:
        session = db.get_one(MentoringSession, built.session_id)
        session.language = "english"

        sessions.describe(db, session, replace(description.of_session(session), title="New"))

        assert (session.title, session.language) == ("New", "english")


def test_each_field_is_a_value_of_a_description() -> None:
    """`values_of` returns a value for each field of a session description.

    `as_text` writes a value as the form for editing a session shows it.
    """
    values = description.values_of(Description(title="A talk", held_on=date(2024, 5, 31)))

    assert values.keys() == FIELD.keys()
    assert [as_text(values[name]) for name in ("held_on", "form", "embargo_until")] == [
        "2024-05-31",
        "one-to-one",
        "",
    ]
