"""Command `living-history serve`: web server and worker, until Ctrl-C or SIGTERM."""

import logging
import signal
import socket
import tempfile
from pathlib import Path
from types import FrameType

import click

from library import home_folder
from library.errors import InvalidInputError
from library.queue import WorkQueue
from library.settings import Settings, read_settings
from library.store import open_library
from web.accounts.setup import setup_link
from web.app import create_app
from web.commands.engine import engine_for
from web.commands.worker_supervisor import WorkerSupervisor
from web.server import server

log = logging.getLogger(__name__)

BACKLOG = 2048  # connections in the queue of the kernel until they are accepted


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on. 0 chooses a free port."
)
@click.option("--worker/--no-worker", default=True, help="Start the worker as well.")
@click.pass_obj
def serve(home: Path | None, host: str | None, port: int | None, *, worker: bool) -> None:
    """Run the web site, and the worker that processes added sessions."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s web: %(message)s")
    settings = read_settings(home=home, host=host, port=port)
    library = open_library(settings)
    library.look_for_damage()
    if open_still := home_folder.tighten(settings.home):
        log.warning(open_still)
    app = create_app(library=library, engine=engine_for(library), queue=WorkQueue(settings.home))
    # Large forms are stored in temporary files. The folder of the system may be in memory.
    tempfile.tempdir = str(library.files.incoming("forms").parent)
    library.reserve.make()
    listener = _listen(settings)
    address = settings.public_url or f"http://{_named(settings.host)}:{listener.getsockname()[1]}"
    click.echo(f"{settings.site_name} is open at {address}")
    if link := setup_link(library, address):
        click.echo(f"No administrator yet. Open this link once, within a day:\n  {link}")
    click.echo("Press Ctrl-C to stop.", nl=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    supervisor = WorkerSupervisor(settings) if worker else None
    try:
        server.serve(app, listener, trusted_proxies=settings.trusted_proxies)
    except SystemExit:
        click.echo("Closing.")
    finally:
        if supervisor is not None:
            supervisor.stop()
        listener.close()
        library.close()


def _listen(settings: Settings) -> socket.socket:
    """Return a listening socket on the host and port of *settings*.

    Raises:
        InvalidInputError: The address or the port is not available.
    """
    try:
        return _bound(settings.host, settings.port)
    except OSError as error:
        raise InvalidInputError(
            "Port %(port)s on %(host)s cannot be used (%(why)s). Choose another port with --port.",
            port=settings.port,
            host=settings.host,
            why=error.strerror,
        ) from error


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening socket. If an operation of the socket fails, close the socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _named(host: str) -> str:
    """Return a host for use in a URL: IPv6 addresses in brackets (RFC 3986)."""
    return f"[{host}]" if ":" in host else host


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
