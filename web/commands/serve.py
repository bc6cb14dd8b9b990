"""`living-history serve`: the site and the worker together, until Ctrl-C."""

import logging
import signal
import socket
import tempfile
from pathlib import Path
from types import FrameType

import click

from library import home as home_folder
from library.errors import InvalidInputError
from library.queue import WorkQueue
from library.settings import Settings, read_settings
from library.store import open_library
from web.commands.engine import engine_for
from web.commands.minder import Minder
from web.first_visit import setup_link
from web.server import running
from web.site import create_app

log = logging.getLogger(__name__)

BACKLOG = 2048  # connections that the system holds until they are taken


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one."
)
@click.option("--worker/--no-worker", default=True, help="Whether to start the worker too.")
@click.pass_obj
def serve(home: Path | None, host: str | None, port: int | None, *, worker: bool) -> None:
    """Serve the library and take in what is added."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s web: %(message)s")
    settings = read_settings(home=home, host=host, port=port)
    library = open_library(settings)
    library.look_for_damage()
    if open_still := home_folder.tighten(settings.home):
        log.warning(open_still)
    app = create_app(library=library, engine=engine_for(library), queue=WorkQueue(settings.home))
    # Large forms rest in a file while they arrive; the system's own folder may be memory.
    tempfile.tempdir = str(library.files.incoming("forms").parent)
    library.reserve.make()
    listener = _listen(settings)
    address = settings.public_url or f"http://{_named(settings.host)}:{listener.getsockname()[1]}"
    click.echo(f"{settings.site_name} is open at {address}")
    if link := setup_link(library, address):
        click.echo(f"No administrator yet. Open this link once, within a day:\n  {link}")
    click.echo("Ctrl-C closes it.", nl=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    minder = Minder(settings) if worker else None
    try:
        running.serve(app, listener, trusted_proxies=settings.trusted_proxies)
    except SystemExit:
        click.echo("Closing.")
    finally:
        if minder is not None:
            minder.stop()
        listener.close()
        library.close()


def _listen(settings: Settings) -> socket.socket:
    """The socket to serve on.

    Raises:
        InvalidInputError: the address or the port cannot be had.
    """
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        raise InvalidInputError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
            "Choose another with --port."
        ) from error
    return listener


def _named(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets (RFC 3986)."""
    return f"[{host}]" if ":" in host else host


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
