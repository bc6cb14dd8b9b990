"""How a command opens the library: settings, database, engine, and a worker beside it."""

import os
import subprocess
import sys
from pathlib import Path

from library.access import Viewer
from library.models import Role
from library.settings import Settings, read_settings
from library.store import Library, open_library
from search.engine import Engine

OPERATOR = Viewer(role=Role.ADMIN)
"""Whoever may run commands on the library's own machine can read its files anyway."""


def settings_for(home: Path | None) -> Settings:
    """The settings of the environment; *home* wins over them."""
    return read_settings(home=home)


def library_for(home: Path | None) -> Library:
    """The library in *home*, made or migrated if need be."""
    return open_library(settings_for(home))


def engine_for(library: Library) -> Engine:
    """A search engine over *library*; models are loaded when the first question comes."""
    from search.embed import open_embedder

    return Engine(library, lambda: open_embedder(library.settings))


def start_worker(settings: Settings, *options: str) -> subprocess.Popen[bytes]:
    """A worker process of its own: the web side never loads Whisper."""
    environment = os.environ | {
        "LIVING_HISTORY_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": str(settings.threads),  # more threads than free cores collapse
    }
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "ingest", *options],
        env=environment,
        start_new_session=True,  # Ctrl-C is for us; we tell the worker ourselves
    )
