"""Settings and library of a command."""

from pathlib import Path

import click

from library import home_folder
from library.access import Viewer
from library.models import Role
from library.settings import Settings, read_settings
from library.store import Library, open_library

OPERATOR = Viewer(role=Role.ADMIN)
"""Viewer of commands: administrator, because a command can read all files of the library anyway."""


def settings_for(home: Path | None) -> Settings:
    """Return the settings of the environment. *home*, if given, overrides the home folder."""
    return read_settings(home=home)


def library_for(home: Path | None) -> Library:
    """Open the library in *home* and remove the file permissions of other users.

    The library is created or migrated if necessary.
    """
    library = open_library(settings_for(home))
    if open_still := home_folder.tighten(library.settings.home):
        click.echo(open_still, err=True)
    return library
