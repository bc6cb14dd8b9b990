"""Tests of settings: they are read from the environment, and refused if invalid."""

from dataclasses import fields
from pathlib import Path

import pytest

from library.errors import InvalidInputError
from library.settings import Settings, read_settings, variable


def test_without_variables_the_defaults_hold():
    """If an environment variable is missing or empty, the setting has its default."""
    assert read_settings({"HOME": "/root", "LIVING_HISTORY_PORT": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("home", "/srv/library", Path("/srv/library")),
        ("port", "0", 0),
        ("max_hours", "1.5", 1.5),
        ("members_may_upload", " Yes ", True),
        ("members_may_upload", "off", False),
        ("site_name", "The reading room", "The reading room"),
    ],
)
def test_a_variable_is_read_as_its_settings_kind(name, text, value):
    """An environment variable is converted to the type of its setting."""
    settings = read_settings({f"LIVING_HISTORY_{name.upper()}": text})

    assert getattr(settings, name) == value


@pytest.mark.parametrize(
    ("variable", "text", "wanted"),
    [
        ("LIVING_HISTORY_PORT", "eighty", "a whole number"),
        ("LIVING_HISTORY_MAX_HOURS", "long", "a number"),
        ("LIVING_HISTORY_MEMBERS_MAY_UPLOAD", "perhaps", "yes or no"),
    ],
)
def test_a_wrong_value_is_refused_by_name(variable, text, wanted):
    """The error for an invalid value of a setting names variable, value and expected type."""
    with pytest.raises(InvalidInputError, match=f"{variable} is '{text}'.*{wanted}"):
        read_settings({variable: text})


def test_a_misspelled_variable_is_refused():
    """An environment variable of the library that is not a setting is refused."""
    with pytest.raises(InvalidInputError, match="LIVING_HISTORY_PROT"):
        read_settings({"LIVING_HISTORY_PROT": "8000"})


def test_the_command_line_wins_over_the_environment():
    """A value from the command line replaces the environment variable.

    An option that is not given changes no setting.
    """
    settings = read_settings({"LIVING_HISTORY_PORT": "9000"}, port=9001, host=None)

    assert (settings.port, settings.host) == (9001, "127.0.0.1")


def test_the_database_is_in_the_home_folder_by_default(tmp_path):
    """The database is a file in the home folder if no URL is given."""
    assert Settings(home=tmp_path).database == f"sqlite:///{tmp_path / 'library.db'}"
    elsewhere = f"sqlite:///{tmp_path / 'other.db'}"
    assert Settings(database_url=elsewhere).database == elsewhere


@pytest.mark.parametrize(
    "url",
    ["postgresql://ana:hidden@db/library", "mysql+pymysql://db/l", "sqlite://", "ana:hidden@db"],
)
def test_any_database_but_an_sqlite_file_is_refused(url):
    """The URL of a database that is not SQLite is refused. The error contains no password."""
    with pytest.raises(InvalidInputError, match="must name an SQLite file") as refused:
        read_settings({"LIVING_HISTORY_DATABASE_URL": url})

    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda f: f.name)
def test_every_setting_says_what_it_is(setting):
    """Each setting has a description and an environment variable."""
    assert setting.metadata["about"].endswith(".")
    assert variable(setting) == f"LIVING_HISTORY_{setting.name.upper()}"
