"""How a command opens the library: its settings and its database."""

from pathlib import Path

import click

from library import home as home_folder
from library.access import Viewer
from library.models import Role
from library.settings import Settings, read_settings
from library.store import Library, open_library

OPERATOR = Viewer(role=Role.ADMIN)
"""Whoever may run commands on the library's own machine can read its files anyway."""


def settings_for(home: Path | None) -> Settings:
    """The settings of the environment; *home* wins over them."""
    return read_settings(home=home)


def library_for(home: Path | None) -> Library:
    """Open the library in *home*, made or migrated if need be, and close it to other users."""
    library = open_library(settings_for(home))
    if open_still := home_folder.tighten(library.settings.home):
        click.echo(open_still, err=True)
    return library
