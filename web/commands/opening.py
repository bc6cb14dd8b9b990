"""How a command opens the library: settings, database, engine, and a worker beside it."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import click

from library.access import Viewer
from library.errors import WeightsError
from library.models import Role
from library.settings import Settings, read_settings
from library.store import Library, open_library
from search.engine import Engine

log = logging.getLogger(__name__)

OPERATOR = Viewer(role=Role.ADMIN)
"""Whoever may run commands on the library's own machine can read its files anyway."""


def settings_for(home: Path | None) -> Settings:
    """The settings of the environment; *home* wins over them."""
    return read_settings(home=home)


def library_for(home: Path | None) -> Library:
    """The library in *home*, made or migrated if need be."""
    return open_library(settings_for(home))


def engine_for(library: Library) -> Engine:
    """A search engine over *library*; without the model's files it finds by words alone."""
    from search.embed import is_prepared, open_embedder  # `status` and `sample` need no model

    try:
        if not is_prepared(library.settings):
            click.echo("Preparing the model for questions (once, under a minute)…", err=True)
            subprocess.run([sys.executable, "-m", "search"], env=_environment(library.settings))  # noqa: PLW1510
        return Engine(library, open_embedder(library.settings))
    except WeightsError as error:
        log.warning("%s Until then questions are answered by words alone.", error)
        return Engine(library, None)


def start_worker(settings: Settings, *options: str) -> subprocess.Popen[bytes]:
    """A worker process of its own: the web side never loads Whisper."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "ingest", *options],
        env=_environment(settings),
        start_new_session=True,  # Ctrl-C is for us; we tell the worker ourselves
    )


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of a process that works on the same library."""
    return os.environ | {
        "LIVING_HISTORY_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": str(settings.threads),  # more threads than free cores collapse
    }
