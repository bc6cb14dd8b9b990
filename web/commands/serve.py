"""`living-history serve`: the site and the worker together, until Ctrl-C."""

import logging
import signal
import socket
import tempfile
from pathlib import Path
from types import FrameType

import click
from waitress.server import create_server

from library import home as home_folder
from library.errors import InvalidInputError
from library.queue import WorkQueue
from library.settings import Settings, read_settings
from library.store import open_library
from web.commands.engine import engine_for
from web.commands.minder import Minder
from web.first_visit import setup_link
from web.site import create_app

log = logging.getLogger(__name__)

WEB_THREADS = 8


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
    server = create_server(
        app,
        sockets=[_listen(settings)],
        threads=WEB_THREADS,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        # With trusted proxies the site itself reads what they add; see `web.security`.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )
    address = settings.public_url or f"http://{settings.host}:{server.effective_port}"
    click.echo(f"{settings.site_name} is open at {address}")
    if link := setup_link(library, address):
        click.echo(f"No administrator yet. Open this link once, within a day:\n  {link}")
    click.echo("Ctrl-C closes it.", nl=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    minder = Minder(settings) if worker else None
    try:
        server.run()
    except SystemExit:
        click.echo("Closing.")
    finally:
        if minder is not None:
            minder.stop()
        server.close()
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
    except OSError as error:
        raise InvalidInputError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
            "Choose another with --port."
        ) from error
    return listener


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
