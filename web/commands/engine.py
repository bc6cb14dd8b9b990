"""Search engine of the commands."""

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
    """Return a search engine over *library*, with the cross-encoder of the settings.

    If the embedding model cannot be loaded, the engine searches by words only. On first use, the
    model is exported in a separate process.
    """
    from search.embedding.cross_encoder import CrossEncoder
    from search.embedding.embedder import (  # `status` and `sample` need no model
        is_prepared,
        open_embedder,
    )

    scorer = CrossEncoder(library.settings) if library.settings.rerank_model else None
    try:
        if not is_prepared(library.settings):
            click.echo("Preparing the embedding model (once, under a minute)…", err=True)
            subprocess.run([sys.executable, "-m", "search"], env=environment_of(library.settings))  # noqa: PLW1510
        return Engine(library, open_embedder(library.settings), scorer)
    except WeightsError as error:
        log.warning("%s Until then, search uses words only.", error)
        return Engine(library, None, scorer)
