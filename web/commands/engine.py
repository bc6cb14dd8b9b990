"""The search engine that a command asks."""

import logging
import subprocess
import sys

import click

from library.errors import WeightsError
from library.store import Library
from search.engine import Engine
from web.commands.processes import environment_of

log = logging.getLogger(__name__)


def engine_for(library: Library) -> Engine:
    """A search engine over *library*; without the model's files it finds by words alone."""
    from search.embed import is_prepared, open_embedder  # `status` and `sample` need no model

    try:
        if not is_prepared(library.settings):
            click.echo("Preparing the model for questions (once, under a minute)…", err=True)
            subprocess.run([sys.executable, "-m", "search"], env=environment_of(library.settings))  # noqa: PLW1510
        return Engine(library, open_embedder(library.settings))
    except WeightsError as error:
        log.warning("%s Until then questions are answered by words alone.", error)
        return Engine(library, None)
